"""What sets two train jobs apart, in the words of a specification.

Jobs are compared as they lie in the store, as JSON objects: one that an older catlearn wrote may have other fields.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from catlearn.category.expression import Apply, Constant, Expression, Symbol, show

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a run that is not what it was: what it was and what it is, as they could have been written."""

    field: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None or self.after is None:
            return f"`{self.field}` changed"
        return f"`{self.field}` changed from {self.before} to {self.after}"


@dataclass(frozen=True, slots=True)
class Past:
    """A job as it is or was: its fields, those of its dataset and of the installation, as far as they are known, and
    the jobs that it starts from by digest."""

    job: Fields
    dataset: Fields | None
    numerics: Fields | None
    parents: "Mapping[str, Past]"


def changes(before: Past, after: Past) -> tuple[Change, ...]:
    """What must be undone to make the one job the other; the most telling first."""
    found = (
        *_network(before.job, after.job),
        *_dataset(before, after),
        *_rule(before.job, after.job),
        *_settings(before, after),
        *_others(before.job, after.job),
        *_start(before, after),
        *_frozen(before, after),
        *_installation(before, after),
    )
    return tuple(dict.fromkeys(found))


def _network(before: Fields, after: Fields) -> Iterator[Change]:
    if before.get("layers") != after.get("layers"):
        shown = [_layers(job.get("layers", ())) for job in (before, after)]
        yield Change("net", *(shown if shown[0] != shown[1] else (None, None)))


def _layers(layers: Sequence[Fields]) -> str:
    return " >> ".join(f"{layer.get('operation')}({_shape(layer.get('output_shape', ()))})" for layer in layers)


def _shape(shape: Sequence[int]) -> str:
    return ",".join(map(str, shape))


def _dataset(before: Past, after: Past) -> Iterator[Change]:
    if [before.job.get(key) for key in _LEARNT] == [after.job.get(key) for key in _LEARNT]:
        return
    old, new = before.dataset, after.dataset
    if old is None or new is None:
        yield Change("data", None, None)
        return
    for key in _differing(old, new, {"digest", "name", "train_size", "test_size"}):
        yield _plain(f"data.{key}", old, new, key)


_LEARNT = ("dataset", "tasks")
"""The fields of a job that say what it learns from."""


def _rule(before: Fields, after: Fields) -> Iterator[Change]:
    old, new = before.get("rule") or {}, after.get("rule") or {}
    if _without(old, "arguments", "name") != _without(new, "arguments", "name"):
        yield Change("optimiser", old.get("name"), new.get("name"))
        return
    values = [{given["name"]: given["value"] for given in rule.get("arguments", ())} for rule in (old, new)]
    for name in dict.fromkeys((*values[0], *values[1])):
        if values[0].get(name) != values[1].get(name):
            yield Change(f"optimiser.{name}", *(_expression(given.get(name)) for given in values))


def _expression(node: Fields | None) -> str | None:
    return None if node is None else show(_tree(node))


def _tree(node: Fields) -> Expression:
    match node:
        case {"op": "constant", "numerator": int(numerator), "denominator": int(denominator)}:
            return Constant(Fraction(numerator, denominator))
        case {"op": "apply", "operation": str(operation), "arguments": list(arguments)}:
            return Apply(operation, tuple(map(_tree, arguments)))
    return Symbol(str(node.get("name")))


def _settings(before: Past, after: Past) -> Iterator[Change]:
    """Loss, batch, treatment of the last batch; and epochs and checkpoints, which a plan holds in steps."""
    old, new = before.job, after.job
    for field, key in (("loss", "loss"), ("batch", "batch")):
        if old.get(key) != new.get(key):
            yield _plain(field, old, new, key)
    if old.get("keep_last") != new.get("keep_last"):
        yield Change("last", *("keep" if job.get("keep_last") else "drop" for job in (old, new)))
    for field, key in (("epochs", "steps"), ("checkpoints", "checkpoint_every")):
        counts = [_in_epochs(past, key) for past in (before, after)]
        if counts[0] != counts[1]:
            yield Change(field, *counts)


