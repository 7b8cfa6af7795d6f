"""Laws and constancy: claims that hold bit by bit in every seed that was run, or do not hold."""

from collections.abc import Callable, Iterator, Sequence

from catlearn.evidence import bitwise
from catlearn.evidence.documents import BitwiseFinding, Discrepancy, Member
from catlearn.evidence.model import Model
from catlearn.evidence.naturality import read_otherwise, unnatural
from catlearn.plan.ir import (
    VERSIONS,
    CarriedLawQuestion,
    ConeQuestion,
    ConstantQuestion,
    LawQuestion,
    NaturalityQuestion,
    ReadingQuestion,
)
from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.procedure import Procedure, Progress, draw_nothing
from catlearn.verdict.verdict import Verdict

BitwiseQuestion = (
    LawQuestion | CarriedLawQuestion | ConstantQuestion | ConeQuestion | ReadingQuestion | NaturalityQuestion
)


def _members(model: Model, jobs: Sequence[str], seed: int) -> tuple[Member, ...]:
    return tuple(Member(job=job, name=model.run_job(job).name, seed=seed) for job in jobs)


def _finding(
    model: Model,
    jobs: Sequence[str],
    compared: Callable[[int], str],
    differences: Callable[[int], Iterator[Discrepancy]],
) -> BitwiseFinding:
    seeds = model.run_job(jobs[0]).seeds
    done = [seed for seed in seeds if all(model.completed(member) for member in _members(model, jobs, seed))]
    firsts = [next(differences(seed), None) for seed in done]
    return BitwiseFinding(
        seeds=tuple(done),
        missing=tuple(seed for seed in seeds if seed not in done),
        compared=compared(done[0]) if done else "nothing",
        discrepancies=tuple(first for first in firsts if first is not None),
    )


def law_finding(model: Model, question: LawQuestion) -> BitwiseFinding:
    """The two paths of a law compared in every seed."""

    def sides(seed: int) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
        return _members(model, question.left, seed), _members(model, question.right, seed)

    def compared(seed: int) -> str:
        count = len(bitwise.common_steps(model, *sides(seed)))
        state = {name.split(":")[1] for name in model.state(sides(seed)[0][-1])}
        held = f"state {', '.join(sorted(state))}" if state else "state, which is empty,"
        return f"weights at {wording.counted(count, 'common checkpoint')} and the optimiser's {held} at the end"

    jobs = (*question.left, *question.right)
    return _finding(model, jobs, compared, lambda seed: bitwise.law_discrepancies(model, *sides(seed)))


def carried_finding(model: Model, question: CarriedLawQuestion) -> BitwiseFinding:
    """The images of the two sides of a law compared in every seed, frozen blocks also with what they were frozen at."""
    sides = (question.left, question.right)
    runs = tuple(dict.fromkeys(image.run for side in sides for image in side))
    frozen = dict.fromkeys(block.run for run in runs for block in model.job(run).frozen)
    blocks = [block for block, _ in (question.left or question.right)[0].reads]

    def images(seed: int) -> list[list[tuple[Member, bitwise.Reads]]]:
        return [[(_members(model, (image.run,), seed)[0], image.reads) for image in side] for side in sides]

    def differences(seed: int) -> Iterator[Discrepancy]:
        yield from bitwise.carried_discrepancies(model, *images(seed))
        for run in _members(model, runs, seed):
            yield from bitwise.misplaced(model, run)

    def compared(seed: int) -> str:
        left, right = ([member for member, _ in side] for side in images(seed))
        both = left and right
        steps = bitwise.common_steps(model, left or right, right or left)
        kind = "common checkpoint" if both else "checkpoint"
        return f"{', '.join(blocks)} at {wording.counted(len(steps), kind)}{'' if both else ', against the start'}"

    return _finding(model, (*runs, *frozen), compared, differences)


