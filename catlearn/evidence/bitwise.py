"""Comparisons bit by bit: the two sides of a law, and a structural map along a run.

Floats are compared by their bits, so that 0.0 differs from -0.0 and a NaN equals itself.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catlearn.evidence.documents import Discrepancy, Member
from catlearn.evidence.model import Model
from catlearn.plan.ir import FrozenBlock


def _bits(array: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.ascontiguousarray(array).view(np.dtype(f"u{array.dtype.itemsize}"))


def first_difference(left: NDArray[np.generic], right: NDArray[np.generic]) -> tuple[int, ...] | None:
    """The index of the first entry at which two arrays of one shape and type differ in bits, None where none does."""
    differing = np.argwhere(_bits(left) != _bits(right))
    return tuple(int(axis) for axis in differing[0]) if len(differing) else None


def compared(
    seed: int, where: str, name: str, left: NDArray[np.generic], right: NDArray[np.generic]
) -> Iterator[Discrepancy]:
    """Where two arrays of one seed differ in bits: their first such entry, or their shapes."""
    if left.shape != right.shape or left.dtype != right.dtype:
        yield Discrepancy(seed=seed, where=where, tensor=name, index=(), left=None, right=None)
        return
    index = first_difference(left, right)
    if index is not None:
        yield Discrepancy(
            seed=seed, where=where, tensor=name, index=index, left=float(left[index]), right=float(right[index])
        )


def _checkpoints(model: Model, path: Sequence[Member]) -> dict[int, tuple[Member, int]]:
    """The checkpoints of a path of runs by the steps taken since `@init`: the run and its index there."""
    found: dict[int, tuple[Member, int]] = {}
    for member in path:
        record = model.record(member)
        found |= {step: (member, index) for index, step in enumerate(record.steps if record else ())}
    return found


def common_steps(model: Model, left: Sequence[Member], right: Sequence[Member]) -> tuple[int, ...]:
    """The steps at which both paths have a checkpoint."""
    return tuple(sorted(_checkpoints(model, left).keys() & _checkpoints(model, right).keys()))


def law_discrepancies(model: Model, left: Sequence[Member], right: Sequence[Member]) -> Iterator[Discrepancy]:
    """Where two paths of runs of one seed differ: ends, weights at common checkpoints, optimiser state at the end."""
    seed = left[0].seed
    first, second = _checkpoints(model, left), _checkpoints(model, right)
    if max(first) != max(second):
        where = f"the ends: {max(first)} steps against {max(second)}"
        yield Discrepancy(seed=seed, where=where, tensor="", index=(), left=None, right=None)
        return
    for before, after in (*pairwise(left), *pairwise(right)):
        end, start = model.end(before), model.weights(after)
        for name in end:
            yield from compared(seed, f"where {after.name} goes on from {before.name}", name, end[name], start[name][0])
    for step in common_steps(model, left, right):
        (run, index), (other, place) = first[step], second[step]
        ours, theirs = model.weights(run), model.weights(other)
        for name in ours:
            yield from compared(seed, f"step {step}", name, ours[name][index], theirs[name][place])
    yield from _state_discrepancies(model, left[-1], right[-1])


def _state_discrepancies(model: Model, left: Member, right: Member) -> Iterator[Discrepancy]:
    ours, theirs = model.state(left), model.state(right)
    for name in sorted(ours.keys() | theirs.keys()):
        if name in ours and name in theirs:
            yield from compared(left.seed, "the end", name, ours[name], theirs[name])
        else:
            yield Discrepancy(seed=left.seed, where="the end", tensor=name, index=(), left=None, right=None)


def motion(model: Model, member: Member, blocks: Sequence[str]) -> Iterator[Discrepancy]:
    """Where the tensors of some blocks move along a run: each checkpoint against the start."""
    record = model.record(member)
    steps = record.steps if record else ()
    for name, array in model.weights(member).items():
        if name.rpartition(".")[0] in blocks:
            for index, step in enumerate(steps):
                yield from compared(member.seed, f"step {step}", name, array[0], array[index])


Reads = Sequence[tuple[str, str]]
"""The blocks of the target of a structural map, each with the block of a run's network that it reads."""


