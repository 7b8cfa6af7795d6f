"""Classes of runs under dihomotopy, and their run barcode, without comparing every pair (DESIGN 4).

Witnesses join runs into groups (single linkage), which bounds the number of classes from above. Straight sheets tell
nothing apart, so from below there is at least one class and no more is known.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from math import comb

from scipy.cluster.hierarchy import DisjointSet

from catlearn.evidence import dihomotopy
from catlearn.evidence.documents import (
    IDENTITY,
    Alignment,
    ClassesFinding,
    Join,
    Levels,
    Member,
    RunBar,
    RunWidth,
)
from catlearn.evidence.model import Model
from catlearn.evidence.symmetry import relative, weight_matching
from catlearn.plan.ir import VERSIONS, RelationPlan

Pair = tuple[Member, Member]


def alignment_to(model: Model, reference: Member, member: Member) -> Alignment:
    """The symmetry of a member's initialisation: the alignment of its end to the reference's end."""
    return model.once(
        f"alignment {reference} {member}",
        lambda: weight_matching(model.end(reference), model.end(member), model.layers(member.job)),
    )


def alignments_between(model: Model, members: Sequence[Member], pair: Pair, modulo: str) -> tuple[Alignment, ...]:
    """The symmetries to try for a pair, identity first: one element an initialisation, all to one reference.

    Runs of one seed start from one initialisation, so only the identity is theirs."""
    left, right = pair
    if modulo == "none" or left.seed == right.seed:
        return (IDENTITY,)
    elements = [alignment_to(model, members[0], _first(members, member.seed)) for member in pair]
    return IDENTITY, relative(*elements)


def _first(members: Sequence[Member], seed: int) -> Member:
    return next(member for member in members if member.seed == seed)


def levels_of(model: Model, members: Sequence[Member], relation: RelationPlan) -> Levels:
    """The levels of a family: given, or fixed at the first decision over these jobs and kept."""
    if relation.levels is not None:
        return Levels(high=relation.levels[0], low=relation.levels[1], fixed_over=())

    def compute() -> Levels:
        high, low = dihomotopy.levels_of_family([dihomotopy.profile_of(model, member) for member in members])
        return Levels(high=high, low=low, fixed_over=tuple(members))

    jobs = sorted({member.job for member in members})
    kept = model.remembered({"jobs": jobs, "version": VERSIONS["sheet"]}, Levels, compute)
    known = {(member.job, member.seed): member for member in members}
    runs = [(member.job, member.seed) for member in kept.fixed_over]
    if not known.keys() >= set(runs):  # fixed over seeds that the family no longer has
        return compute()
    return kept.model_copy(update={"fixed_over": tuple(known[run] for run in runs)})


def widths_of(model: Model, members: Sequence[Member], levels: Levels) -> tuple[RunWidth, ...]:
    """The own width of every member at the levels."""
    return tuple(
        dihomotopy.run_width(member, dihomotopy.profile_of(model, member), levels.high, levels.low)
        for member in members
    )


def eligible(widths: Sequence[RunWidth], slack: float) -> tuple[Member, ...]:
    """The members that can be joined: descents within `slack` of whose fall the levels cover half."""
    return tuple(
        width.member
        for width in widths
        if dihomotopy.is_descent(width, slack) and width.coverage >= dihomotopy.LEAST_COVERAGE
    )


def most_classes(widths: Sequence[RunWidth], joins: Sequence[Join], slack: float) -> int:
    """The number of classes from above: groups joined by witnesses, runs left out counting one each."""
    groups: DisjointSet = DisjointSet([width.member for width in widths])
    able = set(eligible(widths, slack))
    for join in joins:
        if dihomotopy.joins(join.witness, join.height, slack) and able.issuperset(
            (join.witness.left, join.witness.right)
        ):
            groups.merge(join.witness.left, join.witness.right)
    return int(groups.n_subsets)


def _candidates(members: Sequence[Member], groups: DisjointSet) -> Iterator[Pair]:
    """The pairs to test, likeliest first: a star within each initialisation, the rest of it, then one of each group."""
    same = [pair for pair in combinations(members, 2) if pair[0].seed == pair[1].seed]
    star = [pair for pair in same if pair[0] == _first(members, pair[0].seed)]
    yield from star
    yield from (pair for pair in same if pair not in star)
    yield from combinations([sorted(group, key=members.index)[0] for group in groups.subsets()], 2)


def classes_finding(
    model: Model,
    members: Sequence[Member],
    missing: tuple[Member, ...],
    relation: RelationPlan,
    enough: Callable[[int], bool],
    progress: Callable[[int, int], None],
) -> ClassesFinding:
    """Join completed runs by straight sheets until `enough(most classes)` or no untested pair can join two groups.

    Runs of width above the slack, and those `missing`, count as a class each."""
    levels = levels_of(model, members, relation)
    widths = widths_of(model, members, levels)
    able = eligible(widths, relation.slack)
    groups: DisjointSet = DisjointSet(able)
    joins: list[Join] = []
    tested, likely = 0, comb(len({member.seed for member in able}), 2) + len(able)
    for left, right in _candidates(able, groups):
        if enough(len(missing) + len(members) - len(able) + groups.n_subsets):
            break
        if groups.connected(left, right):
            continue
        tested += 1
        progress(tested, likely)
        join = _join(model, able, (left, right), relation, levels)
        if join is not None:
            joins.append(join)
            groups.merge(left, right)
    return ClassesFinding(missing=missing, levels=levels, widths=widths, joins=tuple(joins), comparisons=tested)


def _join(model: Model, members: Sequence[Member], pair: Pair, relation: RelationPlan, levels: Levels) -> Join | None:
    """A sheet between two runs within the relation's slack, or None where no straight one was found."""
    ends, slack = (levels.high, levels.low), relation.slack
    for alignment in alignments_between(model, members, pair, relation.modulo):
        if dihomotopy.screened(model, *pair, alignment, ends, slack):
            witness, height = dihomotopy.straight_sheet(model, *pair, alignment, ends, slack)
            if dihomotopy.joins(witness, height, slack):
                return Join(witness=witness, height=height)
    return None


def run_barcode(finding: ClassesFinding) -> tuple[RunBar, ...]:
    """The elder-rule barcode of the tested runs: born at their width, dying at the height of the join to an older
    group; deaths are upper bounds, and None where no witness joined a run. Ordered by class, elders first."""
    births = {width.member: width.width.bound for width in finding.widths}
    order = [width.member for width in finding.widths]
    groups: DisjointSet = DisjointSet(order)
    deaths: dict[Member, float] = {}

    def age(member: Member) -> tuple[float, int]:
        return births[member], order.index(member)

    for join in sorted(finding.joins, key=lambda join: _join_height(join, births)):
        ends = join.witness.left, join.witness.right
        elders = [min(groups.subset(member), key=age) for member in ends]
        if elders[0] != elders[1] and groups.merge(*elders):
            younger = max(elders, key=age)
            deaths[younger] = _join_height(join, births)
    classes = sorted(groups.subsets(), key=lambda group: min(order.index(member) for member in group))
    return tuple(
        RunBar(member=member, birth=births[member], death=deaths.get(member), group=number)
        for number, group in enumerate(classes)
        for member in sorted(group, key=lambda run: (run in deaths, order.index(run)))
    )


def _join_height(join: Join, births: dict[Member, float]) -> float:
    return max(join.height.bound, births[join.witness.left], births[join.witness.right])
