"""The engine as benchmarks use it: a specification's text to a plan, and a plan trained into a store."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from catlearn import verbs
from catlearn.network.data import Data, load
from catlearn.plan.ir import Plan
from catlearn.runs.execute import execute
from catlearn.store.store import Store


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory that is gone afterwards."""
    with TemporaryDirectory(prefix="catlearn-benchmark-") as directory:
        yield Path(directory)


def plan(text: str, directory: Path) -> Plan:
    """The plan of a specification in a directory, where its files are."""
    path = directory / "benchmark.cat"
    path.write_text(text, encoding="utf-8")
    return verbs.compile(path)


def prepared(of: Plan, directory: Path, jobs: Collection[str] = ()) -> Path:
    """A store in a directory that holds the data of a plan, and the runs of some of its jobs."""
    store = Store.open(directory / "prepared")
    for dataset in of.datasets:
        load(dataset, store)
    if jobs:
        execute(of, store, jobs)
    return store.root


def data(of: Plan, prepared: Path) -> Data:
    """The dataset of a plan that has one."""
    (dataset,) = of.datasets
    return load(dataset, Store(prepared))


def trained(of: Plan, prepared: Path) -> None:
    """Train, into a copy of a store and in this process, all runs that it lacks: with evaluation and commits."""
    with scratch() as directory:
        done = execute(of, Store.open(copytree(prepared, directory / "store")))
    assert not done.failed, done.failed
    assert done.trained