def _image(model: Model, member: Member, reads: Reads) -> dict[str, NDArray[np.float32]]:
    """The image of a run under a structural map at its checkpoints, by `block.tensor` of the map's target."""
    onto: dict[str, list[str]] = {}
    for block, read in reads:
        onto.setdefault(read, []).append(block)
    found: dict[str, NDArray[np.float32]] = {}
    for name, array in model.weights(member).items():
        read, _, tensor = name.rpartition(".")
        found |= {f"{block}.{tensor}": array for block in onto.get(read, ())}
    return found


Images = Sequence[tuple[Member, Reads]]
"""Runs of one seed in order of composition, each with the map under which its image is taken."""


def carried_discrepancies(model: Model, left: Images, right: Images) -> Iterator[Discrepancy]:
    """Where the images of two paths of runs of one seed differ: ends, where runs meet, and at common checkpoints.

    An empty side stays where the other starts. At least one side has runs."""
    if not left or not right:
        yield from _leaves(model, left, right)
        return
    runs = [[member for member, _ in side] for side in (left, right)]
    first, second = (_checkpoints(model, side) for side in runs)
    if max(first) != max(second):
        where = f"the ends: {max(first)} steps against {max(second)}"
        yield Discrepancy(seed=left[0][0].seed, where=where, tensor="", index=(), left=None, right=None)
        return
    yield from _apart(model, (*pairwise(left), *pairwise(right)))
    maps = [dict(side) for side in (left, right)]
    for step in common_steps(model, *runs):
        (run, index), (other, place) = first[step], second[step]
        ours, theirs = _image(model, run, maps[0][run]), _image(model, other, maps[1][other])
        for name in ours:
            yield from compared(run.seed, f"step {step}", name, ours[name][index], theirs[name][place])


def _apart(model: Model, pairs: Sequence[tuple[tuple[Member, Reads], tuple[Member, Reads]]]) -> Iterator[Discrepancy]:
    """Where an image does not start at the end of the one before it."""
    for (before, reads), (after, others) in pairs:
        end, start = _image(model, before, reads), _image(model, after, others)
        where = f"where {after.name} goes on from {before.name}"
        for name in end:
            yield from compared(before.seed, where, name, end[name][-1], start[name][0])


def _leaves(model: Model, left: Images, right: Images) -> Iterator[Discrepancy]:
    """Where the image of the one path that has runs leaves the point at which it starts, where the other stays."""
    path = left or right
    start = {name: array[0] for name, array in _image(model, *path[0]).items()}
    for member, reads in path:
        record = model.record(member)
        for name, array in _image(model, member, reads).items():
            for index, step in enumerate(record.steps if record else ()):
                sides = (array[index], start[name]) if left else (start[name], array[index])
                yield from compared(member.seed, f"step {step}", name, *sides)


def uneven(model: Model, sides: Images, frozen: Sequence[FrozenBlock]) -> Iterator[Discrepancy]:
    """Where points of one seed over a pullback do not come from one point of it.

    The only point from which they can come is put together of what they say of its blocks, what it is frozen at first;
    it is that point where every leg gives back what the point under it has."""
    apex: dict[str, tuple[str, NDArray[np.floating[Any]]]] = {}
    seed = sides[0][0].seed
    held = [(_point(model, block.run, seed), ((block.block, block.there),)) for block in frozen]
    said = [(member, (pair,)) for member, reads in (*held, *sides) for pair in reads]
    for member, pair in said:
        for name, array in _image(model, member, pair).items():
            source, value = apex.setdefault(name, (member.name, array[-1]))
            yield from compared(seed, f"the end of {source} against that of {member.name}", name, value, array[-1])


def _point(model: Model, run: str, seed: int) -> Member:
    return Member(job=run, name=model.run_job(run).name, seed=seed)


def misplaced(model: Model, member: Member) -> Iterator[Discrepancy]:
    """Where the frozen blocks of a run are not the values at the end of the run that they were frozen at."""
    for frozen in model.frozen(member.job):
        point = Member(job=frozen.run, name=model.run_job(frozen.run).name, seed=member.seed)
        ours, theirs = model.weights(member), model.end(point)
        for name in ours:
            block, _, tensor = name.rpartition(".")
            if block == frozen.block:
                where, value = f"the start, against the end of {point.name}", theirs[f"{frozen.there}.{tensor}"]
                yield from compared(member.seed, where, name, ours[name][0], value)
