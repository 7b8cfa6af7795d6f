"""Objects: parameter spaces as named products of blocks, cloud spaces, and formal ones without definition."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum

from catlearn.diagnostics import Diagnostic
from catlearn.syntax import tree
from catlearn.theory.fields import Given, Signature, nearest_key, of_call
from catlearn.theory.layers.table import blocks_of
from catlearn.theory.limits import LONGEST_PATH, MOST_BLOCKS
from catlearn.theory.names import OBJECTS, Entry, Kinds, Scope
from catlearn.theory.rules import duplicate_name, field_type, freeze_leak, mixed_category, unknown_name
from catlearn.theory.theory import Block, CloudSpace, Landscape, Space, Theory
from catlearn.theory.values import identifier, operands, parts, positive_whole, shown, word

COPY = Signature(("of", "name"), ("of", "name"))
CLOUD = Signature(("on", "dim", "normalise"), ("on", "dim"))
SPACES = ("params", "copy", "cloud")
"""What makes an object."""

NORMALISATIONS = ("rms", "none")


class Nature(Enum):
    """What an object or a category is, by its definition."""

    PARAMETERS = "parameter space"
    CLOUDS = "cloud space"
    FORMAL = "formal object"


def nature(entry: Entry) -> Nature:
    """What an object is; a pullback is a parameter space."""
    node = entry.node
    if not isinstance(node, tree.Object):
        return Nature.PARAMETERS
    if node.definition is None:
        return Nature.FORMAL
    called = node.definition.function.name if isinstance(node.definition, tree.Call) else ""
    cloud = called == "cloud" or (called not in SPACES and "cloud" in nearest_key(called, SPACES))
    return Nature.CLOUDS if cloud else Nature.PARAMETERS


def defined_objects(scope: Scope, category: str) -> list[Entry]:
    """The objects of a category that have a definition."""
    return list(scope.defined.get(category, ()))


def category_nature(scope: Scope, category: str) -> Nature:
    """What a category is: formal when none of its objects has a definition, else what the first of them is."""
    defined = scope.defined.get(category)
    return nature(defined[0]) if defined else Nature.FORMAL


def mixed_objects(scope: Scope, category: str) -> Iterator[Diagnostic]:
    """Objects that make a category neither wholly interpreted nor wholly formal."""
    defined = defined_objects(scope, category)
    for entry in pullbacks_among_formal(scope, category):
        yield mixed_category.defined(entry.identifier.name, entry.identifier.span, category)
    for entry in scope.within(category, OBJECTS):
        name, span = entry.identifier.name, entry.identifier.span
        if defined and nature(entry) is Nature.FORMAL:
            first = defined[0].identifier
            yield mixed_category.undefined(name, span, first.name, first.span)
    spaces = [entry for entry in defined if nature(entry) is Nature.PARAMETERS]
    clouds = [entry for entry in defined if nature(entry) is Nature.CLOUDS]
    for cloud in clouds if spaces else ():
        space = spaces[0].identifier
        yield mixed_category.two_natures(cloud.identifier.name, cloud.identifier.span, space.name, space.span)


def pullbacks_among_formal(scope: Scope, category: str) -> tuple[Entry, ...]:
    """The pullbacks of a category none of whose other objects has a definition."""
    found = tuple(scope.within(category, (tree.Pullback,)))
    return () if defined_objects(scope, category) else found


def find_space(scope: Scope, use: tree.Identifier, inside: str | None, wanted: Nature) -> Entry | None:
    """The object of one nature that a use means; None, reported, where it is none."""
    entry = scope.find(use, OBJECTS, inside)
    if entry is None or nature(entry) is wanted:
        return entry
    found = f"a {nature(entry).value}"
    formal = entry.category if nature(entry) is Nature.FORMAL else None
    if formal is None or not (defined_objects(scope, formal) or pullbacks_among_formal(scope, formal)):
        scope.report(unknown_name.of_another_kind(use, found, f"a {wanted.value}", entry.identifier.span))
    return None


Tensors = tuple[tuple[str, tuple[int, ...]], ...]


def kind(block: Block) -> tuple[Tensors, Tensors]:
    """What two blocks that may be identified have in common: their tensors and buffers. Nothing is known of those of a
    module of a user's own, which is never imported here: it is like no other block."""
    return block.tensors or ((block.path, ()),), block.buffers


