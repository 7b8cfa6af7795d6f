"""The table of measures: what each takes, what it gives, and whether this version computes it (DESIGN 5)."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from catlearn.theory.fields import Signature
from catlearn.theory.theory import (
    ClassMeasure,
    Combination,
    Conjunction,
    Correlation,
    CorrelationProposition,
    CountProposition,
    LayerwiseMeasure,
    Measure,
    MeasureProposition,
    Proposition,
    Quantity,
    SeedCountProposition,
    ShapeProposition,
    Theory,
    Uncomputed,
)


class Takes(Enum):
    """What an argument of a measure is, in the words of a diagnostic."""

    RUN = "the name of a run"
    RUNS = "runs, joined by `+`"
    SPLIT = "a split of a dataset, such as `digits.test`"
    RELATION = "the name of a relation"
    CELL = "the name of a cell by a relation"
    PROBE = "the name of a probe"
    MAP = "the name of a map"
    CLOUD = "a functor at a checkpoint or along a run, `L(A@gd)` or `L(gd)`"
    SEED_MEASURE = "a measure with one number a seed"
    CLASSES = "`classes(…)`"
    DEGREES = "degrees such as `0..1`, 2 at most"
    DEGREE = "a degree of homology, 2 at most"
    SCALES = "a range of scales such as `0.1..0.5`"
    POSITIVE = "a whole number above 0"
    NATURAL = "a whole number"
    WIDTH = "a number above 0"
    ORDER = "1 or 2"
    GROUND = "one of `max`, `euclidean`, `manhattan`"
    UNIT = "one of `quantile`, `cloud`"
    ALONG = "one of `max`, `min`, `mean`, `first`, `last`"
    KERNEL = "one of `linear`, `rbf`"
    TOTAL = "one of `sum`, `max`, `mean`"
    LENS = "one of `density`, `eccentricity`, `norm`"
    FEATURE = "one of `b0`, `b1`, `leaves`, `branches`"


CHOICES: Mapping[Takes, tuple[str, ...]] = {
    Takes.KERNEL: ("linear", "rbf"),
    Takes.GROUND: ("max", "euclidean", "manhattan"),
    Takes.UNIT: ("quantile", "cloud"),
    Takes.ALONG: ("max", "min", "mean", "first", "last"),
    Takes.TOTAL: ("sum", "max", "mean"),
    Takes.LENS: ("density", "eccentricity", "norm"),
    Takes.FEATURE: ("b0", "b1", "leaves", "branches"),
}


class Gives(Enum):
    """What a measure gives, in the words of a diagnostic."""

    SEED = "one number a seed"
    FAMILY = "one number for all seeds together"
    BARCODE = "a barcode"
    COORDINATES = "coordinates"


NUMBERS = (Gives.SEED, Gives.FAMILY)


class Argument(NamedTuple):
    """An argument of a measure; one without a default, which is as it would be written, must be given."""

    name: str
    takes: Takes
    default: str | None = None


def _signature(arguments: tuple[Argument, ...]) -> Signature:
    names = tuple(argument.name for argument in arguments)
    return Signature(names, tuple(argument.name for argument in arguments if argument.default is None))


class MeasureSignature(NamedTuple):
    """A row of the table: its family, its arguments in order, what it gives in which unit and range.

    Measures that are not `exact` are measured, and only similar or ordered; exact ones are counts. `step` says that
    one example of the split is the least difference seen. `computed` says whether this version decides with it,
    `between` that it is only known to lie between two numbers."""

    family: str
    arguments: tuple[Argument, ...]
    gives: Gives
    unit: str
    range: str
    meaning: str
    exact: bool = False
    step: bool = False
    computed: bool = False
    between: bool = False

    @property
    def signature(self) -> Signature:
        """The arguments that may be given, and those that must."""
        return _signature(self.arguments)


_RUN = Argument("run", Takes.RUN)
_RUNS = Argument("runs", Takes.RUNS)
_PAIR = (Argument("left", Takes.RUN), Argument("right", Takes.RUN))
_ALONG = Argument("along", Takes.ALONG, "for paths only")
_DRAWN = (Argument("points", Takes.POSITIVE, "all of the probe"), Argument("seed", Takes.NATURAL, "0"))
_CLOUDS = (Argument("left", Takes.CLOUD), Argument("right", Takes.CLOUD))
_ON = Argument("on", Takes.SPLIT)
_TRAINED = Argument("on", Takes.SPLIT, "the run's training split")
_BY = Argument("by", Takes.RELATION)
_OVER = (Argument("measure", Takes.SEED_MEASURE), Argument("over", Takes.CLASSES))
_MEASURES = (Argument("first", Takes.SEED_MEASURE), Argument("second", Takes.SEED_MEASURE))
_SHARE, _NATS, _COUNT, _PLAIN = "share of examples", "nats", "count", ""


def _flow(meaning: str, *more: Argument) -> MeasureSignature:
    """A count of features of the probability-gradient flow of one seed."""
    return MeasureSignature("flows", (_RUN, *more), Gives.SEED, _COUNT, "0, 1, …", meaning, exact=True)


def _correlation(meaning: str, range_: str, *more: Argument) -> MeasureSignature:
    """A relation between two measures over the seeds."""
    arguments = (*_MEASURES, *more)
    family = "relations between measures"
    return MeasureSignature(family, arguments, Gives.FAMILY, _PLAIN, range_, meaning, computed=True)


def _training(arguments: tuple[Argument, ...], unit: str, range_: str, meaning: str, step: bool) -> MeasureSignature:
    """A computed measure of a run's end, one number a seed."""
    return MeasureSignature("training", arguments, Gives.SEED, unit, range_, meaning, step=step, computed=True)


