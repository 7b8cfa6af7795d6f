"""How findings are said: numbers, seeds, discrepancies. Nothing here computes."""

from collections.abc import Sequence

from catlearn.evidence.documents import Discrepancy, Member

SAME_RUN = "both sides are the same run: any run is like itself"


def number(value: float) -> str:
    """A number with four significant digits."""
    return f"{value:.4g}"


def member(run: Member) -> str:
    """A seed of a run, as `gd[3]`."""
    return f"{run.name}[{run.seed}]"


def seeds(numbers: Sequence[int]) -> str:
    """Seeds as the language writes them: `0..15`, or a list where they have gaps."""
    if not numbers:
        return "no seeds"
    ordered = sorted(numbers)
    if len(ordered) > 1 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{ordered[0]}..{ordered[-1]}"
    return ", ".join(str(seed) for seed in ordered)


def counted(count: int, noun: str) -> str:
    """A count with its noun, `1 seed` or `16 seeds`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith('s') else 's'}"


def discrepancy(found: Discrepancy) -> str:
    """Where two arrays differ and by what values."""
    place = f"seed {found.seed}, {found.where}"
    if found.left is None or found.right is None:
        return f"{place}: {found.tensor} is on one side only" if found.tensor else place
    index = ", ".join(str(axis) for axis in found.index)
    return f"{place}: {found.tensor}[{index}] is {found.left!r} on the left, {found.right!r} on the right"


def more(count: int) -> list[str]:
    """The line for discrepancies that are not shown."""
    return [f"and in {counted(count, 'more seed')}"] if count > 0 else []


def missing(numbers: Sequence[int]) -> str:
    """The line for seeds without a completed run."""
    return f"not completed: seeds {seeds(numbers)}"
