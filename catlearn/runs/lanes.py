"""Where runs begin: the lanes of a block of seeds, filled from `@init` and from the ends of stored runs.

Seed s always trains in lane s mod width of block s // width. Lanes whose seed is not asked for are filled with the
initial values of that seed, so that every block runs in the same shapes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from catlearn.network.data import Data
from catlearn.network.randomness import initial_parameters
from catlearn.plan.ir import StartInit, StartResume, TrainJob
from catlearn.runs.program import Program, prepare
from catlearn.runs.train import Point
from catlearn.store.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """The end of one stored run: its tensors `block.tensor` and `state:<name>:block.tensor`, its clock, and its
    steps from `@init`."""

    tensors: Mapping[str, Tensor]
    clock: int
    steps: int


Ends = Mapping[str, Mapping[int, End]]
"""The ends of the runs that a job starts from, by the digest of their job and by seed."""


def block_seeds(seed: int, width: int) -> tuple[int, ...]:
    """The seeds of the block in which a seed trains, in the order of the lanes."""
    first = seed - seed % width
    return tuple(range(first, first + width))


def parents(job: TrainJob) -> tuple[str, ...]:
    """The digests of the jobs that a job starts from or takes frozen blocks from."""
    started = () if isinstance(job.start, StartInit) else (job.start.run,)
    return tuple(dict.fromkeys((*started, *(block.run for block in job.frozen))))


def read_ends(store: Store, job: TrainJob, seeds: Collection[int]) -> Ends:
    """The ends of the parents of a job; all of these seeds of theirs are completed. Raises `CorruptFile`."""
    return {parent: {seed: _read_end(store, parent, seed) for seed in seeds} for parent in parents(job)}


def _read_end(store: Store, run: str, seed: int) -> End:
    arrays = store.trajectory(run, seed)
    last = {name: array if name.startswith("state:") else array[-1] for name, array in arrays.items()}
    record = store.run_record(run, seed)
    assert record is not None
    return End({name: torch.from_numpy(np.array(array)) for name, array in last.items()}, record.step, record.steps[-1])


def begin(job: TrainJob, seeds: tuple[int, ...], data: Data, ends: Ends) -> tuple[Program, Point]:
    """The program of a block of seeds and the point at which its lanes begin."""
    lanes = [_values(job, seed, ends) for seed in seeds]
    blocks = {block.block for block in job.frozen}
    frozen = {name: torch.stack([lane[name] for lane in lanes]) for name in lanes[0] if _block(name) in blocks}
    program = prepare(job, seeds, data, frozen)
    names = [name for name, _ in program.trained.tensors]
    theta = program.trained.flatten({name: torch.stack([lane[name] for lane in lanes]) for name in names})
    fresh = zip(program.update.states, program.update.initial(theta), strict=True)
    states = tuple(_state(program, lanes, name, values) for name, values in fresh)
    return program, Point(theta, states, _clock(job, ends))


def steps_before(job: TrainJob, ends: Ends) -> int:
    """The steps from `@init` to the start of a job."""
    return 0 if isinstance(job.start, StartInit) else _any_end(ends[job.start.run]).steps


def _clock(job: TrainJob, ends: Ends) -> int:
    return _any_end(ends[job.start.run]).clock if isinstance(job.start, StartResume) else 0


def _any_end(ends: Mapping[int, End]) -> End:
    return next(iter(ends.values()))


def _values(job: TrainJob, seed: int, ends: Ends) -> dict[str, Tensor]:
    """All tensors that a lane begins with: drawn, then those of the run that it starts from, then frozen ones."""
    values = initial_parameters(job.layers, seed)
    if not isinstance(job.start, StartInit) and seed in ends[job.start.run]:
        resumed = isinstance(job.start, StartResume)
        stored = ends[job.start.run][seed].tensors
        values.update((name, tensor) for name, tensor in stored.items() if resumed or not name.startswith("state:"))
    for block in job.frozen:
        if seed in ends[block.run]:
            stored = ends[block.run][seed].tensors
            values.update((name, tensor) for name, tensor in stored.items() if _block(name) == block.block)
    return values


def _block(name: str) -> str:
    """The block of `block.tensor`."""
    return name.rpartition(".")[0]


def _state(program: Program, lanes: list[dict[str, Tensor]], state: str, fresh: Tensor) -> Tensor:
    """A state (lanes, P): continued in lanes that resume, begun afresh in the others."""
    filled = program.trained.unflatten(fresh)
    return program.trained.flatten(
        {
            name: torch.stack([lane.get(f"state:{state}:{name}", new) for lane, new in zip(lanes, values, strict=True)])
            for name, values in filled.items()
        }
    )
