"""Evidence as it lies in the store: what pictures and certificates are made of. All losses in nats."""

from typing import Annotated, Literal

from pydantic import Field

from catlearn.plan.document import Document


class Member(Document):
    """One seed of one run: its job's digest, its name and its seed."""

    job: str
    name: str
    seed: int


def five_digits(value: float) -> float:
    """A number of a picture, to five significant digits: more are not seen."""
    return float(f"{value:.5g}")


class SheetPicture(Document):
    """The loss on a sheet between two runs, for drawing.

    `values[i][j]` is the loss at row `rows[i]` (0 is the left run, 1 the right one) and column `j`; `levels[j]` is
    the level m that both runs have reached at that column, falling from `high` to `low`. `width` is the bound of
    the sheet's width with its remainder between mesh points, `raw_width` the same at the mesh points alone."""

    left: Member
    right: Member
    high: float
    low: float
    slack: float
    raw_width: float
    width: float
    rows: tuple[float, ...]
    levels: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]


class SheetsEvidence(Document):
    """The sheets of a cell between runs, worst first."""

    op: Literal["sheets"] = "sheets"
    relation: str
    pictures: tuple[SheetPicture, ...]


Pair = tuple[float, float]


class PlanePath(Document):
    """A run on a planar landscape, from start to end; `group` numbers its class from 0."""

    member: Member
    group: int
    points: tuple[Pair, ...]


class PlaneEvidence(Document):
    """Two runs of a cell on a planar landscape, for drawing.

    `values[i][j]` is the loss at the i-th of evenly spaced values of the first variable from end to end of the box, and
    the j-th of the second. `levels` are those that the relation speaks of, with their names. `cells[i][j]` says what a
    cell of an even partition belongs to: `t` to the tube or to the region, `s` and `e` to the tube's end pieces, at the
    start and at the end, `.` to none. `loop` is the closed polygon on which a verdict rests and `points` what it goes
    round, with their names; `way` is a path between the ends."""

    op: Literal["plane"] = "plane"
    relation: str
    kind: Literal["dihomotopy", "connected", "homotopy"]
    variables: tuple[str, str]
    box: tuple[Pair, Pair]
    values: tuple[tuple[float, ...], ...]
    levels: tuple[tuple[str, float], ...]
    cells: tuple[str, ...]
    paths: tuple[PlanePath, ...]
    loop: tuple[Pair, ...] = ()
    points: tuple[tuple[str, Pair], ...] = ()
    way: tuple[Pair, ...] = ()


class RunBar(Document):
    """One bar of the run barcode: born at a run's width; `death` is the height at which it was seen to join an
    older class, None where no witness joined it. `group` numbers its class from 0."""

    member: Member
    birth: float
    death: float | None
    group: int


class RunJoin(Document):
    """Two runs that a sheet joins, and the bound of its height; `relaxed` where it is bent."""

    left: Member
    right: Member
    height: float
    relaxed: bool


class RunPath(Document):
    """A run in a plane that it shares with others: its checkpoints (x, y), in units of the parameters."""

    member: Member
    group: int
    points: tuple[tuple[float, float], ...]


class RunBarcodeEvidence(Document):
    """The elder-rule barcode of some runs under a relation, deaths being upper bounds, with the classes as an
    interval [told apart, joined], the joins behind it, and the runs in the plane of their first two principal
    components, which have the share `explained` of their variance."""

    op: Literal["run_barcode"] = "run_barcode"
    relation: str
    high: float
    low: float
    slack: float
    bars: tuple[RunBar, ...]
    fewest: int
    most: int
    comparisons: int
    joins: tuple[RunJoin, ...] = ()
    paths: tuple[RunPath, ...] = ()
    explained: float | None = None


class EndBar(Document):
    """One bar of the loss barcode of the ends of runs: born at an end's loss, dying at a level from `least` to `most`,
    where its component first holds a lower end. `least` is None for the lowest end, whose bar never dies, and `most`
    where no path to a lower end is known."""

    member: Member
    birth: float
    least: float | None
    most: float | None


class EndsEvidence(Document):
    """The loss barcode of the ends of runs, elders first, with the level at which they were asked to be connected;
    `certified` where deaths are bounded on both sides."""

    op: Literal["ends"] = "ends"
    relation: str
    level: float
    certified: bool
    bars: tuple[EndBar, ...]


