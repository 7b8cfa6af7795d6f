"""Results as text for a terminal: aligned columns, few colours, nothing that a pipe would mind."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING

from catlearn.plan.ir import Numerics, Plan, RunJob, StartInit, StartPoint, TrainJob
from catlearn.report.cleaned import Cleaned
from catlearn.report.numbers import duration, estimate, plural, ranges, size
from catlearn.report.run_document import RunDocument, RunRow
from catlearn.report.standing import expectation, is_open, replay, standing, summary, together
from catlearn.store.forecast import Forecast
from catlearn.verdict.documents import ClaimRow, Family, Verification
from catlearn.verdict.verdict import Verdict

if TYPE_CHECKING:
    from catlearn.verdict.recheck import Rechecked

_GAP = "  "
_NARROW = 28
_COLOURS = {"met": "32", "unmet": "1;31", "open": "1;33", "soft": "2"}


@dataclass(frozen=True)
class Paper:
    """Where text is written: its width in characters and whether it shows colours."""

    width: int
    colour: bool

    def paint(self, words: str, style: str) -> str:
        """Words in a style, as they are where there are no colours."""
        return f"\x1b[{_COLOURS[style]}m{words}\x1b[0m" if self.colour and style and words.strip() else words


Row = Sequence[tuple[str, str]]
"""The cells of a row, each with its style, which may be empty."""


def _widths(rows: Sequence[Row]) -> list[int]:
    return [max(len(cell) for cell, _ in column) for column in zip(*rows, strict=True)]


def table(paper: Paper, rows: Sequence[Row]) -> Iterator[str]:
    """Rows in aligned columns. The last column is broken to the width that is left; where that is too narrow it
    stands on lines of its own below the others."""
    *fixed, last = _widths(rows)
    before = sum(fixed) + len(_GAP) * len(fixed)
    beside = last <= paper.width - before or paper.width - before >= _NARROW
    indent = before if beside else 4
    for row in rows:
        cells = [paper.paint(cell.ljust(width), style) for (cell, style), width in zip(row, [*fixed, 0], strict=True)]
        head = _GAP.join(cells[:-1])
        words, style = row[-1]
        lines = wrap(words, max(paper.width - indent, 16), break_long_words=False, break_on_hyphens=False) or [""]
        if beside:
            head, *lines = (f"{head}{_GAP}{paper.paint(lines[0], style)}", *lines[1:])
        yield head.rstrip()
        yield from (" " * indent + paper.paint(line, style) for line in lines if line)


def _claim(row: ClaimRow) -> Row:
    found = standing(row)
    verdict = "open" if is_open(row) else found.style
    return (
        (found.mark, found.style),
        (row.name, ""),
        (row.verdict, verdict),
        (expectation(row.expected), "" if row.met else found.style),
        (estimate(row.estimate, row.interval, 4), ""),
        ("" if row.n is None else str(row.n), ""),
        ("; ".join((row.method, *(f"rests on: {premise}" for premise in row.rests_on))), "soft"),
    )


def _explained(row: ClaimRow) -> bool:
    return is_open(row) or row.verdict == Verdict.REFUTED.value


def _evidence(paper: Paper, row: ClaimRow, store: str) -> Iterator[str]:
    yield f"{row.name}: {row.verdict}"
    for line in row.evidence or ("no evidence was found either way",):
        yield from wrap(line, paper.width, initial_indent="    ", subsequent_indent="      ", break_on_hyphens=False)
    if row.verdict == Verdict.REFUTED.value:
        yield f"    replay  {replay(store, row.name)}"


def _together(paper: Paper, family: Family | None) -> Iterator[str]:
    if family is not None:
        yield from ("", *wrap(together(family), paper.width, subsequent_indent="    ", break_on_hyphens=False))


def verification(paper: Paper, found: Verification, report: str) -> str:
    """The table of claims, the evidence of those refuted or open, and where the rest is to be found."""
    head: Row = [(name, "soft") for name in ("", "claim", "verdict", "expected", "estimate", "n", "method")]
    lines = list(table(paper, [head, *(_claim(row) for row in found.claims)])) if found.claims else []
    for row in found.claims:
        if _explained(row):
            lines += ["", *_evidence(paper, row, found.store)]
    lines += _together(paper, found.family)
    lines += ["", summary(found.claims), *_footer(found.store, found.seconds, report)]
    return "\n".join(lines)


def _footer(store: str, seconds: float, report: str | None = None) -> Iterator[str]:
    yield f"store   {store}"
    if report is not None:
        yield f"report  {report}"
    yield f"time    {duration(seconds)}"


def _family(rows: Sequence[RunRow]) -> Row:
    failed = [row for row in rows if row.status != "completed"]
    reused = sum(row.reused for row in rows)
    reasons = "; ".join(f"seed {row.seed} {row.status}: {row.reason}" for row in failed)
    return (
        ("✗" if failed else "✓", "unmet" if failed else "met"),
        (rows[0].name, ""),
        (ranges(row.seed for row in rows), ""),
        (str(len(rows) - reused), ""),
        (str(reused), ""),
        (reasons, "unmet"),
    )


def runs(paper: Paper, found: RunDocument) -> str:
    """What became of the seeds of each run."""
    families = [list(rows) for _, rows in groupby(found.runs, key=lambda row: row.job)]
    head: Row = [(name, "soft") for name in ("", "run", "seeds", "trained", "reused", "")]
    lines = table(paper, [head, *(_family(rows) for rows in families)]) if families else iter(("no runs",))
    return "\n".join((*lines, "", *_footer(found.store, found.seconds)))


def _start(job: RunJob, names: Mapping[str, str]) -> str:
    if isinstance(job, TrainJob) and job.imported is not None:
        return "in files"
    if isinstance(job.start, StartInit):
        return "init"
    if isinstance(job.start, StartPoint):
        return f"[{', '.join(f'{value:g}' for value in job.start.point)}]"
    return f"{'continues' if job.start.op == 'resume' else 'end of'} {names[job.start.run]}"


def _planned(job: RunJob, names: Mapping[str, str], stored: Collection[tuple[str, int]]) -> Row:
    hits = sum((job.digest, seed) in stored for seed in job.seeds)
    blocks = job.frozen if isinstance(job, TrainJob) else ()
    frozen = ", ".join(f"{block.block} of {names[block.run]}" for block in blocks)
    return (
        (job.name, ""),
        (ranges(job.seeds), ""),
        (str(job.steps), ""),
        (_start(job, names), ""),
        (f"{hits} of {len(job.seeds)}", "met" if hits == len(job.seeds) else ""),
        (frozen, ""),
    )


def plan(paper: Paper, found: Plan, forecast: Forecast) -> str:
    """What a plan trains, from where, what it holds frozen, what of it is in the store already, and what the rest
    will take."""
    names = {job.digest: job.name for job in found.runs}
    head: Row = [(name, "soft") for name in ("run", "seeds", "steps", "start", "stored", "frozen")]
    rows = [head, *(_planned(job, names, forecast.stored) for job in found.runs)]
    imported = {job.digest for job in found.train if job.imported is not None}
    trained = {(job.digest, seed) for job in found.runs if job.digest not in imported for seed in job.seeds}
    missing = len(trained - forecast.stored)
    counts = (
        f"{plural(missing, 'run')} to train, {plural(len(found.read), 'reading')}, "
        f"{plural(len(found.decide), 'claim')} to decide"
    )
    return "\n".join((*table(paper, rows), "", counts, *(_forecast(found.numerics, forecast) if missing else ())))


def _forecast(numerics: Numerics, forecast: Forecast) -> Iterator[str]:
    place = "one core"
    if numerics.device != "cpu":
        place = "the GPU"
        yield f"device  {numerics.device}, {numerics.lanes} lanes side by side"
    yield f"disk    {size(forecast.bytes)} of trajectories to come, {size(forecast.free)} free"
    if forecast.seconds is None:
        yield "time    unknown: nothing like it has been trained in this store"
    else:
        yield f"time    about {duration(forecast.seconds)} on {place}, going by what like runs took"


def cleaned(paper: Paper, found: Cleaned) -> str:
    """What was removed from a store, a row a thing, or would be."""
    rows: list[Row] = [
        ((row.kind, ""), (row.name, ""), (size(row.bytes), ""), (row.path, "soft")) for row in found.removed
    ]
    verb = "would be removed" if found.dry_run else "removed"
    end = f"{plural(len(rows), 'item')} {verb}, {size(found.bytes)}" if rows else "every file is needed"
    return "\n".join((*(table(paper, rows) if rows else ()), *(("",) if rows else ()), end))


def rechecked(paper: Paper, found: "Rechecked", replayed: str | None = None) -> str:
    """The outcome of a recheck, a row a claim, with the evidence of the claim that is replayed."""
    rows: list[Row] = [
        (("✓", "met") if row.ok else ("✗", "unmet"), (row.name, ""), (row.message, "" if row.ok else "unmet"))
        for row in found.rows
    ]
    failed = sum(not row.ok for row in found.rows)
    end = f"{plural(failed, 'row')} failed" if failed else "every certificate holds, given the stored weights and data"
    lines = table(paper, rows) if rows else iter(("there is nothing to check",))
    again = [line for row in found.rows if row.name == replayed for line in row.evidence]
    shown = ["", *(f"    {line}" for line in again)] if again else []
    return "\n".join((*lines, *shown, "", end if rows else "nothing was verified"))
