"""Looks: a claim that is tested again when seeds are added, and the error that each look may make.

A claim asks that a wrong verdict have probability at most alpha, however often it is looked at. Each look spends a part
of alpha, and by the union bound the parts add. A claim that announces `looks = k` spends alpha / k at each; one that
announces none spends all of alpha at its first. A verdict that was reached may be reached again at the level at which
it was: where it is wrong it was counted already. Looks are stored, so that no look is free; the same test of the same
seeds is no further look. Source: Lan and DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70
(1983), of which spending in equal parts, bounded by Bonferroni, is the simplest case.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catlearn.evidence.documents import Finding
from catlearn.plan.document import digest, parsed
from catlearn.plan.ir import (
    ClassMeasureQuestion,
    CompositeCellQuestion,
    ConjunctionQuestion,
    ConnectedQuestion,
    CorrelationQuestion,
    DecideJob,
    HomotopyQuestion,
    MeasureQuestion,
    Plan,
    Question,
    RelationCellQuestion,
    SeedCountQuestion,
    ShapeQuestion,
    WhiskeredCellQuestion,
)
from catlearn.store.store import Store
from catlearn.verdict.certificate import Judgement, Look, Looks
from catlearn.verdict.procedures import PROCEDURES
from catlearn.verdict.verdict import Verdict

Tested = (
    MeasureQuestion
    | CorrelationQuestion
    | ClassMeasureQuestion
    | ShapeQuestion
    | RelationCellQuestion
    | SeedCountQuestion
    | ConnectedQuestion
    | HomotopyQuestion
    | CompositeCellQuestion
    | WhiskeredCellQuestion
)

LEAST = 1e-9
"""An error so small that it is none, or rounding."""

_REACHED = (Verdict.SUPPORTED.value, Verdict.REFUTED.value)


def _tests(question: Question) -> Iterator[Tested]:
    """The tests in a question: its parts that err with a probability. A cell without a share of seeds says nothing of
    seeds that were not run."""
    match question:
        case ConjunctionQuestion(parts=parts):
            for part in parts:
                yield from _tests(part)
        case MeasureQuestion() | CorrelationQuestion() | ClassMeasureQuestion() | ShapeQuestion():
            yield question
        case SeedCountQuestion(test="permutation"):
            yield question
        case (
            RelationCellQuestion()
            | SeedCountQuestion()
            | ConnectedQuestion()
            | HomotopyQuestion()
            | CompositeCellQuestion()
            | WhiskeredCellQuestion()
        ):
            if question.holds_for is not None:
                yield question


def error(question: Question) -> float:
    """The probability of a wrong verdict that a question allows, those of its tests added; 0 where it has none."""
    return sum(1.0 - test.confidence for test in _tests(question))


def scaled(question: Question, factor: float) -> Question:
    """The question with the error that each of its tests allows multiplied by a factor."""
    if isinstance(question, ConjunctionQuestion):
        return question.model_copy(update={"parts": tuple(scaled(part, factor) for part in question.parts)})
    test = next(_tests(question), None)
    return question if test is None else test.model_copy(update={"confidence": 1.0 - (1.0 - test.confidence) * factor})


# The looks of one statement.


def _place(job: DecideJob) -> str:
    """Where the looks at a statement are stored: it is the same statement at any confidence, over any seeds, and
    however long sheets are looked for."""
    content = job.question.model_dump(mode="json", exclude={"texts"})
    return f"looks/{digest(_statement(content))}.json"


def _statement(content: object) -> object:
    match content:
        case dict():
            return {key: _statement(value) for key, value in content.items() if key not in ("confidence", "effort")}
        case list():
            return [_statement(value) for value in content]
    return content


def seeds_of(plan: Plan, job: DecideJob) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The seeds of the runs that a claim rests on, by their jobs."""
    return tuple((run.digest, run.seeds) for run in plan.runs if run.digest in job.needs)


def stored(store: Store, job: DecideJob) -> tuple[Look, ...]:
    """The looks that were taken, in order; none where the file is missing or is not what was stored."""
    found = parsed(Looks, store.read_text(_place(job)))
    return found.looks if found is not None and found.sha256 == found.content_digest() else ()


@dataclass(frozen=True)
class Looked:
    """The looks at a statement up to and with this one, and what this one came to. No looks where nothing is tested."""

    looks: tuple[Look, ...]
    judgement: Judgement


def look(plan: Plan, store: Store, job: DecideJob, finding: Finding) -> Looked:
    """Look at a finding, after the looks in the store; the look is stored before anybody learns what it came to."""
    before, seeds = stored(store, job), seeds_of(plan, job)
    place = next((place for place, other in enumerate(before) if other.seeds == seeds), len(before))
    found = looked(job, seeds, finding, before[:place])
    if found.looks:
        taken = *found.looks[:-1], _dearest((found.looks[-1], *before[place : place + 1])), *before[place + 1 :]
        store.write_text(_place(job), Looks(looks=taken).sealed().to_json())
    return found


def _dearest(looks: Sequence[Look]) -> Look:
    """Of looks at the same seeds, as of claims that differ in their confidence alone, the one that spent most."""
    return max(looks, key=lambda look: look.level)


def looked(
    job: DecideJob, seeds: tuple[tuple[str, tuple[int, ...]], ...], finding: Finding, earlier: Sequence[Look]
) -> Looked:
    """What a look comes to after some earlier ones."""
    allowed = error(job.question)
    if allowed == 0.0:
        return Looked((), PROCEDURES[job.question.op].judge(job.question, finding))
    for place, before in enumerate(earlier, 1):
        if before.level > allowed + LEAST:
            continue
        judgement = _at(job, finding, before.level)
        if before.verdict in _REACHED and judgement.verdict == before.verdict:
            return _looked(judgement, seeds, earlier, 0.0, f"reached again at the level of look {place}")
    left = max(0.0, allowed - sum(before.level for before in earlier))
    level = left / max(1, job.looks - len(earlier))
    return _looked(_at(job, finding, level), seeds, earlier, level, _said(job, earlier, level, allowed))


def _at(job: DecideJob, finding: Finding, level: float) -> Judgement:
    """The judgement at a level; none of the tests decides at level 0."""
    factor = level / error(job.question) if level > LEAST else 0.0
    return PROCEDURES[job.question.op].judge(scaled(job.question, factor), finding)


def _looked(
    judgement: Judgement,
    seeds: tuple[tuple[str, tuple[int, ...]], ...],
    earlier: Sequence[Look],
    level: float,
    said: str,
) -> Looked:
    worded = judgement.model_copy(update={"method": f"{judgement.method}; {said}"}) if said else judgement
    return Looked((*earlier, Look(seeds=seeds, level=level, verdict=judgement.verdict)), worded)


def _said(job: DecideJob, earlier: Sequence[Look], level: float, allowed: float) -> str:
    number = len(earlier) + 1
    if level <= LEAST:
        spent = f"look {number}: earlier looks spent the error of {allowed:.3g}"
        return f"{spent}; announce `looks`, or ask for a lower confidence"
    if job.looks == 1 and not earlier:
        return ""
    return f"look {number} of {max(job.looks, number)}, which spends {level:.3g} of the error of {allowed:.3g}"
