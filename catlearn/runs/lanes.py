"""Where runs begin: the lanes of a block of seeds, filled from `@init` or from the ends of stored runs.

Seed s always trains in lane s mod width of block s // width. Lanes whose seed is not asked for are filled with the
initial values of that seed, so that every block runs in the same shapes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from catlearn.network.parameters import parameter_space
from catlearn.network.randomness import initial_parameters
from catlearn.plan.ir import StartInit, StartResume, TrainJob
from catlearn.runs.program import Program
from catlearn.runs.train import Point
from catlearn.store.record import RunRecord
from catlearn.store.store import Store

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """The ends of a stored run's seeds: their tensors without the checkpoint dimension, and their records."""

    tensors: Mapping[int, Mapping[str, Array]]
    records: Mapping[int, RunRecord]


def ends(store: Store, run: str, seeds: Collection[int]) -> Ends:
    """The ends of the seeds of a run, all of which are completed. Raises `CorruptFile`."""
    records = {seed: record for seed in seeds if (record := store.run_record(run, seed)) is not None}
    return Ends({seed: _end(store.trajectory(run, seed)) for seed in seeds}, records)


def _end(trajectory: Mapping[str, Array]) -> dict[str, Array]:
    return {name: array if name.startswith("state:") else array[-1] for name, array in trajectory.items()}


def frozen_tensors(job: TrainJob, seeds: tuple[int, ...], runs: Mapping[str, Ends]) -> dict[str, Tensor]:
    """The frozen tensors (lanes, …) of a job, each from the end of the run that its block names."""
    drawn = [initial_parameters(job.layers, seed) for seed in seeds]
    frozen = {}
    for block in job.frozen:
        found = runs[block.run].tensors
        for layer in job.layers:
            for tensor in layer.tensors if layer.block == block.block else ():
                name = f"{block.block}.{tensor.name}"
                frozen[name] = _stacked(name, seeds, found, [lane[name] for lane in drawn])
    return frozen


def start(program: Program, runs: Mapping[str, Ends]) -> Point:
    """Where all lanes of a program begin."""
    source = program.job.start
    found = None if isinstance(source, StartInit) else runs[source.run]
    theta = _parameters(program, {} if found is None else found.tensors)
    states = program.update.initial(theta)
    if found is None or not isinstance(source, StartResume):
        return Point(theta, states, clock=0)
    continued = zip(program.update.states, states, strict=True)
    clock = next(iter(found.records.values())).step
    return Point(theta, tuple(_state(program, found, name, fresh) for name, fresh in continued), clock)


def steps_before(job: TrainJob, runs: Mapping[str, Ends]) -> int:
    """The steps from `@init` to the start of a job."""
    return 0 if isinstance(job.start, StartInit) else next(iter(runs[job.start.run].records.values())).steps[-1]


def _parameters(program: Program, found: Mapping[int, Mapping[str, Array]]) -> Tensor:
    drawn = [initial_parameters(program.job.layers, seed) for seed in program.seeds]
    names = [name for name, _ in program.trained.tensors]
    return program.trained.flatten(
        {name: _stacked(name, program.seeds, found, [lane[name] for lane in drawn]) for name in names}
    )


def _state(program: Program, found: Ends, state: str, fresh: Tensor) -> Tensor:
    """A state (lanes, P) at the end of the resumed run; what that run did not have begins afresh."""
    filled = program.trained.unflatten(fresh)
    return program.trained.flatten(
        {
            name: _stacked(f"state:{state}:{name}", program.seeds, found.tensors, list(tensor))
            for name, tensor in filled.items()
        }
    )


def _stacked(
    name: str, seeds: tuple[int, ...], found: Mapping[int, Mapping[str, Array]], otherwise: list[Tensor]
) -> Tensor:
    """One tensor a lane: the stored one of the lane's seed, else the given one."""
    return torch.stack(
        [torch.tensor(found.get(seed, {}).get(name, other)) for seed, other in zip(seeds, otherwise, strict=True)]
    )
