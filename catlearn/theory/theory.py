"""The checked theory: every name resolved, every shape inferred, every default filled in.

Items are keyed by qualified name (`Param.gd`; the bare name for what stands at top level). Everything here is a
frozen value; spans point back at the source and take no part in digests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from catlearn.category.expression import Expression
from catlearn.category.update_rule import BoundRule, StrictCell, UpdateRule
from catlearn.source import Source, Span
from catlearn.theory.sources import File, Material


@dataclass(frozen=True)
class Pictures:
    """What becomes of pictures, in this order: channels moved first; made grey or given three channels; brought to a
    height and a width; padded with zeros to a height and a width. Nothing where a field is empty."""

    channels_last: bool = False
    colour: str = ""
    resize: tuple[int, ...] = ()
    pad: tuple[int, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """`source` is a name of the data table (`sklearn.digits`) or a path in the project that begins with `./`, and
    `material` what is known of it.

    `test` is the fraction held out, None where sizes were given or the source has a test part of its own; `pooled`
    says that both splits are drawn from all examples. `chosen` are the classes kept, empty for all."""

    name: str
    source: str
    test: Fraction | None
    seed: int
    input_shape: tuple[int, ...]
    classes: int
    train_size: int
    test_size: int
    span: Span
    material: Material
    pooled: bool = True
    chosen: tuple[int, ...] = ()
    transform: str = "none"
    pictures: Pictures = Pictures()

    @property
    def words(self) -> bool:
        """Whether inputs stay whole numbers, as `embedding` takes them."""
        return self.material.whole and self.transform == "none" and not self.pictures.resize


@dataclass(frozen=True)
class Probe:
    """The first `size` examples of one split, on which representations are read."""

    name: str
    dataset: str
    split: str
    size: int
    span: Span


@dataclass(frozen=True)
class Layer:
    """One layer of a map: an operation of the table of layers, `skip` or `extern`.

    `block` is the path of its parameters (`encoder.0`: map, position; `body.2.0` inside the `skip` at position 2) or
    of its random draws, None where it has neither. Shapes are without the batch axis. `attributes` are its arguments
    that no shape says, and `inner` the layers of a `skip`, which adds its input to their output. `span` is where the
    layer is written."""

    operation: str
    block: str | None
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    attributes: tuple[tuple[str, int | Fraction | str], ...] = ()
    inner: tuple["Layer", ...] = ()
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True)
class NetworkMap:
    """A parametrised map: an arrow of Para, its layers in order."""

    name: str
    layers: tuple[Layer, ...]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    span: Span


@dataclass(frozen=True)
class Block:
    """A named factor of a parameter space: its tensors by name, with their shapes, and its buffers, which no gradient
    moves."""

    path: str
    tensors: tuple[tuple[str, tuple[int, ...]], ...]
    buffers: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True)
class Space:
    """An object of an interpreted category that is a product of blocks; a pullback's object is one too."""

    name: str
    category: str
    blocks: tuple[Block, ...]
    pullback: str | None
    span: Span


@dataclass(frozen=True)
class CloudSpace:
    """An object of a category of representations: point clouds in R^dimension read on a probe.

    `normalise` is `rms` (centre, then divide by the root mean square norm) or `none`."""

    name: str
    category: str
    probe: str
    dimension: int
    normalise: str
    span: Span


@dataclass(frozen=True)
class StructuralMap:
    """An arrow of Arch between spaces: a projection, a diagonal, a pair, or a pullback's leg.

    `wires` pairs each block of the target that is not constant with the block of the source that it reads. In a formal
    category it is a generator between objects without definition."""

    name: str
    category: str
    source: str
    target: str
    span: Span
    wires: tuple[tuple[str, str], ...] = ()


Wires = tuple[tuple[str, str], ...]
"""Pairs of a block of the target of a structural map, and what it is: the block that it reads, or words that say so."""


@dataclass(frozen=True)
class Side:
    """A side of a pullback along a map: for each block of `space` that is free the block of the pullback that the leg
    to it reads."""

    space: str
    reads: Wires


