"""Claims: propositions about laws, cells, maps and measures, and the verdicts that their authors expect."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.fields import Given, Signature, of_block
from catlearn.theory.measures import cells_measured, parts_of
from catlearn.theory.names import Scope, bare
from catlearn.theory.points import Ends
from catlearn.theory.power import needs
from catlearn.theory.propositions import STATISTICAL, Read, proposition
from catlearn.theory.rules import (
    exact_needs_determinism,
    field_type,
    missing_field,
    too_few_seeds,
    unknown_field,
    unknown_name,
    unreachable_verdict,
)
from catlearn.theory.theory import (
    Claim,
    ClassesProposition,
    ClassMeasureProposition,
    ConeProposition,
    Conjunction,
    ConstantProposition,
    CorrelationProposition,
    CountProposition,
    LawProposition,
    MeasureProposition,
    NaturalityProposition,
    Proposition,
    ReadingProposition,
    RelationCellProposition,
    SeedCountProposition,
    ShapeProposition,
    StrictCellProposition,
    Theory,
)
from catlearn.theory.values import number, positive_whole, share, shown, word

CLAIM = Signature(("holds_for", "confidence", "looks", "test", "pairs"))
CONFIDENCE = Fraction(19, 20)
VERDICTS = ("proved", "exact", "supported", "refuted", "undecided", "vacuous")
EXPECTED = ("proved", "exact", "supported")
EVIDENCE = ("supported", "refuted", "undecided", "vacuous")
"""What can come of a claim that is decided by measurement."""

REACHABLE: Mapping[type[Proposition], tuple[str, tuple[str, ...]]] = {
    LawProposition: ("a law", ("exact", "refuted")),
    ConstantProposition: ("a map along a run", ("exact", "refuted", "vacuous")),
    ReadingProposition: ("a functor along a run", ("exact", "refuted", "vacuous")),
    ConeProposition: ("points over a pullback", ("exact", "refuted", "vacuous")),
    NaturalityProposition: ("a transformation between readings", ("exact", "refuted", "vacuous")),
    StrictCellProposition: ("a strict cell", ("proved", "refuted", "undecided")),
    RelationCellProposition: ("a cell by relation", EVIDENCE),
    SeedCountProposition: ("a comparison of counts in each seed", EVIDENCE),
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

EQUAL_BY_PERMUTATION = ("equality, which a permutation test can only refute,", ("refuted", "undecided", "vacuous"))
"""The same of counts that are said to be equal in the mean."""

CARRIED = ("a law about images of runs", ("exact", "refuted", "vacuous"))
ON_BLOCKS = ("a law between structural maps", ("proved",))
"""The same of laws in which structural maps stand, with runs and without."""

CONJUNCTION = ("refuted", "vacuous", "undecided", "supported", "exact", "proved")
"""A conjunction gets the first of these that one of its parts gets."""


class Terms(NamedTuple):
    """The terms of a claim: the share of seeds for which it is to hold, the confidence, how often it is tested, by
    which test a mean is bounded, and whether runs are paired with those of the same seed or of the next."""

    holds_for: Fraction | None
    confidence: Fraction
    looks: int
    test: str
    pairs: str

    @property
    def confidence_of_a_look(self) -> Fraction:
        """What is asked of each look, so that the errors of all add up to what the claim allows."""
        return 1 - (1 - self.confidence) / self.looks


CELL = "claims on a cell by relation"
BELONGS = {
    "holds_for": (
        (RelationCellProposition, SeedCountProposition),
        f"{CELL}, and to comparisons of counts in each seed",
    ),
    "confidence": (STATISTICAL, f"{CELL}, and to comparisons of measures and of shapes"),
    "looks": (STATISTICAL, f"{CELL}, and to comparisons of measures and of shapes"),
    "pairs": ((RelationCellProposition,), CELL),
    "test": (
        (MeasureProposition, ShapeProposition, SeedCountProposition),
        "comparisons of measures, of shapes and of counts in each seed",
    ),
}
"""The kinds of proposition to which each term belongs, and what these are called."""

TESTS: Mapping[type[Proposition], tuple[str, ...]] = {
    MeasureProposition: ("t", "bootstrap"),
    ShapeProposition: ("t", "bootstrap"),
    SeedCountProposition: ("permutation",),
}
"""The tests among which a claim may choose."""


def _terms(scope: Scope, kinds: tuple[type[Proposition], ...], given: Given) -> Terms | None:
    """The fields of a claim whose parts are of some kinds; a term that belongs to none of them is reported."""
    for key, expression in given.values.items():
        fitting, called = BELONGS[key]
        if not set(fitting).intersection(kinds):
            scope.report(unknown_field.elsewhere(key, expression.span, called))
    holds_for, confidence = _share_of_seeds(scope, given), _confidence(scope, given)
    looks = given.take("looks", positive_whole, "a whole number above 0, how often seeds are added and tested", 1)
    test = _test(scope, kinds, given)
    pairs = given.take("pairs", _pairing, "one of `same`, `disjoint`", "same")
    if (
        confidence is None
        or looks is None
        or test is None
        or pairs is None
        or (holds_for is None and "holds_for" in given.values)
    ):
        return None
    return Terms(holds_for, confidence, looks, test, pairs)


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


def _test(scope: Scope, kinds: Sequence[type[Proposition]], given: Given) -> str | None:
    """How the mean of a measure is bounded, or a difference of counts tested; not beside a share of seeds."""
    allowed = tuple(dict.fromkeys(test for kind in TESTS if kind in kinds for test in TESTS[kind]))
    if "test" not in given.values or not allowed:
        return "t"
    wanted = f"{'one of ' * (len(allowed) > 1)}{', '.join(f'`{test}`' for test in allowed)}"
    chosen = given.take("test", lambda written: _one_of(written, allowed), wanted)
    if chosen == "permutation" and "holds_for" in given.values:
        hint = "`permutation` compares means; `holds_for` counts the seeds in which a comparison holds"
        span = given.values["test"].span
        scope.report(field_type.found("`test` beside `holds_for`", "one of the two", span, hint))
        return None
    return chosen


def _one_of(expression: tree.Expression, choices: Sequence[str]) -> str | None:
    chosen = word(expression)
    return chosen if chosen in choices else None


def _pairing(expression: tree.Expression) -> str | None:
    """Which seeds of two runs are compared."""
    return _one_of(expression, ("same", "disjoint"))


def _with_terms(found: Proposition, terms: Terms) -> Proposition:
    match found:
        case RelationCellProposition():
            return replace(found, holds_for=terms.holds_for, confidence=terms.confidence, pairs=terms.pairs)
        case SeedCountProposition():
            test = "permutation" if terms.test == "permutation" else "exact"
            return replace(found, holds_for=terms.holds_for, confidence=terms.confidence, test=test)
        case MeasureProposition() | ShapeProposition():
            return replace(found, confidence=terms.confidence, test="t" if terms.test == "permutation" else terms.test)
        case CorrelationProposition() | ClassMeasureProposition():
            return replace(found, confidence=terms.confidence)
    return found


# What can come of a claim.


Outcomes = tuple[str, tuple[str, ...]]
"""What a kind of claim is called, and the verdicts that it can get."""


def _outcomes(theory: Theory, kind: type[Proposition], found: Proposition | None) -> Outcomes:
    """What can come of one proposition; a cell that follows from its parts is never refuted by them."""
    if isinstance(found, StrictCellProposition | RelationCellProposition) and found.cell in theory.composite_cells:
        return DERIVED[kind]
    if isinstance(found, SeedCountProposition) and (found.test, found.operator) == ("permutation", "=="):
        return EQUAL_BY_PERMUTATION
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


BITWISE = frozenset(
    {
        LawProposition,
        ConstantProposition,
        ConeProposition,
        ReadingProposition,
        NaturalityProposition,
        StrictCellProposition,
    }
)
"""What is decided without measuring."""


# Too few seeds.


class Written(NamedTuple):
    """Where and how the terms of a part are written, and the verdict that is expected of it."""

    proposition: Span
    holds_for: Span | None
    confidence: str
    verdict: str


def _warn(scope: Scope, theory: Theory, part: Proposition, terms: Terms, written: Written) -> None:
    """Warns of seeds that cannot bring a part of the claim to the verdict that its author expects."""
    for need in needs(theory, part, terms.confidence_of_a_look, written.verdict):
        span, purpose = written.proposition, need.purpose
        if need.purpose == "share" and written.holds_for is not None:
            span = written.holds_for
            verb = "show" if written.verdict == "supported" else "refute"
            purpose = f"to {verb} a share of {shown(span).strip('`')}"
        if need.at_confidence:
            looks = f" in {terms.looks} looks" if terms.looks > 1 else ""
            purpose = f"{purpose} at confidence {written.confidence}{looks}"
        name = bare(need.run.name)
        scope.report(too_few_seeds.of(len(need.run.seeds), need.seeds, purpose, span, name, need.run.span))


def _written(part: tree.Proposition, given: Given, verdict: str) -> Written:
    share, confidence = given.values.get("holds_for"), given.values.get("confidence")
    text = shown(confidence.span).strip("`") if confidence else "0.95"
    return Written(part.span, share.span if share else None, text, verdict)


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


def _whole(node: tree.Claim, read: Sequence[Read]) -> Proposition | None:
    """The proposition; the conjunction of several."""
    parts = tuple(found for _, found in read if found)
    if len(parts) < len(read):
        return None
    texts = tuple(_one_line(part.span.text) for part in (node.proposition, *node.further))
    return parts[0] if len(parts) == 1 else Conjunction(parts, texts)


def _exchangeable(scope: Scope, read: Sequence[Read], written: Sequence[tree.Proposition], given: Given) -> bool:
    """Whether what is tested by permutation has a measure on either side; reports a number."""
    for (_, found), place in zip(read, written, strict=True):
        if not isinstance(found, SeedCountProposition) or found.test != "permutation":
            continue
        if isinstance(found.left, Fraction) or isinstance(found.right, Fraction):
            wanted = "measures on both sides, which can be exchanged"
            scope.report(field_type.found(f"{shown(place.span)} by permutation", wanted, given.values["test"].span))
            return False
    return True


def _beside_their_cells(scope: Scope, whole: Proposition, written: Sequence[tree.Proposition]) -> bool:
    """Whether every measure of what a cell joins stands beside the claim of the cell; reports where one does not."""
    parts = parts_of(whole)
    claimed = {part.cell for part in parts if isinstance(part, RelationCellProposition)}
    lone = [
        (cell, place.span)
        for part, place in zip(parts, written, strict=True)
        for cell in cells_measured(part)
        if cell not in claimed
    ]
    for cell, span in lone:
        hint = f"write `{cell} and {_one_line(span.text)}`"
        scope.report(missing_field.something(f"a measure of what `{cell}` joins", f"`{cell}` beside it", span, hint))
    return not lone


def _claim(scope: Scope, theory: Theory, ends: Mapping[str, Ends], name: str, node: tree.Claim) -> Claim | None:
    given = of_block(scope, node.name, node.fields, CLAIM)
    written = (node.proposition, *node.further)
    read = [proposition(scope, theory, ends, part) for part in written]
    kinds = tuple(kind for kind, _ in read if kind)
    known = len(kinds) == len(read)
    terms = _terms(scope, kinds, given) if known else None
    if terms is not None:
        read = [(kind, _with_terms(found, terms) if found else None) for kind, found in read]
    expected = _expected(scope, theory, read, node.expectation)
    whole = _whole(node, read) if terms and _exchangeable(scope, read, written, given) else None
    if whole is None or terms is None or not _beside_their_cells(scope, whole, written):
        return None
    sought = next((verdict for verdict in ("supported", "refuted") if verdict in expected), None)
    if sought is not None:
        for part, place in zip(parts_of(whole), written, strict=True):
            _warn(scope, theory, part, terms, _written(place, given, sought))
    return Claim(name, _text(node), whole, expected, node.name.span, terms.looks)


def claims(scope: Scope, theory: Theory, ends: Mapping[str, Ends]) -> Mapping[str, Claim]:
    """The claims of a specification, in the author's order."""
    found = (_claim(scope, theory, ends, entry.name, node) for entry, node in scope.of(tree.Claim))
    return {claim.name: claim for claim in found if claim}