def constant_finding(model: Model, question: ConstantQuestion) -> BitwiseFinding:
    """The blocks of a structural map along a run in every seed, frozen ones also against what they were frozen at."""
    frozen = tuple(block.run for block in model.frozen(question.run) if block.block in question.blocks)
    jobs = (question.run, *dict.fromkeys(frozen))

    def differences(seed: int) -> Iterator[Discrepancy]:
        (run, *_) = _members(model, jobs, seed)
        yield from bitwise.motion(model, run, question.blocks)
        if frozen:
            yield from bitwise.misplaced(model, run)

    def compared(seed: int) -> str:
        (run, *_) = _members(model, jobs, seed)
        record = model.record(run)
        count = wording.counted(len(record.steps) if record else 0, "checkpoint")
        against = f", and at the start against the end of {model.run_job(frozen[0]).name}" if frozen else ""
        return f"{', '.join(question.blocks)} at {count}{against}"

    return _finding(model, jobs, compared, differences)


def _compared_in(question: ConeQuestion) -> list[str]:
    """The blocks of a pullback of which more than one thing is said."""
    said = [block for side in question.sides for block, _ in side.reads] + [held.block for held in question.frozen]
    return [block for block in dict.fromkeys(said) if said.count(block) > 1]


def cone_finding(model: Model, question: ConeQuestion) -> BitwiseFinding:
    """The points over a pullback in every seed, against the one point of it from which they can come."""
    runs = [side.run for side in question.sides]
    jobs = tuple(dict.fromkeys((*runs, *(block.run for block in question.frozen))))
    names = ", ".join(model.run_job(run).name for run in runs)
    shared = ", ".join(_compared_in(question)) or "nothing"

    def differences(seed: int) -> Iterator[Discrepancy]:
        members = _members(model, runs, seed)
        sides = [(member, side.reads) for member, side in zip(members, question.sides, strict=True)]
        yield from bitwise.uneven(model, sides, question.frozen)

    found = f"{shared} at the ends of {names}: where they agree, there is one point of {question.pullback} over them"
    return _finding(model, jobs, lambda _: found, differences)


def _is_empty(question: BitwiseQuestion) -> bool:
    """Whether the question is about no blocks at all, or about a map that reads each under its own name."""
    match question:
        case ConstantQuestion(blocks=blocks):
            return not blocks
        case ReadingQuestion(map=through, reads=reads, frozen=frozen):
            kept = through is not None and not frozen and all(block == other for block, other in reads)
            return not reads or kept
        case NaturalityQuestion(blocks=blocks, runs=runs):
            return not blocks or not runs
        case ConeQuestion():
            return not _compared_in(question)
        case CarriedLawQuestion(left=left, right=right):
            return not any(image.reads for image in (*left, *right))
    return False


_NOTHING = "there is nothing that could differ: no blocks, or no runs"
_BY_CONSTRUCTION = "the map keeps every block that is read: both sides are one computation"


def _emptiness(question: BitwiseQuestion) -> str:
    return _BY_CONSTRUCTION if isinstance(question, ReadingQuestion) and question.reads else _NOTHING


def judge(question: BitwiseQuestion, finding: BitwiseFinding) -> Judgement:
    """Exact where nothing differs in any seed, refuted by the first difference, undecided where a run is missing."""
    verdict = Verdict.EXACT
    empty = _is_empty(question)
    if finding.missing or not finding.seeds:
        verdict = Verdict.UNDECIDED
    elif empty:
        verdict = Verdict.VACUOUS
    if finding.discrepancies:
        verdict = Verdict.REFUTED
    lines = [wording.discrepancy(found) for found in finding.discrepancies]
    shown = [*lines[:3], *wording.more(len(lines) - 3)]
    missing = [wording.missing(finding.missing)] if finding.missing else []
    return Judgement(
        verdict=verdict.value,
        n=len(finding.seeds),
        method=f"bitwise in seeds {wording.seeds(finding.seeds)}: {finding.compared}",
        evidence=(*shown, *missing, *([_emptiness(question)] if empty else [])),
    )


def _remembered(
    model: Model,
    question: BitwiseQuestion,
    jobs: Sequence[str],
    compute: Callable[[], BitwiseFinding],
) -> BitwiseFinding:
    state = [[model.completed(member) for member in model.members(job)] for job in jobs]
    seeds = [model.run_job(job).seeds for job in jobs]
    key = {"question": question.model_dump(), "seeds": seeds, "completed": state, "version": VERSIONS["decide"]}
    return model.remembered(key, BitwiseFinding, compute)