def needed_objects(scope: Scope, entry: Entry) -> set[str]:
    """The objects that an object is defined by, as a product; a pullback has needs of its own."""
    node = entry.node
    defined = isinstance(node, tree.Object) and node.definition is not None
    uses = operands(node.definition, "*") if defined and isinstance(node, tree.Object) and node.definition else ()
    names = (identifier(_copied(use) or use) for use in uses)
    return {other.name for name in names if name for other in meant(scope, entry, name, OBJECTS)}


def meant(scope: Scope, entry: Entry, use: tree.Identifier, kinds: Kinds) -> list[Entry]:
    """What a name may mean where a declaration stands: the names of its own category come first."""
    own = scope.entries.get(f"{entry.category}.{use.name}") if entry.category else None
    if own and isinstance(own.node, kinds):
        return [own]
    return [other for other in scope.candidates(use.name, use.span.source) if isinstance(other.node, kinds)]


def _copied(factor: tree.Expression) -> tree.Expression | None:
    """The space in `copy(A, second)`."""
    if not isinstance(factor, tree.Call) or factor.function.name != "copy":
        return None
    of = (item.value for item in factor.arguments if item.name is None or item.name.name == "of")
    return next(of, None)


def _parameters(scope: Scope, theory: Theory, call: tree.Call) -> tuple[Block, ...] | None:
    """The blocks of `params(map)`."""
    if call.function.name != "params":
        scope.report(unknown_name.not_among(call.function.name, call.function.span, "object", SPACES))
        return None
    given = of_call(scope, call, Signature(("map",), ("map",)))
    blocks: tuple[Block, ...] = ()
    for part in parts(given.values["map"]) if "map" in given.values else ():
        name = identifier(part)
        if name is None:
            scope.report(field_type.found(shown(part.span), "the name of a map", part.span))
            return None
        entry = scope.find(name, (tree.Map, tree.Landscape))
        if entry is None or (entry.name not in theory.maps and entry.name not in theory.landscapes):
            return None
        if entry.name in theory.landscapes:
            blocks += (landscape_block(theory.landscapes[entry.name]),)
        else:
            blocks += blocks_of(theory.maps[entry.name].layers)
    return blocks if given.complete else None


def landscape_block(landscape: Landscape) -> Block:
    """The one block of a landscape's parameter space: a tensor `point` with an entry for each variable."""
    return Block(landscape.name, (("point", (len(landscape.variables),)),))


def landscape_of(theory: Theory, space: str) -> Landscape | None:
    """The landscape whose parameter space this is; None for a product, a fibre or the space of a network."""
    found = theory.spaces.get(space)
    if found is None or found.pullback is not None or len(found.blocks) != 1:
        return None
    return theory.landscapes.get(found.blocks[0].path)


def _factor(
    scope: Scope, theory: Theory, spaces: Mapping[str, Space], entry: Entry, factor: tree.Expression
) -> tuple[Block, ...] | None:
    name = identifier(factor)
    if name is not None:
        other = find_space(scope, name, entry.category, Nature.PARAMETERS)
        if other and isinstance(other.node, tree.Pullback) and other.node.along_source is None:
            scope.report(freeze_leak.lost(other.identifier.name, entry.identifier.name, factor.span))
            return None
        return spaces[other.name].blocks if other and other.name in spaces else None
    if isinstance(factor, tree.Call) and factor.function.name == "copy":
        return _copy(scope, theory, spaces, entry, factor)
    if isinstance(factor, tree.Call):
        return _parameters(scope, theory, factor)
    wanted = "a product of objects and `params(map)`"
    scope.report(field_type.found(shown(factor.span), wanted, factor.span))
    return None


