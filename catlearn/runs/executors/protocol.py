"""What executes shards: four methods behind which a process, many, or a cluster may stand.

An executor carries only the lanes of a shard; what is trained is committed to the store by whoever trains it, and is
read from there. It trains nothing again on its own: what becomes of a lost shard is decided by `catlearn.runs.execute`.
"""

import os
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import torch

from catlearn.plan.ir import Plan
from catlearn.runs.shards import Progress, Shard, train_shard
from catlearn.store.store import Store, StoreError


@dataclass(frozen=True, slots=True)
class Ended:
    """A shard with which an executor is done, and what stopped it: None where it came to its end."""

    shard: Shard
    obstacle: str | None = None


Report = Callable[[Shard, str, int, int], None]
"""Called with a shard under way, what is done of it, how much, and how much there is in all."""


class Executor(Protocol):
    """Trains shards into a store."""

    @property
    def workers(self) -> int:
        """How many shards are trained at once."""

    def submit(self, shard: Shard) -> None:
        """Take a shard whose parents are all stored."""

    def poll(self, report: Report) -> Iterable[Ended]:
        """Wait a moment, tell of the shards under way, and give those that have ended since the last call.

        Raises `StoreError` where a worker could not read or write the store."""

    def cancel(self) -> None:
        """Stop at once and forget every shard; what they have stored is kept."""

    def close(self) -> None:
        """Leave no process behind."""


OUT_OF_MEMORY = "there was not enough memory"


def attempt(plan: Plan, store: Store, shard: Shard, progress: Progress) -> str | None:
    """Train a shard: None where it came to its end, or what stopped it. Raises `StoreError`."""
    try:
        train_shard(plan, store, shard, progress)
    except StoreError:
        raise
    except Exception as error:  # the one place where a failure of some lanes is kept from stopping the others
        if os.environ.get("CATLEARN_TRACEBACK") == "1":
            traceback.print_exc()
        if _of_memory(error):
            return OUT_OF_MEMORY if plan.numerics.device == "cpu" else f"{OUT_OF_MEMORY} on the GPU; give fewer --lanes"
        return " ".join(f"{type(error).__name__}: {error}".split())
    return None


def _of_memory(error: Exception) -> bool:
    """Whether memory was refused; torch says so in words."""
    refused = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return refused or any(words in str(error) for words in _OF_MEMORY)


_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED")
"""How torch, CUDA and its libraries say that memory was refused."""
