"""Claims: propositions about laws, cells, maps and measures, and the verdicts that their authors expect."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor, log
from typing import NamedTuple

from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.fields import Given, Signature, of_block
from catlearn.theory.measures import parts_of
from catlearn.theory.names import Scope
from catlearn.theory.points import Ends
from catlearn.theory.propositions import STATISTICAL, Read, proposition
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
    ClassMeasureProposition,
    Combination,
    Conjunction,
    ConstantProposition,
    Correlation,
    CorrelationProposition,
    CountProposition,
    LawProposition,
    Measure,
    MeasureProposition,
    NaturalityProposition,
    Proposition,
    Quantity,
    RelationCellProposition,
    Run,
    ShapeProposition,
    StrictCellProposition,
    Theory,
)
from catlearn.theory.values import number, positive_whole, share, shown

CLAIM = Signature(("holds_for", "confidence", "looks"))
CONFIDENCE = Fraction(19, 20)
VERDICTS = ("proved", "exact", "supported", "refuted", "undecided", "vacuous")
EXPECTED = ("proved", "exact", "supported")
EVIDENCE = ("supported", "refuted", "undecided", "vacuous")
"""What can come of a claim that is decided by measurement."""

REACHABLE: Mapping[type[Proposition], tuple[str, tuple[str, ...]]] = {
    LawProposition: ("a law", ("exact", "refuted")),
    ConstantProposition: ("a map along a run", ("exact", "refuted", "vacuous")),
    NaturalityProposition: ("a transformation between readings", ("exact", "refuted", "vacuous")),
    StrictCellProposition: ("a strict cell", ("proved", "refuted", "undecided")),
    RelationCellProposition: ("a cell by relation", EVIDENCE),
    ClassesProposition: ("a count of classes", EVIDENCE),
    MeasureProposition: ("a comparison of measures", EVIDENCE),
    CorrelationProposition: ("a correlation", EVIDENCE),
    ClassMeasureProposition: ("a measure over classes", EVIDENCE),
    CountProposition: ("a comparison of counts", ("supported", "refuted", "undecided")),
    ShapeProposition: ("a distance of shapes", EVIDENCE),
}
"""What each kind of claim is called, and the verdicts that it can get."""

DERIVED: Mapping[type[Proposition], tuple[str, tuple[str, ...]]] = {
    StrictCellProposition: ("strict cells side by side", ("proved", "undecided")),
    RelationCellProposition: ("a composite of cells by relation", ("supported", "undecided", "vacuous")),
}
"""The same of cells that follow from their parts."""

CARRIED = ("a law about images of runs", ("exact", "refuted", "vacuous"))
ON_BLOCKS = ("a law between structural maps", ("proved",))
"""The same of laws in which structural maps stand, with runs and without."""

CONJUNCTION = ("refuted", "vacuous", "undecided", "supported", "exact", "proved")
"""A conjunction gets the first of these that one of its parts gets."""


class Terms(NamedTuple):
    """The terms of a claim: the share of seeds for which it is to hold, the confidence, and how often it is tested."""

    holds_for: Fraction | None
    confidence: Fraction
    looks: int

    @property
    def confidence_of_a_look(self) -> Fraction:
        """What is asked of each look, so that the errors of all add up to what the claim allows."""
        return 1 - (1 - self.confidence) / self.looks


CELL = "claims on a cell by relation"
BELONGS = {
    "holds_for": ((RelationCellProposition,), CELL),
    "confidence": (STATISTICAL, f"{CELL}, and to comparisons of measures and of shapes"),
    "looks": (STATISTICAL, f"{CELL}, and to comparisons of measures and of shapes"),
}
"""The kinds of proposition to which each term belongs, and what these are called."""


def _terms(scope: Scope, kinds: tuple[type[Proposition], ...], given: Given) -> Terms | None:
    """The fields of a claim whose parts are of some kinds; a term that belongs to none of them is reported."""
    for key, expression in given.values.items():
        fitting, called = BELONGS[key]
        if not set(fitting).intersection(kinds):
            scope.report(unknown_field.elsewhere(key, expression.span, called))
    holds_for, confidence = _share_of_seeds(scope, given), _confidence(scope, given)
    looks = given.take("looks", positive_whole, "a whole number above 0, how often seeds are added and tested", 1)
    if confidence is None or looks is None or (holds_for is None and "holds_for" in given.values):
        return None
    return Terms(holds_for, confidence, looks)


def _share_of_seeds(scope: Scope, given: Given) -> Fraction | None:
    """The share of seeds for which a claim is to hold; to be certain of all is more than any sample can show."""
    written = given.values.get("holds_for")
    if written is not None and number(written) == 1:
        hint = "leave `holds_for` out to ask for every seed that was run"
        scope.report(field_type.found(shown(written.span), "a share below 1", written.span, hint))
        return None
    return given.take("holds_for", share, "a number between 0 and 1, a share of the seeds")


def _confidence(scope: Scope, given: Given) -> Fraction | None:
    """The confidence: under one half a claim and its contrary could both be shown at once."""
    written = given.values.get("confidence")
    value = share(written) if written is not None else CONFIDENCE
    if written is None or (value is not None and value >= Fraction(1, 2)):
        return value
    hint = "below 0.5 a claim and its contrary could both be shown" if value else "write `confidence = 0.95`"
    scope.report(field_type.found(shown(written.span), "a number from 0.5 to below 1", written.span, hint))
    return None


def _with_terms(found: Proposition, terms: Terms) -> Proposition:
    match found:
        case RelationCellProposition():
            return replace(found, holds_for=terms.holds_for, confidence=terms.confidence)
        case MeasureProposition() | CorrelationProposition() | ClassMeasureProposition() | ShapeProposition():
            return replace(found, confidence=terms.confidence)
    return found


# What can come of a claim.


Outcomes = tuple[str, tuple[str, ...]]
"""What a kind of claim is called, and the verdicts that it can get."""


def _outcomes(theory: Theory, kind: type[Proposition], found: Proposition | None) -> Outcomes:
    """What can come of one proposition; a cell that follows from its parts is never refuted by them."""
    if isinstance(found, StrictCellProposition | RelationCellProposition) and found.cell in theory.composite_cells:
        return DERIVED[kind]
    if isinstance(found, LawProposition) and found.law not in theory.laws:
        return "a law", VERDICTS
    law = theory.laws.get(found.law) if isinstance(found, LawProposition) else None
    if law and law.images is not None:
        return CARRIED if any(law.images) else ON_BLOCKS
    return REACHABLE[kind]


def reachable_by(parts: Sequence[Outcomes]) -> Outcomes:
    """What can come of a claim of some parts."""
    if len(parts) == 1:
        return parts[0]
    places = [[CONJUNCTION.index(verdict) for verdict in verdicts] for _, verdicts in parts]
    worst = min(map(max, places))
    found = {place for part in places for place in part if place <= worst}
    return "a conjunction", tuple(CONJUNCTION[place] for place in sorted(found, reverse=True))


def _expected(
    scope: Scope, theory: Theory, read: Sequence[Read], expectation: tree.Identifier | None
) -> tuple[str, ...]:
    """The verdicts that meet the author's expectation; reports one that no claim or not this one can get."""
    if expectation is None:
        return EXPECTED
    verdict = expectation.name
    parts = [(kind, _outcomes(theory, kind, found)) for kind, found in read if kind]
    known = len(parts) == len(read)
    what, reachable = reachable_by([outcomes for _, outcomes in parts]) if known else ("", VERDICTS)
    measured = [called for kind, (called, _) in parts if kind not in BITWISE]
    if verdict not in VERDICTS:
        scope.report(unknown_name.not_among(verdict, expectation.span, "verdict", VERDICTS))
    elif verdict not in reachable and verdict == "exact" and measured:
        found = measured[0] if len(parts) == 1 else f"{what} with {measured[0]}"
        scope.report(exact_needs_determinism.of(found, expectation.span))
    elif verdict not in reachable:
        scope.report(unreachable_verdict.of(verdict, what, reachable, expectation.span))
    return (verdict,)


