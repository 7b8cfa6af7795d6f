"""Claims: propositions about laws, cells, maps and measures, and the verdicts that their authors expect."""

from collections.abc import Mapping
from fractions import Fraction
from math import floor, log
from typing import NamedTuple

from catlearn.syntax import tree
from catlearn.theory.fields import Given, Signature, of_block
from catlearn.theory.names import Scope
from catlearn.theory.points import Ends
from catlearn.theory.propositions import STATISTICAL, proposition
from catlearn.theory.rules import (
    exact_needs_determinism,
    field_type,
    too_few_seeds,
    unknown_field,
    unknown_name,
    unreachable_verdict,
)
from catlearn.theory.theory import (
    Claim,
    ClassesProposition,
    ConstantProposition,
    LawProposition,
    MeasureProposition,
    Proposition,
    RelationCellProposition,
    ShapeProposition,
    StrictCellProposition,
    Theory,
)
from catlearn.theory.values import number, share, shown

CLAIM = Signature(("holds_for", "confidence"))
CONFIDENCE = Fraction(19, 20)
VERDICTS = ("proved", "exact", "supported", "refuted", "undecided", "vacuous")
EXPECTED = ("proved", "exact", "supported")
EVIDENCE = ("supported", "refuted", "undecided", "vacuous")
"""What can come of a claim that is decided by measurement."""

REACHABLE: Mapping[type[Proposition], tuple[str, tuple[str, ...]]] = {
    LawProposition: ("a law", ("exact", "refuted")),
    ConstantProposition: ("a map along a run", ("exact", "refuted")),
    StrictCellProposition: ("a strict cell", ("proved", "refuted", "undecided")),
    RelationCellProposition: ("a cell by relation", EVIDENCE),
    ClassesProposition: ("a count of classes", EVIDENCE),
    MeasureProposition: ("a comparison of measures", EVIDENCE),
    ShapeProposition: ("a distance of shapes", EVIDENCE),
}
"""What each kind of claim is called, and the verdicts that it can get."""


class Terms(NamedTuple):
    """The terms of a claim: the share of seeds for which it is to hold, and the confidence."""

    holds_for: Fraction | None
    confidence: Fraction


def _terms(scope: Scope, kind: type[Proposition], given: Given) -> Terms | None:
    """The fields of a claim; those that belong to another kind of claim are reported."""
    cell = "claims on a cell by relation"
    allowed = {
        "holds_for": kind is RelationCellProposition,
        "confidence": kind in STATISTICAL,
    }
    belongs = {"holds_for": cell, "confidence": f"{cell}, and to comparisons of measures and of shapes"}
    for key, expression in given.values.items():
        if not allowed[key]:
            scope.report(unknown_field.elsewhere(key, expression.span, belongs[key]))
    holds_for = _share_of_seeds(scope, given)
    confidence = given.take("confidence", share, "a number between 0 and 1", CONFIDENCE)
    if confidence is None or (holds_for is None and "holds_for" in given.values):
        return None
    return Terms(holds_for, confidence)


def _share_of_seeds(scope: Scope, given: Given) -> Fraction | None:
    """The share of seeds for which a claim is to hold; to be certain of all is more than any sample can show."""
    written = given.values.get("holds_for")
    if written is not None and number(written) == 1:
        hint = "leave `holds_for` out to ask for every seed that was run"
        scope.report(field_type.found(shown(written.span), "a share below 1", written.span, hint))
        return None
    return given.take("holds_for", share, "a number between 0 and 1, a share of the seeds")


def _with_terms(found: Proposition, terms: Terms) -> Proposition:
    match found:
        case RelationCellProposition(cell):
            return RelationCellProposition(cell, terms.holds_for, terms.confidence)
        case MeasureProposition(left, operator, right, margin):
            return MeasureProposition(left, operator, right, margin, terms.confidence)
        case ShapeProposition(functor, left_run, right_run, distance, dimensions, margin):
            return ShapeProposition(functor, left_run, right_run, distance, dimensions, margin, terms.confidence)
    return found