def _path(arguments: tuple[Argument, ...], unit: str, meaning: str, between: bool = False) -> MeasureSignature:
    """A computed measure of a run's path, one number a seed."""
    return MeasureSignature("paths", arguments, Gives.SEED, unit, "0 or more", meaning, computed=True, between=between)


def _counted(meaning: str, computed: bool) -> MeasureSignature:
    """A count that the plan of a run tells, the same for all seeds."""
    return MeasureSignature("training", (_RUN,), Gives.FAMILY, _COUNT, "0, 1, …", meaning, True, False, computed)


MEASURES: Mapping[str, MeasureSignature] = {
    "accuracy": _training((_RUN, _ON), _SHARE, "0 to 1", "the share of a split that is classified rightly", True),
    "loss": _training((_RUN, _ON), _NATS, "0 or more", "the mean loss of the run over a split", False),
    "gap": _training((_RUN,), _SHARE, "−1 to 1", "the error on the test split less that on the training split", True),
    "norm": _training((_RUN,), "weight", "0 or more", "the Euclidean norm of the trained parameters", False),
    "steps": _counted("the optimiser steps that a run takes", True),
    "trained_parameters": _counted("the number of parameters that are not frozen", True),
    "flops": _counted("the operations of weights that training takes", True),
    "train_time": _training((_RUN,), "seconds", "0 or more", "the time of one core that training took", False),
    "sharpness": _training(
        (_RUN, _TRAINED),
        "curvature",
        "any",
        "the largest eigenvalue of the loss's Hessian at the trained parameters",
        False,
    ),
    "length": _path((_RUN,), "weight", "the Euclidean length of the path of the trained parameters"),
    "width": _path((_RUN, _BY), _NATS, "how far a run is from a descent", True),
    "height": _path((*_PAIR, _BY), _NATS, "the least width of a family of paths between two runs", True),
    "classes": MeasureSignature(
        "paths",
        (_RUNS, _BY),
        Gives.FAMILY,
        _COUNT,
        "1, 2, …",
        "the number of classes of runs under a relation",
        exact=True,
        computed=True,
    ),
    "run_barcode": MeasureSignature(
        "paths", (_RUNS, _BY), Gives.BARCODE, _NATS, "0 or more", "the levels at which runs join"
    ),
    "spread": MeasureSignature(
        "paths",
        _OVER,
        Gives.FAMILY,
        _PLAIN,
        "0 or more",
        "the largest range of a measure within a class",
        computed=True,
    ),
    "separation": MeasureSignature(
        "paths",
        _OVER,
        Gives.FAMILY,
        _PLAIN,
        "0 or more",
        "the least difference between the means of two classes",
        computed=True,
    ),
    "fisher_length": _path(
        (_RUN, _TRAINED), "length", "the length of the path of a run's predictions in the Fisher metric"
    ),
    "betti": MeasureSignature(
        "representations",
        (
            Argument("cloud", Takes.CLOUD),
            Argument("degree", Takes.DEGREE),
            Argument("scale", Takes.SCALES),
            *_DRAWN,
            _ALONG,
        ),
        Gives.SEED,
        _COUNT,
        "0, 1, …",
        "the number of classes of homology that live through a range of scales",
        exact=True,
        computed=True,
    ),
    "cka": MeasureSignature(
        "representations",
        (*_CLOUDS, Argument("kernel", Takes.KERNEL, "linear"), Argument("bandwidth", Takes.WIDTH, "1"), _ALONG),
        Gives.SEED,
        _PLAIN,
        "0 to 1",
        "the centred kernel alignment of two clouds",
        computed=True,
    ),
    "affine_residual": MeasureSignature(
        "representations",
        (*_CLOUDS, _ALONG),
        Gives.SEED,
        _PLAIN,
        "0 to 1",
        "the share of the second cloud's variance that no affine image of the first gives",
        computed=True,
    ),
    "layerwise_affine": MeasureSignature(
        "representations",
        (Argument("cell", Takes.CELL), Argument("on", Takes.PROBE), Argument("along", Takes.ALONG, "the ends alone")),
        Gives.SEED,
        _PLAIN,
        "0 to 1",
        "the largest affine residual of a layer of the two runs that a cell joins; claimed beside the cell",
        computed=True,
    ),
    "loss_barcode": MeasureSignature(
        "loss landscape", (_RUNS,), Gives.BARCODE, _NATS, "0 or more", "the levels at which minima join"
    ),
    "to_score": MeasureSignature(
        "loss landscape",
        (_RUNS, Argument("total", Takes.TOTAL, "sum")),
        Gives.FAMILY,
        _NATS,
        "0 or more",
        "the bars of the loss barcode, taken together",
    ),
    "total_persistence": MeasureSignature(
        "loss landscape",
        (_RUNS, Argument("power", Takes.POSITIVE, "1")),
        Gives.FAMILY,
        _PLAIN,
        "0 or more",
        "the sum of a power of the lengths of the loss barcode",
    ),
    "fill_level": MeasureSignature(
        "loss landscape", _PAIR, Gives.SEED, _NATS, "0 or more", "the level at which the loop of two runs is filled"
    ),
    "mapper": MeasureSignature(
        "weights",
        (
            _RUN,
            Argument("layer", Takes.MAP),
            Argument("lens", Takes.LENS, "density"),
            Argument("cover", Takes.POSITIVE, "10"),
            Argument("count", Takes.FEATURE, "b1"),
        ),
        Gives.SEED,
        _COUNT,
        "0, 1, …",
        "a count of the features of a layer's Mapper graph",
        exact=True,
    ),
    "natural_coordinates": MeasureSignature(
        "weights", (_RUN, Argument("layer", Takes.MAP)), Gives.COORDINATES, _PLAIN, "any", "the coordinates of a layer"
    ),
    "sinks": _flow("the sinks of the flow"),
    "saddles": _flow("the saddles of the flow"),
    "basins": _flow("the basins of the flow"),
    "euler": _flow("the Euler count of the flow's critical points"),
    "conley": _flow("the rank of the flow's Conley index in a degree", Argument("degree", Takes.DEGREE)),
    "decision_manifold": _flow("the Betti number of the decision manifold", Argument("degree", Takes.DEGREE)),
    "r2": _correlation("the share of one measure's variance that the other explains", "0 to 1"),
    "spearman": _correlation("the rank correlation of two measures", "−1 to 1"),
    "kendall": _correlation("the excess of concordant pairs of seeds", "−1 to 1"),
    "partial": _correlation(
        "the correlation of two measures given a third", "−1 to 1", Argument("given", Takes.SEED_MEASURE)
    ),
}


