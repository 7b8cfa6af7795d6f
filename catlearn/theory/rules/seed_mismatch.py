"""Arrows that are compared or composed seed by seed, with different seeds.

What it catches: a law or a cell by relation between runs with different seeds; a run with seeds for which the run it
starts from, or the run that its frozen blocks come from, was not made.

Why: a family of runs is one arrow a seed. Where a seed has no partner there is nothing to compare or to start from.

Example:

    run gd   : A@init -> A@gd   { …, seeds = 0..15 }
    run ball : A@init -> A@ball { like = gd, seeds = 0..7 }
    cell slide : gd => ball by basin

Repair: give both the same seeds. Claims about measures may compare runs with different seeds.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span


def seeds_text(seeds: tuple[int, ...]) -> str:
    """Seeds as they are written, `0..15`."""
    return f"{seeds[0]}..{seeds[-1]}"


def unequal(
    first: str, seeds: tuple[int, ...], first_use: Span, second: str, others: tuple[int, ...], use: Span
) -> Diagnostic:
    """Two runs of a law or a cell with different seeds."""
    found, wanted = seeds_text(others), seeds_text(seeds)
    message = f"found `{second}` with seeds {found}, required {wanted}, the seeds of `{first}`"
    return Diagnostic("seed-mismatch", message, use, (Label(f"`{first}` has seeds {wanted}", first_use),))


def without_source(
    run: str, seeds: tuple[int, ...], use: Span, source: str, others: tuple[int, ...], there: Span
) -> Diagnostic:
    """A run with seeds that the run it needs does not have."""
    found, wanted = seeds_text(seeds), seeds_text(others)
    message = f"found `{run}` with seeds {found}, required seeds among {wanted}, those of `{source}`"
    return Diagnostic("seed-mismatch", message, use, (Label(f"`{source}` has seeds {wanted}", there),))