@dataclass(frozen=True)
class JointPullback:
    """`{ (a, b) | left(a) = right(b) }`, for joint training: `shared` are the blocks of its space that both legs read.

    `space` is the qualified name of its object, `left` and `right` of the maps, `legs` of its projections, the one to
    the source of `left` first; `sides` are the two sources."""

    name: str
    space: str
    left: str
    right: str
    legs: tuple[str, ...]
    shared: tuple[str, ...]
    span: Span
    sides: tuple[Side, ...] = ()


@dataclass(frozen=True)
class Pullback:
    """`{ a in source(map) | map(a) = map(point) }`: the blocks of the map's target frozen at a run's end.

    `space` is the qualified name of its object, `legs` of its projections, `point_run` of the run at whose end the
    frozen values stand (of the same seed), `frozen` the paths of the frozen blocks, those at which the source of the
    map is frozen itself among them; `renamed` pairs a frozen block with its name in that run, where this is another."""

    name: str
    space: str
    map: str
    point_run: str
    legs: tuple[str, ...]
    frozen: tuple[str, ...]
    span: Span
    renamed: Wires = ()


@dataclass(frozen=True)
class CheckpointFile:
    """A file of an imported run: of which seed, and at which step where its name says so. `count` is the number of its
    checkpoints along the first axis of its tensors, None where it holds one without such an axis."""

    file: File
    seed: int
    step: int | None
    count: int | None


@dataclass(frozen=True)
class Descent:
    """What makes a run one on a landscape: `steps` of an update rule along exact gradients, from `start`, or from a
    point drawn in the box by seed where that is None; or `path`, the vertices of a polyline given as data."""

    landscape: str
    steps: int
    start: tuple[Fraction, ...] | None
    path: tuple[tuple[Fraction, ...], ...] = ()


@dataclass(frozen=True)
class Task:
    """What a joint run learns in one space of its pullback: `network` are names of maps, composed in order, `reads`
    tells for each of their blocks the block of the run's space that it is."""

    network: tuple[str, ...]
    dataset: str
    reads: Wires


@dataclass(frozen=True)
class Run:
    """A generating arrow: training, a family over its seeds. `source_point` and `target_point` are the labels
    after `@`. `network` are names of maps, composed in order. `checkpoint` is a number of epochs or steps with its
    unit. `resume` names the run it continues. `start_run` names the run whose end it starts from, resumed or not;
    None where it starts from `@init`. `clip` is the largest norm of a gradient, None where it may have any.

    `source` is the pattern of the files of a run that was trained elsewhere: it has no update rule, batch or epochs of
    its own that anything reads. `files` are those found in `folder`, none before they are looked for.

    A run on a landscape has a `descent`, no network, no data and no batch; its `optimiser` is None along a path. A
    joint run, in a pullback along a map, has `tasks`, and no network or data but theirs."""

    name: str
    category: str | None
    space: str
    source_point: str
    target_point: str
    network: tuple[str, ...]
    dataset: str
    loss: str
    optimiser: BoundRule | None
    batch: int
    epochs: int
    keep_last: bool
    checkpoint: tuple[int, str]
    seeds: tuple[int, ...]
    resume: str | None
    start_run: str | None
    span: Span
    source: str | None = None
    clip: Fraction | None = None
    files: tuple[CheckpointFile, ...] = ()
    folder: str = ""
    descent: Descent | None = None
    tasks: tuple[Task, ...] = ()

    @property
    def networks(self) -> tuple[tuple[str, ...], ...]:
        """The networks that it trains, as the names of their maps: one, or those of the tasks of a joint run."""
        return tuple(task.network for task in self.tasks) or (self.network,)

    @property
    def data(self) -> tuple[str, ...]:
        """The datasets that it learns from, one for each network; none on a landscape."""
        return tuple(task.dataset for task in self.tasks) or ((self.dataset,) if self.descent is None else ())

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of an imported run's checkpoints, as the names of its files say or counted from 0."""
        own = [file for file in self.files if file.seed == self.files[0].seed]
        if own and own[0].step is not None:
            return tuple(file.step for file in own if file.step is not None)
        return tuple(range((own[0].count or 1) if own else 0))


