"""Claims of a theory -> decide jobs: what each claim asks, and of which work."""

from collections.abc import Sequence
from typing import Literal, cast

from catlearn.plan.digests import sealed
from catlearn.plan.expressions import strict_cell_question
from catlearn.plan.ir import (
    VERSIONS,
    CarriedLawQuestion,
    CarriedRunPlan,
    ClassesQuestion,
    ClassMeasureQuestion,
    Comparison,
    CompositeCellQuestion,
    ConeQuestion,
    ConjunctionQuestion,
    ConstantNode,
    ConstantQuestion,
    CorrelationName,
    CorrelationQuestion,
    CountComparison,
    CountQuestion,
    CountTest,
    DecideJob,
    Distance,
    LawOfMapsQuestion,
    LawQuestion,
    MeasureQuestion,
    NaturalityQuestion,
    PartQuestion,
    Question,
    ReadingQuestion,
    SeedCountQuestion,
    ShapeQuestion,
    Split,
    StrictCellQuestion,
    Test,
)
from catlearn.plan.naming import place, shown_names
from catlearn.plan.needs import jobs_needed, reads_asked, runs_asked
from catlearn.plan.premises import laws_behind
from catlearn.plan.quantities import measure_of_run, measured_quantity, quantity_plan, terms_plan
from catlearn.plan.readings import Readings, depth_of
from catlearn.plan.relations import composite_question, related_question, relation_plan
from catlearn.plan.training import Training, dataset_plan, frozen_blocks
from catlearn.theory.theory import (
    CarriedRun,
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


def decide_job(theory: Theory, trained: Training, read: Readings, claim: Claim) -> DecideJob:
    """One claim, with all the work that its question rests on."""
    question = _question(theory, trained, read, claim.proposition)
    asked = tuple(dict.fromkeys(runs_asked(question, {job.digest: job for job in read.jobs})))
    needed = jobs_needed(trained, asked)
    unsealed = DecideJob(
        version=VERSIONS["decide"],
        digest="",
        claim=claim.name,
        text=claim.text,
        place=place(claim.span),
        expected=claim.expected,
        question=question,
        needs=needed + reads_asked(question),
        elsewhere=tuple(dict.fromkeys(job.name for job in trained.train if job.imported and job.digest in needed)),
        looks=claim.looks,
        laws=laws_behind(theory, claim.proposition, (trained.runs[run] for run in needed if run in trained.runs)),
    )
    return sealed(
        unsealed,
        outside={
            "claim": True,
            "text": True,
            "expected": True,
            "needs": True,
            "elsewhere": True,
            "laws": True,
            "question": {"texts": True},
        },
        seeds={run: trained.jobs[run].seeds for run in asked},
    )


def _question(theory: Theory, trained: Training, read: Readings, proposition: Proposition) -> Question:
    if not isinstance(proposition, Conjunction):
        return _part(theory, trained, read, proposition)
    parts = tuple(_part(theory, trained, read, part) for part in proposition.propositions)
    return ConjunctionQuestion(parts=parts, texts=proposition.texts)


def _part(theory: Theory, trained: Training, read: Readings, proposition: Proposition) -> PartQuestion:
    """The question of a proposition by itself.

    Raises `ValueError` for a conjunction, which is never within one."""
    match proposition:
        case LawProposition(law):
            return _law(theory, trained, law)
        case StrictCellProposition(cell) if cell in theory.composite_cells:
            parts = theory.composite_cells[cell].parts
            return CompositeCellQuestion(cell=cell, parts=_proofs(theory, parts), holds_for=None, confidence=1.0)
        case RelationCellProposition(cell) as related if cell in theory.composite_cells:
            return composite_question(theory, trained, related)
        case StrictCellProposition(cell):
            return _proof(theory, cell)
        case ConstantProposition() as constant:
            return _constant(theory, trained, constant)
        case ReadingProposition() as reading:
            return _reading(theory, trained, reading)
        case ConeProposition() as cone:
            return _cone(theory, trained, cone)
        case NaturalityProposition(transformation):
            return _naturality(theory, trained, transformation)
        case RelationCellProposition() as related:
            return related_question(theory, trained, related)
        case ClassesProposition() as classes:
            return _classes(theory, trained, classes)
        case MeasureProposition() as comparison:
            return _measures(theory, trained, read, comparison)
        case CorrelationProposition() as correlation:
            return _correlation(theory, trained, read, correlation)
        case ClassMeasureProposition() as over:
            return _over_classes(theory, trained, read, over)
        case SeedCountProposition() as counts:
            return SeedCountQuestion(
                left=quantity_plan(theory, trained, read, counts.left),
                operator=cast(CountComparison, counts.operator),
                right=quantity_plan(theory, trained, read, counts.right),
                holds_for=None if counts.holds_for is None else float(counts.holds_for),
                confidence=float(counts.confidence),
                test=cast(CountTest, counts.test),
            )
        case CountProposition(left, operator, right):
            return CountQuestion(
                left=quantity_plan(theory, trained, read, left),
                operator=cast(CountComparison, operator),
                right=quantity_plan(theory, trained, read, right),
            )
        case ShapeProposition() as shape:
            return _shape(read, shape)
        case Conjunction():
            raise ValueError("a conjunction within a conjunction")


def _proof(theory: Theory, cell: str) -> StrictCellQuestion:
    named = theory.strict_cells[cell]
    return strict_cell_question(cell, named.cell, named.composed_of)


def _proofs(theory: Theory, cells: tuple[str, ...]) -> tuple[StrictCellQuestion, ...]:
    return tuple(_proof(theory, cell) for cell in cells)


def _law(theory: Theory, trained: Training, law: str) -> LawQuestion | CarriedLawQuestion | LawOfMapsQuestion:
    name, stated = shown_names(theory)[law], theory.laws[law]
    if stated.images is None:
        left, right = trained.of_law[law]
        return LawQuestion(law=name, left=left, right=right)
    if not any(stated.images):
        return LawOfMapsQuestion(law=name, left=stated.maps[0], right=stated.maps[1])
    first, second = map(_carried, stated.images, trained.of_law[law])
    return CarriedLawQuestion(law=name, left=first, right=second)


def _carried(images: Sequence[CarriedRun], jobs: Sequence[str]) -> tuple[CarriedRunPlan, ...]:
    """The images on one side of a law, with the jobs of their runs."""
    return tuple(CarriedRunPlan(run=job, reads=image.reads) for image, job in zip(images, jobs, strict=True))


def _constant(theory: Theory, trained: Training, constant: ConstantProposition) -> ConstantQuestion:
    return ConstantQuestion(
        map=shown_names(theory)[constant.map],
        run=trained.of_run[constant.run],
        blocks=constant.blocks,
    )


def _reading(theory: Theory, trained: Training, asked: ReadingProposition) -> ReadingQuestion:
    functor = theory.functors[asked.functor]
    probe = theory.probes[functor.probe]
    fibre = theory.fibre(theory.runs[asked.run].space)
    return ReadingQuestion(
        functor=functor.name,
        map=None if asked.map is None else shown_names(theory)[asked.map],
        run=trained.of_run[asked.run],
        reads=asked.reads,
        frozen=tuple(block for _, block in asked.reads if fibre and block in fibre.frozen),
        depth=depth_of(theory, functor, asked.run),
        dataset=dataset_plan(theory.datasets[probe.dataset]).digest,
        split=cast(Split, probe.split),
        size=probe.size,
    )


def _cone(theory: Theory, trained: Training, cone: ConeProposition) -> ConeQuestion:
    return ConeQuestion(
        pullback=shown_names(theory)[cone.pullback],
        sides=_carried(cone.sides, [trained.of_run[side.run] for side in cone.sides]),
        frozen=frozen_blocks(theory, cone.pullback, trained.of_run),
    )


def _naturality(theory: Theory, trained: Training, name: str) -> NaturalityQuestion:
    found = theory.reading_transformations[name]
    source, target = theory.functors[found.source], theory.functors[found.target]
    probe = theory.probes[source.probe]
    earlier, later = (sum(len(theory.maps[part].layers) for part in reading.reading) for reading in (source, target))
    return NaturalityQuestion(
        transformation=name,
        runs=tuple(dict.fromkeys(trained.of_run[run] for run in found.runs)),
        blocks=found.blocks,
        earlier=earlier,
        later=later,
        dataset=dataset_plan(theory.datasets[probe.dataset]).digest,
        split=cast(Split, probe.split),
        size=probe.size,
    )


def _classes(theory: Theory, trained: Training, classes: ClassesProposition) -> ClassesQuestion:
    return ClassesQuestion(
        runs=tuple(dict.fromkeys(trained.of_run[run] for run in classes.runs)),
        relation=relation_plan(theory, theory.relations[classes.relation]),
        operator=cast(CountComparison, classes.operator),
        bound=classes.bound,
    )


def _over_classes(
    theory: Theory, trained: Training, read: Readings, over: ClassMeasureProposition
) -> ClassMeasureQuestion:
    """The classes are asked for until there is one, which is until nothing more can be joined."""
    quantity = over.quantity
    classes = _classes(theory, trained, ClassesProposition(quantity.runs, quantity.relation, "<=", 1))
    found = {trained.of_run[run]: measure_of_run(theory, trained, read, quantity.measure, run) for run in quantity.runs}
    return ClassMeasureQuestion(
        name=cast(Literal["spread", "separation"], quantity.name),
        measures=tuple(found[run] for run in classes.runs),
        classes=classes,
        operator=cast(Comparison, over.operator),
        bound=float(over.bound),
        margin=None if over.margin is None else float(over.margin),
        confidence=float(over.confidence),
    )


def _measures(theory: Theory, trained: Training, read: Readings, comparison: MeasureProposition) -> MeasureQuestion:
    """Raises `ValueError` where the left side is a number: the theory puts it on the right."""
    left = quantity_plan(theory, trained, read, comparison.left)
    right = quantity_plan(theory, trained, read, comparison.right)
    if isinstance(left, ConstantNode):
        raise ValueError("a number stands on the left of a comparison of measures")
    return MeasureQuestion(
        left=left,
        operator=cast(Comparison, comparison.operator),
        right=right.numerator / right.denominator if isinstance(right, ConstantNode) else right,
        margin=None if comparison.margin is None else float(comparison.margin),
        confidence=float(comparison.confidence),
        test=cast(Test, comparison.test),
    )


def _correlation(
    theory: Theory, trained: Training, read: Readings, asked: CorrelationProposition
) -> CorrelationQuestion:
    found = asked.correlation
    return CorrelationQuestion(
        name=cast(CorrelationName, found.name),
        first=measured_quantity(theory, trained, read, found.first),
        second=measured_quantity(theory, trained, read, found.second),
        given=None if found.given is None else measured_quantity(theory, trained, read, found.given),
        operator=cast(Comparison, asked.operator),
        bound=float(asked.bound),
        margin=None if asked.margin is None else float(asked.margin),
        confidence=float(asked.confidence),
    )


def _shape(read: Readings, shape: ShapeProposition) -> ShapeQuestion:
    return ShapeQuestion(
        left=read.of_run[shape.clouds[0]].digest,
        right=read.of_run[shape.clouds[1]].digest,
        distance=cast(Distance, shape.distance),
        dimensions=shape.dimensions,
        margin=float(shape.margin),
        confidence=float(shape.confidence),
        test=cast(Test, shape.test),
        terms=terms_plan(read, shape.terms, shape.clouds),
    )
