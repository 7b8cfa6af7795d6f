"""What a supervisor and its workers say to each other: one JSON object a line."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from catlearn.runs.shards import Shard


@dataclass(frozen=True, slots=True)
class Order:
    """Train a shard of a stored plan: the store, the plan's file in it, the lanes, and the call that asks for them."""

    root: str
    plan: str
    lanes: tuple[tuple[str, int], ...]
    call: str

    @property
    def shard(self) -> Shard:
        """The lanes as a shard."""
        return Shard(self.lanes, self.call)


@dataclass(frozen=True, slots=True)
class Under:
    """How far a worker is with its shard."""

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Done:
    """A worker is done with its shard; `obstacle` is what stopped it, `refused` what the store said."""

    obstacle: str | None = None
    refused: str | None = None


def line(message: Order | Under | Done) -> str:
    """A message as a line."""
    return json.dumps(asdict(message)) + "\n"


def order(text: str) -> Order:
    """The order that a line holds."""
    fields = json.loads(text)
    return Order(fields["root"], fields["plan"], tuple((job, seed) for job, seed in fields["lanes"]), fields["call"])


def answer(text: str) -> Under | Done:
    """The answer that a line holds."""
    fields: dict[str, Any] = json.loads(text)
    return Under(**fields) if "what" in fields else Done(**fields)