class Distance(NamedTuple):
    """A distance of two clouds or of two barcodes, after `by`, on the scale of the normalised clouds."""

    arguments: tuple[Argument, ...]
    meaning: str
    computed: bool = False

    @property
    def signature(self) -> Signature:
        """The arguments that may be given, and those that must."""
        return _signature(self.arguments)


_DEGREES = Argument("dims", Takes.DEGREES)
_CUTOFF = Argument("cutoff", Takes.WIDTH, "none")

DISTANCES: Mapping[str, Distance] = {
    "bottleneck": Distance(
        (_DEGREES, _CUTOFF, *_DRAWN, _ALONG), "the largest move that carries one diagram to the other", True
    ),
    "wasserstein": Distance(
        (
            _DEGREES,
            Argument("order", Takes.ORDER, "2"),
            Argument("ground", Takes.GROUND, "max"),
            _CUTOFF,
            *_DRAWN,
            _ALONG,
        ),
        "the total move between two diagrams",
        True,
    ),
    "rtd": Distance(
        (_DEGREES, Argument("unit", Takes.UNIT, "quantile"), *_DRAWN, _ALONG),
        "the divergence of two clouds whose points correspond",
        True,
    ),
    "procrustes": Distance((_ALONG,), "the distance of two clouds up to translation, rotation and reflection", True),
}

