"""Findings of measures over classes, of classes and values that are known."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from catlearn.evidence.documents import (
    IDENTITY,
    ClassesFinding,
    ClassMeasureFinding,
    Height,
    Join,
    Levels,
    Member,
    MemberValue,
    Obstruction,
    RunsApart,
    RunWidth,
    SheetWitness,
)
from catlearn.plan.ir import RelationPlan

RELATION = RelationPlan(name="r", kind="dihomotopy", slack=0.1, levels=None, modulo="none")
NOTHING = Height(raw=0.0, bound=0.0, remainder=0.0)
CROSSING = Obstruction(kind="crossing", slack=0.1, cells=9, level=1.0, point=(), number=0, in_box=False)


def members_of(seeds: Sequence[int]) -> tuple[Member, ...]:
    """A member of each seed: where a seed comes again it is that of another run."""
    seen: Counter[int] = Counter()
    found = []
    for seed in seeds:
        name = "abcdef"[seen[seed]]
        found.append(Member(job=name, name=name, seed=int(seed)))
        seen[seed] += 1
    return tuple(found)


def joined(left: Member, right: Member) -> Join:
    witness = SheetWitness(left=left, right=right, alignment=IDENTITY, rows=9, columns=((0.0, 0.0),))
    return Join(witness=witness, height=NOTHING)


def finding(
    groups: Sequence[Sequence[float]], seeds: Sequence[int] | None = None, told_apart: bool = False
) -> ClassMeasureFinding:
    """Runs with some values, in groups that witnesses join and, where they are told apart, obstructions separate.
    `seeds` are those of the runs, group by group; each has its own where they are not given."""
    values = [float(value) for group in groups for value in group]
    members = members_of(range(len(values)) if seeds is None else seeds)
    ends = np.cumsum([0, *map(len, groups)])
    firsts = [members[start] for start in ends[:-1]]
    joins = [joined(members[start], member) for start, end in pairwise(ends) for member in members[start + 1 : end]]
    pairs = [(a, b) for place, b in enumerate(firsts) for a in firsts[:place] if told_apart]
    return ClassMeasureFinding(
        classes=ClassesFinding(
            missing=(),
            levels=Levels(high=2.0, low=0.2, fixed_over=members),
            widths=tuple(
                RunWidth(member=member, width=NOTHING, start=2.0, lowest=0.1, coverage=0.9) for member in members
            ),
            joins=tuple(joins),
            comparisons=9,
            apart=tuple(RunsApart(left=a, right=b, obstruction=CROSSING) for a, b in pairs),
        ),
        values=tuple(MemberValue(member=member, value=value) for member, value in zip(members, values, strict=True)),
    )
