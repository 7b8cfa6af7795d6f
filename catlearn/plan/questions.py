"""Claims of a theory -> read and decide jobs: what each claim asks, and of which work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from catlearn.plan.digests import sealed
from catlearn.plan.expressions import strict_cell_question
from catlearn.plan.ir import (
    VERSIONS,
    ClassesQuestion,
    Comparison,
    ConstantQuestion,
    CountComparison,
    DecideJob,
    Distance,
    LawQuestion,
    MeasureName,
    MeasurePlan,
    MeasureQuestion,
    Normalisation,
    Question,
    ReadJob,
    RelationCellQuestion,
    RelationKind,
    RelationPlan,
    ShapeQuestion,
    Split,
    StartInit,
    StrictCellQuestion,
    Symmetry,
    TrainJob,
)
from catlearn.plan.naming import place, shown_names
from catlearn.plan.training import Training, dataset_plan
from catlearn.theory.theory import (
    Claim,
    ClassesProposition,
    ConstantProposition,
    Functor,
    LawProposition,
    Measure,
    MeasureProposition,
    Relation,
    RelationCellProposition,
    ShapeProposition,
    StrictCellProposition,
    Theory,
)


@dataclass(frozen=True)
class Readings:
    """The read jobs of a theory: `of_run` gives the job of a functor and a run, by qualified names."""

    of_run: Mapping[tuple[str, str], ReadJob]

    @property
    def jobs(self) -> tuple[ReadJob, ...]:
        """Each job once: runs that are one job are read once."""
        return tuple({job.digest: job for job in self.of_run.values()}.values())


def readings(theory: Theory, trained: Training) -> Readings:
    """One read job for each functor and run that a claim compares by shape."""
    shapes = (claim.proposition for claim in theory.claims.values() if isinstance(claim.proposition, ShapeProposition))
    pairs = dict.fromkeys((shape.functor, run) for shape in shapes for run in (shape.left_run, shape.right_run))
    return Readings({(name, run): _read_job(theory, trained, theory.functors[name], run) for name, run in pairs})


def _read_job(theory: Theory, trained: Training, functor: Functor, run: str) -> ReadJob:
    probe = theory.probes[functor.probe]
    cloud = theory.clouds[dict(functor.object_images)[theory.runs[run].space]]
    unsealed = ReadJob(
        version=VERSIONS["read"],
        digest="",
        functor=functor.name,
        place=place(functor.span),
        run=trained.of_run[run],
        depth=_depth(theory, functor, run),
        dataset=dataset_plan(theory.datasets[probe.dataset]).digest,
        split=cast(Split, probe.split),
        size=probe.size,
        normalise=cast(Normalisation, cloud.normalise),
    )
    return sealed(unsealed, outside={"functor": True})


def _depth(theory: Theory, functor: Functor, run: str) -> int:
    """The number of layers that make up a functor's reading, which is where a run's network begins.

    Raises `ValueError` where the network does not begin with the reading."""
    network = theory.runs[run].network
    if network[: len(functor.reading)] != functor.reading:
        raise ValueError(f"`{functor.name}` reads {functor.reading}, with which the network of `{run}` does not begin")
    return sum(len(theory.maps[name].layers) for name in functor.reading)


def decide_job(theory: Theory, trained: Training, read: Readings, claim: Claim) -> DecideJob:
    """One claim, with all the work that its question rests on."""
    question = _question(theory, trained, read, claim)
    asked = tuple(dict.fromkeys(_runs_asked(question, {job.digest: job for job in read.jobs})))
    unsealed = DecideJob(
        version=VERSIONS["decide"],
        digest="",
        claim=claim.name,
        text=claim.text,
        place=place(claim.span),
        expected=claim.expected,
        question=question,
        needs=_needs(trained, asked) + _reads_asked(question),
    )
    return sealed(
        unsealed,
        outside={"claim": True, "text": True, "expected": True, "needs": True},
        seeds={run: trained.jobs[run].seeds for run in asked},
    )


def _question(theory: Theory, trained: Training, read: Readings, claim: Claim) -> Question:
    match claim.proposition:
        case LawProposition(law):
            return _law(theory, trained, law)
        case StrictCellProposition(cell):
            return strict_cell_question(cell, theory.strict_cells[cell].cell)
        case ConstantProposition() as constant:
            return _constant(theory, trained, constant)
        case RelationCellProposition() as related:
            return _relation_cell(theory, trained, related)
        case ClassesProposition() as classes:
            return _classes(theory, trained, classes)
        case MeasureProposition() as comparison:
            return _measures(theory, trained, comparison)
        case ShapeProposition() as shape:
            return _shape(read, shape)


def _law(theory: Theory, trained: Training, law: str) -> LawQuestion:
    left, right = trained.of_law[law]
    return LawQuestion(law=shown_names(theory)[law], left=left, right=right)


def _constant(theory: Theory, trained: Training, constant: ConstantProposition) -> ConstantQuestion:
    target = theory.spaces[theory.structural_maps[constant.map].target]
    return ConstantQuestion(
        map=shown_names(theory)[constant.map],
        run=trained.of_run[constant.run],
        blocks=tuple(block.path for block in target.blocks),
    )


def _relation(relation: Relation) -> RelationPlan:
    levels = relation.levels
    return RelationPlan(
        name=relation.name,
        kind=cast(RelationKind, relation.kind),
        slack=float(relation.slack),
        levels=None if levels is None else (float(levels[0]), float(levels[1])),
        modulo=cast(Symmetry, relation.modulo),
    )


def _relation_cell(theory: Theory, trained: Training, related: RelationCellProposition) -> RelationCellQuestion:
    cell = theory.relation_cells[related.cell]
    return RelationCellQuestion(
        cell=cell.name,
        left=trained.of_run[cell.source],
        right=trained.of_run[cell.target],
        relation=_relation(theory.relations[cell.relation]),
        holds_for=None if related.holds_for is None else float(related.holds_for),
        confidence=float(related.confidence),
    )


def _classes(theory: Theory, trained: Training, classes: ClassesProposition) -> ClassesQuestion:
    return ClassesQuestion(
        runs=tuple(dict.fromkeys(trained.of_run[run] for run in classes.runs)),
        relation=_relation(theory.relations[classes.relation]),
        operator=cast(CountComparison, classes.operator),
        bound=classes.bound,
    )


def _measure(theory: Theory, trained: Training, measure: Measure) -> MeasurePlan:
    return MeasurePlan(
        name=cast(MeasureName, measure.name),
        run=trained.of_run[measure.run],
        dataset=dataset_plan(theory.datasets[measure.dataset]).digest,
        split=cast(Split, measure.split),
    )


def _measures(theory: Theory, trained: Training, comparison: MeasureProposition) -> MeasureQuestion:
    right = comparison.right
    return MeasureQuestion(
        left=_measure(theory, trained, comparison.left),
        operator=cast(Comparison, comparison.operator),
        right=_measure(theory, trained, right) if isinstance(right, Measure) else float(right),
        margin=None if comparison.margin is None else float(comparison.margin),
        confidence=float(comparison.confidence),
    )


def _shape(read: Readings, shape: ShapeProposition) -> ShapeQuestion:
    return ShapeQuestion(
        left=read.of_run[shape.functor, shape.left_run].digest,
        right=read.of_run[shape.functor, shape.right_run].digest,
        distance=cast(Distance, shape.distance),
        dimensions=shape.dimensions,
        margin=float(shape.margin),
        confidence=float(shape.confidence),
    )


def _runs_asked(question: Question, reads: Mapping[str, ReadJob]) -> tuple[str, ...]:
    """The train jobs that a question names, by itself or through what it reads."""
    match question:
        case StrictCellQuestion():
            return ()
        case LawQuestion():
            return question.left + question.right
        case ConstantQuestion():
            return (question.run,)
        case RelationCellQuestion():
            return (question.left, question.right)
        case ClassesQuestion():
            return question.runs
        case MeasureQuestion(left=left, right=right):
            return (left.run, right.run) if isinstance(right, MeasurePlan) else (left.run,)
        case ShapeQuestion():
            return (reads[question.left].run, reads[question.right].run)


def _reads_asked(question: Question) -> tuple[str, ...]:
    return tuple(dict.fromkeys((question.left, question.right))) if isinstance(question, ShapeQuestion) else ()


def _needs(trained: Training, asked: Iterable[str]) -> tuple[str, ...]:
    """The jobs asked for with all that they start from or take blocks from, in the order of training."""
    needed = set(asked)
    for job in reversed(tuple(trained.jobs.values())):
        if job.digest in needed:
            needed.update(_parents(job))
    return tuple(run for run in trained.jobs if run in needed)


def _parents(job: TrainJob) -> frozenset[str]:
    started_from = () if isinstance(job.start, StartInit) else (job.start.run,)
    return frozenset((*started_from, *(block.run for block in job.frozen)))