def _expected(scope: Scope, kind: type[Proposition] | None, expectation: tree.Identifier | None) -> tuple[str, ...]:
    """The verdicts that meet the author's expectation; reports one that no claim or not this one can get."""
    if expectation is None:
        return EXPECTED
    verdict = expectation.name
    what, reachable = REACHABLE[kind] if kind else ("", VERDICTS)
    if verdict not in VERDICTS:
        scope.report(unknown_name.not_among(verdict, expectation.span, "verdict", VERDICTS))
    elif verdict not in reachable and verdict == "exact" and kind is not StrictCellProposition:
        scope.report(exact_needs_determinism.of(what, expectation.span))
    elif verdict not in reachable:
        scope.report(unreachable_verdict.of(verdict, what, reachable, expectation.span))
    return (verdict,)


def seeds_needed(holds_for: Fraction, confidence: Fraction) -> int:
    """The least n with holds_for^n <= 1 - confidence: so many successes without a failure show the share.

    Above a share of 0.999 it is the n of the bound holds_for^n <= exp(-n * (1 - holds_for)), which suffices.

    >>> seeds_needed(Fraction(9, 10), Fraction(95, 100))
    29
    """
    doubt = 1 - confidence
    surprise = log(doubt.denominator) - log(doubt.numerator)
    if holds_for > Fraction(999, 1000):
        return floor(Fraction(surprise) / (1 - holds_for)) + 1
    estimate = surprise / -log(holds_for)
    needed = max(1, floor(estimate) - 1)
    while holds_for**needed > 1 - confidence:
        needed += 1
    return needed


def _warn(scope: Scope, theory: Theory, node: tree.Claim, found: Proposition, given: Given) -> None:
    """Warns of seeds that cannot support what the claim says."""
    match found:
        case RelationCellProposition(cell, holds_for, confidence) if holds_for is not None:
            run = theory.runs.get(theory.relation_cells[cell].source) if cell in theory.relation_cells else None
            needed = seeds_needed(holds_for, confidence)
            if run and len(run.seeds) < needed:
                span = given.values["holds_for"].span
                written = given.values.get("confidence")
                texts = (shown(span).strip("`"), shown(written.span).strip("`") if written else "0.95")
                name = run.name.rpartition(".")[2]
                scope.report(too_few_seeds.of(len(run.seeds), needed, *texts, span, name, run.span))
        case MeasureProposition(left):
            run = theory.runs.get(left.run)
            if run and len(run.seeds) == 1:
                scope.report(too_few_seeds.single(node.proposition.span, run.name.rpartition(".")[2], run.span))
        case ShapeProposition(_, left_run):
            run = theory.runs.get(left_run)
            if run and len(run.seeds) == 1:
                scope.report(too_few_seeds.single(node.proposition.span, run.name.rpartition(".")[2], run.span))


def _text(node: tree.Claim) -> str:
    """The proposition and its terms as written, in one line, comments left out."""
    last = node.fields[-1].span if node.fields else node.proposition.span
    whole = node.proposition.span.until(last)
    lines = (line.partition("#")[0] for line in whole.text.splitlines())
    text = " ".join(" ".join(lines).split())
    return f"{text} }}" if node.fields else text


def _claim(scope: Scope, theory: Theory, ends: Mapping[str, Ends], node: tree.Claim) -> Claim | None:
    given = of_block(scope, node.name, node.fields, CLAIM)
    kind, found = proposition(scope, theory, ends, node.proposition)
    terms = _terms(scope, kind, given) if kind else None
    expected = _expected(scope, kind, node.expectation)
    if found is None or terms is None:
        return None
    whole = _with_terms(found, terms)
    if "supported" in expected:
        _warn(scope, theory, node, whole, given)
    return Claim(node.name.name, _text(node), whole, expected, node.name.span)


def claims(scope: Scope, theory: Theory, ends: Mapping[str, Ends]) -> Mapping[str, Claim]:
    """The claims of a specification, in the author's order."""
    found = (_claim(scope, theory, ends, node) for _, node in scope.of(tree.Claim))
    return {claim.name: claim for claim in found if claim}
