"""Claims of a theory -> read and decide jobs: what each claim asks, and of which work."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from catlearn.plan.digests import sealed
from catlearn.plan.expressions import strict_cell_question, to_node
from catlearn.plan.ir import (
    VERSIONS,
    Along,
    Arithmetic,
    CarriedLawQuestion,
    CarriedRunPlan,
    ClassesQuestion,
    ClassMeasureQuestion,
    CloudMeasureName,
    CloudMeasurePlan,
    CloudTermsPlan,
    CombinationPlan,
    Comparison,
    CompositeCellQuestion,
    ConeQuestion,
    ConjunctionQuestion,
    ConnectedQuestion,
    ConstantNode,
    ConstantQuestion,
    CorrelationName,
    CorrelationQuestion,
    CountComparison,
    CountQuestion,
    CountTest,
    DecideJob,
    Distance,
    EvaluationPlan,
    HomotopyQuestion,
    LawOfMapsQuestion,
    LawQuestion,
    MeasureExpression,
    MeasureName,
    MeasurePlan,
    MeasureQuestion,
    NaturalityQuestion,
    Normalisation,
    PartQuestion,
    Question,
    ReadingQuestion,
    ReadJob,
    RelationCellQuestion,
    RelationKind,
    RelationPlan,
    RunJob,
    SeedCountQuestion,
    ShapeQuestion,
    SingleMeasure,
    Split,
    StartInit,
    StartPoint,
    StrictCellQuestion,
    Symmetry,
    Test,
    TrainJob,
    WhiskeredCellQuestion,
)
from catlearn.plan.naming import place, shown_names
from catlearn.plan.premises import laws_behind
from catlearn.plan.training import Training, dataset_plan, frozen_blocks
from catlearn.theory.functors import trace_steps
from catlearn.theory.measures import parts_of
from catlearn.theory.settings import network_layers
from catlearn.theory.theory import (
    CarriedRun,
    Claim,
    ClassesProposition,
    ClassMeasure,
    ClassMeasureProposition,
    CloudMeasure,
    CloudRead,
    CloudTerms,
    Combination,
    ConeProposition,
    Conjunction,
    ConstantProposition,
    Correlation,
    CorrelationProposition,
    CountProposition,
    Functor,
    LawProposition,
    LayerwiseMeasure,
    Measure,
    MeasureProposition,
    NaturalityProposition,
    Proposition,
    Quantity,
    ReadingProposition,
    Relation,
    RelationCellProposition,
    Run,
    SeedCountProposition,
    ShapeProposition,
    StrictCellProposition,
    Theory,
    Uncomputed,
)


@dataclass(frozen=True)
class LayerRead:
    """What is seen after some layers of a run's network, at its end or at every checkpoint."""

    run: str
    depth: int
    probe: str
    path: bool = False


@dataclass(frozen=True)
class Readings:
    """The read jobs of a theory: `of_run` gives the job of what a functor reads of a run."""

    of_run: Mapping[CloudRead | LayerRead, ReadJob]

    @property
    def jobs(self) -> tuple[ReadJob, ...]:
        """Each job once: runs that are one job are read once."""
        return tuple({job.digest: job for job in self.of_run.values()}.values())


def readings(theory: Theory, trained: Training) -> Readings:
    """One read job for each cloud and path of clouds that a claim is about."""
    parts = (part for claim in theory.claims.values() for part in parts_of(claim.proposition))
    clouds = dict.fromkeys(cloud for part in parts for cloud in _clouds_read(theory, part))
    return Readings({cloud: _job_of(theory, trained, cloud) for cloud in clouds})


def _job_of(theory: Theory, trained: Training, read: CloudRead | LayerRead) -> ReadJob:
    """What a functor reads, or what is seen after some layers, as a job."""
    if isinstance(read, LayerRead):
        return _layer_job(theory, trained, read)
    return _read_job(theory, trained, read)


