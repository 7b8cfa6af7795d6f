"""Relations: what "the same" is to mean for runs."""

from collections.abc import Mapping

from catlearn.syntax import tree
from catlearn.theory.fields import Given, Signature, of_block
from catlearn.theory.names import Entry, Scope
from catlearn.theory.rules import unknown_name, vacuous_region
from catlearn.theory.theory import Relation
from catlearn.theory.values import number_range, positive, shown, word

KINDS = ("dihomotopy",)
DIHOMOTOPY = Signature(("slack", "levels", "modulo"))
SYMMETRIES = ("permutations", "none")


def _symmetry(scope: Scope, given: Given) -> str | None:
    modulo = given.take("modulo", word, "`permutations` or `none`", "none")
    if modulo is not None and modulo not in SYMMETRIES:
        scope.report(unknown_name.not_among(modulo, given.values["modulo"].span, "symmetry", SYMMETRIES))
        return None
    return modulo


def _relation(scope: Scope, entry: Entry, node: tree.Relation) -> Relation | None:
    if node.kind.name not in KINDS:
        scope.report(unknown_name.not_among(node.kind.name, node.kind.span, "relation", KINDS))
        return None
    given = of_block(scope, node.name, node.fields, DIHOMOTOPY)
    slack = given.take("slack", positive, "a number above 0, in units of the loss")
    levels = given.take("levels", number_range, "two levels such as `0.2..2.0`, in units of the loss")
    modulo = _symmetry(scope, given)
    if "slack" not in given.values:
        scope.report(vacuous_region.without_slack(node.name))
    written = given.values.get("levels")
    if levels and isinstance(written, tree.Range):
        low, high = shown(written.first.span).strip("`"), shown(written.last.span).strip("`")
        if levels[0] >= levels[1]:
            scope.report(vacuous_region.inverted(low, high, written.span))
            return None
        if slack is not None and levels[1] - levels[0] <= 2 * slack:
            span = given.values["slack"].span
            scope.report(vacuous_region.covered(shown(span).strip("`"), span, low, high, written.span))
            return None
    if slack is None or modulo is None or ("levels" in given.values and levels is None):
        return None
    high_low = (levels[1], levels[0]) if levels else None
    return Relation(entry.name, node.kind.name, slack, high_low, modulo, node.name.span)


def relations(scope: Scope) -> Mapping[str, Relation]:
    """The relations of a specification."""
    found = ((entry.name, _relation(scope, entry, node)) for entry, node in scope.of(tree.Relation))
    return {name: relation for name, relation in found if relation}