class DiagramPicture(Document):
    """A persistence diagram in one degree of one cloud: pairs (birth, death); the one essential bar of degree 0 is
    left out."""

    member: Member
    degree: int
    pairs: tuple[tuple[float, float], ...]


class DiagramsEvidence(Document):
    """The diagrams that a shape claim compared, with the distance of each pair and of different-seed pairs."""

    op: Literal["diagrams"] = "diagrams"
    distance: str
    margin: float
    distances: tuple[float, ...]
    other_seed_distances: tuple[float, ...]
    diagrams: tuple[DiagramPicture, ...]


class PairedValues(Document):
    """The values of two measures (or one and a constant), seed by seed."""

    op: Literal["values"] = "values"
    left_name: str
    right_name: str
    seeds: tuple[int, ...]
    left: tuple[float, ...]
    right: tuple[float, ...]


class CloudCurve(Document):
    """A measure of clouds along runs: `values[i][j]` of `seeds[i]` after `steps[j]` optimiser steps, None where a cloud
    has none, and at each step their mean over the seeds, None where a seed has none. `along` is what a claim takes of
    each seed's numbers."""

    measure: str
    along: str
    steps: tuple[int, ...]
    seeds: tuple[int, ...]
    values: tuple[tuple[float | None, ...], ...]
    mean: tuple[float | None, ...]


class CurvesEvidence(Document):
    """Measures along runs, for drawing."""

    op: Literal["curves"] = "curves"
    curves: tuple[CloudCurve, ...]


Evidence = Annotated[
    SheetsEvidence
    | PlaneEvidence
    | RunBarcodeEvidence
    | EndsEvidence
    | DiagramsEvidence
    | PairedValues
    | CurvesEvidence,
    Field(discriminator="op"),
]


class Alignment(Document):
    """A symmetry of a network: for hidden units, by the block that makes them, the order in which they are taken, and
    the positive factors by which they are then multiplied. Empty is the identity."""

    blocks: tuple[tuple[str, tuple[int, ...]], ...]
    scales: tuple[tuple[str, tuple[float, ...]], ...] = ()


IDENTITY = Alignment(blocks=())


class Bend(Document):
    """What bends a straight sheet or a segment: float32 displacements (knots, parameters), stored under the digest of
    their bytes.

    In a sheet D is linear between `knots`, which are values of p + q at columns (p, q), and constant beyond them."""

    knots: tuple[float, ...]
    sha256: str


class SheetWitness(Document):
    """A piecewise linear sheet between two runs: the vertices of its coarse mesh.

    Vertex (i, j) is (1 - s) * left(p_j) + s * g * right(q_j) + 2 s (1 - s) * D(p_j + q_j) with s = i / (rows - 1) and
    (p_j, q_j) = `columns[j]`; times count checkpoints from 0 and may lie between them; `alignment` is g, and D is 0
    where there is no `bend`, a straight sheet. Each cell is cut by the diagonal from (i, j) to (i + 1, j + 1), and the
    sheet is linear on each triangle."""

    left: Member
    right: Member
    alignment: Alignment
    rows: int
    columns: tuple[tuple[float, float], ...]
    bend: Bend | None = None


class Height(Document):
    """How far a family of paths is from descending: `raw` at the points evaluated, which bounds the family's width
    from below, and `bound` with `remainder`, the largest estimated error between them, which bounds it from above."""

    raw: float
    bound: float
    remainder: float


class RunWidth(Document):
    """The width of one run at given levels, its start, its lowest loss, and the share of its fall that lies between
    the levels."""

    member: Member
    width: Height
    start: float
    lowest: float
    coverage: float


class ProfileEvidence(Document):
    """The losses of one run at its sample times (`profile.sample_times`)."""

    losses: tuple[float, ...]


class Levels(Document):
    """The levels of a comparison and the runs over which automatic levels were fixed, none where they were given."""

    high: float
    low: float
    fixed_over: tuple[Member, ...]

    @property
    def ends(self) -> tuple[float, float]:
        """The high level and the low one."""
        return self.high, self.low