def _find_law(model: Model, question: LawQuestion, _progress: Progress) -> BitwiseFinding:
    jobs = (*question.left, *question.right)
    return _remembered(model, question, jobs, lambda: law_finding(model, question))


def _find_constant(model: Model, question: ConstantQuestion, _progress: Progress) -> BitwiseFinding:
    return _remembered(model, question, (question.run,), lambda: constant_finding(model, question))


def _find_carried(model: Model, question: CarriedLawQuestion, _progress: Progress) -> BitwiseFinding:
    jobs = tuple(image.run for image in (*question.left, *question.right))
    return _remembered(model, question, jobs, lambda: carried_finding(model, question))


def naturality_finding(model: Model, question: NaturalityQuestion) -> BitwiseFinding:
    """The squares at all runs of a transformation, in every seed of each."""
    frozen = {block.run for run in question.runs for block in model.job(run).frozen if block.block in question.blocks}
    seeds = sorted({seed for run in question.runs for seed in model.job(run).seeds})
    there = {seed: [run for run in question.runs if seed in model.job(run).seeds] for seed in seeds}
    done = [
        seed
        for seed in seeds
        if all(model.completed(member) for member in _members(model, (*there[seed], *sorted(frozen)), seed))
    ]
    found = (
        next((wrong for run in _members(model, there[seed], seed) for wrong in unnatural(model, run, question)), None)
        for seed in done
    )
    names = ", ".join(model.job(run).name for run in question.runs)
    layers = f"what layers {question.earlier + 1} to {question.later}, as they are frozen, make of the earlier reading"
    return BitwiseFinding(
        seeds=tuple(done),
        missing=tuple(seed for seed in seeds if seed not in done),
        compared=f"{layers} against the later one, on {question.size} examples at every checkpoint of {names}",
        discrepancies=tuple(wrong for wrong in found if wrong is not None),
    )


def _find_naturality(model: Model, question: NaturalityQuestion, _progress: Progress) -> BitwiseFinding:
    return _remembered(model, question, question.runs, lambda: naturality_finding(model, question))


def reading_finding(model: Model, question: ReadingQuestion) -> BitwiseFinding:
    """What a functor reads along a run, in every seed."""
    held = [block.run for block in model.frozen(question.run) if block.block in question.frozen]
    frozen = tuple(dict.fromkeys(held))

    def compared(_seed: int) -> str:
        count = wording.counted(len(model.steps(question.run)), "checkpoint")
        seen = f"what {question.functor} reads on {question.size} examples at {count} against"
        other = f"the same through {question.map}" if question.map else "the start"
        fixed = f" and with the blocks frozen at the end of {model.run_job(frozen[0]).name}" if frozen else ""
        return f"{seen} {other}{fixed}"

    def differences(seed: int) -> Iterator[Discrepancy]:
        (run,) = _members(model, (question.run,), seed)
        yield from read_otherwise(model, run, question)

    return _finding(model, (question.run, *frozen), compared, differences)


def _find_reading(model: Model, question: ReadingQuestion, _progress: Progress) -> BitwiseFinding:
    return _remembered(model, question, (question.run,), lambda: reading_finding(model, question))


READING = Procedure(_find_reading, lambda model, question, _: reading_finding(model, question), judge, draw_nothing)


def _find_cone(model: Model, question: ConeQuestion, _progress: Progress) -> BitwiseFinding:
    jobs = (*(side.run for side in question.sides), *(block.run for block in question.frozen))
    return _remembered(model, question, jobs, lambda: cone_finding(model, question))


CONE = Procedure(_find_cone, lambda model, question, _: cone_finding(model, question), judge, draw_nothing)
NATURALITY = Procedure(
    _find_naturality, lambda model, question, _: naturality_finding(model, question), judge, draw_nothing
)
CARRIED_LAW = Procedure(_find_carried, lambda model, question, _: carried_finding(model, question), judge, draw_nothing)
LAW = Procedure(_find_law, lambda model, question, _: law_finding(model, question), judge, draw_nothing)
CONSTANT = Procedure(_find_constant, lambda model, question, _: constant_finding(model, question), judge, draw_nothing)