@dataclass(frozen=True)
class CarriedRun:
    """The image of a run under a structural map: each block of the map's target with the block of the run's space that
    it reads, frozen ones among them."""

    run: str
    reads: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Law:
    """Two parallel paths of runs, by qualified name, in order of composition; in a formal category, of its maps.

    A side without arrows is the identity of `start`, the object or the space where both sides start. Where structural
    maps of an interpreted category stand in a law, `images` are the images of the runs of its sides in the space where
    both end; the maps of both sides are the same one, and a side without runs is to stay where it starts. `maps` are
    what these maps give each block there, on either side in words."""

    name: str
    category: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    span: Span
    start: str = ""
    images: tuple[tuple[CarriedRun, ...], tuple[CarriedRun, ...]] | None = None
    maps: tuple[Wires, Wires] = ((), ())


@dataclass(frozen=True)
class Category:
    """A presentation: its objects, structural maps, runs and laws by qualified name, each sorted.

    A pullback's object and legs are among them, and so are runs at top level in one of its spaces. A category is
    interpreted when its objects have definitions; the objects of a formal one are neither spaces nor clouds."""

    name: str
    interpreted: bool
    objects: tuple[str, ...]
    maps: tuple[str, ...]
    runs: tuple[str, ...]
    laws: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Functor:
    """A reading functor: objects to cloud spaces by the activations after `reading` (names of maps) on `probe`.

    `object_images` pairs objects with cloud spaces and `map_images` structural maps with the cloud space on whose
    identity they land. `trace` is the spacing at which it samples a run, with its unit. A functor `over` one object
    is restricted to it: to its own points, the runs in it and the maps from it to itself. `in_error` are the
    objects whose images were reported."""

    name: str
    source: str
    target: str
    object_images: tuple[tuple[str, str], ...]
    map_images: tuple[tuple[str, str], ...]
    reading: tuple[str, ...]
    probe: str
    trace: tuple[int, str]
    span: Span
    over: str | None = None
    in_error: tuple[str, ...] = ()


@dataclass(frozen=True)
class PresentedFunctor:
    """A functor given on generators: objects to objects or points (`Param.A@init`), arrows to paths of arrows.

    Points of spaces are among the objects. `parts` are the names of the functors that it is composed of, none where
    its images are written out. Where the last of them reads activations it is `reading`, the images are those before
    it reads, and `target` is its target."""

    name: str
    source: str
    target: str
    object_images: tuple[tuple[str, str], ...]
    arrow_images: tuple[tuple[str, tuple[str, ...]], ...]
    parts: tuple[str, ...]
    reading: str | None
    span: Span


@dataclass(frozen=True)
class Transformation:
    """A natural transformation between two functors: for each object a path of arrows of their target category.

    `squares` are the generating arrows whose squares are shown to commute; those of the others are open."""

    name: str
    source: str
    target: str
    components: tuple[tuple[str, tuple[str, ...]], ...]
    squares: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class ReadingTransformation:
    """A natural transformation between the restrictions of two readings to some objects of their source.

    `layers` are the maps that lead from what `source` reads to what `target` reads, `blocks` those of their
    parameters, which every one of `runs`, the runs in these objects, keeps frozen."""

    name: str
    source: str
    target: str
    objects: tuple[str, ...]
    layers: tuple[str, ...]
    blocks: tuple[str, ...]
    runs: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Relation:
    """What "the same" is to mean for runs: a `kind` of `dihomotopy`, `connected` or `homotopy`.

    `slack` is in units of the loss, 0 where the kind has none; `levels` of a dihomotopy are (high, low) or None for
    automatic ones; `modulo` is its symmetry: `permutations`, `permutations + scale` or `none`. `level` belongs to
    `connected`; `region`, as (`sublevel` or `entry`, level), `ends` (`rel`, `closed`) and `close` (`segment`, `path`)
    to `homotopy`. `effort` is `low`, `normal`, `high` or a number of steps; `on` the dataset and the split on which
    losses are taken, None for the runs' own training split. `obstruction` are functions of the variables of a landscape
    that are said to have no common zero at some losses: one, which keeps its signs apart, or two, which wind."""

    name: str
    kind: str
    slack: Fraction
    levels: tuple[Fraction, Fraction] | None
    modulo: str
    span: Span
    level: Fraction | None = None
    region: tuple[str, Fraction] | None = None
    ends: str | None = None
    close: str | None = None
    effort: str = "normal"
    on: tuple[str, str] | None = None
    obstruction: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Landscape:
    """An analytic loss on a box: an expression over `variables`, each in its interval of `box`, both ends included."""

    name: str
    variables: tuple[str, ...]
    box: tuple[tuple[Fraction, Fraction], ...]
    expression: Expression
    span: Span


