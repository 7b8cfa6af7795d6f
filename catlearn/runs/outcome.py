"""What training came to: trajectories evaluated, cut where they diverge, and recorded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import starmap
from typing import Any

import numpy as np
import torch
from torch import Tensor

from catlearn.network.landscape import NetworkLandscape
from catlearn.plan.ir import TrainJob
from catlearn.runs.program import Program, Task
from catlearn.runs.train import Path
from catlearn.store.record import FrozenHash, RunRecord, without_weights
from catlearn.store.store import block_sha256

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One seed's record, as yet without the digest of its trajectory, and the arrays of its trajectory."""

    record: RunRecord
    arrays: Mapping[str, Array]


@dataclass(frozen=True, slots=True, eq=False)
class _Curves:
    """The losses and the accuracy at each checkpoint of one lane, float64 (checkpoints,): of several tasks the sums of
    the losses and the mean of the accuracies."""

    train_loss: Tensor
    test_loss: Tensor
    test_accuracy: Tensor


def outcomes(program: Program, ended: Mapping[int, Path]) -> Iterator[tuple[int, Outcome]]:
    """The outcomes of some lanes, by their positions, at the ends of their paths. Lanes that read the same inputs are
    evaluated together."""
    sources = {lane: tuple(task.train.source[lane] for task in program.tasks) for lane in ended}
    for read in dict.fromkeys(sources.values()):
        lanes = [lane for lane in ended if sources[lane] == read]
        curves = _evaluate(program, read, [ended[lane].checkpoints for lane in lanes])
        for lane, found in zip(lanes, curves, strict=True):
            yield lane, _outcome(program, lane, ended[lane], found)


def _outcome(program: Program, lane: int, path: Path, curves: _Curves) -> Outcome:
    job, tensors = program.lanes[lane].job, program.network.unflatten(path.checkpoints)
    failure = _divergence(path, curves)
    kept, reason = len(path.steps), None
    if failure is not None:
        kept, what, step = failure
        reason = f"{what} is not finite at step {path.before + step}"
    arrays = {name: tensor[:kept].numpy() for name, tensor in tensors.items()}
    clock = path.end.clock - job.steps + (path.steps[kept - 1] if kept else 0)
    record = RunRecord(
        job=job.digest,
        name=job.name,
        seed=program.lanes[lane].seed,
        status="completed" if failure is None else "diverged",
        reason=reason,
        steps=tuple(path.before + step for step in path.steps[:kept]),
        step=clock,
        train_loss=tuple(curves.train_loss[:kept].tolist()),
        test_loss=tuple(curves.test_loss[:kept].tolist()),
        test_accuracy=tuple(curves.test_accuracy[:kept].tolist()),
        frozen=_hashes(job, arrays, kept),
        trajectory_sha256="",
        seconds=path.seconds,
    )
    return Outcome(record, arrays if failure is not None else {**arrays, **_states(program, lane, path)})


def failed(job: TrainJob, seed: int, reason: str) -> Outcome:
    """The outcome of a seed that cannot start."""
    record = without_weights(job.digest, job.name, seed, "diverged", reason)
    return Outcome(record, {})


def _evaluate(program: Program, sources: Sequence[int], checkpoints: Sequence[Tensor]) -> Iterator[_Curves]:
    """The curves of the checkpoints (checkpoints, all P) of each of some lanes whose tasks read the same sources."""
    points = torch.cat(tuple(checkpoints)) if len(checkpoints) > 1 else checkpoints[0]
    read = zip(program.tasks, sources, strict=True)
    found = [_values(program, task, source, points.to(program.device)) for task, source in read]
    train, test, right = (reduce(torch.add, each).cpu() for each in zip(*found, strict=True))
    values = train, test, right / len(found) if len(found) > 1 else right
    return starmap(
        _Curves, zip(*(torch.split(each, [len(own) for own in checkpoints]) for each in values), strict=True)
    )


def _values(program: Program, task: Task, source: int, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The losses on both splits and the accuracy of a task, float64 (n,) each, at points (n, all P)."""
    train, test = (
        NetworkLandscape(task.layers, split.inputs[source], split.labels, loss=program.job.loss)
        for split in (task.train, task.test)
    )
    own = points if train.space == program.network else train.flatten(program.network.unflatten(points))
    return train.loss(own), *test.loss_and_accuracy(own)


def _divergence(path: Path, curves: _Curves) -> tuple[int, str, int] | None:
    """How many checkpoints are finite, and what is not at which step; None where everything is. A checkpoint is finite
    when its weights, its losses and all batch losses before are."""
    bad_batches = (~path.losses.isfinite()).nonzero().flatten().tolist()
    first = bad_batches[0] + 1 if bad_batches else len(path.losses) + 1
    weights = torch.from_numpy(np.isfinite(path.checkpoints.numpy()).all(1))  # (checkpoints,), in a tenth of the time
    losses = curves.train_loss.isfinite() & curves.test_loss.isfinite()  # (checkpoints,)
    finite = (weights & losses & (torch.tensor(path.steps) < first)).tolist()
    if all(finite):
        return None
    kept = finite.index(False)
    step = min(first, path.steps[kept])
    return kept, "the loss" if step == first or weights[kept] else "a weight", step


def _hashes(job: TrainJob, arrays: Mapping[str, Array], kept: int) -> tuple[FrozenHash, ...]:
    return tuple(FrozenHash(block=frozen.block, sha256=_hash(frozen.block, arrays, kept)) for frozen in job.frozen)


def _hash(block: str, arrays: Mapping[str, Array], kept: int) -> tuple[str, ...]:
    tensors = {name: array for name, array in arrays.items() if name.rpartition(".")[0] == block}
    return tuple(block_sha256({name: array[at] for name, array in tensors.items()}) for at in range(kept))


def _states(program: Program, lane: int, path: Path) -> dict[str, Array]:
    return {
        f"state:{state}:{name}": tensor.numpy()
        for state, values in zip(program.rules[lane].structure.states, path.end.states, strict=True)
        for name, tensor in program.trained.tensors_of(values).items()
    }
