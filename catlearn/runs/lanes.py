"""Where runs begin: lanes filled from `@init` and from the ends of stored runs."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from catlearn.network.data import Data
from catlearn.network.device import CPU
from catlearn.network.normalisation import initial_buffers
from catlearn.network.parameters import buffer_space, parameter_space, whole_space
from catlearn.network.randomness import initial_parameters
from catlearn.plan.ir import StartInit, StartResume, parents
from catlearn.runs.instructions import Rule
from catlearn.runs.program import Lane, Program, frozen_blocks, prepare
from catlearn.runs.train import Path, Point
from catlearn.runs.update import initial_states
from catlearn.store.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """The end of one stored run: its tensors `block.tensor` and `state:<name>:block.tensor`, its clock, and its
    steps from `@init`."""

    tensors: Mapping[str, Tensor]
    clock: int
    steps: int


Ends = Mapping[str, End]
"""The ends of the runs of one seed from which a job of that seed begins, by the digest of their job."""


def read_ends(store: Store, lane: Lane) -> Ends:
    """The ends of the parents of a lane, all of which are completed. Raises `CorruptFile`."""
    return {parent: _read_end(store, parent, lane.seed) for parent in parents(lane.job)}


def _read_end(store: Store, run: str, seed: int) -> End:
    arrays = store.trajectory(run, seed)
    last = {name: array if name.startswith("state:") else array[-1] for name, array in arrays.items()}
    record = store.run_record(run, seed)
    assert record is not None
    return End({name: torch.from_numpy(np.array(array)) for name, array in last.items()}, record.step, record.steps[-1])


def begin(
    lanes: Sequence[Lane], ends: Sequence[Ends], data: Sequence[Data], device: torch.device = CPU, least: int = 1
) -> tuple[Program, tuple[Path, ...]]:
    """The program of some lanes on a device, and the paths, as yet without a step, with which they begin. It has them
    in an order in which rules of one structure stand together, and products of at least so many lanes."""
    values = [_values(lane, found) for lane, found in zip(lanes, ends, strict=True)]
    began = time.thread_time()
    blocks = frozen_blocks(lanes[0].job)
    frozen = [{name: tensor for name, tensor in tensors.items() if _block(name) in blocks} for tensors in values]
    program = prepare(lanes, data, frozen, device, least)
    structures = list(dict.fromkeys(rule.structure for rule in program.rules))
    order = sorted(range(len(lanes)), key=lambda lane: structures.index(program.rules[lane].structure))
    seconds = (time.thread_time() - began) / len(lanes)
    starts = [_start(program.rules[lane], lanes[lane], values[lane], ends[lane]) for lane in order]
    paths = [replace(path, seconds=seconds) for path in starts]
    return program.only(order), tuple(paths)


def _start(rule: Rule, lane: Lane, values: Mapping[str, Tensor], ends: Ends) -> Path:
    """The path of a lane before its first step: it begins with these tensors."""
    job = lane.job
    blocks = frozen_blocks(job)
    trained, buffers = parameter_space(job.layers, blocks), buffer_space(job.layers, blocks).point(values)
    theta = trained.point(values)
    states, clock = initial_states(rule, theta), 0
    started = None if isinstance(job.start, StartInit) else ends[job.start.run]
    if started is not None and isinstance(job.start, StartResume):
        named, clock = zip(rule.structure.states, states, strict=True), started.clock
        states = tuple(trained.point(_continued(name, trained.tensors_of(state), values)) for name, state in named)
    before = 0 if started is None else started.steps
    return Path(
        before,
        Point(theta, states, clock, buffers),
        (0,),
        whole_space(job.layers).point(values).unsqueeze(0),
        torch.empty(0),
    )


def _continued(state: str, fresh: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a state: continued where the lane resumes, else fresh ones."""
    return {tensor: values.get(f"state:{state}:{tensor}", new) for tensor, new in fresh.items()}


def _values(lane: Lane, ends: Ends) -> dict[str, Tensor]:
    """All tensors that a lane begins with: drawn, then those of the run that it starts from, then frozen ones."""
    job = lane.job
    values = initial_parameters(job.layers, lane.seed) | initial_buffers(job.layers)
    if not isinstance(job.start, StartInit):
        resumed = isinstance(job.start, StartResume)
        stored = ends[job.start.run].tensors
        values.update((name, tensor) for name, tensor in stored.items() if resumed or not name.startswith("state:"))
    for block in job.frozen:
        stored = ends[block.run].tensors
        values.update((_under(block.block, name), own) for name, own in stored.items() if _block(name) == block.there)
    return values


def _under(block: str, name: str) -> str:
    """A tensor's name with another block."""
    return f"{block}.{name.rpartition('.')[2]}"


def _block(name: str) -> str:
    """The block of `block.tensor`."""
    return name.rpartition(".")[0]