@dataclass(frozen=True)
class RelationCell:
    """A 2-cell between two runs, to be decided by evidence under a relation."""

    name: str
    source: str
    target: str
    relation: str
    span: Span


@dataclass(frozen=True)
class NamedStrictCell:
    """A strict cell under the name that its claim uses; `composed_of` are the cells of which it is the vertical
    composite."""

    name: str
    cell: StrictCell
    span: Span
    composed_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class CompositeCell:
    """Cells joined `vertical`ly, one after the other, or `horizontal`ly, side by side, by name and in order, or one
    cell by relation `whiskered` with a run, which stands `before` or `after` the cell (`side`).

    Strict cells side by side take turns at one `theta`. A vertical composite of cells by relation goes from the source
    of the first to the target of the last, a whiskered one from its source with `run` joined on that side to its target
    with `run` joined there.
    What holds of it follows from what holds of the parts."""

    name: str
    direction: str
    parts: tuple[str, ...]
    strict: bool
    span: Span
    run: str | None = None
    side: str = "before"


@dataclass(frozen=True)
class LawProposition:
    """The two sides of a law agree bitwise."""

    law: str


@dataclass(frozen=True)
class StrictCellProposition:
    """The map of states commutes with the two rules for all gradient sequences."""

    cell: str


@dataclass(frozen=True)
class RelationCellProposition:
    """The runs are related for a share of at least `holds_for` of the seeds, at `confidence`.

    `holds_for` None asks for every seed that was run, with no statement about others. With `pairs` `disjoint` the runs
    of one seed are compared with those of the next, each seed in one pair, and it is a share of the pairs."""

    cell: str
    holds_for: Fraction | None
    confidence: Fraction
    pairs: str = "same"


@dataclass(frozen=True)
class NaturalityProposition:
    """At every checkpoint the later of two readings sees what the layers between make of the earlier one, bitwise."""

    transformation: str


@dataclass(frozen=True)
class ConstantProposition:
    """A structural map is constant along a run, bitwise, in every seed and at every checkpoint. `blocks` are those of
    the run's space that it reads."""

    map: str
    run: str
    blocks: tuple[str, ...]


@dataclass(frozen=True)
class ReadingProposition:
    """What a functor reads along a run, bitwise, in every seed and at every checkpoint: it is constant or, where `map`
    is given, what it reads of the image of the run under that structural map.

    `reads` pairs the blocks of the reading with those of the run's space that are read in their place, themselves where
    there is no map."""

    functor: str
    run: str
    map: str | None
    reads: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ConeProposition:
    """Points of the spaces over which a pullback is come from one point of it, bitwise, in every seed. `sides` pair,
    for each of these spaces, the blocks of the pullback that its leg reads with the blocks of the run at whose end the
    point is."""

    pullback: str
    sides: tuple[CarriedRun, ...]


@dataclass(frozen=True)
class ClassesProposition:
    """The number of classes of some runs under a relation, compared with a whole number."""

    runs: tuple[str, ...]
    relation: str
    operator: str
    bound: int


