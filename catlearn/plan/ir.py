"""The plan: what is trained, frozen, read and decided, each job with a digest of everything that determines it.

A plan holds no callable or tensor. Seeds stand beside a job's digest, not in it, so that adding seeds
changes no digest. Jobs refer to each other by digest. Rationals of the theory are floats here.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from catlearn.plan.document import Document

VERSIONS = {"data": 1, "train": 5, "freeze": 1, "read": 2, "sheet": 5, "decide": 10, "descend": 1, "connect": 6}
"""The version of each operation; raised when the operation's result changes."""

Operation = Literal[
    "linear",
    "relu",
    "tanh",
    "sigmoid",
    "gelu",
    "softmax",
    "flatten",
    "conv2d",
    "maxpool",
    "avgpool",
    "layernorm",
    "batchnorm",
    "groupnorm",
    "dropout",
    "attention",
    "positions",
    "embedding",
    "skip",
    "extern",
]
Device = Literal["cpu", "cuda"]
Loss = Literal["cross_entropy", "mse", "hinge"]
Split = Literal["train", "test"]
Transform = Literal["scale", "standardise", "none"]
Form = Literal["sklearn", "idx", "npz", "pictures", "cifar", "svhn", "svmlight"]
Normalisation = Literal["rms", "none"]
RelationKind = Literal["dihomotopy"]
Symmetry = Literal["permutations", "permutations + scale", "none"]
CountComparison = Literal["==", "<=", ">=", "<", ">"]
Comparison = Literal["~", "<=", ">=", "<", ">"]
MeasureName = Literal[
    "accuracy",
    "loss",
    "gap",
    "norm",
    "sharpness",
    "length",
    "fisher_length",
    "width",
    "height",
    "train_time",
    "steps",
    "trained_parameters",
    "flops",
]
CorrelationName = Literal["r2", "spearman", "kendall", "partial"]
Arithmetic = Literal["+", "-", "*", "/"]
Distance = Literal["bottleneck", "wasserstein", "rtd", "procrustes"]
CloudMeasureName = Literal["betti", "cka", "affine_residual", "layerwise_affine"]
Along = Literal["max", "min", "mean", "first", "last"]
Test = Literal["t", "bootstrap"]
CountTest = Literal["exact", "permutation"]


class Place(Document):
    """The line of the specification that caused a node; outside every digest."""

    file: str
    line: int
    column: int


