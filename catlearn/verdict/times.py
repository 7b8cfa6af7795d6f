"""Times of training are compared where one call measured them on one machine: else a difference may be its own."""

from collections.abc import Collection, Sequence

from catlearn.evidence.documents import MeasureValues
from catlearn.verdict import wording


def incomparable(sides: Sequence[MeasureValues]) -> list[str]:
    """The line that says so of times that are compared and are not of one session, empty where none are.

    Sides that have the same seeds are compared seed by seed, so that each seed may have a session of its own; a single
    time is compared with none."""
    timed = [side for side in sides if side.sessions]
    if len(timed) == 2 and timed[0].seeds != timed[1].seeds:
        return mixed({name for side in timed for names in side.sessions for name in names})
    found: dict[int, set[str]] = {}
    for side in timed:
        for seed, names in zip(side.seeds, side.sessions, strict=True):
            found.setdefault(seed, set()).update(names)
    unlike = sorted(seed for seed, names in found.items() if len(names) > 1 or "" in names)
    return [f"seeds {wording.seeds(unlike)}: {APART}"] if unlike else []


def mixed(sessions: Collection[str]) -> list[str]:
    """The same of times of all seeds together."""
    return [APART] if len(sessions) > 1 or "" in sessions else []


APART = (
    "times that no one call measured on one machine, which are not compared: clean the store of their runs, and train "
    "them in one call"
)
