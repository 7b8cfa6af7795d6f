"""The document of `catlearn run`: what became of each seed of each run."""

from pydantic import Field

from catlearn.plan.document import Document
from catlearn.store.record import Status


class RunRow(Document):
    """One seed of one run; `reused` where it was in the store already."""

    name: str
    job: str
    seed: int
    status: Status
    reason: str | None
    reused: bool


class RunDocument(Document):
    """What `catlearn run` returns and prints."""

    schema_version: int = Field(default=1, alias="schema")
    spec: str
    store: str
    runs: tuple[RunRow, ...]
    seconds: float
