"""A worker process: orders come in on standard input, answers go out on standard output, one JSON object a line.

It ends as soon as its standard input does, in whatever it is just then: when its supervisor closes it, and when its
supervisor dies. Nothing is lost by that but the work under way, since the store commits every file whole.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from queue import SimpleQueue
from typing import TextIO

from catlearn.plan.ir import Plan
from catlearn.runs.executors.messages import Done, Order, Under, line, order
from catlearn.runs.executors.protocol import attempt
from catlearn.store.store import Store, StoreError

PAUSE = 0.1
"""The least time between two answers about progress, in seconds."""


@cache
def stored_plan(root: str, path: str) -> Plan:
    """A plan in a store. Raises `StoreError` where it cannot be read."""
    text = Store.open(root).read_text(path)
    if text is None:
        raise StoreError(f"the plan {path} is missing from the store {root}; run the same command again")
    return Plan.model_validate_json(text)


def executed(work: Order, progress: Callable[[str, int, int], None]) -> Done:
    """Train the shard of an order."""
    try:
        store = Store.open(work.root)
        return Done(attempt(stored_plan(work.root, work.plan), store, work.shard, progress))
    except StoreError as refused:
        return Done(refused=str(refused))


def _listen(orders: TextIO, work: "SimpleQueue[Order]") -> None:
    for text in orders:
        work.put(order(text))
    os._exit(0)


def _answering(answers: TextIO) -> Callable[[str, int, int], None]:
    """Progress as answers, not more often than anybody looks."""
    last = 0.0

    def progress(what: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PAUSE:
            last = now
            answers.write(line(Under(what, done, total)))
            answers.flush()

    return progress


def main() -> None:
    """Train what is ordered until standard input ends. What libraries print goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    work: SimpleQueue[Order] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin, work), daemon=True).start()
    while True:
        answers.write(line(executed(work.get(), _answering(answers))))
        answers.flush()


if __name__ == "__main__":
    main()
