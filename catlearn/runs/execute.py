"""Plan -> records: train what is missing, in order, all seeds of a job at once."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from catlearn.network.data import Data, load
from catlearn.network.threads import single_threaded
from catlearn.plan.ir import Plan, StartInit, TrainJob
from catlearn.runs.lanes import begin, block_seeds, parents, read_ends, steps_before
from catlearn.runs.outcome import Outcome, failed, outcome
from catlearn.runs.train import train
from catlearn.store.record import RunRecord
from catlearn.store.store import Store

Progress = Callable[[str, int, int], None]
"""Called with what is done, how much of it, and how much there is in all."""

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
    datasets = {dataset.digest: dataset for dataset in plan.datasets}
    data = cache(lambda digest: load(datasets[digest], store))
    rows: dict[str, list[tuple[str, int]]] = {"trained": [], "reused": [], "failed": []}
    for job in plan.train:
        stored = {seed: store.run_record(job.digest, seed) for seed in wanted[job.digest]}
        missing = [seed for seed, record in stored.items() if record is None]
        new = _Training(job, plan.numerics.lane_width, store, progress or _silent)
        made = {record.seed: record for record in (new.records(missing, data(job.dataset)) if missing else ())}
        for seed, record in stored.items():
            result = "reused" if record else "trained"
            completed = (record or made[seed]).status == "completed"
            rows[result if completed else "failed"].append((job.name, seed))
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


@dataclass(frozen=True, slots=True)
class _Training:
    """One job to be trained into a store."""

    job: TrainJob
    lane_width: int
    store: Store
    progress: Progress

    def records(self, seeds: Sequence[int], data: Data) -> Iterator[RunRecord]:
        """Train some seeds, block by block; each is recorded as soon as its block is done."""
        self.store.write_text(f"runs/{self.job.digest}/job.json", self.job.to_json())
        lost = {seed: reason for seed in seeds if (reason := self._obstacle(seed)) is not None}
        for seed, reason in lost.items():
            yield self._commit(failed(self.job, seed, reason))
        able = [seed for seed in seeds if seed not in lost]
        blocks = [tuple(block) for _, block in groupby(able, lambda seed: block_seeds(seed, self.lane_width))]
        for number, block in enumerate(blocks):
            for found in self._train(block, data, number, len(blocks)):
                yield self._commit(found)

    def _obstacle(self, seed: int) -> str | None:
        """Why a seed cannot start, None where it can."""
        for parent in parents(self.job):
            record = self.store.run_record(parent, seed)
            if record is not None and record.status == "diverged":
                starts = not isinstance(self.job.start, StartInit) and self.job.start.run == parent
                relation = "starts from" if starts else "freezes a block of"
                return f"{relation} run `{record.name}`, seed {seed}, which diverged"
        return None

    def _train(self, seeds: Sequence[int], data: Data, number: int, blocks: int) -> list[Outcome]:
        """Train one block of lanes, and evaluate the lanes of these seeds."""
        begun, done, total = time.perf_counter(), number * self.job.steps, blocks * self.job.steps
        ends = read_ends(self.store, self.job, seeds)
        with single_threaded():
            program, point = begin(self.job, block_seeds(seeds[0], self.lane_width), data, ends)
            path = train(program, point, lambda step: self.progress(f"training {self.job.name}", done + step, total))
            seconds = (time.perf_counter() - begun) / len(seeds)
            before = steps_before(self.job, ends)
            return [outcome(program, path, program.seeds.index(seed), before, seconds) for seed in seeds]

    def _commit(self, found: Outcome) -> RunRecord:
        return self.store.commit_run(found.record, found.arrays)