class Numerics(Document):
    """What determines the last bits of a run beside its job: the arithmetic and its libraries; and on a GPU, where a
    product of many matrices may be taken by other kernels than one of few, the number of lanes of every program."""

    dtype: Literal["float32"] = "float32"
    device: Device = "cpu"
    lanes: Annotated[int, Field(ge=1)] | None = None
    torch: str
    numpy: str

    @model_validator(mode="after")
    def _lanes_of_a_gpu(self) -> "Numerics":
        if (self.lanes is None) != (self.device == "cpu"):
            raise ValueError("`lanes` is given on a GPU, and only there")
        return self

    @property
    def content(self) -> Mapping[str, object]:
        """What digests of runs cover."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def on_processor(self) -> "Numerics":
        """The arithmetic of what no device changes: runs on landscapes, and those that were trained elsewhere."""
        return Numerics(dtype=self.dtype, torch=self.torch, numpy=self.numpy)


# Expressions of update rules and state maps.


class ConstantNode(Document):
    """An exact rational."""

    op: Literal["constant"] = "constant"
    numerator: int
    denominator: int


class SymbolNode(Document):
    """A variable; a prime at the end of its name marks the next value."""

    op: Literal["symbol"] = "symbol"
    name: str


class ApplyNode(Document):
    """An operation of `category.expression.OPERATIONS` on its arguments."""

    op: Literal["apply"] = "apply"
    operation: str
    arguments: tuple["ExpressionNode", ...]


ExpressionNode = Annotated[ConstantNode | SymbolNode | ApplyNode, Field(discriminator="op")]


class NamedExpression(Document):
    """A name and the expression it stands for."""

    name: str
    value: ExpressionNode


class RulePlan(Document):
    """An update rule with an expression for each hyperparameter, as it is proved about and executed."""

    name: str
    arguments: tuple[NamedExpression, ...]
    states: tuple[NamedExpression, ...]
    equations: tuple[NamedExpression, ...]


# Data and networks.


class FilePlan(Document):
    """A file by its name in the folder of its dataset, and its checksum, as `sha256:…` or `md5:…`."""

    name: str
    checksum: str


class PicturesPlan(Document):
    """What becomes of pictures, in this order: channels moved first, made grey or given three channels, brought to a
    height and a width, padded with zeros to a height and a width; nothing where a field is empty."""

    channels_last: bool = False
    colour: Literal["", "grey", "rgb"] = ""
    resize: tuple[int, ...] = ()
    pad: tuple[int, ...] = ()


class DatasetPlan(Document):
    """A dataset with its split.

    `source` is a name of the data table, or a path in the project that begins with `./`. `form` is how its `files` are
    read, `shape` that of an example in them, and `folder` where they are, empty where they come along or are
    downloaded. `test` is the fraction held out, None where the sizes were given or the test part is the source's own;
    `pooled` says that both splits are drawn from all examples. `chosen` are the classes kept, in the order of their
    new labels, empty for all.

    The digest covers what determines the arrays: not the name, the folder, or, of files of the user's own, their
    path."""

    digest: str
    name: str
    source: str
    test: float | None
    seed: int
    train_size: int
    test_size: int
    classes: int
    form: Form = "sklearn"
    shape: tuple[int, ...] = ()
    pooled: bool = True
    chosen: tuple[int, ...] = ()
    transform: Transform = "scale"
    pictures: PicturesPlan = PicturesPlan()
    folder: str = ""
    files: tuple[FilePlan, ...] = ()

    @property
    def named(self) -> bool:
        """Whether the source is a name of the data table, and no path."""
        return not self.source.startswith("./")


class TensorPlan(Document):
    """One tensor of a block; its key in a trajectory is `block.name`."""

    name: str
    shape: tuple[int, ...]


class LayerPlan(Document):
    """One layer with its tensors and buffers, where it has some; shapes are without the batch axis. `block` is the
    path of its tensors, or of the draws of `dropout`.

    `attributes` are its arguments that no shape says, such as a kernel's stride, or the factory of a user's own module
    and the SHA-256 of the `code` that makes it; `inner` are the layers of a `skip`,
    to whose output its input is added."""

    operation: Operation
    block: str | None
    tensors: tuple[TensorPlan, ...]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    buffers: tuple[TensorPlan, ...] = ()
    attributes: tuple[tuple[str, int | float | str], ...] = ()
    inner: tuple["LayerPlan", ...] = ()


def every_layer(layers: Iterable[LayerPlan]) -> Iterator[LayerPlan]:
    """All layers of a network in order, each before those inside it."""
    for layer in layers:
        yield layer
        yield from every_layer(layer.inner)


def _is_none(value: object) -> bool:
    return value is None


def _is_empty(values: tuple[object, ...]) -> bool:
    return not values


class FrozenBlock(Document):
    """A block held at its value at the end of another run of the same seed, in which it is called `source`, None where
    its name there is the same."""

    block: str
    run: str
    source: str | None = Field(default=None, exclude_if=_is_none)

    @property
    def there(self) -> str:
        """The name of the block in the other run."""
        return self.source or self.block


class TaskPlan(Document):
    """A network of a joint run: the next `depth` layers of its job, and the digest of the dataset that it learns."""

    dataset: str
    depth: int


# Jobs.


class StartInit(Document):
    """Start from `@init`: block values drawn by (seed, block path)."""

    op: Literal["init"] = "init"


class StartResume(Document):
    """Continue a run: its weights, optimiser state, step count and data clock."""

    op: Literal["resume"] = "resume"
    run: str


class StartCheckpoint(Document):
    """Start from a run's end with fresh optimiser state and clock."""

    op: Literal["checkpoint"] = "checkpoint"
    run: str


