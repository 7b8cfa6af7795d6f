"""Plan -> records: what is missing is trained in shards, in an order in which parents come first.

Three rules make this safe with any executor. Results are read from the store and never from an executor. A job is
locked while seeds of it are under way, so that of several processes on one store one trains it and the others wait.
And a shard that is lost, its worker killed or out of memory, is tried again in halves and its last lane once more
alone; what fails then is recorded as failed, and the rest goes on.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from uuid import uuid4

from catlearn.network.data import load
from catlearn.network.device import require
from catlearn.plan.ir import Plan, StartInit, TrainJob, parents
from catlearn.runs.executors.choice import choose
from catlearn.runs.executors.protocol import OUT_OF_MEMORY, Ended, Executor
from catlearn.runs.shards import Progress, Shard, shards
from catlearn.store.forecast import require_space
from catlearn.store.lock import Lock
from catlearn.store.record import RunRecord, Status, without_weights
from catlearn.store.store import Store

PAUSE = 0.2
"""How long to wait before looking again whether another process is done, in seconds."""

LOOK = 1.0
"""How often to look whether seeds of a shard under way have failed, in seconds."""

Lane = tuple[str, int]
"""A train job's digest and a seed."""

Say = Callable[[str], None]
"""Called with a sentence that should be read at once."""

Seeds = tuple[tuple[str, int], ...]
"""Pairs (name of the job, seed)."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one seed of a job; `reused` where the store had it, or another process trained it meanwhile."""

    job: str
    name: str
    seed: int
    status: Status
    reason: str | None
    reused: bool


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of each seed of each job, in the order of the plan."""

    results: tuple[Result, ...]

    @property
    def trained(self) -> Seeds:
        """Trained to their end now."""
        return tuple((row.name, row.seed) for row in self.results if row.status == "completed" and not row.reused)

    @property
    def reused(self) -> Seeds:
        """Found trained to their end."""
        return tuple((row.name, row.seed) for row in self.results if row.status == "completed" and row.reused)

    @property
    def failed(self) -> Seeds:
        """Diverged or failed, now or before."""
        return tuple((row.name, row.seed) for row in self.results if row.status != "completed")


def execute(
    plan: Plan,
    store: Store,
    jobs: Collection[str] | None = None,
    progress: Progress | None = None,
    executor: str | None = None,
    say: Say | None = None,
) -> Executed:
    """Train the seeds that the store lacks, of the jobs of a plan and of all that they start from; `jobs` are
    digests, None for all. What is stored counts as it is: its content is verified when it is read.

    `executor` is `inline`, `local`, `dask` or `dask:ADDRESS`; None trains in this process what is done sooner than
    workers would have started, and the rest in local workers. `say` is told at once of what fails.

    A seed that diverges is a recorded result and stops nothing but what starts from it. One that fails is recorded
    too, and tried again by the next call. Calling again after an interruption, at any moment, gives the bits of an
    uninterrupted call. Raises `StoreError`, `UnknownExecutor`, and `NoSuchDevice` where something is missing and the
    device of the plan's numerics is not there."""
    found = {lane: store.run_record(*lane) for lane in _wanted(plan, jobs)}
    missing = tuple(lane for lane, record in found.items() if record is None or record.status == "failed")
    if not missing:
        return Executed(_results(plan, found, frozenset(found)))
    require(plan.numerics.device)
    require_space(plan, store, missing)
    _load_datasets(plan, store, missing)
    chosen = choose(executor, plan, store, missing)
    work = _Work(plan, store, chosen, progress or _silent, say or _unheard, found, set(missing))
    work.finish()
    return Executed(_results(plan, found, found.keys() - work.own))


def _silent(_what: str, _done: int, _total: int) -> None:
    """No progress is shown."""


def _unheard(_sentence: str) -> None:
    """Nothing is said."""


def _wanted(plan: Plan, jobs: Collection[str] | None) -> list[Lane]:
    """The lanes that are asked for, or that a lane asked for starts from, in the order of the plan."""
    asked = {job.digest: set(job.seeds if jobs is None or job.digest in jobs else ()) for job in plan.train}
    for job in reversed(plan.train):
        for parent in parents(job):
            asked[parent] |= asked[job.digest]
    return [(job.digest, seed) for job in plan.train for seed in sorted(asked[job.digest])]


