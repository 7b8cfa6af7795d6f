"""Shards: lanes that train together, as the unit of work of an executor.

A shard is idempotent: what is committed is not trained again, and each lane is committed as soon as it is at its end.
"""

import platform
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil, prod
from uuid import getnode

import torch

from catlearn.network.data import Data, load
from catlearn.network.device import reproducible
from catlearn.network.threads import single_threaded
from catlearn.plan.ir import Numerics, Plan, StartInit, StartResume, TrainJob, every_layer, parents
from catlearn.runs import partial
from catlearn.runs.lanes import begin, read_ends
from catlearn.runs.memory import keep_freed_memory
from catlearn.runs.outcome import failed, outcomes
from catlearn.runs.program import Lane, frozen_blocks, frozen_prefix, shared, written_out
from catlearn.runs.train import Training, Watch, train
from catlearn.store import snapshots
from catlearn.store.record import RunRecord
from catlearn.store.store import Store

Progress = Callable[[str, int, int], None]
"""Called with what is done, how much of it, and how much there is in all."""

_CACHE = 20 << 20
"""Bytes that the lanes of a program may hold: what a core has of its caches, of the second and the third level."""

_MOST, _LEAST = 64, 2
"""The lanes of a program: beyond the one nothing is gained, and below the other calls cost more than numbers."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Lanes that train as one program: pairs (digest of the job, seed); `call` is that of `execute` that asks for them,
    empty where times are not compared."""

    lanes: tuple[tuple[str, int], ...]
    call: str = ""


def shards(plan: Plan, missing: Collection[tuple[str, int]], workers: int) -> tuple[Shard, ...]:
    """The missing lanes that can start, because none of their parents is missing, as shards: lanes are put together
    that share a program, and so many that the shards suffice for the workers; on a GPU, where fewer take as long, as
    many as a program has. In the order of the plan."""
    lacking: dict[str, list[int]] = {}
    for digest, seed in sorted(missing):
        lacking.setdefault(digest, []).append(seed)
    alike: dict[tuple[object, ...], list[tuple[str, int]]] = {}
    for job in plan.train:
        ready = [seed for seed in lacking.get(job.digest, ()) if not _waits(job, seed, missing)]
        if ready:
            alike.setdefault((*shared(job), starting_clock(plan, job)), []).extend((job.digest, seed) for seed in ready)
    jobs, share = {job.digest: job for job in plan.train}, ceil(sum(map(len, alike.values())) / workers)
    return tuple(
        Shard(tuple(lanes[at : at + size]))
        for lanes in alike.values()
        for size in (plan.numerics.lanes or min(share, lanes_per_program(jobs[lanes[0][0]])),)
        for at in range(0, len(lanes), size)
    )