@dataclass(frozen=True)
class Measure:
    """A computed measure of a run's end or of its path. `accuracy` and `loss` are taken on a split of a dataset and
    `gap` on both splits of one, its split being None; both are None where a measure needs no data. `relation` says
    between which levels a `width` or a `height` is, and `other` to which run a height is."""

    name: str
    run: str
    dataset: str | None = None
    split: str | None = None
    relation: str | None = None
    other: str | None = None


@dataclass(frozen=True)
class CloudRead:
    """A cloud that a functor reads at the end of a run, or the path of clouds that it reads along the run."""

    functor: str
    run: str
    path: bool = False


@dataclass(frozen=True)
class CloudTerms:
    """On what terms clouds are measured; each measure and distance has some of these, the others stay as they are.

    `points` of the probe are drawn by `seed`, all are taken where it is None; scales above `cutoff` are not looked at;
    `along` says what is taken of the numbers along a run, one a checkpoint of the trace."""

    kernel: str = "linear"
    bandwidth: Fraction = Fraction(1)
    order: int = 2
    ground: str = "max"
    unit: str = "quantile"
    points: int | None = None
    seed: int = 0
    cutoff: Fraction | None = None
    along: str | None = None


@dataclass(frozen=True)
class CloudMeasure:
    """A measure of one cloud or of two: `betti` in one degree through the scales of `scale`, `cka`, …"""

    name: str
    clouds: tuple[CloudRead, ...]
    degrees: tuple[int, ...]
    scale: tuple[Fraction, Fraction] | None
    terms: CloudTerms


@dataclass(frozen=True)
class LayerwiseMeasure:
    """The largest affine residual, over all layers of a network and in both directions, of the ends of the two runs
    that a cell joins, read on a probe; `along` says what is taken of it at each checkpoint, None of the ends alone."""

    cell: str
    left: str
    right: str
    probe: str
    along: str | None = None


@dataclass(frozen=True)
class Uncomputed:
    """A measure or a distance that is in order and that this version does not compute, where it is written."""

    name: str
    span: Span


@dataclass(frozen=True)
class ClassMeasure:
    """The `spread` of a measure within classes of runs, or the `separation` of its means between them. The measure is
    taken of every run of the classes, in place of the run that it names."""

    name: str
    measure: "Measure | CloudMeasure"
    runs: tuple[str, ...]
    relation: str
    span: Span


@dataclass(frozen=True)
class Combination:
    """`left operator right` of measures and numbers, for the operators `+ - * /`."""

    operator: str
    left: "Quantity"
    right: "Quantity"


@dataclass(frozen=True)
class Correlation:
    """How two quantities with one number a seed go together over the seeds: `r2`, `spearman`, `kendall` or `partial`,
    the last with `given` held fixed."""

    name: str
    first: "Quantity"
    second: "Quantity"
    given: "Quantity | None" = None


Quantity = Measure | ClassMeasure | CloudMeasure | LayerwiseMeasure | Combination | Correlation | Uncomputed | Fraction
"""Arithmetic on measures that all give one number a seed, the same seeds, or all give one number for all seeds."""


@dataclass(frozen=True)
class MeasureProposition:
    """`left operator right`, for one number a seed: for `~` the mean difference lies within `margin`; else a one-sided
    comparison of means. `left` is no number. `test` is `t` or `bootstrap`."""

    left: Quantity
    operator: str
    right: Quantity
    margin: Fraction | None
    confidence: Fraction
    test: str = "t"


@dataclass(frozen=True)
class CorrelationProposition:
    """`correlation operator bound` of the population that the seeds are drawn from; for `~` within `margin`."""

    correlation: Correlation
    operator: str
    bound: Fraction
    margin: Fraction | None
    confidence: Fraction


@dataclass(frozen=True)
class ClassMeasureProposition:
    """`quantity operator bound`, within `margin` for `~`: of a spread or a separation over classes of runs."""

    quantity: ClassMeasure
    operator: str
    bound: Fraction
    margin: Fraction | None
    confidence: Fraction