BITWISE = frozenset({LawProposition, ConstantProposition, NaturalityProposition, StrictCellProposition})
"""What is decided without measuring."""


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


# Too few seeds.


def _warn(scope: Scope, theory: Theory, part: Proposition, terms: Terms, span: Span, given: Given) -> None:
    """Warns of seeds that cannot support what a part of the claim, written at a place, says."""
    if isinstance(part, RelationCellProposition) and part.holds_for is not None:
        _warn_of_share(scope, theory, part, part.holds_for, terms, given)
        return
    alone = (theory.runs[run] for run in _sampled(part) if run in theory.runs and len(theory.runs[run].seeds) == 1)
    run = next(alone, None)
    if run:
        scope.report(too_few_seeds.single(span, run.name.rpartition(".")[2], run.span))


def _warn_of_share(
    scope: Scope, theory: Theory, part: RelationCellProposition, holds_for: Fraction, terms: Terms, given: Given
) -> None:
    derived = theory.composite_cells.get(part.cell)
    cell = theory.relation_cells.get(derived.parts[0] if derived else part.cell)
    run: Run | None = theory.runs.get(cell.source) if cell else None
    needed = seeds_needed(holds_for, terms.confidence_of_a_look)
    if run and len(run.seeds) < needed:
        span, written = given.values["holds_for"].span, given.values.get("confidence")
        confidence = shown(written.span).strip("`") if written else "0.95"
        looks = f" in {terms.looks} looks" if terms.looks > 1 else ""
        texts = (shown(span).strip("`"), f"{confidence}{looks}")
        name = run.name.rpartition(".")[2]
        scope.report(too_few_seeds.of(len(run.seeds), needed, *texts, span, name, run.span))


