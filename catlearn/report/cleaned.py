"""The document of `catlearn clean`: what was removed from a store, and how much."""

from collections.abc import Sequence

from pydantic import Field

from catlearn.plan.document import Document
from catlearn.store.cleaning import Kind, Superfluous


class RemovedRow(Document):
    """A file or folder of a store, what it is, under which name, and its size in bytes."""

    path: str
    kind: Kind
    name: str
    bytes: int


class Cleaned(Document):
    """What `catlearn clean` returns and prints; with `dry_run` nothing was removed."""

    schema_version: int = Field(default=1, alias="schema")
    store: str
    dry_run: bool
    removed: tuple[RemovedRow, ...]
    bytes: int


def cleaned(store: str, found: Sequence[Superfluous], dry_run: bool) -> Cleaned:
    """The document of what was found superfluous in a store."""
    rows = tuple(RemovedRow(path=each.path, kind=each.kind, name=each.name, bytes=each.bytes) for each in found)
    return Cleaned(store=store, dry_run=dry_run, removed=rows, bytes=sum(row.bytes for row in rows))