@dataclass(frozen=True)
class SeedCountProposition:
    """`left operator right` of whole numbers, in each seed exactly, for a share of at least `holds_for` of the seeds.

    `holds_for` None asks for every seed that was run, with no statement about others. Where `test` is `permutation`
    it is of the means over all seeds that there could be, and neither side is a number."""

    left: Quantity
    operator: str
    right: Quantity
    holds_for: Fraction | None
    confidence: Fraction
    test: str = "exact"


@dataclass(frozen=True)
class CountProposition:
    """`left operator right` of numbers that the plan tells, the same for all seeds, compared exactly."""

    left: Quantity
    operator: str
    right: Quantity


@dataclass(frozen=True)
class ShapeProposition:
    """The mean distance of two runs' representations is at most `margin`.

    `dimensions` are the homology degrees compared, where it is one of diagrams; the distance of a pair is their
    maximum. `paths` says of either side whether it is read along its run; `distance_span` is where the distance is
    written."""

    functor: str
    left_run: str
    right_run: str
    distance: str
    dimensions: tuple[int, ...]
    margin: Fraction
    confidence: Fraction
    test: str = "t"
    distance_span: Span | None = field(default=None, compare=False)
    terms: CloudTerms = CloudTerms()
    paths: tuple[bool, bool] = (False, False)

    @property
    def clouds(self) -> tuple[CloudRead, CloudRead]:
        """What is read on either side."""
        left, right = self.paths
        return CloudRead(self.functor, self.left_run, left), CloudRead(self.functor, self.right_run, right)


@dataclass(frozen=True)
class Conjunction:
    """`first and second and …`, each part with the terms of the claim that apply to it; `texts` as written."""

    propositions: tuple["Proposition", ...]
    texts: tuple[str, ...]


Proposition = (
    LawProposition
    | StrictCellProposition
    | RelationCellProposition
    | ConstantProposition
    | ReadingProposition
    | ConeProposition
    | NaturalityProposition
    | ClassesProposition
    | ClassMeasureProposition
    | MeasureProposition
    | CorrelationProposition
    | SeedCountProposition
    | CountProposition
    | ShapeProposition
    | Conjunction
)


@dataclass(frozen=True)
class Claim:
    """A proposition with the verdicts that meet its author's expectation; `text` is as written, and `looks` how often
    it is announced to be tested while seeds are added."""

    name: str
    text: str
    proposition: Proposition
    expected: tuple[str, ...]
    span: Span
    looks: int = 1


@dataclass(frozen=True)
class Theory:
    """Everything a specification declares, checked."""

    source: Source
    datasets: Mapping[str, Dataset]
    probes: Mapping[str, Probe]
    maps: Mapping[str, NetworkMap]
    rules: Mapping[str, UpdateRule]
    categories: Mapping[str, Category]
    spaces: Mapping[str, Space]
    clouds: Mapping[str, CloudSpace]
    structural_maps: Mapping[str, StructuralMap]
    pullbacks: Mapping[str, Pullback]
    runs: Mapping[str, Run]
    laws: Mapping[str, Law]
    functors: Mapping[str, Functor]
    relations: Mapping[str, Relation]
    strict_cells: Mapping[str, NamedStrictCell]
    relation_cells: Mapping[str, RelationCell]
    claims: Mapping[str, Claim]
    landscapes: Mapping[str, Landscape] = field(default_factory=dict)
    joint_pullbacks: Mapping[str, JointPullback] = field(default_factory=dict)
    composite_cells: Mapping[str, CompositeCell] = field(default_factory=dict)
    imports: Mapping[str, Source] = field(default_factory=dict)
    presented_functors: Mapping[str, PresentedFunctor] = field(default_factory=dict)
    transformations: Mapping[str, Transformation] = field(default_factory=dict)
    reading_transformations: Mapping[str, ReadingTransformation] = field(default_factory=dict)

    def fibre(self, space: str) -> Pullback | None:
        """The pullback along a point that a space is; None where it is another one."""
        return self.pullbacks.get(self.spaces[space].pullback or "")
