"""How findings are said: numbers, seeds, discrepancies. Nothing here computes."""

from collections.abc import Iterable, Sequence

from catlearn.evidence.documents import Discrepancy, MeasureValues, Member, SheetWitness
from catlearn.plan.ir import CloudTermsPlan, RelationPlan

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


def sheets(relation: RelationPlan, witnesses: Iterable[SheetWitness | None]) -> str:
    """By which sheets something was decided, and where the loss was taken if the relation says."""
    bent = any(witness is not None and witness.bend is not None for witness in witnesses)
    kinds = "by straight and relaxed sheets" if bent else "by straight sheets"
    return kinds if relation.on is None else f"{kinds}, the loss taken on the {relation.on.split} split that it names"


def effort(relation: RelationPlan) -> str:
    """What was tried, as it is said where nothing was decided."""
    relaxed = f"and ones relaxed for {relation.effort} steps" if relation.effort else "and, with this effort, no others"
    return f"tried were straight sheets {relaxed}, modulo {relation.modulo}"


def cloud_terms(terms: CloudTermsPlan) -> tuple[str, ...]:
    """On what clouds a measure is taken: how many points, which normalisation, what is cut off."""
    drawn = f"{terms.points} points drawn by seed {terms.seed} of " if terms.points else ""
    said = (
        f"clouds of {drawn}{terms.size} points, {' and '.join(dict.fromkeys(terms.normalise))}-normalised",
        None if terms.cutoff is None else f"scales up to {number(terms.cutoff)}",
        None if terms.along is None else f"the {terms.along} along the runs",
    )
    return tuple(words.replace("none-normalised", "as they are") for words in said if words)


def unmeasured(sides: Sequence[MeasureValues]) -> tuple[str, ...]:
    """The lines for seeds of which some side has no value, by the reason."""
    reasons = {
        "no value, a division by 0: seeds": {seed for side in sides for seed in side.undefined},
        "no value, a cloud without a shape or with too few points: seeds": {
            seed for side in sides for seed in side.shapeless
        },
        "not completed: seeds": {seed for side in sides for seed in side.missing},
    }
    return tuple(f"{reason} {seeds(sorted(found))}" for reason, found in reasons.items() if found)


def missing(numbers: Sequence[int]) -> str:
    """The line for seeds without a completed run."""
    return f"not completed: seeds {seeds(numbers)}"
