"""Loss curves of a run: every seed a thin line, their median a thick one, training and test loss together."""

import math
from collections.abc import Iterator, Sequence
from statistics import median

from markupsafe import Markup

from catlearn.report.axes import Frame, Scale, decades, horizontal_axis, vertical_axis
from catlearn.report.figure import Figure
from catlearn.report.numbers import plural
from catlearn.report.svg import Point, circle, path, picture, text, thinned, trace
from catlearn.store.record import RunRecord

_WIDTH, _HEIGHT = 296.0, 214.0
_SPLITS = (("test", "test_loss"), ("train", "train_loss"))


def _losses(record: RunRecord, split: str) -> list[Point]:
    values: Sequence[float] = getattr(record, split)
    return [(float(step), loss) for step, loss in zip(record.steps, values, strict=True) if math.isfinite(loss)]


def _median(records: Sequence[RunRecord], split: str) -> list[Point]:
    at_step: dict[float, list[float]] = {}
    for record in records:
        for step, loss in _losses(record, split):
            at_step.setdefault(step, []).append(loss)
    return [(step, median(losses)) for step, losses in sorted(at_step.items())]


def _drawn(frame: Frame, points: Sequence[Point], kind: str) -> Markup:
    return path(trace(frame.at(*point) for point in thinned(points)), kind)


def _split(frame: Frame, records: Sequence[RunRecord], name: str, split: str) -> Iterator[Markup]:
    for record in records:
        points = _losses(record, split)
        if points:
            yield _drawn(frame, points, f"seed {name}")
            if record.status == "diverged":
                yield circle(frame.at(*points[-1]), 3, "diverged")
    middle = _median(records, split)
    if middle:
        yield _drawn(frame, middle, f"median {name}")


def _panel(records: Sequence[RunRecord], losses: Scale) -> Iterator[Markup]:
    steps = [step for record in records for step in record.steps] or [0]
    first, last = float(min(steps)), float(max(steps))
    frame = Frame(Scale(first, max(last, first + 1), 46, _WIDTH - 14), losses)
    yield from vertical_axis(frame, "loss (nats)")
    yield from horizontal_axis(frame, "step", 4)
    for name, split in _SPLITS:
        yield from _split(frame, records, name, split)
    yield text("train", frame.right, frame.top - 10, "key train", "end")
    yield text("test", frame.right - 34, frame.top - 10, "key test", "end")


def _caption(name: str, records: Sequence[RunRecord]) -> str:
    diverged = [record for record in records if record.status == "diverged"]
    counted = f"{name}: {plural(len(records), 'seed')}"
    if not diverged:
        return counted
    first = diverged[0]
    return f"{counted}, {len(diverged)} diverged (seed {first.seed}: {first.reason})"


def loss_curves(families: Sequence[tuple[str, Sequence[RunRecord]]]) -> tuple[Figure, ...]:
    """One small figure a run, all on one scale of losses: a logarithmic one where they span a factor of five."""
    trained = [(name, records) for name, records in families if records]
    seeds = [record for _, records in trained for record in records]
    values = [loss for record in seeds for _, split in _SPLITS for _, loss in _losses(record, split)]
    losses = decades(values, _HEIGHT - 42, 30)
    return tuple(
        Figure(
            picture(
                _WIDTH,
                _HEIGHT,
                f"Loss curves of {name}",
                f"Mean loss over the training and the test split by optimiser step, {plural(len(records), 'seed')}.",
                _panel(records, losses),
            ),
            _caption(name, records),
            small=True,
        )
        for name, records in trained
    )