def _layer_job(theory: Theory, trained: Training, read: LayerRead) -> ReadJob:
    probe = theory.probes[read.probe]
    unsealed = ReadJob(
        version=VERSIONS["read"],
        digest="",
        functor=f"layer {read.depth}",
        place=place(probe.span),
        run=trained.of_run[read.run],
        depth=read.depth,
        dataset=dataset_plan(theory.datasets[probe.dataset]).digest,
        split=cast(Split, probe.split),
        size=probe.size,
        normalise="none",
        every=_spacing(trained.jobs[trained.of_run[read.run]]) if read.path else None,
    )
    return sealed(unsealed, outside={"functor": True})


def _spacing(job: RunJob) -> int:
    """The steps between two checkpoints; of a run that was trained elsewhere every one is read."""
    return 1 if isinstance(job, TrainJob) and job.imported is not None else job.checkpoint_every


def _layers_read(theory: Theory, measure: LayerwiseMeasure) -> tuple[LayerRead, ...]:
    """Both runs after the first layer, after the second, and so on."""
    depth = len(network_layers(theory, theory.runs[measure.left].network))
    runs = measure.left, measure.right
    path = measure.along is not None
    return tuple(LayerRead(run, layer, measure.probe, path) for layer in range(1, depth + 1) for run in runs)


def _clouds_read(theory: Theory, part: Proposition) -> Iterator[CloudRead | LayerRead]:
    """The clouds that a proposition is about."""
    match part:
        case ShapeProposition():
            yield from part.clouds
        case MeasureProposition(left, _, right) | SeedCountProposition(left, _, right):
            yield from (*_clouds_measured(theory, left), *_clouds_measured(theory, right))
        case CorrelationProposition(correlation):
            yield from _clouds_measured(theory, correlation)
        case ClassMeasureProposition(quantity=ClassMeasure(_, CloudMeasure() as measure, runs)):
            yield from (cloud for run in runs for cloud in _clouds_of(measure, run))


def _clouds_measured(theory: Theory, quantity: Quantity) -> Iterator[CloudRead | LayerRead]:
    match quantity:
        case CloudMeasure(clouds=clouds):
            yield from clouds
        case LayerwiseMeasure():
            yield from _layers_read(theory, quantity)
        case Combination(_, left, right):
            yield from (*_clouds_measured(theory, left), *_clouds_measured(theory, right))
        case Correlation(_, first, second, given):
            for inner in (first, second, given):
                yield from _clouds_measured(theory, inner) if inner is not None else ()


def _read_job(theory: Theory, trained: Training, cloud_read: CloudRead) -> ReadJob:
    functor, run = theory.functors[cloud_read.functor], cloud_read.run
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
        every=trace_steps(theory, functor, run) if cloud_read.path else None,
    )
    return sealed(unsealed, outside={"functor": True})


def _depth(theory: Theory, functor: Functor, run: str) -> int:
    """The number of layers that make up a functor's reading, which is where a run's network begins.

    Raises `ValueError` where the network does not begin with the reading."""
    network = theory.runs[run].networks[0]
    if network[: len(functor.reading)] != functor.reading:
        raise ValueError(f"`{functor.name}` reads {functor.reading}, with which the network of `{run}` does not begin")
    return sum(len(theory.maps[name].layers) for name in functor.reading)


