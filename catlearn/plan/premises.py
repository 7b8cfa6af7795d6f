"""The laws on which a claim rests: those by which a point that it takes for one is the end of several runs.

`A@gd` may be where `gd` ends and where `half >> rest` does, if a law says that these are equal. What reads, starts or
freezes at this point takes one of them, and speaks of the other only if the law holds.
"""

from collections.abc import Iterable, Iterator

from catlearn.plan.naming import shown_names
from catlearn.theory.measures import parts_of
from catlearn.theory.theory import (
    CloudMeasure,
    Combination,
    ConeProposition,
    Correlation,
    CorrelationProposition,
    LawProposition,
    MeasureProposition,
    Proposition,
    Quantity,
    Run,
    SeedCountProposition,
    ShapeProposition,
    Theory,
)


def laws_behind(theory: Theory, proposition: Proposition, runs: Iterable[Run]) -> tuple[str, ...]:
    """The laws on which a proposition about some runs, and all that they start from, rests; but those it is itself."""
    parts = parts_of(proposition)
    ends = {
        *(end for part in parts for end in _ends_read(part)),
        *(end for run in runs for end in _ends_taken(theory, run)),
    }
    own = {part.law for part in parts if isinstance(part, LawProposition)}
    names = shown_names(theory)
    return tuple(names[law] for law in theory.laws if law not in own and _joins(theory, law) & ends)


def _joins(theory: Theory, law: str) -> set[str]:
    """The runs that a law makes end at one point; none where both sides end with the same run."""
    found = theory.laws[law]
    last = {side[-1] for side in (found.left, found.right) if side} if found.images is None else set()
    return last if len(last) > 1 else set()


def _ends_taken(theory: Theory, run: Run) -> Iterator[str]:
    """The runs at whose ends a run starts, other than by resuming, or blocks of it are frozen."""
    if run.start_run is not None and run.resume is None:
        yield run.start_run
    pullback = theory.fibre(run.space)
    if pullback is not None:
        yield pullback.point_run


def _ends_read(part: Proposition) -> Iterator[str]:
    """The runs whose ends a proposition names as points."""
    match part:
        case ShapeProposition():
            yield from (cloud.run for cloud in part.clouds if not cloud.path)
        case ConeProposition(_, sides):
            yield from (side.run for side in sides)
        case MeasureProposition(left, _, right) | SeedCountProposition(left, _, right):
            yield from (*_ends_measured(left), *_ends_measured(right))
        case CorrelationProposition(correlation):
            yield from _ends_measured(correlation)


def _ends_measured(quantity: Quantity) -> Iterator[str]:
    match quantity:
        case CloudMeasure(_, clouds):
            yield from (cloud.run for cloud in clouds if not cloud.path)
        case Combination(_, left, right):
            yield from (*_ends_measured(left), *_ends_measured(right))
        case Correlation(_, first, second, given):
            for inner in (first, second, given):
                yield from _ends_measured(inner) if inner is not None else ()
