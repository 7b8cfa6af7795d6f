"""Plan -> records: train what is missing, each job after what it starts from."""

from collections.abc import Collection
from dataclasses import dataclass

from catlearn.plan.ir import Plan
from catlearn.runs.lanes import parents
from catlearn.runs.shards import Progress, shards, train_shard
from catlearn.store.record import RunRecord
from catlearn.store.store import Store

Seeds = tuple[tuple[str, int], ...]
"""Pairs (name of the job, seed)."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of each seed of each job: trained to its end now, found trained, or diverged, now or before."""

    trained: Seeds
    reused: Seeds
    failed: Seeds


def execute(
    plan: Plan, store: Store, jobs: Collection[str] | None = None, progress: Progress | None = None
) -> Executed:
    """Train the seeds that the store lacks, of the jobs of a plan and of all that they start from; `jobs` are
    digests, None for all. What is stored counts as it is: its content is verified when it is read.

    A seed that diverges is a recorded result and stops nothing but what starts from it. Calling again after an
    interruption, at any moment, gives the bits of an uninterrupted call. Raises `StoreError`."""
    wanted = _wanted(plan, jobs)
    stored = {(job, seed): store.run_record(job, seed) for job, seeds in wanted.items() for seed in seeds}
    records = {lane: record for lane, record in stored.items() if record is not None}
    missing = {lane for lane, record in stored.items() if record is None}
    made: dict[tuple[str, int], RunRecord] = {}
    while missing:
        for shard in shards(plan, missing, workers=1):
            made.update(zip(shard.lanes, train_shard(plan, store, shard, progress or _silent), strict=True))
        missing -= made.keys()
    rows: dict[str, list[tuple[str, int]]] = {"trained": [], "reused": [], "failed": []}
    for job in plan.train:
        for seed in wanted[job.digest]:
            lane = (job.digest, seed)
            completed = (made.get(lane) or records[lane]).status == "completed"
            result = "failed" if not completed else "trained" if lane in made else "reused"
            rows[result].append((job.name, seed))
    return Executed(**{result: tuple(found) for result, found in rows.items()})


def _wanted(plan: Plan, jobs: Collection[str] | None) -> dict[str, tuple[int, ...]]:
    """The seeds of each job that are asked for, or that a job asked for starts from."""
    asked = {job.digest: set(job.seeds if jobs is None or job.digest in jobs else ()) for job in plan.train}
    for job in reversed(plan.train):
        for parent in parents(job):
            asked[parent] |= asked[job.digest]
    return {digest: tuple(sorted(seeds)) for digest, seeds in asked.items()}


def _silent(_what: str, _done: int, _total: int) -> None:
    """No progress is shown."""