def lanes_per_program(job: TrainJob) -> int:
    """How many lanes of a job train fastest as one program: as many as stay in the cache together. A frozen prefix is
    not among them: no step evaluates it, and the fewer programs there are, the fewer times it is evaluated at all.

    Measured on one core with 1, 2, 4, … 64 lanes: of 131 to 13,098 parameters, 64 lanes are the fastest; of 118,282, 8;
    of 535,818, 2 to 4; of 1,126,410, 1 or 2. The row `lanes-any` of docs/benchmarks.md has the figures."""
    return max(_LEAST, min(_MOST, _CACHE // (4 * _held(job))))


def _held(job: TrainJob) -> int:
    """The numbers that a step of a lane reads and writes: its parameters, their gradient and the states; and for each
    example of a batch the numbers between its layers and the gradient there. Autograd has both gradients twice, and the
    numbers between layers before and behind functions."""
    frozen = frozen_blocks(job)
    stepped = [layers[frozen_prefix(layers, frozen) :] for layers in job.networks]
    blocks = {layer.block: layer for layers in stepped for layer in every_layer(layers)}
    parameters = sum(prod(tensor.shape) for layer in blocks.values() for tensor in layer.tensors)
    inputs = sum(prod(layers[0].input_shape) for layers in stepped)
    written = written_out(job, stepped)
    if written is not None:
        between = inputs + 2 * sum(prod(layer.linear.output_shape) for layer in written)
        return (2 + len(job.rule.states)) * parameters + job.batch * between
    between = inputs + sum(prod(layer.output_shape) for layers in stepped for layer in every_layer(layers))
    return (3 + len(job.rule.states)) * parameters + 3 * job.batch * between


def starting_clock(plan: Plan, job: TrainJob) -> int:
    """The clock at which a job begins: the steps since the optimiser and the data were started afresh."""
    jobs, clock = {other.digest: other for other in plan.train}, 0
    while isinstance(job.start, StartResume):
        job = jobs[job.start.run]
        clock += job.steps
    return clock


def _waits(job: TrainJob, seed: int, missing: Collection[tuple[str, int]]) -> bool:
    return any((parent, seed) in missing for parent in parents(job))


def train_shard(plan: Plan, store: Store, shard: Shard, progress: Progress) -> tuple[RunRecord, ...]:
    """Train the lanes of a shard that the store lacks; the records of all its lanes, in its order. A lane that
    diverges, or cannot start because what it starts from diverged, is a recorded result.

    Calling again after an interruption, at any moment, gives the bits of an uninterrupted call. Raises `StoreError`."""
    jobs = {job.digest: job for job in plan.train}
    lanes = [Lane(jobs[digest], seed) for digest, seed in shard.lanes]
    found = {lane: store.run_record(lane.job.digest, lane.seed) for lane in lanes}
    records = {lane: record for lane, record in found.items() if record is not None}
    for job in {lane.job.digest: lane.job for lane in lanes if lane not in records}.values():
        store.write_text(f"runs/{job.digest}/job.json", job.to_json())
    for lane in lanes:
        reason = None if lane in records else _obstacle(store, lane)
        if reason is not None:
            lost = failed(lane.job, lane.seed, reason)
            records[lane] = store.commit_run(lost.record, lost.arrays)
    missing = [lane for lane in lanes if lane not in records]
    if missing:
        datasets = {dataset.digest: dataset for dataset in plan.datasets}
        data = [load(datasets[digest], store) for digest in missing[0].job.datasets]
        records.update(_trained(store, missing, data, plan.numerics, progress, _session(shard.call)))
    return tuple(records[lane] for lane in lanes)


def _obstacle(store: Store, lane: Lane) -> str | None:
    """Why a lane cannot start, None where it can."""
    for parent in parents(lane.job):
        record = store.run_record(parent, lane.seed)
        if record is not None and record.status != "completed":
            starts = not isinstance(lane.job.start, StartInit) and lane.job.start.run == parent
            relation = "starts from" if starts else "freezes a block of"
            return f"{relation} run `{record.name}`, seed {lane.seed}, which {record.status}"
    return None


def _session(call: str) -> str:
    """What stands for a call on this machine: times are compared within one. It tells nothing of the machine."""
    return sha256(f"{call} {getnode()} {platform.processor()}".encode()).hexdigest()[:16] if call else ""


def _trained(
    store: Store, lanes: Sequence[Lane], data: Sequence[Data], arithmetic: Numerics, progress: Progress, session: str
) -> Iterator[tuple[Lane, RunRecord]]:
    """Train lanes from where they stand, side by side those that stand at one clock, and commit each. The time of a
    lane that another session began is of none."""
    keep_freed_memory()
    device = torch.device(arithmetic.device)
    with single_threaded(), reproducible(device):
        ends = [read_ends(store, lane) for lane in lanes]
        program, fresh = begin(lanes, ends, data, device, arithmetic.lanes or 1)
        found = [partial.read(store, lane) for lane in program.lanes]
        paths = [path or start for (_, path), start in zip(found, fresh, strict=True)]
        whole = {lane for lane, path in zip(program.lanes, paths, strict=True) if not path.taken}
        report = _Report(progress, lanes, sum(path.taken for path in paths))
        for clock in sorted({path.end.clock for path in paths}):
            together = [position for position, path in enumerate(paths) if path.end.clock == clock]
            part = program.only(together)
            keeper = partial.Keeper(store, [found[position][0] for position in together], paths[together[0]].size)
            for ended in train(part, [paths[lane] for lane in together], _both(report, keeper)):
                for position, made in outcomes(part, ended):
                    lane = part.lanes[position]
                    record = made.record.model_copy(update={"session": session if lane in whole else ""})
                    yield lane, store.commit_run(record, made.arrays)
                    snapshots.drop(store, made.record.job, made.record.seed)


class _Report:
    """Tells of the steps of all lanes, once an epoch."""

    def __init__(self, progress: Progress, lanes: Sequence[Lane], done: int) -> None:
        self._progress, self._what, self._done = progress, f"training {_names(lanes)}", done
        self._total = sum(lane.job.steps for lane in lanes)

    def __call__(self, training: Training) -> None:
        self._done += len(training.lanes)
        if training.count % training.program.epoch_steps == 0 or self._done == self._total:
            self._progress(self._what, self._done, self._total)


def _both(first: Watch, second: Watch) -> Watch:
    def watch(training: Training) -> None:
        first(training)
        second(training)

    return watch


def _names(lanes: Sequence[Lane]) -> str:
    """The names of the jobs of some lanes, the first three of them."""
    names = list(dict.fromkeys(lane.job.name for lane in lanes))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