Start = Annotated[StartInit | StartResume | StartCheckpoint, Field(discriminator="op")]


class CheckpointPlan(Document):
    """A file of an imported run: its path in the project and its checksum, the seed, the step where its name says one,
    and how many checkpoints it holds along the first axis of its tensors, None for one without such an axis."""

    name: str
    checksum: str
    seed: int
    step: int | None
    count: int | None


class ImportedPlan(Document):
    """The checkpoints of a run that was trained elsewhere: their steps, as the names of files say or counted from 0,
    and the files, in a folder that no digest covers."""

    folder: str
    steps: tuple[int, ...]
    files: tuple[CheckpointPlan, ...]


class TrainJob(Document):
    """A family of runs, one a seed, under the name of the first run of the specification that is this job.

    `steps` are the optimiser steps that this job adds to what it starts from. Checkpoints lie at its start, after
    every further `checkpoint_every` steps counted from its own start, and at its end: where `checkpoint_every` does
    not divide `steps`, the last interval is the shorter one. A trajectory has 1 + ceil(steps / checkpoint_every)
    checkpoints; `RunRecord.steps` counts them from `@init`, so that the checkpoints of a resumed run and of a whole
    one can be compared. `replica` sets apart runs that would be the same job but must share no work, as the two
    sides of a law. Hyperparameters of the rule are expressions over the rule's clock `t` and the number `epoch` of
    whole epochs before the step; gradients are scaled to a norm of at most `clip` before the rule sees them.

    A job that is `imported` is never trained: its checkpoints are read from files, and its rule has no equations.

    A joint job has `tasks`: its layers are those of their networks one after the other, in which a shared block is
    found again, and it has no dataset but theirs. Each step takes a batch of every dataset, and its loss is the sum of
    theirs.

    The digest covers the version, every field but `name`, `place`, `seeds` and the rule's name, and the numerics."""

    op: Literal["train"] = "train"
    version: int
    digest: str
    name: str
    place: Place
    seeds: tuple[int, ...]
    layers: tuple[LayerPlan, ...]
    dataset: str
    loss: Loss
    rule: RulePlan
    batch: int
    keep_last: bool
    clip: float | None = None
    steps: int
    checkpoint_every: int
    start: Start
    frozen: tuple[FrozenBlock, ...]
    replica: int
    imported: ImportedPlan | None = None
    tasks: tuple[TaskPlan, ...] = Field(default=(), exclude_if=_is_empty)

    @property
    def networks(self) -> tuple[tuple[LayerPlan, ...], ...]:
        """The layers of its network, or of those of its tasks."""
        ends = tuple(accumulate(task.depth for task in self.tasks)) or (len(self.layers),)
        return tuple(self.layers[start:end] for start, end in pairwise((0, *ends)))

    @property
    def datasets(self) -> tuple[str, ...]:
        """The digests of the datasets that its networks learn."""
        return tuple(task.dataset for task in self.tasks) or (self.dataset,)


class LandscapePlan(Document):
    """An analytic loss on a box: an expression over `variables`, each between its two ends in `box`.

    Points are stored as the tensor `name.point`, with an entry for each variable."""

    name: str
    variables: tuple[str, ...]
    box: tuple[tuple[float, float], ...]
    expression: ExpressionNode


class StartPoint(Document):
    """Start from a point given by its coordinates."""

    op: Literal["point"] = "point"
    point: tuple[float, ...]


