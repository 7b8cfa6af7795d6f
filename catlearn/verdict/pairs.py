"""The pairs of seeds that a cell between two runs is about."""

from collections.abc import Sequence
from typing import TypeVar

from catlearn.evidence.documents import Member
from catlearn.evidence.model import Model
from catlearn.verdict.verdict import Verdict

Found = TypeVar("Found")


def pairs_of(
    model: Model, left: str, right: str, disjoint: bool = False
) -> tuple[list[tuple[Member, Member]], tuple[int, ...]]:
    """The pairs of two runs that were completed, and the seeds of the others: each seed with itself or, where they are
    `disjoint`, every other seed with the one after it, so that no seed is in two pairs."""
    first, second = model.members(left), model.members(right)
    pairs = list(zip(first[::2], second[1::2], strict=False) if disjoint else zip(first, second, strict=True))
    done = [pair for pair in pairs if all(model.completed(run) for run in pair)]
    return done, tuple(pair[0].seed for pair in pairs if pair not in done)


def first_of(wanted: Verdict, pairs: Sequence[Found], outcomes: Sequence[Verdict]) -> tuple[Found, Verdict] | None:
    """The first pair with an outcome, or else the first of all; None where there is none."""
    each = list(zip(pairs, outcomes, strict=True))
    return next((found for found in each if found[1] is wanted), each[0] if each else None)
