"""The table of docs/benchmarks.md: results as lines of Markdown, in place of the lines of the same rows."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.harness import Measured, machine

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
HEAD = ("| row | what | asked | median | spread | seen | bound |", "|---|---|---|---|---|---|---|")


def line(result: Measured) -> str:
    """One row of the table."""
    each, figure = result.row, result.figure
    if figure is None:
        return f"| `{each.name}` | {each.what} | {each.asked} | unmeasured |  | {result.reason} | {each.bound} |"
    verdict = {True: "", False: " **short**", None: ""}[each.met(figure.value)]
    spread = f"{number(min(figure.values))} to {number(max(figure.values))}" if len(figure.values) > 1 else ""
    median = f"{number(figure.value)}{each.unit}{verdict}"
    return f"| `{each.name}` | {each.what} | {each.asked} | {median} | {spread} | {figure.seen} | {each.bound} |"


def number(value: float) -> str:
    """A figure to three significant digits, none of them invented for counts."""
    return f"{value:.0f}" if value == int(value) or value >= 1000 else f"{value:.3g}"


def table(lines: Iterable[str]) -> str:
    """The table with its head."""
    return "\n".join((*HEAD, *lines))


def written(text: str, results: Iterable[Measured], order: Iterable[str]) -> str:
    """A document whose table has these results; lines of rows that were not measured now stay, those of rows that
    are no more go. Raises `ValueError` where it has no place for them."""
    lines = {**_lines(text), **{result.row.name: line(result) for result in results}}
    said = ", ".join(f"{key}: {value}" for key, value in machine().items())
    body = f"{table(lines[name] for name in order if name in lines)}\n\nMachine of the last writing: {said}."
    pattern = r"(<!-- table: benchmarks -->\n).*?(<!-- end -->)"
    made, places = re.subn(pattern, lambda found: f"{found[1]}{body}\n{found[2]}", text, flags=re.DOTALL)
    if places != 1:
        raise ValueError("the document needs one place for the table")
    return made


def _lines(text: str) -> Mapping[str, str]:
    """The lines of a table by the names of their rows."""
    return {found[1]: found[0] for found in re.finditer(r"^\| `([\w-]+)` \|.*$", text, re.MULTILINE)}