CONSTANCY = {
    "constant": Signature(("map", "along"), ("map", "along")),
    "compatible": Signature(("map", "by", "along"), ("map", "by", "along")),
    "factors": Signature(("points", "through"), ("points", "through")),
}
"""Properties of a structural map, or of a functor that reads, along a run, and of points over a pullback."""


def parts_of(proposition: Proposition) -> tuple[Proposition, ...]:
    """The propositions that a conjunction joins; any other is its own only part."""
    return proposition.propositions if isinstance(proposition, Conjunction) else (proposition,)


def measures_by_relation(proposition: Proposition) -> Iterator[Measure]:
    """The measures in a comparison that are taken between the levels of a relation."""
    if isinstance(proposition, MeasureProposition):
        yield from (*_by_relation(proposition.left), *_by_relation(proposition.right))


def _by_relation(quantity: Quantity) -> Iterator[Measure]:
    match quantity:
        case Measure(relation=str()):
            yield quantity
        case Combination(_, left, right):
            yield from (*_by_relation(left), *_by_relation(right))


def cells_measured(part: Proposition) -> Iterator[str]:
    """The cells whose runs are measured in a proposition, in a layer each."""
    match part:
        case MeasureProposition(left, _, right):
            yield from (*_cells(left), *_cells(right))
        case CorrelationProposition(correlation):
            yield from _cells(correlation)


def _cells(quantity: Quantity) -> Iterator[str]:
    match quantity:
        case LayerwiseMeasure(cell):
            yield cell
        case Correlation(_, first, second, given):
            yield from (*_cells(first), *_cells(second), *(_cells(given) if given is not None else ()))
        case Combination(_, left, right):
            yield from (*_cells(left), *_cells(right))


def uncomputed(theory: Theory) -> Iterator[Uncomputed]:
    """The measures and distances in claims that this version checks and does not compute, each at its place."""
    for claim in theory.claims.values():
        for part in parts_of(claim.proposition):
            if isinstance(part, MeasureProposition | SeedCountProposition | CountProposition):
                yield from (*_uncomputed(part.left), *_uncomputed(part.right))
            elif isinstance(part, CorrelationProposition):
                yield from _uncomputed(part.correlation)
            elif isinstance(part, ShapeProposition) and not DISTANCES[part.distance].computed:
                yield Uncomputed(part.distance, part.distance_span or claim.span)


def _uncomputed(quantity: Quantity) -> Iterator[Uncomputed]:
    match quantity:
        case Uncomputed():
            yield quantity
        case Correlation(_, first, second, given):
            yield from (*_uncomputed(first), *_uncomputed(second), *(_uncomputed(given) if given is not None else ()))
        case ClassMeasure(name=name, span=span):  # within arithmetic, or beside another measure
            yield Uncomputed(name, span)
        case Combination(_, left, right):
            yield from (*_uncomputed(left), *_uncomputed(right))
