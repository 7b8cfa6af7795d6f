"""Structural maps: those defined on blocks, and the generators of formal categories."""

from collections.abc import Mapping

from catlearn.syntax import tree
from catlearn.theory.architecture import Architecture
from catlearn.theory.fields import required
from catlearn.theory.names import OBJECTS, Entry, Scope
from catlearn.theory.rules import composition, field_type, mixed_category, unknown_name
from catlearn.theory.spaces import Nature, category_nature, defined_objects, find_space, nature
from catlearn.theory.structural import DEFINITIONS, fits, is_definition
from catlearn.theory.theory import StructuralMap, Theory
from catlearn.theory.values import identifier, shown


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


def _defined(scope: Scope, entry: Entry, node: tree.Generator) -> bool:
    """Whether a generator has a definition exactly when its category is interpreted."""
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
    defined = is_definition(node.definition)
    if not defined:
        scope.report(field_type.found(shown(node.definition.span), DEFINITIONS, node.definition.span))
    return defined


def _generator(
    scope: Scope, theory: Theory, arch: Architecture, entry: Entry, node: tree.Generator
) -> StructuralMap | None:
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
        if clouds or not fits(scope, theory, arch, entry, source, target):
            return None
    wires = arch.reads(entry.name)
    return StructuralMap(entry.name, entry.category, source.name, target.name, entry.identifier.span, wires)


def structural_maps(scope: Scope, theory: Theory, arch: Architecture) -> Mapping[str, StructuralMap]:
    """The structural maps of a specification but for the legs, which their pullbacks check."""
    found = ((entry, _generator(scope, theory, arch, entry, node)) for entry, node in scope.of(tree.Generator))
    return {entry.name: arrow for entry, arrow in found if arrow}


def find_parameter_space(scope: Scope, written: tree.Expression, inside: str | None) -> Entry | None:
    """The parameter space that an expression names."""
    name = required(scope, written, identifier, "the name of a parameter space")
    return find_space(scope, name, inside, Nature.PARAMETERS) if name else None
