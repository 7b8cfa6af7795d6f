"""The pairs of seeds that a cell between two runs is about."""

from collections.abc import Sequence
from typing import TypeVar

from catlearn.evidence.documents import Member
from catlearn.evidence.model import Model
from catlearn.verdict.verdict import Verdict

Found = TypeVar("Found")


def pairs_of(model: Model, left: str, right: str) -> tuple[list[tuple[Member, Member]], tuple[int, ...]]:
    """The seeds that both runs completed, as pairs, and the seeds that one of them did not complete."""
    pairs = list(zip(model.members(left), model.members(right), strict=True))
    done = [pair for pair in pairs if all(model.completed(run) for run in pair)]
    return done, tuple(first.seed for first, second in pairs if (first, second) not in done)


def first_of(wanted: Verdict, pairs: Sequence[Found], outcomes: Sequence[Verdict]) -> tuple[Found, Verdict] | None:
    """The first pair with an outcome, or else the first of all; None where there is none."""
    each = list(zip(pairs, outcomes, strict=True))
    return next((found for found in each if found[1] is wanted), each[0] if each else None)