class DescentJob(Document):
    """A family of runs on a landscape, one a seed: `steps` of a rule along exact gradients in double precision, or the
    polyline through the vertices `path`, a checkpoint at each, where `rule` is None.

    Checkpoints, digest and `replica` are those of a `TrainJob`. `@init` is drawn uniformly in the box, by (seed, name
    of the landscape)."""

    op: Literal["descend"] = "descend"
    version: int
    digest: str
    name: str
    place: Place
    seeds: tuple[int, ...]
    landscape: LandscapePlan
    rule: RulePlan | None
    steps: int
    checkpoint_every: int
    start: Annotated[StartInit | StartPoint | StartCheckpoint | StartResume, Field(discriminator="op")]
    path: tuple[tuple[float, ...], ...]
    replica: int


class FreezeJob(Document):
    """Fix the frozen blocks of a run: take them from the end of another run, of the same seed, and hash them.

    The hash at each checkpoint of `run` must be the one taken here: the pullback equation, bit by bit."""

    op: Literal["freeze"] = "freeze"
    version: int
    digest: str
    pullback: str
    place: Place
    run: str
    blocks: tuple[FrozenBlock, ...]


class ReadJob(Document):
    """Read representations: the activations after the first `depth` layers of a run's network, on the first `size`
    examples of a split: at the run's end or, where `every` is given, at its start, after every further `every` steps
    and at its end."""

    op: Literal["read"] = "read"
    version: int
    digest: str
    functor: str
    place: Place
    run: str
    depth: int
    dataset: str
    split: Split
    size: int
    normalise: Normalisation
    every: int | None = None


# Questions, one for each kind of claim.


class EvaluationPlan(Document):
    """The split of a dataset over which losses are taken."""

    dataset: str
    split: Split


class RelationPlan(Document):
    """A dihomotopy relation: slack and levels in units of the loss; `levels` is (high, low), None for automatic.

    `on` is where losses are taken, None for each run's own training split. `effort` is the number of steps for which
    a sheet is relaxed; with none only straight sheets are tried. `obstruction` is a function, declared to have no zero
    at some levels, and `winding` a pair of them, declared to have no common one."""

    name: str
    kind: RelationKind
    slack: float
    levels: tuple[float, float] | None
    modulo: Symmetry
    on: EvaluationPlan | None = None
    effort: int = 0
    obstruction: ExpressionNode | None = Field(default=None, exclude_if=_is_none)
    winding: tuple[ExpressionNode, ExpressionNode] | None = Field(default=None, exclude_if=_is_none)


class LawQuestion(Document):
    """Do two paths of runs agree bitwise? Sides are digests of jobs in order of composition."""

    op: Literal["law"] = "law"
    law: str
    left: tuple[str, ...]
    right: tuple[str, ...]


class CarriedRunPlan(Document):
    """The image of a run under a structural map: each block of the map's target with the block of the run's network
    that it reads."""

    run: str
    reads: tuple[tuple[str, str], ...]


class CarriedLawQuestion(Document):
    """Do the images of two paths of runs, in order of composition, agree bitwise?

    A side without runs is to stay where the other starts."""

    op: Literal["carried_law"] = "carried_law"
    law: str
    left: tuple[CarriedRunPlan, ...]
    right: tuple[CarriedRunPlan, ...]


class LawOfMapsQuestion(Document):
    """Do two structural maps give each block of their target the same? A side pairs each block with what it gives."""

    op: Literal["law_of_maps"] = "law_of_maps"
    law: str
    left: tuple[tuple[str, str], ...]
    right: tuple[tuple[str, str], ...]


class StrictCellQuestion(Document):
    """Does the map of states commute with the two rules, for all gradient sequences?

    With an empty map into a rule with states: is there such a map? `constant`, `zero`, `nonzero` and `positive` are the
    hyperparameters of which that is assumed; `nonzero` may name the gradient `g`. `composed_of` are the cells of which
    the map is the vertical composite."""

    op: Literal["strict"] = "strict"
    cell: str
    source: RulePlan
    target: RulePlan
    state_map: tuple[NamedExpression, ...]
    constant: tuple[str, ...]
    zero: tuple[str, ...] = ()
    nonzero: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    composed_of: tuple[str, ...] = ()


