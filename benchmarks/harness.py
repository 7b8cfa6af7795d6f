"""Benchmarks as rows: a figure with what is asked of it, measured by repeats that alternate what is compared.

A row is a function of a module of this package that the decorator `row` names; it gives one `Figure`, or raises
`Unmeasured` with a reason. Figures are ratios taken in one run wherever a machine's speed would enter. To add one,
write a module here with

    @row("name", "what is measured", at_least=2, bound="what bounds it")
    def name() -> Figure:
        slow, fast = alternating(5, one_way, another_way)
        return Figure(ratios(slow, fast), "what was seen beside it")
"""

import gc
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from statistics import median
from typing import Any

import torch


class Unmeasured(Exception):
    """Why a row cannot be measured on this machine."""


@dataclass(frozen=True)
class Figure:
    """The values of a figure, one a repeat, and what was seen beside them."""

    values: tuple[float, ...]
    seen: str = ""

    @property
    def value(self) -> float:
        """The median."""
        return median(self.values)


@dataclass(frozen=True)
class Row:
    """A benchmark: what is measured, the least or the most that is asked, the unit, and what bounds the figure."""

    name: str
    what: str
    at_least: float | None
    at_most: float | None
    unit: str
    bound: str
    measure: Callable[[], Figure]

    @property
    def asked(self) -> str:
        """What is asked, in words."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}{self.unit}"
        return "" if self.at_most is None else f"at most {self.at_most:g}{self.unit}"

    def met(self, value: float) -> bool | None:
        """Whether a figure is as asked; None where nothing is asked."""
        if self.at_least is not None:
            return value >= self.at_least
        return None if self.at_most is None else value <= self.at_most


@dataclass(frozen=True)
class Measured:
    """A row with its figure, or with the reason why it has none."""

    row: Row
    figure: Figure | None
    reason: str = ""


ROWS: dict[str, Row] = {}


def row(
    name: str,
    what: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    unit: str = "x",
    bound: str = "",
) -> Callable[[Callable[[], Figure]], Callable[[], Figure]]:
    """Make a function a row."""

    def entered(measure: Callable[[], Figure]) -> Callable[[], Figure]:
        assert name not in ROWS, name
        ROWS[name] = Row(name, what, at_least, at_most, unit, bound, measure)
        return measure

    return entered


def rows() -> Mapping[str, Row]:
    """All rows, of all modules of this package."""
    package = import_module("benchmarks")
    for module in sorted(found.name for found in iter_modules(package.__path__) if not found.name.startswith("__")):
        import_module(f"benchmarks.{module}")
    return ROWS


def measured(chosen: Iterable[Row], tell: Callable[[str], None]) -> list[Measured]:
    """Measure rows one after the other, with one torch thread."""
    torch.set_num_threads(1)
    results = []
    for each in chosen:
        tell(each.name)
        try:
            results.append(Measured(each, each.measure()))
        except Unmeasured as error:
            results.append(Measured(each, None, str(error)))
    return results


def timed(work: Callable[[], object]) -> float:
    """The processor seconds of a piece of work in this process: what other processes take is not in them."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def alternating(
    repeats: int, *works: Callable[[], object], clock: Callable[[Callable[[], object]], float] = timed
) -> tuple[tuple[float, ...], ...]:
    """The seconds of each piece of work in each repeat, by a clock; in a repeat all are done in turn, so that what else
    the machine does meets them alike. Each is done once before."""
    for work in works:
        work()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for work, seconds in zip(works, taken, strict=True):
            seconds.append(clock(work))
    return tuple(tuple(seconds) for seconds in taken)


def ratios(left: Iterable[float], right: Iterable[float]) -> tuple[float, ...]:
    """How many times as long the left took in each repeat."""
    return tuple(one / other for one, other in zip(left, right, strict=True))


def machine() -> dict[str, str | int]:
    """This machine in general terms."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "processor": f"{platform.machine()} with {torch.backends.cpu.get_cpu_capability()}",
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "gpu": "one or more" if torch.cuda.is_available() else "none",
    }


def document(results: Iterable[Measured]) -> str:
    """The results as one JSON document."""
    content = {"schema": 1, "machine": machine(), "rows": [_entry(result) for result in results]}
    return json.dumps(content, indent=1)


def _entry(result: Measured) -> dict[str, Any]:
    each, figure = result.row, result.figure
    return {
        "name": each.name,
        "what": each.what,
        "at_least": each.at_least,
        "at_most": each.at_most,
        "unit": each.unit,
        "median": None if figure is None else figure.value,
        "values": [] if figure is None else list(figure.values),
        "met": None if figure is None else each.met(figure.value),
        "seen": "" if figure is None else figure.seen,
        "bound": each.bound,
        "unmeasured": result.reason or None,
    }
