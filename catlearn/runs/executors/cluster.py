"""Dask distributed (extra `cluster`): an embedded cluster of two workers on this machine, or one that runs elsewhere.

All workers must reach the store under the same path, and have the same catlearn and the same data. The embedded
cluster is bound to the loopback interface, and gives a shard up as soon as its worker dies: trying again is decided
by `catlearn.runs.execute`. Set `distributed.scheduler.allowed-failures` to 0 on a cluster of your own for the same;
otherwise it trains a lost shard again by itself, which wastes time and changes no result.
"""

from collections import deque
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, wait

from catlearn.runs.executors.messages import Done, Order, answer, line, order
from catlearn.runs.executors.protocol import Ended, Report
from catlearn.runs.executors.worker import executed
from catlearn.runs.shards import Shard
from catlearn.store.store import StoreError

WORKERS = 2
"""Worker processes of the embedded cluster."""

PAUSE = 0.1
"""How long a poll waits for news, in seconds."""

SETTINGS = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.daemon": True,
    "distributed.comm.timeouts.connect": "30s",
}


def train(text: str) -> str:
    """Train the shard of an order on a worker of the cluster; order and answer are lines of JSON."""
    return line(executed(order(text), _unwatched))


def _unwatched(_what: str, _done: int, _total: int) -> None:
    """No progress leaves a cluster but that a shard has ended."""


class ClusterExecutor:
    """Trains shards on the workers of a Dask cluster, one at a time on each."""

    def __init__(self, root: Path, plan: str, address: str | None = None) -> None:
        self.root, self.plan = root.resolve(), plan
        self._open = ExitStack()
        self._open.enter_context(dask.config.set(SETTINGS))
        self._client = self._open.enter_context(Client(address or self._open.enter_context(_embedded())))
        self._waiting: deque[Shard] = deque()
        self._under_way: dict[Future[Any], Shard] = {}

    @property
    def workers(self) -> int:
        """The workers of the cluster just now, and at least one."""
        return max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def submit(self, shard: Shard) -> None:
        """Give a shard to the cluster, or let it wait until a worker is free: a death takes no other shard along."""
        self._waiting.append(shard)
        self._assign()

    def poll(self, report: Report) -> Iterable[Ended]:  # noqa: ARG002
        """The shards that ended. Raises `StoreError`."""
        if not self._under_way:
            return ()
        try:
            wait(list(self._under_way), timeout=PAUSE, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return ()
        ended = [self._ended(future) for future in list(self._under_way) if future.done()]
        self._assign()
        return ended

    def cancel(self) -> None:
        """Forget every shard; one under way in a cluster that runs elsewhere may still store its results."""
        self._waiting.clear()
        self._client.cancel(list(self._under_way), force=True)
        self._under_way.clear()

    def close(self) -> None:
        """Leave the cluster, and end it where it is ours."""
        self._open.close()

    def _assign(self) -> None:
        while self._waiting and len(self._under_way) < self.workers:
            shard = self._waiting.popleft()
            text = line(Order(str(self.root), self.plan, shard.lanes, shard.call))
            self._under_way[self._client.submit(train, text, pure=False, retries=0)] = shard

    def _ended(self, future: "Future[Any]") -> Ended:
        shard = self._under_way.pop(future)
        failure = future.exception()
        if isinstance(failure, KilledWorker):
            return Ended(shard, "its worker in the cluster died")
        if failure is not None or future.cancelled():
            return Ended(shard, f"the cluster gave it up: {failure or 'cancelled'}")
        found = answer(future.result())
        assert isinstance(found, Done)
        if found.refused is not None:
            raise StoreError(found.refused)
        return Ended(shard, found.obstacle)


def _embedded() -> LocalCluster:
    """Two worker processes of one thread, on the loopback interface, without a dashboard."""
    return LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