class Obstruction(Document):
    """Why two runs on a landscape are told apart at a slack, on a grid of `cells` cells along each axis, or, where that
    is None, by a declared function, which has different signs where it is taken and no zero with such a loss, or by a
    declared pair, which has a `winding` number along the loop and whose absolute value is nowhere `radius`, the runs
    staying where it is larger, at losses close to those at its zeros; 0 where no zero has a loss between the levels.

    Their `starts` or `ends` lie in different components; or they are `crossing` different components of the band above
    `level`; or the loop of both has, outside the tube, a `winding` number about `point`; or it is a `cycle` that bounds
    nothing in the tube, over the field with so many elements (`number`). `in_box` says that this holds of
    deformations inside the box: a component used touches its boundary."""

    kind: Literal["starts", "ends", "crossing", "winding", "cycle"]
    slack: float
    cells: int | None
    level: float
    point: tuple[float, ...]
    number: int
    in_box: bool
    radius: float | None = None


class PairFinding(Document):
    """What was found of two runs: their own widths at the levels, and the sheet between them with its height.

    `witness` is the best sheet tried; None where none was, the runs' own widths having decided. `obstruction` is at
    the relation's slack; where there is none, `least` is the largest slack at which one was found, None where none was
    looked for."""

    levels: Levels
    left: RunWidth
    right: RunWidth
    witness: SheetWitness | None
    height: Height | None
    obstruction: Obstruction | None = None
    least: float | None = None


class PairFindings(Document):
    """The findings of a cell, one a seed; `missing` names the seeds that one of the runs did not complete."""

    op: Literal["pairs"] = "pairs"
    missing: tuple[int, ...]
    pairs: tuple[PairFinding, ...]


Curve = Literal["bezier", "chain"]
"""How displacements bend a segment between points a and b. With the one D of a Bézier curve its points are
(1 - t) a + t b + 2 t (1 - t) D; a chain goes from knot to knot t, through (1 - t) a + t b + D."""


class ConnectionFinding(Document):
    """What was found of the ends of two runs: their losses, and a path between them with its highest loss, through
    `nodes`, or bent as `curve` says, or the segment where there is neither. On a grid the ends are not joined below
    `merge`, and `in_box` says whether the component of the first touches the boundary of the box. `starts_joined` says
    that a segment below the level joins the points at which training began too. `barred` says whether a declared
    obstruction was shown to keep the ends apart below the level, None where none is declared."""

    left: Member
    right: Member
    losses: tuple[float, float]
    nodes: tuple[tuple[float, ...], ...]
    height: Height
    curve: Curve | None = None
    bend: Bend | None = None
    merge: float | None
    in_box: bool | None
    starts_joined: bool
    barred: bool | None = None


class ConnectionFindings(Document):
    """The findings of a cell by `connected`, one a seed, with the loss barcode of all their ends; `missing` names the
    seeds that a run did not complete."""

    op: Literal["connections"] = "connections"
    missing: tuple[int, ...]
    pairs: tuple[ConnectionFinding, ...]
    bars: tuple[EndBar, ...] = ()


class HomotopyFinding(Document):
    """What was found of the loop of two runs in a region, from the checkpoints at which they enter it; None where one
    never does. `runs` is the highest loss on the two, `closed` that on the loop with the ways that close it.

    On a planar landscape `outer_word` is the loop's class among the holes of cells that contain the region, and
    `inner_word` that among those of cells inside it, where the loop lies in them; in three dimensions the loop bounds
    nothing below `fill`. `witness` is a sheet that fills the loop, and `height` its highest loss. `winding` is how
    often a declared pair of functions winds along the loop, None where that is not certain or was not asked, and in the
    box the pair has no common zero with a loss below `zeros`."""

    left: Member
    right: Member
    times: tuple[int, int] | None
    runs: Height | None = None
    closed: Height | None = None
    outer_word: tuple[int, ...] | None = None
    inner_word: tuple[int, ...] | None = None
    fill: float | None = None
    in_box: bool | None = None
    witness: SheetWitness | None = None
    height: Height | None = None
    winding: int | None = None
    zeros: float | None = None
    starts_joined: bool = False

    @property
    def contracts(self) -> bool:
        """Whether the loop lies in cells inside the region and contracts in them."""
        return self.inner_word == ()


class HomotopyFindings(Document):
    """The findings of a cell by `homotopy`, one a seed; `missing` names the seeds that a run did not complete."""

    op: Literal["homotopies"] = "homotopies"
    missing: tuple[int, ...]
    pairs: tuple[HomotopyFinding, ...]


class Join(Document):
    """Two runs joined by a sheet of bounded height."""

    witness: SheetWitness
    height: Height