def _in_epochs(past: Past, key: str) -> str:
    """A number of steps, as epochs where it is whole epochs of a dataset that is known."""
    steps, batch = past.job.get(key, 0), past.job.get("batch", 0)
    if past.dataset is None or not batch:
        return f"{steps} steps"
    whole, rest = divmod(past.dataset.get("train_size", 0), batch)
    epoch = whole + (1 if rest and past.job.get("keep_last") else 0)
    if not epoch or steps % epoch:
        return f"{steps} steps"
    return str(steps // epoch) if key == "steps" else f"every {steps // epoch} epochs"


_TOLD = {"op", "version", "digest", "name", "place", "seeds", "layers", "dataset", "loss", "rule", "batch", "keep_last"}
_TOLD |= {"tasks", "steps", "checkpoint_every", "start", "frozen", "replica"}


def _others(before: Fields, after: Fields) -> Iterator[Change]:
    for key in _differing(before, after, _TOLD):
        yield _plain(key, before, after, key)
    if before.get("replica") != after.get("replica"):
        yield Change("laws in which it stands", None, None)


def _start(before: Past, after: Past) -> Iterator[Change]:
    """Another start, or the same with a change of its own."""
    old, new = before.job.get("start", {}), after.job.get("start", {})
    if old == new:
        return
    names = [_start_name(past) for past in (before, after)]
    parents = before.parents.get(old.get("run", "")), after.parents.get(new.get("run", ""))
    if old.get("op") != new.get("op") or None in parents or names[0] != names[1]:
        yield Change("start", *names)
    else:
        yield from _inherited(*parents)


def _start_name(past: Past) -> str:
    start = past.job.get("start", {})
    parent = past.parents.get(start.get("run", ""))
    if "point" in start:
        return f"[{', '.join(f'{value:g}' for value in start['point'])}]"
    return "init" if parent is None else f"{start.get('op')} of {parent.job.get('name')}"


def _frozen(before: Past, after: Past) -> Iterator[Change]:
    old, new = ({each["block"]: each["run"] for each in past.job.get("frozen", ())} for past in (before, after))
    if old.keys() != new.keys():
        yield Change("frozen blocks", *(", ".join(sorted(blocks)) or "none" for blocks in (old, new)))
        return
    for block in old:
        if old[block] != new[block]:
            yield from _inherited(before.parents.get(old[block]), after.parents.get(new[block]))


def _inherited(before: Past | None, after: Past | None) -> Iterator[Change]:
    """The changes of a run that another starts from, under its name."""
    if before is None or after is None:
        yield Change("the run that it starts from", None, None)
        return
    for change in changes(before, after):
        yield Change(f"{after.job.get('name')}.{change.field}", change.before, change.after)


def _installation(before: Past, after: Past) -> Iterator[Change]:
    if before.job.get("version") != after.job.get("version"):
        yield Change("catlearn's way of training", *(f"version {past.job.get('version')}" for past in (before, after)))
    if before.numerics is not None and after.numerics is not None:
        for key in _differing(before.numerics, after.numerics, set()):
            yield _plain(key, before.numerics, after.numerics, key)


def _plain(field: str, before: Fields, after: Fields, key: str) -> Change:
    return Change(field, *(_word(fields.get(key)) for fields in (before, after)))


def _word(value: object) -> str | None:
    """A value, where it is short enough to be shown."""
    text = "none" if value is None else str(value)
    return text if len(text) < 40 and not isinstance(value, dict | list) else None


def _differing(before: Fields, after: Fields, but: set[str]) -> list[str]:
    keys = dict.fromkeys((*before, *after))
    return [key for key in keys if key not in but and before.get(key) != after.get(key)]


def _without(fields: Fields, *keys: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in keys}