class ConstantQuestion(Document):
    """Are the blocks that a structural map reads constant along a run?"""

    op: Literal["constant"] = "constant"
    map: str
    run: str
    blocks: tuple[str, ...]


class ReadingQuestion(Document):
    """At every checkpoint of a run, is what is seen after the first `depth` layers the same as at the start or, where
    `map` is given, as with the blocks in `reads` in place of those that they are paired with? The blocks `frozen` are
    taken from where they were frozen: that is where a leg of a pullback takes them from.

    Activations are of the first `size` examples of a split."""

    op: Literal["reading"] = "reading"
    functor: str
    map: str | None
    run: str
    reads: tuple[tuple[str, str], ...]
    frozen: tuple[str, ...]
    depth: int
    dataset: str
    split: Split
    size: int


class ConeQuestion(Document):
    """Do the ends of some runs come from one point of a pullback? `sides` pair the blocks of the pullback that each leg
    reads with the blocks of the run at whose end the point under it is; `frozen` are the blocks that it holds fixed."""

    op: Literal["cone"] = "cone"
    pullback: str
    sides: tuple[CarriedRunPlan, ...]
    frozen: tuple[FrozenBlock, ...]


class NaturalityQuestion(Document):
    """At every checkpoint of some runs, is what is seen after the first `later` layers what the layers beyond the first
    `earlier` ones, with the blocks `blocks` as they are frozen, make of what is seen after those?

    Activations are of the first `size` examples of a split."""

    op: Literal["naturality"] = "naturality"
    transformation: str
    runs: tuple[str, ...]
    blocks: tuple[str, ...]
    earlier: int
    later: int
    dataset: str
    split: Split
    size: int


class RelationCellQuestion(Document):
    """Are two runs related, seed by seed; or, where `disjoint`, each second seed with the next?"""

    op: Literal["relation_cell"] = "relation_cell"
    cell: str
    left: str
    right: str
    relation: RelationPlan
    holds_for: float | None
    confidence: float
    disjoint: bool = False


class ConnectedQuestion(Document):
    """Do the ends of two runs lie in one component of the losses up to `ceiling`, seed by seed?

    `on` is where losses are taken, None for each run's own training split or its landscape. `effort` is the number of
    steps for which a segment is bent; with none only segments are tried. `obstruction` is a function, declared to have
    no zero below the level."""

    op: Literal["connected"] = "connected"
    cell: str
    relation: str
    left: str
    right: str
    ceiling: float
    on: EvaluationPlan | None = None
    obstruction: ExpressionNode | None = None
    effort: int = 0
    holds_for: float | None
    confidence: float


class HomotopyQuestion(Document):
    """Do two runs, as one closed loop, contract in the losses up to `level`, seed by seed?

    In the region `entry` runs are followed from where they first reach the level. `close` says what joins their ends,
    None where these agree. `winding` is a pair of functions, declared to have no common zero in the region."""

    op: Literal["homotopy"] = "homotopy"
    cell: str
    relation: str
    left: str
    right: str
    region: Literal["sublevel", "entry"]
    level: float
    close: Literal["segment", "path"] | None
    winding: tuple[ExpressionNode, ExpressionNode] | None = Field(default=None, exclude_if=_is_none)
    holds_for: float | None
    confidence: float


class ClassesQuestion(Document):
    """How many classes do some runs fall into under a relation?"""

    op: Literal["classes"] = "classes"
    runs: tuple[str, ...]
    relation: RelationPlan
    operator: CountComparison
    bound: int


class MeasurePlan(Document):
    """A measure of a run's end or path: one number a seed, or, as `steps` and `flops`, one for all.

    `gap` is taken on both splits of the dataset, others on `split`; both are None where no data is needed. `task` is
    the position of the network of a joint run that learns the dataset. `relation` has the levels between which a
    `width` or a `height` is, `other` is the second run of a `height`."""

    name: MeasureName
    run: str
    dataset: str | None
    split: Split | None
    task: int | None = Field(default=None, exclude_if=_is_none)
    relation: RelationPlan | None = Field(default=None, exclude_if=_is_none)
    other: str | None = Field(default=None, exclude_if=_is_none)


