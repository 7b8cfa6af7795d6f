"""Structural maps: projections onto blocks, the legs of pullbacks, and the generators of formal categories."""

from collections.abc import Mapping

from catlearn.category import blocks
from catlearn.diagnostics import Label
from catlearn.syntax import tree
from catlearn.theory.fields import required
from catlearn.theory.names import OBJECTS, Entry, Scope
from catlearn.theory.rules import composition, field_type, mixed_category, shape_mismatch, unknown_name
from catlearn.theory.spaces import Nature, blocks_in, category_nature, defined_objects, find_space, nature
from catlearn.theory.theory import Space, StructuralMap, Theory
from catlearn.theory.values import identifier, shown


def projection(source: Space, target: Space) -> blocks.BlockMap:
    """The map that reads each block of its target from the block of the same name."""
    wires = tuple((block.path, blocks.Read(block.path)) for block in target.blocks)
    return blocks.BlockMap(blocks_in(source), blocks_in(target), wires)


def _end(scope: Scope, entry: Entry, written: tree.Expression) -> Entry | None:
    """An end of an arrow: an object of the arrow's own category."""
    name = required(scope, written, identifier, "the name of an object")
    found = scope.find(name, OBJECTS, entry.category) if name else None
    if found is None or found.category is None or entry.category is None:
        return None
    if found.category != entry.category:
        what, wanted = f"`{found.identifier.name}`, an object", f"an object of `{entry.category}`"
        scope.report(composition.ends(what, f"of `{found.category}`", wanted, written.span))
        return None
    return found


def _projection(scope: Scope, theory: Theory, source: Entry, target: Entry, node: tree.Generator) -> bool:
    """Whether every block of the target is one of the source."""
    if source.name not in theory.spaces or target.name not in theory.spaces:
        return False
    arrow = projection(theory.spaces[source.name], theory.spaces[target.name])
    missing = tuple(error.block for error in blocks.invalid(arrow) if isinstance(error, blocks.NoSourceBlock))
    if missing:
        names = (source.identifier, target.identifier)
        labels = tuple(Label(f"`{name.name}` is declared here", name.span) for name in names)
        span = node.source.span.until(node.target.span)
        scope.report(shape_mismatch.projection(names[0].name, missing, names[1].name, span, labels))
    return not missing


def _defined(scope: Scope, entry: Entry, node: tree.Generator) -> bool:
    """Whether a generator has a definition exactly when its category is interpreted, and `project` then."""
    category = entry.category or ""
    name = entry.identifier
    natured = category_nature(scope, category)
    if node.definition is None:
        if natured is not Nature.FORMAL and not scope.may_be_lost(category):
            first = defined_objects(scope, category)[0].identifier
            scope.report(mixed_category.undefined(name.name, name.span, first.name, first.span))
        return natured is Nature.FORMAL
    if natured is Nature.FORMAL:
        if scope.may_be_lost(category):
            return False
        scope.report(mixed_category.defined(name.name, name.span, category))
        return False
    project = isinstance(node.definition, tree.Name) and node.definition.name == "project"
    if not project:
        span = node.definition.span
        scope.report(field_type.found(shown(span), "`project`, the projection onto the blocks of its target", span))
    return project


def _generator(scope: Scope, theory: Theory, entry: Entry, node: tree.Generator) -> StructuralMap | None:
    defined = _defined(scope, entry, node)
    source, target = _end(scope, entry, node.source), _end(scope, entry, node.target)
    if not defined or source is None or target is None or entry.category is None:
        return None
    if node.definition is not None:
        clouds = [end for end in (source, target) if nature(end) is Nature.CLOUDS]
        for end, written in zip((source, target), (node.source, node.target), strict=True):
            if end in clouds:
                use = tree.Identifier(end.identifier.name, written.span)
                scope.report(
                    unknown_name.of_another_kind(use, "a cloud space", "a parameter space", end.identifier.span)
                )
        if clouds or not _projection(scope, theory, source, target, node):
            return None
    return StructuralMap(entry.name, entry.category, source.name, target.name, entry.identifier.span)


def structural_maps(scope: Scope, theory: Theory) -> Mapping[str, StructuralMap]:
    """The structural maps of a specification but for the legs, which their pullbacks check."""
    found = ((entry, _generator(scope, theory, entry, node)) for entry, node in scope.of(tree.Generator))
    return {entry.name: arrow for entry, arrow in found if arrow}


def find_parameter_space(scope: Scope, written: tree.Expression, inside: str | None) -> Entry | None:
    """The parameter space that an expression names."""
    name = required(scope, written, identifier, "the name of a parameter space")
    return find_space(scope, name, inside, Nature.PARAMETERS) if name else None