def _sampled(part: Proposition) -> Iterable[str]:
    """The runs over whose seeds a mean is taken."""
    match part:
        case MeasureProposition(left, _, right):
            return (*runs_of(left), *runs_of(right))
        case CorrelationProposition(correlation):
            return tuple(runs_of(correlation))
        case ShapeProposition(_, left_run):
            return (left_run,)
    return ()


def runs_of(quantity: Quantity) -> Iterator[str]:
    """The runs of the computed measures in a quantity."""
    match quantity:
        case Measure(_, run):
            yield run
        case Combination(_, left, right) | Correlation(_, left, right):
            yield from (*runs_of(left), *runs_of(right))


# Claims.


def _one_line(text: str) -> str:
    """A text in one line, comments left out."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    return " ".join(" ".join(lines).split())


def _text(node: tree.Claim) -> str:
    """The proposition and its terms as written, in one line, comments left out."""
    propositions = (node.proposition, *node.further)
    last = node.fields[-1].span if node.fields else propositions[-1].span
    text = _one_line(node.proposition.span.until(last).text)
    return f"{text} }}" if node.fields else text


def _whole(node: tree.Claim, read: list[Read], terms: Terms) -> Proposition | None:
    """The proposition with its terms; the conjunction of several."""
    parts = tuple(_with_terms(found, terms) for _, found in read if found)
    if len(parts) < len(read):
        return None
    texts = tuple(_one_line(part.span.text) for part in (node.proposition, *node.further))
    return parts[0] if len(parts) == 1 else Conjunction(parts, texts)


def _claim(scope: Scope, theory: Theory, ends: Mapping[str, Ends], name: str, node: tree.Claim) -> Claim | None:
    given = of_block(scope, node.name, node.fields, CLAIM)
    written = (node.proposition, *node.further)
    read = [proposition(scope, theory, ends, part) for part in written]
    kinds = tuple(kind for kind, _ in read if kind)
    known = len(kinds) == len(read)
    terms = _terms(scope, kinds, given) if known else None
    expected = _expected(scope, theory, read, node.expectation)
    whole = _whole(node, read, terms) if terms else None
    if whole is None or terms is None:
        return None
    if "supported" in expected:
        for part, place in zip(parts_of(whole), written, strict=True):
            _warn(scope, theory, part, terms, place.span, given)
    return Claim(name, _text(node), whole, expected, node.name.span, terms.looks)


def claims(scope: Scope, theory: Theory, ends: Mapping[str, Ends]) -> Mapping[str, Claim]:
    """The claims of a specification, in the author's order."""
    found = (_claim(scope, theory, ends, entry.name, node) for entry, node in scope.of(tree.Claim))
    return {claim.name: claim for claim in found if claim}
