"""What a store has of a run, and what it was before the run changed: the answer to `catlearn why`."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catlearn.plan.changes import Change, Past, changes
from catlearn.plan.document import parsed
from catlearn.plan.ir import Numerics, Plan, RunJob, TrainJob, parents
from catlearn.store.record import RunRecord
from catlearn.store.store import Store

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """The seeds of a job by what became of them, and where none is trained the changes since an earlier run of its
    name, None where there was none. `begun` says that it has been started, `under_way` that a living process is at
    it."""

    completed: tuple[int, ...]
    diverged: tuple[int, ...]
    failed: tuple[RunRecord, ...]
    missing: tuple[int, ...]
    begun: bool
    under_way: bool
    changed: tuple[Change, ...] | None


def history(plan: Plan, store: Store, job: RunJob) -> History:
    """What a store has of a job of a plan. Raises `StoreError`."""
    records = {seed: store.run_record(job.digest, seed) for seed in job.seeds}
    of = {
        status: tuple(seed for seed, record in records.items() if record is not None and record.status == status)
        for status in ("completed", "diverged")
    }
    missing = tuple(seed for seed, record in records.items() if record is None)
    return History(
        of["completed"],
        of["diverged"],
        tuple(record for record in records.values() if record is not None and record.status == "failed"),
        missing,
        store.read_text(f"runs/{job.digest}/job.json") is not None,
        store.is_locked(job.digest),
        _changed(plan, store, job) if len(missing) == len(records) else None,
    )


def last_numerics(store: Store) -> Numerics | None:
    """Those of the plan that a store holds, None where it has none that can be read. Raises `StoreError`."""
    plan = parsed(Plan, store.read_text("plan.json"))
    return None if plan is None else plan.numerics


def _changed(plan: Plan, store: Store, job: RunJob) -> tuple[Change, ...] | None:
    """The changes since the run of the same name that is most like a job; None where the store has had none."""
    now = _present(plan, job)
    known = {each.digest for each in plan.runs}
    old = [_past(store, digest) for digest, name in _names(store) if name == job.name and digest not in known]
    found = [changes(past, now) for past in old if past is not None]
    return min(found, key=len) if found else None


def _present(plan: Plan, job: RunJob) -> Past:
    jobs = {each.digest: each for each in plan.runs}
    datasets = {each.digest: each.model_dump(mode="json") for each in plan.datasets}
    before = {digest: _present(plan, jobs[digest]) for digest in parents(job)}
    dataset = datasets.get(job.dataset) if isinstance(job, TrainJob) else None
    return Past(job.model_dump(mode="json"), dataset, plan.numerics.model_dump(mode="json"), before)


def _past(store: Store, digest: str) -> Past | None:
    """A job that was trained into a store, with those that it started from."""
    job = _object(store, f"runs/{digest}/job.json")
    if job is None:
        return None
    runs = [str(job.get("start", {}).get("run", "")), *(str(each.get("run", "")) for each in job.get("frozen", ()))]
    before = {run: past for run in runs if _DIGEST.fullmatch(run) and (past := _past(store, run)) is not None}
    dataset = str(job.get("dataset", ""))
    described = _object(store, f"data/{dataset}/dataset.json") if _DIGEST.fullmatch(dataset) else None
    return Past(job, described, _object(store, f"runs/{digest}/numerics.json"), before)


_DIGEST = re.compile(r"[0-9a-f]{32}")


def _names(store: Store) -> Iterator[tuple[str, str]]:
    """The digests and names of the jobs that were trained into a store, the latest first."""
    files: list[Path] = sorted(store.root.glob("runs/*/job.json"), key=_changed_at, reverse=True)
    for file in files:
        if _DIGEST.fullmatch(file.parent.name):
            job = _object(store, f"runs/{file.parent.name}/job.json")
            if job is not None:
                yield file.parent.name, str(job.get("name"))


def _changed_at(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _object(store: Store, path: str) -> Object | None:
    """A stored JSON object, None where there is none."""
    try:
        found = json.loads(store.read_text(path) or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