class CloudTermsPlan(Document):
    """On what terms clouds are measured, as `theory.CloudTerms` says; those that a measure does not have are as they
    would be by themselves. `size` and `normalise` are those of the clouds."""

    size: int
    normalise: tuple[Normalisation, ...]

    kernel: Literal["linear", "rbf"] = "linear"
    bandwidth: float = 1.0
    order: int = 2
    ground: Literal["max", "euclidean", "manhattan"] = "max"
    unit: Literal["quantile", "cloud"] = "quantile"
    points: int | None = None
    seed: int = 0
    cutoff: float | None = None
    along: Along | None = None


class CloudMeasurePlan(Document):
    """A measure of one cloud or of two, one number a seed; `clouds` are read jobs, of `layerwise_affine` a pair for
    each layer. `degrees` and `scale` are of homology."""

    op: Literal["clouds"] = "clouds"
    name: CloudMeasureName | Distance
    clouds: tuple[str, ...]
    degrees: tuple[int, ...] = ()
    scale: tuple[float, float] | None = None
    terms: CloudTermsPlan


class CombinationPlan(Document):
    """Arithmetic on measures and exact numbers."""

    op: Literal["combination"] = "combination"
    operator: Arithmetic
    left: "MeasureExpression"
    right: "MeasureExpression"


SingleMeasure = MeasurePlan | CloudMeasurePlan
"""A measure that is no arithmetic on others."""

MeasureExpression = MeasurePlan | CloudMeasurePlan | CombinationPlan | ConstantNode


class MeasureQuestion(Document):
    """How do two quantities with one number a seed, or one and a number, compare?"""

    op: Literal["measure"] = "measure"
    left: MeasurePlan | CloudMeasurePlan | CombinationPlan
    operator: Comparison
    right: MeasurePlan | CloudMeasurePlan | CombinationPlan | float
    margin: float | None
    confidence: float
    test: Test = "t"


class CorrelationQuestion(Document):
    """How does the correlation of two quantities over the seeds compare with a number? `given` is held fixed by
    `partial`, and None for the others."""

    op: Literal["correlation"] = "correlation"
    name: CorrelationName
    first: MeasurePlan | CloudMeasurePlan | CombinationPlan
    second: MeasurePlan | CloudMeasurePlan | CombinationPlan
    given: MeasurePlan | CloudMeasurePlan | CombinationPlan | None
    operator: Comparison
    bound: float
    margin: float | None
    confidence: float


class ClassMeasureQuestion(Document):
    """How does the spread of a measure within classes of runs, or the separation of its means between them, compare
    with a number? `measures` are that of each run of the classes, in their order."""

    op: Literal["class_measure"] = "class_measure"
    name: Literal["spread", "separation"]
    measures: tuple[MeasurePlan | CloudMeasurePlan, ...]
    classes: ClassesQuestion
    operator: Comparison
    bound: float
    margin: float | None
    confidence: float


class SeedCountQuestion(Document):
    """How do two quantities compare that are whole numbers in each seed: exactly and seed by seed or, by `permutation`,
    in the mean over the seeds that they are drawn from?"""

    op: Literal["seed_count"] = "seed_count"
    left: MeasureExpression
    operator: CountComparison
    right: MeasureExpression
    holds_for: float | None
    confidence: float
    test: CountTest = "exact"


class CountQuestion(Document):
    """How do two quantities compare that the plan tells exactly?"""

    op: Literal["count"] = "count"
    left: MeasureExpression
    operator: CountComparison
    right: MeasureExpression


class ShapeQuestion(Document):
    """Are two representations within a margin of each other, in the mean? `dimensions` are the degrees of homology of
    which diagrams are compared, none for `procrustes`."""

    op: Literal["shape"] = "shape"
    left: str
    right: str
    distance: Distance
    dimensions: tuple[int, ...]
    margin: float
    confidence: float
    terms: CloudTermsPlan
    test: Test = "t"


