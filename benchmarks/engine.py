"""The engine as benchmarks use it: a specification's text to a plan, and a plan trained into a store."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from catlearn import verbs
from catlearn.network.data import Data, load
from catlearn.plan.ir import Device, Plan
from catlearn.runs.shards import shards, train_shard
from catlearn.store.store import Store


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory that is gone afterwards."""
    with TemporaryDirectory(prefix="catlearn-benchmark-") as directory:
        yield Path(directory)


def plan(text: str, directory: Path, device: Device = "cpu", lanes: int | None = None) -> Plan:
    """The plan of a specification in a directory, where its files are, on a device."""
    path = directory / "benchmark.cat"
    path.write_text(text, encoding="utf-8")
    return verbs.compile(path, device=device, lanes=None if device == "cpu" else lanes)


def prepared(of: Plan, directory: Path, names: Collection[str] = ()) -> Path:
    """A store in a directory that holds the data of a plan, and the runs of these names."""
    store = Store.open(directory / "prepared")
    for dataset in of.datasets:
        load(dataset, store)
    train(of, store, names)
    return store.root


def train(of: Plan, store: Store, names: Collection[str]) -> None:
    """Train the runs of these names that a store lacks, in this process, as a worker does. They start from nothing that
    is missing and is not among them."""
    wanted = {(job.digest, seed) for job in of.train if job.name in names for seed in job.seeds}
    missing = {lane for lane in wanted if store.run_record(*lane) is None}
    while missing:
        for shard in shards(of, missing, workers=1):
            records = train_shard(of, store, shard, lambda _what, _done, _total: None)
            assert all(record.status == "completed" for record in records), records
            missing -= set(shard.lanes)


def data(of: Plan, prepared: Path) -> Data:
    """The dataset of a plan that has one."""
    (dataset,) = of.datasets
    return load(dataset, Store(prepared))


def trained(of: Plan, prepared: Path) -> None:
    """Train, into a copy of a store, all runs that it lacks: with evaluation and commits."""
    with scratch() as directory:
        train(of, Store.open(copied(prepared, directory)), {job.name for job in of.train})


def copied(prepared: Path, directory: Path) -> Path:
    """A copy of a store in another directory."""
    return copytree(prepared, directory / "store")
