"""What is stored of a plan, and what the rest will take of disk and time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catlearn.plan.document import parsed
from catlearn.plan.footprint import alike, trajectory_bytes
from catlearn.plan.ir import Device, Numerics, Plan, RunJob, TrainJob
from catlearn.store.store import Store, StoreError

Lane = tuple[str, int]
"""A train job's digest and a seed."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The lanes of a plan that are stored; the bytes of the trajectories of the others, if none diverges, beside those
    that are free; and the seconds that one core, or a GPU, takes for them, None where nothing like one was trained."""

    stored: frozenset[Lane]
    bytes: int
    free: int
    seconds: float | None


def forecast(plan: Plan, store: Store) -> Forecast:
    """The forecast for a plan. Raises `StoreError`."""
    stored = frozenset((job.digest, seed) for job in plan.runs for seed in job.seeds if _stored(store, job, seed))
    lanes = [(job, seed) for job in plan.train for seed in job.seeds]
    missing = [job for job, seed in lanes if (job.digest, seed) not in stored]
    trained = [job for job in missing if job.imported is None]
    seconds = _seconds(trained, list(_past(store, plan.numerics.device)))
    return Forecast(stored, sum(map(trajectory_bytes, missing)), store.free_bytes(), seconds)


def _stored(store: Store, job: RunJob, seed: int) -> bool:
    record = store.run_record(job.digest, seed)
    return record is not None and record.status != "failed"


def require_space(plan: Plan, store: Store, missing: Iterable[Lane]) -> None:
    """Raises `StoreError` where the trajectories of missing lanes cannot fit on the device of the store."""
    jobs = {job.digest: job for job in plan.train}
    needed, free = sum(trajectory_bytes(jobs[job]) for job, _ in missing), store.free_bytes()
    if needed > free:
        raise StoreError(
            f"{store.root} has {free:,} bytes free, and the trajectories of what is missing take {needed:,}; "
            "free space, choose another directory with --store DIR, or take fewer checkpoints; what is already stored "
            "is intact"
        )


def _seconds(missing: Iterable[TrainJob], past: Iterable[tuple[TrainJob, float]]) -> float | None:
    """The seconds for some lanes, given by their jobs; each as long a step as in the past runs that are like it."""
    speeds: dict[str, float | None] = {}
    total = 0.0
    for job in missing:
        if job.digest not in speeds:
            speeds[job.digest] = _seconds_a_step(job, past)
        speed = speeds[job.digest]
        if speed is None:
            return None
        total += speed * job.steps
    return total


def _seconds_a_step(job: TrainJob, past: Iterable[tuple[TrainJob, float]]) -> float | None:
    times = [(seconds, other.steps) for other, seconds in past if alike(job, other)]
    return sum(seconds for seconds, _ in times) / sum(steps for _, steps in times) if times else None


def _past(store: Store, device: Device) -> Iterator[tuple[TrainJob, float]]:
    """The jobs of the runs in a store that came to their end on a device, with the time that each took."""
    jobs: dict[str, TrainJob | None] = {}
    for digest, seed, _ in store.records():
        if digest not in jobs:
            numerics = parsed(Numerics, store.read_text(f"runs/{digest}/numerics.json"))
            trained = numerics is not None and numerics.device == device
            jobs[digest] = parsed(TrainJob, store.read_text(f"runs/{digest}/job.json")) if trained else None
        job, record = jobs[digest], store.run_record(digest, seed)
        if job is not None and record is not None and record.status == "completed":
            yield job, record.seconds