class RunsApart(Document):
    """Two runs that an obstruction tells apart."""

    left: Member
    right: Member
    obstruction: Obstruction


class ClassesFinding(Document):
    """What was found of the classes of some runs: their widths at common levels, the sheets that join them and the
    obstructions between runs of groups that no sheet joins.

    `comparisons` counts the pairs of runs between which a loss was taken, `missing` names the runs that were not
    completed."""

    op: Literal["classes"] = "classes"
    missing: tuple[Member, ...]
    levels: Levels
    widths: tuple[RunWidth, ...]
    joins: tuple[Join, ...]
    comparisons: int
    apart: tuple[RunsApart, ...] = ()


class MemberValue(Document):
    """A measure of one run."""

    member: Member
    value: float | None


class ClassMeasureFinding(Document):
    """What was found of the classes of some runs, and a measure of each run that was completed."""

    op: Literal["class_measure"] = "class_measure"
    classes: ClassesFinding
    values: tuple[MemberValue, ...]
    sessions: tuple[str, ...] = ()


class Discrepancy(Document):
    """Where two arrays that should agree bit by bit do not: the first entry that differs and its two values.

    Values are None where the arrays do not have the same shape, or only one exists."""

    seed: int
    where: str
    tensor: str
    index: tuple[int, ...]
    left: float | None
    right: float | None


class BitwiseFinding(Document):
    """What a bitwise comparison showed over some seeds: what was compared, and the first discrepancy of each seed that
    has one. `missing` names the seeds of which a run was not completed."""

    op: Literal["bitwise"] = "bitwise"
    seeds: tuple[int, ...]
    missing: tuple[int, ...]
    compared: str
    discrepancies: tuple[Discrepancy, ...]


class Count(Document):
    """An exact rational."""

    numerator: int
    denominator: int


class CloudRow(Document):
    """A measure of one cloud or of two, each of a seed: its value at each checkpoint that is read, None where there is
    none. `bars` counts those of both diagrams, where diagrams are compared."""

    seeds: tuple[int, ...]
    values: tuple[float | None, ...]
    bars: tuple[int, ...] = ()


class CloudTable(Document):
    """The values of a measure of clouds that were computed so far."""

    rows: tuple[CloudRow, ...]


class MeasureValues(Document):
    """A measure of some seeds, or arithmetic on measures: one value for each, the seeds of which a run was not
    completed, those for which there is no value because of a division by 0, and those for which a cloud has none: it
    has no shape, or too few points for what is measured.

    Where each value is only known to lie between two numbers, `values` are the lower and `upper` the upper ones, at the
    wall where there is none; `upper` is None where the values are known. `sessions` are, value by value, those in which
    the times in it were measured; empty where it holds no times."""

    seeds: tuple[int, ...]
    values: tuple[float, ...]
    missing: tuple[int, ...]
    undefined: tuple[int, ...] = ()
    shapeless: tuple[int, ...] = ()
    upper: tuple[float, ...] | None = None
    sessions: tuple[tuple[str, ...], ...] = ()

    @property
    def highest(self) -> tuple[float, ...]:
        """The upper ends of what the values may be."""
        return self.values if self.upper is None else self.upper


class OtherSeeds(Document):
    """A measure of two clouds of some of the seeds that there are: `values[i][j]` is that of the first cloud of
    `seeds[i]` and the second of `seeds[j]`, of one seed on the diagonal; None where there is no number. `available`
    counts the seeds of which `seeds` were drawn."""

    seeds: tuple[int, ...]
    available: int
    values: tuple[tuple[float | None, ...], ...]

    @property
    def apart(self) -> tuple[float, ...]:
        """The numbers of pairs of different seeds."""
        rows = enumerate(self.values)
        return tuple(value for i, row in rows for j, value in enumerate(row) if i != j and value is not None)


class MeasureFinding(Document):
    """The two sides of a comparison of measures; `right` is None where the other side is a number.

    `resolution` is the least difference that the sides can show: the most that one example of a split changes, 0 where
    no measure has such a step, and 0 too where measures are multiplied or divided by each other, its size then being
    unknown. `other_seeds` is the left side with first and second clouds of different seeds, where two clouds are
    measured and compared with a number."""

    op: Literal["measure"] = "measure"
    left: MeasureValues
    right: MeasureValues | None
    resolution: float
    other_seeds: OtherSeeds | None = None
    curves: tuple[CloudCurve, ...] = ()