def _results(plan: Plan, found: dict[Lane, RunRecord | None], reused: Collection[Lane]) -> tuple[Result, ...]:
    names = {job.digest: job.name for job in plan.train}
    return tuple(
        Result(job, names[job], seed, record.status, record.reason, (job, seed) in reused)
        for (job, seed), record in found.items()
        if record is not None
    )


def _load_datasets(plan: Plan, store: Store, missing: Collection[Lane]) -> None:
    """Bring the data of missing lanes into the store, where every worker finds it."""
    jobs = {job for job, _ in missing}
    needed = {dataset for job in plan.train if job.digest in jobs for dataset in job.datasets}
    for dataset in plan.datasets:
        if dataset.digest in needed:
            store.write_text(f"data/{dataset.digest}/dataset.json", dataset.to_json())
            if not store.has_dataset(dataset.digest):
                load(dataset, store)


@dataclass
class _Work:
    """Lanes on their way into the store. `found` and `missing` are brought up to date as they arrive; `own` are
    those that this process trained, `lost` those that were under way once when their worker was lost; `call` stands for
    this call, of which times may be compared with each other."""

    plan: Plan
    store: Store
    executor: Executor
    progress: Progress
    say: Say
    found: dict[Lane, RunRecord | None]
    missing: set[Lane]
    own: set[Lane] = field(default_factory=set)
    lost: set[Lane] = field(default_factory=set)
    locks: dict[str, Lock] = field(default_factory=dict)
    fractions: dict[Shard, float] = field(default_factory=dict)
    steps: dict[Lane, int] = field(default_factory=dict)
    farthest: int = 0
    looked: float = field(default_factory=time.monotonic)
    waited_for: tuple[str, ...] = ()
    call: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        self.jobs = {job.digest: job for job in self.plan.train}
        self.steps = {lane: self.jobs[lane[0]].steps for lane in self.missing}

    def finish(self) -> None:
        """Until nothing is missing: begin what can begin, and hear what has ended."""
        try:
            while self.missing:
                held = self._begin()
                if self.fractions:
                    for ended in self.executor.poll(self._report):
                        self._end(ended)
                elif self.missing and held:
                    self._wait(held)
        except BaseException:
            self.executor.cancel()
            raise
        finally:
            self.executor.close()
            for lock in self.locks.values():
                lock.release()

    # Beginning.

    def _begin(self) -> tuple[str, ...]:
        """Submit what can be trained now; gives the names of jobs that could be, were another process not at it."""
        held: list[str] = []
        able: list[Lane] = []
        for job in self.plan.train:
            lanes = self._ready(job)
            if lanes and not self._locked(job):
                held.append(job.name)
            elif lanes:
                able += [lane for lane in lanes if lane in self.missing and not self._obstructed(job, lane)]
        for shard in shards(self.plan, able, self.executor.workers) if able else ():
            self._submit(shard)
        self._unlock()
        return tuple(held)

    def _ready(self, job: TrainJob) -> list[Lane]:
        """The missing lanes of a job whose parents are there and that are not under way."""
        under_way = {lane for shard in self.fractions for lane in shard.lanes}
        return [
            (job.digest, seed)
            for seed in sorted(seed for digest, seed in self.missing if digest == job.digest)
            if (job.digest, seed) not in under_way
            and not any((parent, seed) in self.missing for parent in parents(job))
        ]

    def _locked(self, job: TrainJob) -> bool:
        """Whether this process may train a job. What another has trained until now is taken over."""
        if job.digest in self.locks:
            return True
        lock = self.store.lock_job(job.digest)
        if lock is None:
            return False
        self.locks[job.digest] = lock
        for lane in [lane for lane in self.missing if lane[0] == job.digest]:
            record = self.store.run_record(*lane)
            if record is not None and record.status == "failed" and record == self.found[lane]:
                self.store.forget_run(*lane)
            elif record is not None:
                self._settle(lane, record)
        self.store.write_text(f"runs/{job.digest}/job.json", job.to_json())
        self.store.write_text(f"runs/{job.digest}/numerics.json", self.plan.numerics.to_json())
        return True

    def _obstructed(self, job: TrainJob, lane: Lane) -> bool:
        """Whether a lane cannot start, because one that it starts from did not come to its end; that is recorded."""
        for parent in parents(job):
            record = self.found[parent, lane[1]]
            if record is not None and record.status != "completed":
                starts = not isinstance(job.start, StartInit) and job.start.run == parent
                relation = "starts from" if starts else "freezes a block of"
                reason = f"{relation} run `{record.name}`, seed {lane[1]}, which {record.status}"
                self._record(lane, record.status, reason)
                return True
        return False

    def _submit(self, lanes: Shard) -> None:
        shard = replace(lanes, call=self.call)
        self.fractions[shard] = 0.0
        self.executor.submit(shard)

    def _unlock(self) -> None:
        """Give back the locks of jobs of which nothing is under way."""
        busy = {job for shard in self.fractions for job, _ in shard.lanes}
        for job in [job for job in self.locks if job not in busy]:
            self.locks.pop(job).release()

    def _wait(self, held: tuple[str, ...]) -> None:
        if held != self.waited_for:
            self.waited_for = held
            self.say(f"waiting for another process, which trains {', '.join(held)} in this store")
        time.sleep(PAUSE)

    # Ending.

    def _end(self, ended: Ended) -> None:
        """Take what a shard has stored, and try again what it has not."""
        del self.fractions[ended.shard]
        left = []
        for lane in filter(self.missing.__contains__, ended.shard.lanes):
            record = self.store.run_record(*lane)
            if record is None:
                left.append(lane)
            else:
                self.own.add(lane)
                self._settle(lane, record)
        if left:
            self._again(tuple(left), ended.obstacle or "its worker stored no result")

    def _again(self, lanes: tuple[Lane, ...], obstacle: str) -> None:
        """Halves of what was lost, or a lane once more alone; then it has failed. Fewer lanes take no less memory of a
        GPU, where programs are filled up."""
        hopeless = self.plan.numerics.device != "cpu" and obstacle.startswith(OUT_OF_MEMORY)
        if hopeless or (len(lanes) == 1 and lanes[0] in self.lost):
            for lane in lanes:
                self._record(lane, "failed", obstacle)
            return
        self.lost.update(lanes)
        self.say(f"{self._names(lanes)}: {obstacle}; trying again, fewer at a time")
        middle = (len(lanes) + 1) // 2
        for part in (lanes[:middle], lanes[middle:]):
            if part:
                self._submit(Shard(part))

    def _names(self, lanes: Collection[Lane]) -> str:
        """`gd, seeds 0, 1; ball, seed 3`."""
        seeds: dict[str, list[int]] = {}
        for job, seed in lanes:
            seeds.setdefault(self.jobs[job].name, []).append(seed)
        return "; ".join(
            f"{name}, {'seed' if len(each) == 1 else 'seeds'} {', '.join(map(str, each))}"
            for name, each in seeds.items()
        )

    def _record(self, lane: Lane, status: Status, reason: str) -> None:
        """Store that a lane did not come to its end."""
        record = without_weights(lane[0], self.jobs[lane[0]].name, lane[1], status, reason)
        self.own.add(lane)
        self._settle(lane, self.store.commit_run(record, {}))

    def _settle(self, lane: Lane, record: RunRecord) -> None:
        """A lane has a result."""
        self.found[lane] = record
        self.missing.discard(lane)
        if record.status != "completed":
            self.say(f"error: {record.name}, seed {record.seed}, {record.status}: {record.reason}")
        self._advance(f"training {record.name}")

    # Progress, in steps of lanes.

    def _report(self, shard: Shard, what: str, done: int, total: int) -> None:
        self.fractions[shard] = done / total if total else 1.0
        if time.monotonic() - self.looked > LOOK:
            self.looked = time.monotonic()
            self._hear_of_failures(shard)
        self._advance(what)

    def _hear_of_failures(self, shard: Shard) -> None:
        """Tell of lanes that have diverged while others of their shard go on."""
        for lane in filter(self.missing.__contains__, shard.lanes):
            record = self.store.run_record(*lane)
            if record is not None and record.status != "completed":
                self.own.add(lane)
                self._settle(lane, record)

    def _advance(self, what: str) -> None:
        """Tell how much is done; never less than was told before, although lost work is done again."""
        under_way = (
            fraction * sum(self.steps[lane] for lane in shard.lanes if lane in self.missing)
            for shard, fraction in self.fractions.items()
        )
        done = sum(steps for lane, steps in self.steps.items() if lane not in self.missing) + int(sum(under_way))
        self.farthest = max(self.farthest, done)
        self.progress(what, self.farthest, sum(self.steps.values()))
