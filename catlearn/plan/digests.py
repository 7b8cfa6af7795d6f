"""Content digests: of a job, all that determines it; of a theory, all that it means."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import TypeVar

from catlearn.plan.document import digest
from catlearn.plan.ir import DecideJob, DescentJob, FreezeJob, ReadJob, TrainJob
from catlearn.source import Source, Span
from catlearn.theory.theory import Theory

_Job = TypeVar("_Job", TrainJob, DescentJob, FreezeJob, ReadJob, DecideJob)


def sealed(job: _Job, outside: Mapping[str, object], **beside: object) -> _Job:
    """The job with its digest: of every field but its place and those `outside`, and of the values `beside`.

    Fields are in the digest unless they are named as being outside, so that a new field is never forgotten."""
    content = job.model_dump(mode="json", exclude={"digest": True, "place": True, **outside})  # type: ignore[arg-type]
    return job.model_copy(update={"digest": digest({"job": content, "beside": beside})})


_UNORDERED = frozenset({"objects", "maps", "runs", "laws", "object_images", "map_images", "legs", "frozen"})
"""Tuples whose order is only the order in which the author wrote."""


def theory_digest(theory: Theory) -> str:
    """The digest of what a theory means: unchanged by comments, layout, order of declarations and file name."""
    return digest(_meaning(theory))


def _meaning(value: object) -> object:
    if isinstance(value, Fraction):
        return {"numerator": value.numerator, "denominator": value.denominator}
    if isinstance(value, Mapping):
        return {name: _meaning(item) for name, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_meaning(item) for item in value]
    if is_dataclass(value):
        return _fields(value)
    return value


_UNMEANT = frozenset({"text", "texts", "imports", "folder"})
"""What is only how or where something is written or kept."""


def _fields(value: object) -> dict[str, object]:
    """The fields of a dataclass but for spans, sources and quoted text, with the name of its class."""
    content: dict[str, object] = {"class": type(value).__name__}
    for field in fields(value):  # type: ignore[arg-type]
        item = getattr(value, field.name)
        if isinstance(item, Span | Source) or field.name in _UNMEANT:
            continue
        unordered = isinstance(item, tuple) and field.name in _UNORDERED
        content[field.name] = _meaning(tuple(sorted(item)) if unordered else item)
    return content
