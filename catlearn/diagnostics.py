"""Diagnostics: what was found, what was required, where, and one way to mend it.

A diagnostic has a stable kebab-case code. `DESCRIPTIONS` is the one table of codes; a rule that reports a code
missing from it is our bug and raises `KeyError` when the diagnostic is made.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum

from catlearn.source import Span

DESCRIPTIONS = {
    "ambiguous-name": "a bare name that several categories or files declare",
    "broken-import": "an import of a file that does not parse",
    "broken-law": "a law whose sides are different structural maps",
    "cell-residue": "a strict cell that an exact point already breaks",
    "cell-types": "a cell between things it cannot join, or whose state map is incomplete",
    "collapse": "laws that force a generator to be an identity",
    "composition": "arrows that do not compose",
    "cone": "a pair of maps into a pullback that does not commute",
    "cospan": "pullback legs with different targets",
    "cycle": "a declaration that is defined by way of itself",
    "duplicate-name": "a name declared twice",
    "equality-budget": "equality of arrows that could not be settled",
    "exact-needs-determinism": "an exact verdict asked of a comparison that is not bitwise",
    "field-type": "a field whose value has the wrong form",
    "freeze-leak": "a frozen block that the optimiser could still move",
    "functor-boundary": "a functor that breaks ends or shapes",
    "functor-extra": "a functor that maps what its source category does not have",
    "functor-law": "a functor that breaks a law",
    "functor-partial": "a functor that gives no image for a generator",
    "import-cycle": "files that import each other",
    "import-outside": "an import, or data, from outside the project",
    "interchange": "cells composed side by side where that is not sound",
    "missing-data": "a dataset that is not there, or cannot be read",
    "missing-field": "a declaration or a call without something that it needs",
    "mixed-category": "a category that is neither wholly interpreted nor wholly formal",
    "naturality": "a transformation whose square does not commute",
    "no-pullback": "a pullback of maps that are not structural",
    "not-executable": "what is in order, and what this version cannot train or decide",
    "not-parallel": "laws and strict cells between arrows with different ends",
    "open-ends": "a homotopy whose ends neither agree nor are closed",
    "resume-mismatch": "a run that resumes from something else than its source",
    "seed-mismatch": "arrows of a law or a cell with different seeds",
    "shape-mismatch": "layers or maps whose shapes do not compose",
    "similarity-needs-equivalence": "sameness asked without a margin",
    "syntax": "text that is not a declaration of the language",
    "too-few-seeds": "too few seeds for the confidence asked",
    "trace-misaligned": "a trace whose spacing is not a multiple of its run's checkpoints",
    "two-producers": "a checkpoint produced twice with no law that identifies the producers",
    "unknown-field": "a field that its declaration does not have",
    "unknown-name": "a name that nothing declares",
    "unreachable-verdict": "an expectation that the claim's method cannot deliver",
    "unreadable": "a file that cannot be read as UTF-8 text",
    "unused": "a declaration that nothing uses",
    "vacuous-region": "a relation that would hold for any two runs",
}


class Severity(Enum):
    """An error forbids running; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Label:
    """A secondary place and what is to be seen there."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that is not there, and the kinds of declaration that could give it."""

    name: str
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a source: its message says what was found against what was required.

    `missing` is the name that it is about, where it says that a name is not there."""

    code: str
    message: str
    span: Span
    labels: tuple[Label, ...] = ()
    hints: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR
    missing: Missing | None = None

    def __post_init__(self) -> None:
        DESCRIPTIONS[self.code]


def errors(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics that forbid running."""
    return tuple(found for found in diagnostics if found.severity is Severity.ERROR)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics sorted by place, then code, duplicates dropped; one name that is not there is told once."""
    seen: dict[tuple[str, int, int, str, str], Diagnostic] = {}
    for found in diagnostics:
        seen.setdefault(told_place(found), found)
    return tuple(_told_once(seen[key] for key in sorted(seen)))


MOST_PLACES = 8
"""Further places that one diagnostic shows; it counts the others."""


def _told_once(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Names that are not there, each as one diagnostic where one declaration could serve all of its places: what was
    renamed or forgotten is one mistake, however often it is used."""
    alone: list[list[Diagnostic]] = []
    groups: dict[str, list[list[Diagnostic]]] = {}
    for found in sorted(diagnostics, key=lambda found: found.code != "unknown-name"):
        known = groups.setdefault(found.missing.name, []) if found.missing else alone
        group = next((group for group in known if _of_one(group[0], found)), None) if found.missing else None
        if group is None:
            known.append([found])
        else:
            group.append(found)
    every = [*alone, *(group for known in groups.values() for group in known)]
    yield from sorted((_at_all_places(*group) for group in every), key=told_place)


