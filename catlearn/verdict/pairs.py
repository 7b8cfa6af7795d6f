"""The pairs of seeds that a cell between two runs is about."""

from catlearn.evidence.documents import Member
from catlearn.evidence.model import Model


def pairs_of(model: Model, left: str, right: str) -> tuple[list[tuple[Member, Member]], tuple[int, ...]]:
    """The seeds that both runs completed, as pairs, and the seeds that one of them did not complete."""
    pairs = list(zip(model.members(left), model.members(right), strict=True))
    done = [pair for pair in pairs if all(model.completed(run) for run in pair)]
    return done, tuple(first.seed for first, second in pairs if (first, second) not in done)