def decide_job(theory: Theory, trained: Training, read: Readings, claim: Claim) -> DecideJob:
    """One claim, with all the work that its question rests on."""
    question = _question(theory, trained, read, claim.proposition)
    asked = tuple(dict.fromkeys(_runs_asked(question, {job.digest: job for job in read.jobs})))
    needed = _needs(trained, asked)
    unsealed = DecideJob(
        version=VERSIONS["decide"],
        digest="",
        claim=claim.name,
        text=claim.text,
        place=place(claim.span),
        expected=claim.expected,
        question=question,
        needs=needed + _reads_asked(question),
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
            run = theory.composite_cells[cell].run
            return _whiskered(theory, trained, related, run) if run else _chain(theory, trained, related)
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
            return _related(theory, trained, related)
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
                left=_quantity(theory, trained, read, counts.left),
                operator=cast(CountComparison, counts.operator),
                right=_quantity(theory, trained, read, counts.right),
                holds_for=None if counts.holds_for is None else float(counts.holds_for),
                confidence=float(counts.confidence),
                test=cast(CountTest, counts.test),
            )
        case CountProposition(left, operator, right):
            return CountQuestion(
                left=_quantity(theory, trained, read, left),
                operator=cast(CountComparison, operator),
                right=_quantity(theory, trained, read, right),
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


def _chain(theory: Theory, trained: Training, related: RelationCellProposition) -> CompositeCellQuestion:
    """A vertical composite of cells by relation; each part is asked on the terms of the whole."""
    parts = theory.composite_cells[related.cell].parts
    return CompositeCellQuestion(
        cell=related.cell,
        parts=tuple(_relation_cell(theory, trained, replace(related, cell=part)) for part in parts),
        holds_for=None if related.holds_for is None else float(related.holds_for),
        confidence=float(related.confidence),
    )


def _whiskered(theory: Theory, trained: Training, related: RelationCellProposition, run: str) -> WhiskeredCellQuestion:
    """A cell by relation beside a run; the cell is asked on the terms of the whole."""
    (part,) = theory.composite_cells[related.cell].parts
    premise = _relation_cell(theory, trained, replace(related, cell=part))
    return WhiskeredCellQuestion(
        cell=related.cell,
        run=trained.of_run[run],
        side=cast(Literal["before", "after"], theory.composite_cells[related.cell].side),
        premise=premise,
        holds_for=premise.holds_for,
        confidence=premise.confidence,
    )


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
    pullback = theory.spaces[theory.runs[asked.run].space].pullback
    frozen = theory.pullbacks[pullback].frozen if pullback and pullback in theory.pullbacks else ()
    return ReadingQuestion(
        functor=functor.name,
        map=None if asked.map is None else shown_names(theory)[asked.map],
        run=trained.of_run[asked.run],
        reads=asked.reads,
        frozen=tuple(block for _, block in asked.reads if block in frozen),
        depth=_depth(theory, functor, asked.run),
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


EFFORTS = {"low": 0, "normal": 200, "high": 1000}
"""The steps for which a sheet is relaxed or a segment bent, by the words for them."""


def _relation(theory: Theory, relation: Relation) -> RelationPlan:
    levels = relation.levels
    return RelationPlan(
        name=relation.name,
        kind=cast(RelationKind, relation.kind),
        slack=float(relation.slack),
        levels=None if levels is None else (float(levels[0]), float(levels[1])),
        modulo=cast(Symmetry, relation.modulo),
        on=_evaluation(theory, relation.on),
        effort=_steps(relation),
        obstruction=None if relation.obstruction is None else to_node(relation.obstruction),
    )


def _steps(relation: Relation) -> int:
    return EFFORTS[relation.effort] if relation.effort in EFFORTS else int(relation.effort)


def _related(
    theory: Theory, trained: Training, related: RelationCellProposition
) -> RelationCellQuestion | ConnectedQuestion | HomotopyQuestion:
    """The question of a cell by a relation of any kind.

    Raises `ValueError` for a relation that lacks what its kind has."""
    cell = theory.relation_cells[related.cell]
    relation = theory.relations[cell.relation]
    if relation.kind == "connected" and relation.level is not None:
        return ConnectedQuestion(
            cell=cell.name,
            relation=relation.name,
            left=trained.of_run[cell.source],
            right=trained.of_run[cell.target],
            ceiling=float(relation.level + relation.slack),
            on=_evaluation(theory, relation.on),
            obstruction=None if relation.obstruction is None else to_node(relation.obstruction),
            effort=_steps(relation),
            holds_for=None if related.holds_for is None else float(related.holds_for),
            confidence=float(related.confidence),
        )
    if relation.kind == "homotopy" and relation.region is not None:
        return HomotopyQuestion(
            cell=cell.name,
            relation=relation.name,
            left=trained.of_run[cell.source],
            right=trained.of_run[cell.target],
            region=cast(Literal["sublevel", "entry"], relation.region[0]),
            level=float(relation.region[1]),
            close=cast(Literal["segment", "path"] | None, relation.close),
            holds_for=None if related.holds_for is None else float(related.holds_for),
            confidence=float(related.confidence),
        )
    return _relation_cell(theory, trained, related)


def _evaluation(theory: Theory, on: tuple[str, str] | None) -> EvaluationPlan | None:
    if on is None:
        return None
    return EvaluationPlan(dataset=dataset_plan(theory.datasets[on[0]]).digest, split=cast(Split, on[1]))


def _relation_cell(theory: Theory, trained: Training, related: RelationCellProposition) -> RelationCellQuestion:
    cell = theory.relation_cells[related.cell]
    return RelationCellQuestion(
        cell=cell.name,
        left=trained.of_run[cell.source],
        right=trained.of_run[cell.target],
        relation=_relation(theory, theory.relations[cell.relation]),
        holds_for=None if related.holds_for is None else float(related.holds_for),
        confidence=float(related.confidence),
        disjoint=related.pairs == "disjoint",
    )


def _classes(theory: Theory, trained: Training, classes: ClassesProposition) -> ClassesQuestion:
    return ClassesQuestion(
        runs=tuple(dict.fromkeys(trained.of_run[run] for run in classes.runs)),
        relation=_relation(theory, theory.relations[classes.relation]),
        operator=cast(CountComparison, classes.operator),
        bound=classes.bound,
    )


def _over_classes(
    theory: Theory, trained: Training, read: Readings, over: ClassMeasureProposition
) -> ClassMeasureQuestion:
    """The classes are asked for until there is one, which is until nothing more can be joined."""
    quantity = over.quantity
    classes = _classes(theory, trained, ClassesProposition(quantity.runs, quantity.relation, "<=", 1))
    found = {trained.of_run[run]: _of_run(theory, trained, read, quantity.measure, run) for run in quantity.runs}
    return ClassMeasureQuestion(
        name=cast(Literal["spread", "separation"], quantity.name),
        measures=tuple(found[run] for run in classes.runs),
        classes=classes,
        operator=cast(Comparison, over.operator),
        bound=float(over.bound),
        margin=None if over.margin is None else float(over.margin),
        confidence=float(over.confidence),
    )


def _of_run(
    theory: Theory, trained: Training, read: Readings, measure: Measure | CloudMeasure, run: str
) -> MeasurePlan | CloudMeasurePlan:
    """A measure of one run or of one cloud, of another run in place of its own."""
    if isinstance(measure, Measure):
        return _measure(theory, trained, measure).model_copy(update={"run": trained.of_run[run]})
    return _cloud_measure(read, replace(measure, clouds=_clouds_of(measure, run)))


def _clouds_of(measure: CloudMeasure, run: str) -> tuple[CloudRead, ...]:
    """The cloud of a measure as it is read of another run."""
    return tuple(replace(cloud, run=run) for cloud in measure.clouds)


def _measure(theory: Theory, trained: Training, measure: Measure) -> MeasurePlan:
    return MeasurePlan(
        name=cast(MeasureName, measure.name),
        run=trained.of_run[measure.run],
        dataset=None if measure.dataset is None else dataset_plan(theory.datasets[measure.dataset]).digest,
        split=cast(Split | None, measure.split),
        task=_task(theory.runs[measure.run], measure.dataset),
        relation=None if measure.relation is None else _relation(theory, theory.relations[measure.relation]),
        other=None if measure.other is None else trained.of_run[measure.other],
    )


def _task(run: Run, dataset: str | None) -> int | None:
    """Which network of a joint run a dataset means; None for any other run."""
    return run.data.index(dataset) if run.tasks and dataset is not None else None


def _cloud_measure(read: Readings, measure: CloudMeasure) -> CloudMeasurePlan:
    return CloudMeasurePlan(
        name=cast(CloudMeasureName, measure.name),
        clouds=tuple(read.of_run[cloud].digest for cloud in measure.clouds),
        degrees=measure.degrees,
        scale=None if measure.scale is None else (float(measure.scale[0]), float(measure.scale[1])),
        terms=_cloud_terms(read, measure.terms, measure.clouds),
    )


def _layerwise(theory: Theory, read: Readings, measure: LayerwiseMeasure) -> CloudMeasurePlan:
    jobs = [read.of_run[layer] for layer in _layers_read(theory, measure)]
    along = cast(Along | None, measure.along)
    terms = CloudTermsPlan(size=jobs[0].size, normalise=("none", "none"), along=along)
    return CloudMeasurePlan(name="layerwise_affine", clouds=tuple(job.digest for job in jobs), terms=terms)


def _cloud_terms(read: Readings, terms: CloudTerms, clouds: Sequence[CloudRead]) -> CloudTermsPlan:
    jobs = [read.of_run[cloud] for cloud in clouds]
    return CloudTermsPlan(
        size=jobs[0].size,
        normalise=tuple(job.normalise for job in jobs),
        kernel=cast(Literal["linear", "rbf"], terms.kernel),
        bandwidth=float(terms.bandwidth),
        order=terms.order,
        ground=cast(Literal["max", "euclidean", "manhattan"], terms.ground),
        unit=cast(Literal["quantile", "cloud"], terms.unit),
        points=terms.points,
        seed=terms.seed,
        cutoff=None if terms.cutoff is None else float(terms.cutoff),
        along=cast(Along | None, terms.along),
    )


def _quantity(theory: Theory, trained: Training, read: Readings, quantity: Quantity) -> MeasureExpression:
    """Raises `ValueError` for a measure that this version does not compute."""
    match quantity:
        case Measure():
            return _measure(theory, trained, quantity)
        case CloudMeasure():
            return _cloud_measure(read, quantity)
        case LayerwiseMeasure():
            return _layerwise(theory, read, quantity)
        case Combination(operator, left, right):
            return CombinationPlan(
                operator=cast(Arithmetic, operator),
                left=_quantity(theory, trained, read, left),
                right=_quantity(theory, trained, read, right),
            )
        case Correlation(name):
            raise ValueError(f"`{name}` stands in an expression, where no error rate is known")
        case Uncomputed(name) | ClassMeasure(name):
            raise ValueError(f"`{name}` is not computed, and its claim not executable")
    return ConstantNode(numerator=quantity.numerator, denominator=quantity.denominator)


def _measures(theory: Theory, trained: Training, read: Readings, comparison: MeasureProposition) -> MeasureQuestion:
    """Raises `ValueError` where the left side is a number: the theory puts it on the right."""
    left = _quantity(theory, trained, read, comparison.left)
    right = _quantity(theory, trained, read, comparison.right)
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
        first=_measured(theory, trained, read, found.first),
        second=_measured(theory, trained, read, found.second),
        given=None if found.given is None else _measured(theory, trained, read, found.given),
        operator=cast(Comparison, asked.operator),
        bound=float(asked.bound),
        margin=None if asked.margin is None else float(asked.margin),
        confidence=float(asked.confidence),
    )


def _measured(theory: Theory, trained: Training, read: Readings, quantity: Quantity) -> SingleMeasure | CombinationPlan:
    """Raises `ValueError` for a number, which has no value a seed."""
    found = _quantity(theory, trained, read, quantity)
    if isinstance(found, ConstantNode):
        raise ValueError("a number stands where a measure of a run is needed")
    return found


def _shape(read: Readings, shape: ShapeProposition) -> ShapeQuestion:
    return ShapeQuestion(
        left=read.of_run[shape.clouds[0]].digest,
        right=read.of_run[shape.clouds[1]].digest,
        distance=cast(Distance, shape.distance),
        dimensions=shape.dimensions,
        margin=float(shape.margin),
        confidence=float(shape.confidence),
        test=cast(Test, shape.test),
        terms=_cloud_terms(read, shape.terms, shape.clouds),
    )


def _runs_asked(question: Question, reads: Mapping[str, ReadJob]) -> tuple[str, ...]:
    """The train jobs that a question names, by itself or through what it reads."""
    match question:
        case StrictCellQuestion() | LawOfMapsQuestion():
            return ()
        case CarriedLawQuestion(left=left, right=right):
            return tuple(image.run for image in (*left, *right))
        case LawQuestion():
            return question.left + question.right
        case ConstantQuestion() | ReadingQuestion():
            return (question.run,)
        case ConeQuestion(sides=sides, frozen=frozen):
            return tuple(dict.fromkeys((*(side.run for side in sides), *(block.run for block in frozen))))
        case RelationCellQuestion() | ConnectedQuestion() | HomotopyQuestion():
            return (question.left, question.right)
        case CompositeCellQuestion(parts=parts):
            return tuple(run for part in parts for run in _runs_asked(part, reads))
        case WhiskeredCellQuestion(run=run, premise=premise):
            return (run, premise.left, premise.right)
        case ClassesQuestion() | NaturalityQuestion():
            return question.runs
        case ClassMeasureQuestion(classes=classes):
            return classes.runs
        case (
            MeasureQuestion(left=left, right=right)
            | SeedCountQuestion(left=left, right=right)
            | CountQuestion(left=left, right=right)
        ):
            return tuple(run for side in (left, right) for run in _runs_measured(side, reads))
        case CorrelationQuestion(first=first, second=second, given=given):
            return tuple(run for side in (first, second, given) if side for run in _runs_measured(side, reads))
        case ShapeQuestion():
            return (reads[question.left].run, reads[question.right].run)
        case ConjunctionQuestion(parts=parts):
            return tuple(run for part in parts for run in _runs_asked(part, reads))


def _runs_measured(expression: MeasureExpression | float, reads: Mapping[str, ReadJob]) -> tuple[str, ...]:
    match expression:
        case MeasurePlan(run=run, other=other):
            return (run,) if other is None else (run, other)
        case CloudMeasurePlan(clouds=clouds):
            return tuple(reads[cloud].run for cloud in clouds)
        case CombinationPlan(left=left, right=right):
            return (*_runs_measured(left, reads), *_runs_measured(right, reads))
    return ()


def _reads_asked(question: Question) -> tuple[str, ...]:
    """The read jobs that a question names."""
    match question:
        case ConjunctionQuestion(parts=parts):
            found = [job for part in parts for job in _reads_asked(part)]
        case ShapeQuestion(left=left, right=right):
            found = [left, right]
        case MeasureQuestion() | SeedCountQuestion():
            found = [job for side in (question.left, question.right) for job in _reads_measured(side)]
        case ClassMeasureQuestion(measures=measures):
            found = [job for measure in measures for job in _reads_measured(measure)]
        case CorrelationQuestion(first=first, second=second, given=given):
            found = [job for side in (first, second, given) if side for job in _reads_measured(side)]
        case _:
            found = []
    return tuple(dict.fromkeys(found))


def _reads_measured(expression: MeasureExpression | float) -> tuple[str, ...]:
    match expression:
        case CloudMeasurePlan(clouds=clouds):
            return clouds
        case CombinationPlan(left=left, right=right):
            return (*_reads_measured(left), *_reads_measured(right))
    return ()


def _needs(trained: Training, asked: Iterable[str]) -> tuple[str, ...]:
    """The jobs asked for with all that they start from or take blocks from, in the order of training."""
    needed = set(asked)
    for job in reversed(tuple(trained.jobs.values())):
        if job.digest in needed:
            needed.update(_parents(job))
    return tuple(run for run in trained.jobs if run in needed)


def _parents(job: RunJob) -> frozenset[str]:
    started_from = () if isinstance(job.start, StartInit | StartPoint) else (job.start.run,)
    frozen = job.frozen if isinstance(job, TrainJob) else ()
    return frozenset((*started_from, *(block.run for block in frozen)))
