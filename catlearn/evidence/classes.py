"""Classes of runs under dihomotopy, and their run barcode, without comparing every pair (DESIGN 4).

Witnesses join runs into groups (single linkage), which bounds the number of classes from above. Obstructions between
groups bound it from below: being related within a slack at common levels is transitive, so groups are told apart by any
two of their runs. Sheets tell nothing apart: among networks there is at least one class and no more is known.
"""

from collections.abc import Callable, Sequence
from math import inf

import networkx
from scipy.cluster.hierarchy import DisjointSet

from catlearn.evidence import dihomotopy
from catlearn.evidence.documents import (
    ClassesFinding,
    Join,
    Levels,
    Member,
    RunBar,
    RunJoin,
    RunsApart,
    RunWidth,
)
from catlearn.evidence.elder_rule import Merge, deaths
from catlearn.evidence.losses import evaluation_key, profile_of
from catlearn.evidence.model import Model
from catlearn.evidence.obstruction import obstruction
from catlearn.evidence.search import Search
from catlearn.evidence.skeleton import Skeletons
from catlearn.plan.ir import VERSIONS, RelationPlan


def levels_of(model: Model, members: Sequence[Member], relation: RelationPlan) -> Levels:
    """The levels of a family: given, or fixed at the first decision over these jobs and kept; both 0 of no runs."""
    if relation.levels is not None:
        return Levels(high=relation.levels[0], low=relation.levels[1], fixed_over=())
    if not members:
        return Levels(high=0.0, low=0.0, fixed_over=())

    def compute() -> Levels:
        high, low = dihomotopy.levels_of_family([profile_of(model, member) for member in members])
        return Levels(high=high, low=low, fixed_over=tuple(members))

    jobs = sorted({member.job for member in members})
    key = {"jobs": jobs, "on": evaluation_key(model), "version": VERSIONS["sheet"]}
    kept = model.remembered(key, Levels, compute)
    known = {(member.job, member.seed): member for member in members}
    runs = [(member.job, member.seed) for member in kept.fixed_over]
    if not known.keys() >= set(runs):  # fixed over seeds that the family no longer has
        return compute()
    return kept.model_copy(update={"fixed_over": tuple(known[run] for run in runs)})


def widths_of(model: Model, members: Sequence[Member], levels: Levels) -> tuple[RunWidth, ...]:
    """The own width of every member at the levels."""
    return tuple(dihomotopy.run_width(member, profile_of(model, member), levels.high, levels.low) for member in members)


def eligible(widths: Sequence[RunWidth], slack: float) -> tuple[Member, ...]:
    """The members that can be joined: descents within `slack` of whose fall the levels cover half."""
    return tuple(
        width.member
        for width in widths
        if dihomotopy.is_descent(width, slack) and width.coverage >= dihomotopy.LEAST_COVERAGE
    )


def most_classes(widths: Sequence[RunWidth], joins: Sequence[Join], slack: float) -> int:
    """The number of classes from above: groups joined by witnesses, runs left out counting one each."""
    return len(joined_groups(widths, joins, slack))


def joined_groups(widths: Sequence[RunWidth], joins: Sequence[Join], slack: float) -> tuple[tuple[Member, ...], ...]:
    """The groups of runs joined by witnesses, in the order of their first runs; runs left out stand alone."""
    groups: DisjointSet = DisjointSet([width.member for width in widths])
    able = set(eligible(widths, slack))
    for join in joins:
        if dihomotopy.joins(join.witness, join.height, slack) and able.issuperset(
            (join.witness.left, join.witness.right)
        ):
            groups.merge(join.witness.left, join.witness.right)
    order = [width.member for width in widths]
    found = (tuple(sorted(group, key=order.index)) for group in groups.subsets())
    return tuple(sorted(found, key=lambda group: order.index(group[0])))


def classes_finding(
    model: Model,
    members: Sequence[Member],
    missing: tuple[Member, ...],
    relation: RelationPlan,
    enough: Callable[[int], bool],
    progress: Callable[[int, int], None],
) -> ClassesFinding:
    """Join completed runs by sheets until `enough(most classes)` or until no pair is left that is likely to join two
    groups. Runs of width above the slack, and those `missing`, count as a class each."""
    levels = levels_of(model, members, relation)
    widths = widths_of(model, members, levels)
    able = eligible(widths, relation.slack)
    alone = len(missing) + len(members) - len(able)
    search = Search(Skeletons.of(model, able, relation, levels), lambda groups: enough(alone + groups), progress)
    if able:
        search.run()
    joins = tuple(search.joins)
    return ClassesFinding(
        missing=missing,
        levels=levels,
        widths=widths,
        joins=joins,
        comparisons=len(search.looked_at),
        apart=runs_apart(model, first_of_groups(widths, joins, relation.slack), levels, relation),
    )


def first_of_groups(widths: Sequence[RunWidth], joins: Sequence[Join], slack: float) -> tuple[Member, ...]:
    """The first run of each group that witnesses join, without the runs that are left out."""
    able = set(eligible(widths, slack))
    return tuple(group[0] for group in joined_groups(widths, joins, slack) if group[0] in able)


def runs_apart(model: Model, runs: Sequence[Member], levels: Levels, relation: RelationPlan) -> tuple[RunsApart, ...]:
    """Obstructions between runs of which any two are told apart: each run in turn is taken where it is told apart from
    all that were taken before."""
    taken: list[Member] = []
    found: list[RunsApart] = []
    for run in runs:
        apart = _apart_from_all(model, taken, run, levels, relation)
        if apart is not None:
            taken.append(run)
            found += apart
    return tuple(found)


def _apart_from_all(
    model: Model, taken: Sequence[Member], run: Member, levels: Levels, relation: RelationPlan
) -> list[RunsApart] | None:
    found = []
    for other in taken:
        between = obstruction(model, (other, run), levels.ends, relation)
        if between is None:
            return None
        found.append(RunsApart(left=other, right=run, obstruction=between))
    return found


def fewest_classes(apart: Sequence[RunsApart]) -> int:
    """The number of classes from below: the most runs of which any two are told apart."""
    graph = networkx.Graph([(pair.left, pair.right) for pair in apart])
    return max((len(clique) for clique in networkx.find_cliques(graph)), default=1)


def run_barcode(finding: ClassesFinding) -> tuple[RunBar, ...]:
    """The elder-rule barcode of the tested runs: born at their width, dying at the height of the join to an older
    group; deaths are upper bounds, and None where no witness joined a run. Ordered by class, elders first."""
    births = {width.member: width.width.bound for width in finding.widths}
    order = list(births)
    merges = [
        Merge(_join_height(join, births), order.index(join.witness.left), order.index(join.witness.right))
        for join in finding.joins
    ]
    groups: DisjointSet = DisjointSet(range(len(order)))
    for merge in merges:
        groups.merge(merge.left, merge.right)
    died = deaths([*births.values()], merges)
    return tuple(
        RunBar(member=order[place], birth=births[order[place]], death=died[place] if joined else None, group=number)
        for number, group in enumerate(sorted(groups.subsets(), key=min))
        for joined, place in sorted((died[place] < inf, place) for place in group)
    )


def run_join(join: Join) -> RunJoin:
    """A join as it is drawn."""
    witness = join.witness
    return RunJoin(left=witness.left, right=witness.right, height=join.height.bound, relaxed=witness.bend is not None)


def _join_height(join: Join, births: dict[Member, float]) -> float:
    return max(join.height.bound, births[join.witness.left], births[join.witness.right])