class CompositeCellQuestion(Document):
    """Does what follows from the parts hold: of cells by relation one after the other, or of strict ones side by side?

    `holds_for` and `confidence` are of cells by relation."""

    op: Literal["composite"] = "composite"
    cell: str
    parts: tuple[Annotated[RelationCellQuestion | StrictCellQuestion, Field(discriminator="op")], ...]
    holds_for: float | None
    confidence: float


class WhiskeredCellQuestion(Document):
    """Are two runs of `premise` still related, seed by seed, with `run` joined `before` both or `after` both?"""

    op: Literal["whiskered"] = "whiskered"
    cell: str
    run: str
    side: Literal["before", "after"]
    premise: RelationCellQuestion
    holds_for: float | None
    confidence: float


SingleQuestion = (
    LawQuestion
    | CarriedLawQuestion
    | LawOfMapsQuestion
    | StrictCellQuestion
    | ConstantQuestion
    | ReadingQuestion
    | ConeQuestion
    | NaturalityQuestion
    | RelationCellQuestion
    | ConnectedQuestion
    | HomotopyQuestion
    | CompositeCellQuestion
    | WhiskeredCellQuestion
    | ClassesQuestion
    | ClassMeasureQuestion
    | MeasureQuestion
    | CorrelationQuestion
    | SeedCountQuestion
    | CountQuestion
    | ShapeQuestion
)

PartQuestion = Annotated[SingleQuestion, Field(discriminator="op")]


class ConjunctionQuestion(Document):
    """Do all parts hold? `texts` are the parts as written; no digest covers them."""

    op: Literal["conjunction"] = "conjunction"
    parts: tuple[PartQuestion, ...]
    texts: tuple[str, ...]


Question = Annotated[SingleQuestion | ConjunctionQuestion, Field(discriminator="op")]


class DecideJob(Document):
    """One claim: its question, its text as written and the verdicts that meet the author's expectation; `looks` is how
    often, with seeds added in between, it is announced to be tested.

    `elsewhere` are the runs among these that were trained elsewhere, `laws` those by which a point that it takes for
    one is the end of several runs.

    The digest covers the question, the version and the seeds of the runs it reads; not the text or expectation."""

    op: Literal["decide"] = "decide"
    version: int
    digest: str
    claim: str
    text: str
    place: Place
    expected: tuple[str, ...]
    question: Question
    needs: tuple[str, ...]
    looks: int = 1
    elsewhere: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()


class Plan(Document):
    """All jobs of a specification. Train jobs stand in an order in which each follows what it starts from or takes
    frozen blocks from; no two jobs of one kind have the same digest.

    `needs` of a decide job lists the digests of the train and read jobs that it reads, transitively closed."""

    schema_version: int = Field(alias="schema", serialization_alias="schema")
    specification: str
    theory_digest: str
    numerics: Numerics
    datasets: tuple[DatasetPlan, ...]
    train: tuple[TrainJob, ...]
    freeze: tuple[FreezeJob, ...]
    read: tuple[ReadJob, ...]
    decide: tuple[DecideJob, ...]
    descend: tuple[DescentJob, ...] = ()

    @property
    def runs(self) -> "tuple[RunJob, ...]":
        """All jobs that make runs: trained ones, then those on landscapes."""
        return (*self.train, *self.descend)


RunJob = TrainJob | DescentJob
"""A job that makes a family of runs."""


def parents(job: RunJob) -> tuple[str, ...]:
    """The digests of the jobs that a job starts from or takes frozen blocks from."""
    started = () if isinstance(job.start, StartInit | StartPoint) else (job.start.run,)
    frozen = job.frozen if isinstance(job, TrainJob) else ()
    return tuple(dict.fromkeys((*started, *(block.run for block in frozen))))
