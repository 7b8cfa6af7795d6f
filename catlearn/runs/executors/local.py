"""Worker processes on this machine: each trains a shard at a time, with one thread.

A worker is a fresh interpreter, `python -m catlearn.runs.executors.worker`, rather than a child of `multiprocessing`:
nothing is serialised but JSON, and the user's own main module is not executed a second time. It stands in a process
group of its own, so that an interruption reaches the supervisor alone.
"""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from signal import Signals

from catlearn.runs.executors.messages import Done, Order, Under, answer, line
from catlearn.runs.executors.protocol import Ended, Report
from catlearn.runs.shards import Shard
from catlearn.store.store import StoreError

PAUSE = 0.1
"""How long a poll waits for news, in seconds."""


def usable_cores() -> int:
    """The cores on which this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(eq=False, slots=True)
class _Worker:
    """A worker process, and the shard that it has in hand."""

    process: "subprocess.Popen[str]"
    listener: threading.Thread = field(init=False)
    shard: Shard | None = None


class LocalExecutor:
    """A supervisor of worker processes, started as shards come, at most `workers` of them."""

    def __init__(self, root: Path, plan: str, workers: int | None = None) -> None:
        self.root, self.plan = root, plan
        self._limit = usable_cores() if workers is None else workers
        self._workers: list[_Worker] = []
        self._waiting: deque[Shard] = deque()
        self._news: SimpleQueue[tuple[_Worker, Under | Done | None]] = SimpleQueue()

    @property
    def workers(self) -> int:
        """How many shards are trained at once."""
        return self._limit

    def submit(self, shard: Shard) -> None:
        """Give a shard to a worker that is idle, or let it wait for one."""
        self._waiting.append(shard)
        self._assign()

    def poll(self, report: Report) -> Iterable[Ended]:
        """The shards that ended. Raises `StoreError`."""
        ended = []
        for worker, found in self._heard():
            shard = worker.shard
            if shard is None:
                continue
            if isinstance(found, Under):
                report(shard, found.what, found.done, found.total)
                continue
            worker.shard = None
            if found is not None and found.refused is not None:
                raise StoreError(found.refused)
            ended.append(Ended(shard, _death(worker.process) if found is None else found.obstacle))
        self._assign()
        return ended

    def cancel(self) -> None:
        """End all workers and forget every shard."""
        self._waiting.clear()
        self.close()

    def close(self) -> None:
        """End all workers, and wait until they are gone."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            _buried(worker)
        self._workers.clear()

    def _heard(self) -> Iterator[tuple[_Worker, Under | Done | None]]:
        """What workers have said, waiting a moment for the first of it."""
        with suppress(Empty):
            yield self._news.get(timeout=PAUSE)
            while True:
                yield self._news.get_nowait()

    def _assign(self) -> None:
        for worker in [each for each in self._workers if each.shard is None and each.process.poll() is not None]:
            self._workers.remove(worker)
            _buried(worker)
        while self._waiting and (idle := self._idle()) is not None:
            idle.shard = self._waiting.popleft()
            _tell(idle, Order(str(self.root), self.plan, idle.shard.lanes, idle.shard.call))

    def _idle(self) -> _Worker | None:
        """A worker without a shard: one that is there, or a new one where there may be more."""
        for worker in self._workers:
            if worker.shard is None:
                return worker
        if len(self._workers) >= self._limit:
            return None
        worker = _Worker(_started())
        worker.listener = threading.Thread(target=self._listen, args=(worker,), daemon=True)
        worker.listener.start()
        self._workers.append(worker)
        return worker

    def _listen(self, worker: _Worker) -> None:
        """Pass on what a worker says, and at the end that it is gone."""
        assert worker.process.stdout is not None
        with worker.process.stdout as answers:
            for text in answers:
                self._news.put((worker, answer(text)))
        worker.process.wait()
        self._news.put((worker, None))


def _tell(worker: _Worker, order: Order) -> None:
    """Hand an order to a worker. That it has died meanwhile is heard by the listener."""
    assert worker.process.stdin is not None
    with suppress(BrokenPipeError):
        worker.process.stdin.write(line(order))
        worker.process.stdin.flush()


def _buried(worker: _Worker) -> None:
    """Wait until a worker is gone, and close the pipe to it; what it never read is dropped."""
    assert worker.process.stdin is not None
    worker.listener.join()
    with suppress(BrokenPipeError):
        worker.process.stdin.close()


def _started() -> "subprocess.Popen[str]":
    """A new worker. It finds catlearn where this process did, and nothing in the current directory."""
    here = str(Path(__file__).parents[3])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "catlearn.runs.executors.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        process_group=0,
    )


def _death(process: "subprocess.Popen[str]") -> str:
    """How a worker came to its end, in words."""
    status = process.returncode
    if status is None or status >= 0:
        return f"its process ended with status {status}"
    known = Signals(-status).name if -status in set(Signals) else str(-status)
    memory = ", as the system does where memory runs out" if known == "SIGKILL" else ""
    return f"its process was killed by {known}{memory}"