def _copy(
    scope: Scope, theory: Theory, spaces: Mapping[str, Space], entry: Entry, call: tree.Call
) -> tuple[Block, ...] | None:
    """The blocks of `copy(A, second)`: those of `A`, each with `second.` before its name."""
    given = of_call(scope, call, COPY)
    name = given.take("name", identifier, "a name for the copy")
    if "of" not in given.values or name is None:
        return None
    blocks = _factor(scope, theory, spaces, entry, given.values["of"])
    if blocks and len(name.name) + 1 + max(len(block.path) for block in blocks) > LONGEST_PATH:
        found, wanted = f"{shown(call.span)}, with longer paths", f"paths of {LONGEST_PATH} characters at most"
        scope.report(field_type.found(found, wanted, call.span))
        return None
    return None if blocks is None else tuple(replace(block, path=f"{name.name}.{block.path}") for block in blocks)


def _product(
    scope: Scope, theory: Theory, spaces: Mapping[str, Space], entry: Entry, definition: tree.Expression
) -> tuple[Block, ...] | None:
    """The blocks of a product; every one may occur once."""
    blocks: dict[str, Block] = {}
    whole = True
    for factor in operands(definition, "*"):
        found = _factor(scope, theory, spaces, entry, factor)
        if len(blocks) + len(found or ()) > MOST_BLOCKS:
            scope.report(too_many_blocks(entry.identifier))
            return None
        whole = whole and found is not None
        for block in found or ():
            if block.path in blocks:
                owner = f"the product `{entry.identifier.name}`"
                scope.report(duplicate_name.repeated(f"the block `{block.path}`", owner, factor.span))
                whole = False
            blocks[block.path] = block
    return tuple(blocks.values()) if whole else None


def too_many_blocks(name: tree.Identifier) -> Diagnostic:
    """A space of more blocks than one may have."""
    return field_type.found(f"more blocks in `{name.name}`", f"{MOST_BLOCKS} at most", name.span)


def product_space(scope: Scope, theory: Theory, spaces: Mapping[str, Space], entry: Entry) -> Space | None:
    """A product of blocks, or the object of a fibre, which has all the blocks of its source; None, reported, where it
    is in error. `spaces` are those that it is defined by."""
    node = entry.node
    if isinstance(node, tree.Pullback):
        source = identifier(node.source)
        found = [other.name for other in meant(scope, entry, source, OBJECTS)] if source else []
        if entry.category is None or len(found) != 1 or found[0] not in spaces:
            return None
        return Space(entry.name, entry.category, spaces[found[0]].blocks, node.name.name, node.name.span)
    if not isinstance(node, tree.Object) or node.definition is None or entry.category is None:
        return None
    blocks = _product(scope, theory, spaces, entry, node.definition)
    return None if blocks is None else Space(entry.name, entry.category, blocks, None, entry.identifier.span)


def _cloud(scope: Scope, theory: Theory, entry: Entry, given: Given) -> CloudSpace | None:
    dimension = given.take("dim", positive_whole, "a whole number above 0")
    normalise = given.take("normalise", word, "`rms` or `none`", "rms")
    if normalise is not None and normalise not in NORMALISATIONS:
        span = given.values["normalise"].span
        scope.report(unknown_name.not_among(normalise, span, "normalisation", NORMALISATIONS))
        normalise = None
    name = find_probe(scope, given)
    probe = theory.probes.get(name) if name else None
    if dimension is None or normalise is None or probe is None or entry.category is None:
        return None
    return CloudSpace(entry.name, entry.category, probe.name, dimension, normalise, entry.identifier.span)


def find_probe(scope: Scope, given: Given) -> str | None:
    """The probe that the argument `on` names."""
    name = given.take("on", identifier, "the name of a probe")
    entry = scope.find(name, (tree.Probe,)) if name else None
    return entry.name if entry else None


def cloud_spaces(scope: Scope, theory: Theory) -> Mapping[str, CloudSpace]:
    """The cloud spaces of a specification."""
    found: dict[str, CloudSpace] = {}
    for entry, node in scope.of(tree.Object):
        if nature(entry) is Nature.CLOUDS and isinstance(node.definition, tree.Call):
            called = node.definition.function
            if called.name != "cloud":
                scope.report(unknown_name.not_among(called.name, called.span, "object", SPACES))
                continue
            cloud = _cloud(scope, theory, entry, of_call(scope, node.definition, CLOUD))
            if cloud:
                found[entry.name] = cloud
    return found
