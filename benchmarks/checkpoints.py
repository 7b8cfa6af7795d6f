"""What writing takes of the wall time of training: snapshots on the way, and trajectories and records at the end."""

import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from benchmarks import engine
from benchmarks.harness import Figure, row
from benchmarks.lanes import LARGE, SPECIFICATION
from catlearn.store.store import Store

WRITES = ("commit_run", "write_text", "write_bytes", "remove")
"""The methods of a store that write or remove files."""


def watched(root: Path) -> tuple[Store, list[float]]:
    """A store, and the wall seconds of each of its writes, where they are put as they happen."""
    seconds: list[float] = []
    inside: list[str] = []

    def timed(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def write(*arguments: Any) -> Any:
            inside.append(name)
            began = time.perf_counter()
            try:
                return method(*arguments)
            finally:
                inside.pop()
                seconds.extend(() if inside else (time.perf_counter() - began,))

        return write

    methods = {name: timed(name, getattr(Store, name)) for name in WRITES if hasattr(Store, name)}
    return type("WatchedStore", (Store,), methods)(root), seconds


@row(
    "checkpoints",
    "percent of wall time that writing takes: 8 lanes of the MLP of 118k parameters, 1,050 steps, a checkpoint every 5"
    " epochs",
    at_most=2,
    unit=" %",
    bound="8 trajectories, snapshots and records, each written once and flushed to the disk",
)
def checkpoints() -> Figure:
    """The share of all writes, three times; beside it that with five times as many checkpoints."""
    shares = [100 * share(5) for _ in range(3)]
    return Figure(tuple(shares), f"{100 * share(1):.1f} % with a checkpoint every epoch of 21 steps")


def share(spacing: int) -> float:
    """The share of writes in the wall time of training with a checkpoint every so many epochs."""
    layers = " >> relu >> ".join(f"linear({width})" for width in LARGE)
    text = SPECIFICATION.format(layers=layers, batch=64, epochs=50, spacing=spacing, last=7)
    with engine.scratch() as directory:
        plan = engine.plan(text, directory)
        store, seconds = watched(engine.prepared(plan, directory))
        began = time.perf_counter()
        engine.train(plan, store, ["a"])
        return sum(seconds) / (time.perf_counter() - began)
