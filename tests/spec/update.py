"""Rewrites columns and wording in the expectations of readable cases: python -m tests.spec.update [FILE…]

An expectation is matched to a diagnostic of its code on its line. None is ever added or removed: where a diagnostic
is missing or new, the case stays as it is, is named, and the exit status is 1.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from catlearn.diagnostics import Diagnostic
from tests.spec.runner import FOLDER, Case, Expectation, cases, check_case, meets, place_of, problems, texts


def update(path: Path) -> list[str]:
    """Brings the expectations of a file up to date and returns the names of cases that still fail."""
    text = path.read_text("utf-8")
    rows = text.split("\n")
    for case in cases(path):
        for expected, found in _pairs(case, check_case(case)):
            _rewrite(rows, expected, found)
    if "\n".join(rows) != text:
        path.write_text("\n".join(rows), "utf-8")
    return [f"{case.file}: {case.name}" for case in cases(path) if problems(case, check_case(case))]


def _pairs(case: Case, diagnostics: Sequence[Diagnostic]) -> Iterator[tuple[Expectation, Diagnostic]]:
    """Expectations that are unmet with the diagnostics that could meet them, in order of place."""
    remaining = list(diagnostics)
    unmet = []
    for expected in case.expectations:
        exact = next((found for found in remaining if meets(found, expected)), None)
        if exact is None:
            unmet.append(expected)
        else:
            remaining.remove(exact)
    for expected in unmet:
        key = (expected.severity, expected.code, expected.place.line)
        for found in remaining:
            if (found.severity.value, found.code, place_of(found).line) == key:
                remaining.remove(found)
                yield expected, found
                break


def _rewrite(rows: list[str], expected: Expectation, found: Diagnostic) -> None:
    """Puts the place of a diagnostic, and the wording of its details in their order, into the rows of a file."""
    indent = rows[expected.row][: rows[expected.row].index("#")]
    rows[expected.row] = f"{indent}# {expected.severity}[{expected.code}] {place_of(found)}"
    seen: dict[str, int] = {}
    for below, (kind, text) in enumerate(expected.details, 1):
        wordings = texts(found, kind)
        position = seen.get(kind, 0)
        seen[kind] = position + 1
        if position < len(wordings) and text not in wordings:
            rows[expected.row + below] = f"{indent}#  {kind}: {wordings[position]}"


if __name__ == "__main__":
    paths = [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.cat"))
    failing = [name for path in paths for name in update(path)]
    print("\n".join(failing) or "all cases pass")
    sys.exit(bool(failing))
