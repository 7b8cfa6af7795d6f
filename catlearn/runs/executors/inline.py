"""Shards one after the other, in this process."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from catlearn.plan.ir import Plan
from catlearn.runs.executors.protocol import Ended, Report, attempt
from catlearn.runs.shards import Shard
from catlearn.store.store import Store


@dataclass(frozen=True)
class InlineExecutor:
    """Trains where it is called: nothing to start, and nothing else at the same time."""

    plan: Plan
    store: Store
    _waiting: deque[Shard] = field(default_factory=deque)

    @property
    def workers(self) -> int:
        """One."""
        return 1

    def submit(self, shard: Shard) -> None:
        """Take a shard."""
        self._waiting.append(shard)

    def poll(self, report: Report) -> Iterable[Ended]:
        """Train the shard that waits longest. Raises `StoreError`."""
        if not self._waiting:
            return ()
        shard = self._waiting.popleft()
        obstacle = attempt(self.plan, self.store, shard, lambda *progress: report(shard, *progress))
        return (Ended(shard, obstacle),)

    def cancel(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def close(self) -> None:
        """There is nothing to close."""