def _of_one(first: Diagnostic, other: Diagnostic) -> bool:
    """Whether one declaration could mend two diagnostics about a name; the first says that there is none at all. A sign
    of another language is one mistake, too."""
    if first.missing is None or other.missing is None or first.code not in ("unknown-name", other.code):
        return False
    return not first.missing.kinds.isdisjoint(other.missing.kinds)


def _at_all_places(first: Diagnostic, *others: Diagnostic) -> Diagnostic:
    if not others:
        return first
    labels = tuple(Label("and here", other.span) for other in sorted(others, key=told_place)[:MOST_PLACES])
    places = f"{len(others)} more place{'s' * (len(others) > 1)}"
    return replace(first, message=f"{first.message}, here and in {places}", labels=labels, missing=None)


def told_place(found: Diagnostic) -> tuple[str, int, int, str, str]:
    """The place of a diagnostic, then its code, in the order in which diagnostics are told."""
    return found.span.source.path, found.span.start, found.span.end, found.code, found.message


def listed(names: Iterable[str]) -> str:
    """Names in a message, one after the other."""
    return ", ".join(f"`{name}`" for name in names)


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """A did-you-mean hint for a misspelt name, or nothing where no known name is near.

    Where none is, the last part of the name is compared without capitals: `torch.optim.Adam` is `adam`."""
    names = sorted(set(known))
    matches = get_close_matches(name, names, n=1, cutoff=0.6) or _alike(name, names)
    return (f"did you mean `{matches[0]}`?",) if matches else ()


def _alike(name: str, names: list[str]) -> list[str]:
    by_letters = {_letters(known): known for known in reversed(names)}
    return [by_letters[match] for match in get_close_matches(_letters(name), by_letters, n=1, cutoff=0.75)]


def _letters(name: str) -> str:
    return name.rpartition(".")[2].lower().replace("_", "")


def _place(span: Span) -> dict[str, str | int]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.path,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


def document(diagnostics: Iterable[Diagnostic]) -> dict[str, object]:
    """The check document: `{"schema": 1, "diagnostics": [...]}`, positions counted from 1."""
    rows = [
        {
            "code": found.code,
            "severity": found.severity.value,
            "message": found.message,
            **_place(found.span),
            "labels": [{"message": label.message, **_place(label.span)} for label in found.labels],
            "hints": list(found.hints),
        }
        for found in diagnostics
    ]
    return {"schema": 1, "diagnostics": rows}


_STYLES = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "place": "\x1b[1;34m", "hint": "\x1b[1;36m"}


def _paint(text: str, style: str, colour: bool) -> str:
    return f"{_STYLES[style]}{text}\x1b[0m" if colour else text


def _quoted(span: Span, note: str, mark: str, width: int) -> Iterator[str]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    text = span.source.line(line).replace("\t", " ")
    shown = "".join(character if character.isprintable() else "?" for character in text)
    first = max(0, column - 80)
    stop = end_column if end_line == line else len(text) + 1
    carets = mark * max(1, min(stop, first + 120) - column)
    yield f"{line:>{width}} | {shown[first : first + 120]}"
    yield f"{'':>{width}} | {' ' * (column - 1 - first)}{carets} {note}".rstrip()


def render(found: Diagnostic, colour: bool = False) -> str:
    """A diagnostic as text: code, message, the source lines with their marks, hints."""
    line, column = found.span.source.position(found.span.start)
    width = max(len(str(span.source.position(span.start)[0])) for span in (found.span, *(x.span for x in found.labels)))
    word = found.severity.value
    rows = [
        f"{_paint(f'{word}[{found.code}]', word, colour)}: {found.message}",
        f"{'':>{width}}{_paint('-->', 'place', colour)} {found.span.source.path}:{line}:{column}",
    ]
    quotes = [(found.span, "", "^"), *((label.span, label.message, "-") for label in found.labels)]
    for span, note, mark in sorted(quotes, key=lambda quote: (quote[0].source.path, quote[0].start)):
        if span.source is not found.span.source:
            place = span.source.position(span.start)
            rows.append(f"{'':>{width}}{_paint('-->', 'place', colour)} {span.source.path}:{place[0]}:{place[1]}")
        rows.extend(_quoted(span, note, mark, width))
    rows.extend(f"{_paint('hint', 'hint', colour)}: {hint}" for hint in found.hints)
    return "\n".join(rows)
