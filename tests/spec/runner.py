"""Readable cases: a `.cat` file holds many small specifications, the expected diagnostics beside their lines.

A case begins with a line `### name`. An expectation stands above the line that it concerns:

    # error[unknown-name] 12-18
    #  message: found `encodr`, which nothing declares
    #  hint: did you mean `encoder`?

Columns count from 1, the end excluded; `12-+2:4` ends two lines further down, at column 4. `message`, `hint` and
`label` are optional; where they stand they must agree. A diagnostic without expectation fails, and so does an
expectation without diagnostic. The expectations are no part of the text that is checked. A line `## file part.cat`
begins a file that the case imports.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catlearn.diagnostics import Diagnostic, render

FOLDER = Path(__file__).parent

_HEADER = re.compile(r"### (?P<name>[a-z0-9-]+)")
_FILE = re.compile(r"## file (?P<path>\S+)")
_EXPECTED = re.compile(
    r"\s*# (?P<severity>error|warning)\[(?P<code>[a-z-]+)\] (?P<start>\d+)-(\+(?P<down>\d+):)?(?P<end>\d+)"
)
_DETAIL = re.compile(r"\s*#  (?P<kind>message|hint|label): (?P<text>.*)")


@dataclass(frozen=True)
class Place:
    """Where a diagnostic stands: a line of the case, a first column, and a last column some lines further down."""

    line: int
    start: int
    down: int
    end: int

    def __str__(self) -> str:
        return f"{self.start}-{f'+{self.down}:' if self.down else ''}{self.end}"


@dataclass(frozen=True)
class Expectation:
    """A diagnostic that must be there; `row` is the line of the file that says so, `details` the rows below it."""

    severity: str
    code: str
    place: Place
    details: tuple[tuple[str, str], ...]
    row: int


@dataclass(frozen=True)
class Case:
    """One named specification with its expectations."""

    file: str
    name: str
    text: str
    expectations: tuple[Expectation, ...]
    files: Mapping[str, str] = field(default_factory=dict)


def check_case(case: Case) -> Sequence[Diagnostic]:
    """The diagnostics of a case: the only test code of the cases that calls the program.

    A case whose name begins with `not-executable` is asked for what cannot be executed too."""
    from catlearn.plan.executable import unavailable
    from catlearn.theory.check import check_texts

    checked = check_texts(f"{case.name}.cat", case.text, case.files)
    asked = checked.theory is not None and case.name.startswith("not-executable")
    return (*checked.diagnostics, *(unavailable(checked.theory) if asked and checked.theory else ()))


def cases(path: Path) -> Iterator[Case]:
    """The cases of a file, in order."""
    rows = path.read_text("utf-8").split("\n")
    headers = [(row, header["name"]) for row, line in enumerate(rows) if (header := _HEADER.fullmatch(line))]
    ends = [row for row, _ in headers[1:]] + [len(rows)]
    for (row, name), end in zip(headers, ends, strict=True):
        yield _case(path.name, name, rows, row + 1, end)


def _case(file: str, name: str, rows: Sequence[str], start: int, end: int) -> Case:
    kept: list[str] = []
    files = {"": kept}
    expectations = []
    for row in range(start, end):
        if further := _FILE.fullmatch(rows[row]):
            kept = files.setdefault(further["path"], [])
        elif expected := _EXPECTED.fullmatch(rows[row]):
            place = Place(len(kept) + 1, *(int(expected[part] or 0) for part in ("start", "down", "end")))
            details = tuple(_details(rows, row + 1))
            expectations.append(Expectation(expected["severity"], expected["code"], place, details, row))
        elif not _DETAIL.fullmatch(rows[row]):
            kept.append(rows[row])
    texts = {path: "\n".join(lines).rstrip("\n") + "\n" for path, lines in files.items()}
    return Case(file, name, texts.pop(""), tuple(expectations), texts)


def _details(rows: Sequence[str], row: int) -> Iterator[tuple[str, str]]:
    while row < len(rows) and (detail := _DETAIL.fullmatch(rows[row])):
        yield detail["kind"], detail["text"]
        row += 1


def place_of(found: Diagnostic) -> Place:
    """The place of a diagnostic, as expectations write it."""
    line, start = found.span.source.position(found.span.start)
    end_line, end = found.span.source.position(found.span.end)
    return Place(line, start, end_line - line, end)


def texts(found: Diagnostic, kind: str) -> Sequence[str]:
    """What a diagnostic says as its `message`, as `hint`s or as `label`s."""
    return {
        "message": (found.message,),
        "hint": found.hints,
        "label": tuple(label.message for label in found.labels),
    }[kind]


def meets(found: Diagnostic, expected: Expectation) -> bool:
    """Whether a diagnostic is exactly the one expected."""
    same = (found.severity.value, found.code, place_of(found)) == (expected.severity, expected.code, expected.place)
    return same and all(text in texts(found, kind) for kind, text in expected.details)


def problems(case: Case, diagnostics: Sequence[Diagnostic]) -> list[str]:
    """What is there and not expected, and what is expected and not there; nothing where all is well."""
    unexpected, unmet = list(diagnostics), []
    for expected in case.expectations:
        matching = next((found for found in unexpected if meets(found, expected)), None)
        if matching is None:
            unmet.append(f"not found: {case.file}:{expected.row + 1} {expected.severity}[{expected.code}]")
        else:
            unexpected.remove(matching)
    return unmet + [f"not expected at {place_of(found)}:\n{render(found)}" for found in unexpected]
