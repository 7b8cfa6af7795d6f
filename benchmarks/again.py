"""A verification that has been done: nothing is trained twice."""

from pathlib import Path

from benchmarks import engine
from benchmarks.harness import Figure, row, timed
from catlearn import verbs

QUICKSTART = Path(__file__).parents[1] / "examples" / "quickstart.cat"


@row(
    "verify-again",
    "runs that a second `verify` of the unchanged quickstart trains",
    at_most=0,
    unit=" runs",
    bound="0: what is stored counts as it is",
)
def again() -> Figure:
    """The runs trained the second time, of which none may be found missing."""
    with engine.scratch() as directory:
        first = timed(lambda: verbs.verify(QUICKSTART, store=directory))
        trained: list[str] = []

        def second() -> None:
            runs, _ = verbs.model(QUICKSTART, store=directory)
            assert runs.runs
            trained.extend(each.name for each in runs.runs if not each.reused)

        share = timed(second) / first
    return Figure((float(len(trained)),), f"it takes {share:.0%} of the first one's time, for the claims")
