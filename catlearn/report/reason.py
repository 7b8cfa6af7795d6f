"""The document of `catlearn why`: whether a run would be trained again, and why, in one sentence."""

from collections.abc import Sequence

from pydantic import Field

from catlearn.plan.document import Document
from catlearn.report.numbers import ranges
from catlearn.store.history import History


class ChangedField(Document):
    """A field that is not what it was, as it could have been written; None where that is too long to say."""

    field: str
    before: str | None
    after: str | None


class Reason(Document):
    """What `catlearn why` returns and prints: `again` where seeds would be trained, and which."""

    schema_version: int = Field(default=1, alias="schema")
    run: str
    again: bool
    seeds: tuple[int, ...]
    changed: tuple[ChangedField, ...]
    sentence: str


def reason(name: str, found: History) -> Reason:
    """The reason why a run of a name would be trained again, or would not."""
    seeds = tuple(sorted((*found.missing, *(record.seed for record in found.failed))))
    changed = tuple(
        ChangedField(field=each.field, before=each.before, after=each.after) for each in found.changed or ()
    )
    return Reason(run=name, again=bool(seeds), seeds=seeds, changed=changed, sentence=sentence(name, found))


def sentence(name: str, found: History) -> str:
    """Why a run would run again, or would not, in one sentence."""
    if found.under_way:
        return f"`{name}` is being trained just now by another process."
    reasons = []
    if found.missing:
        reasons.append(_lacking(found))
    if found.failed:
        told = "; ".join(f"seed {record.seed} failed: {record.reason}" for record in found.failed)
        reasons.append(f"{told}, which is tried again")
    if reasons:
        return f"`{name}` would run{' again' if found.changed is not None else ''}: {'; and '.join(reasons)}."
    ended = f"; {_seeds(found.diverged)} diverged, which is a result" if found.diverged else ""
    count = len(found.completed) + len(found.diverged)
    stored = "its seed is stored" if count == 1 else f"all {count} seeds are stored"
    return f"`{name}` would not run again: {stored}{ended}."


def _lacking(found: History) -> str:
    if found.changed and not found.begun:
        return _listed([str(change) for change in found.changed]) + " since it was trained"
    if found.completed or found.diverged or found.failed:
        return f"{_seeds(found.missing)} {'is' if len(found.missing) == 1 else 'are'} not stored yet, the others are"
    if found.begun:
        return "it was begun, and none of its seeds has come to its end"
    if found.changed is None:
        return "this store has never had a run of that name"
    return "it is another run than the one that was trained, by something that the store does not tell"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _seeds(seeds: Sequence[int]) -> str:
    return f"seed{'' if len(seeds) == 1 else 's'} {ranges(seeds)}"