class SeedCountFinding(Document):
    """The two sides of a comparison of whole numbers, seed by seed; `right` is None where the other side is a number,
    `number`."""

    op: Literal["seed_counts"] = "seed_counts"
    left: MeasureValues
    right: MeasureValues | None
    number: Count | None
    curves: tuple[CloudCurve, ...] = ()


class CorrelationFinding(Document):
    """Two quantities over the same seeds, and the one held fixed where there is one; `missing` names the seeds of which
    a run was not completed or a quantity has no value, `sessions` those in which times among them were measured."""

    op: Literal["correlation"] = "correlation"
    seeds: tuple[int, ...]
    first: tuple[float, ...]
    second: tuple[float, ...]
    given: tuple[float, ...] | None
    missing: tuple[int, ...]
    sessions: tuple[str, ...] = ()
    curves: tuple[CloudCurve, ...] = ()


class CountFinding(Document):
    """The two sides of a comparison of counts; None for a division by 0. `missing` names the seeds that did not take
    the steps that are counted, since a run was not completed."""

    op: Literal["count"] = "count"
    left: Count | None
    right: Count | None
    missing: tuple[int, ...] = ()


class ShapeDistance(Document):
    """The distance of two representations: the largest over the degrees. `bars` counts those of both diagrams, at the
    checkpoint where there are fewest; None where no diagrams are compared."""

    value: float
    bars: int | None


class ShapeFinding(Document):
    """The distances of two runs' representations, seed by seed, None where a cloud has no shape, and of pairs of
    different seeds, None where there are no two. `missing` names the seeds of which a run was not completed. `same`
    says that both sides read one run in one way, and `farthest` is a distance that no two such clouds exceed, None
    where there is none."""

    op: Literal["shape"] = "shape"
    seeds: tuple[int, ...]
    missing: tuple[int, ...]
    distances: tuple[ShapeDistance | None, ...]
    other_seeds: OtherSeeds | None
    same: bool
    farthest: float | None
    curves: tuple[CloudCurve, ...] = ()


class SymbolicFinding(Document):
    """What a strict cell came to: `proved`, `refuted` or `undecided`, the residue of each component, the conditions
    used, the steps of the proof, the counterexample where there is one, and the reason where it is undecided."""

    op: Literal["symbolic"] = "symbolic"
    verdict: Literal["proved", "refuted", "undecided"]
    residues: tuple[tuple[str, str], ...]
    side_conditions: tuple[str, ...]
    steps: tuple[str, ...]
    counterexample: tuple[str, ...]
    reason: str = ""


class CompositeFinding(Document):
    """What was found of each part of a composite cell, in their order."""

    op: Literal["composite"] = "composite"
    parts: tuple[Annotated[PairFindings | SymbolicFinding, Field(discriminator="op")], ...]


class Whisker(Document):
    """What was found of the run beside a cell, in one seed: its own width between `level` and the loss where it meets
    the cell, and whether it meets both runs of the cell there, bit by bit. Before the cell `level` is the high one, and
    the run ends where they start; after it `level` is the low one, and the run starts where they end. `edge` are the
    times, in checkpoints, at which both runs of the cell are at that point."""

    side: Literal["before", "after"]
    level: float
    run: RunWidth
    meets: bool
    edge: tuple[float, float]


class WhiskeredFinding(Document):
    """What was found of a cell by relation, and of the run beside it, one whisker for each pair of the cell; None
    where that run was not completed."""

    op: Literal["whiskered"] = "whiskered"
    premise: PairFindings
    whiskers: tuple[Whisker | None, ...]


SingleFinding = (
    BitwiseFinding
    | PairFindings
    | ClassesFinding
    | ClassMeasureFinding
    | MeasureFinding
    | CorrelationFinding
    | SeedCountFinding
    | CountFinding
    | ShapeFinding
    | SymbolicFinding
    | CompositeFinding
    | WhiskeredFinding
    | ConnectionFindings
    | HomotopyFindings
)

PartFinding = Annotated[SingleFinding, Field(discriminator="op")]


class ConjunctionFinding(Document):
    """What was found of each part of a conjunction, in their order."""

    op: Literal["conjunction"] = "conjunction"
    parts: tuple[PartFinding, ...]


Finding = Annotated[SingleFinding | ConjunctionFinding, Field(discriminator="op")]
