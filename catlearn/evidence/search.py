"""The search for sheets that join runs into classes: likely pairs first, none whose runs are joined already.

Within an initialisation a star, then between groups the nearest pairs, in the order of their cheap widths (Kruskal's
algorithm, lazily), and last relaxed sheets between groups that are still apart, each with its likeliest partner, all at
once (Borůvka's). The number of pairs looked at grows with the runs and the groups, not with the pairs of runs.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.cluster.hierarchy import DisjointSet

from catlearn.evidence import dihomotopy, relaxed
from catlearn.evidence.descent import Floats
from catlearn.evidence.documents import Alignment, Height, Join, SheetWitness
from catlearn.evidence.relaxed import Draft
from catlearn.evidence.skeleton import Skeletons

PARTNERS = 8
"""Groups, the nearest ones, to which a group is tried to be joined."""

ROUNDS = 6
"""How often the groups that are left are tried again, with other pairs of theirs."""

Pair = tuple[int, int]


@dataclass
class Search:
    """What is joined so far of some runs, by place, and which pairs have been looked at. `enough` says of a number of
    groups whether the search may stop."""

    skeletons: Skeletons
    enough: Callable[[int], bool]
    progress: Callable[[int, int], None]
    joins: list[Join] = field(default_factory=list)
    looked_at: set[Pair] = field(default_factory=set)
    bent: set[Pair] = field(default_factory=set)
    cheap: dict[Pair, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.groups: DisjointSet = DisjointSet(range(len(self.skeletons.members)))

    def run(self) -> None:
        """Join what can be joined."""
        distances = self.skeletons.distances()
        self._straight(self._stars(distances))
        for _ in range(ROUNDS):
            if self.done or not self._straight(self._between(distances, self.looked_at)):
                break
        for _ in range(ROUNDS if self.skeletons.relation.effort else 0):
            if self.done or not self._relaxed(self._likeliest(distances)):
                break

    @property
    def done(self) -> bool:
        """Whether nothing more has to be joined."""
        count = int(self.groups.n_subsets)
        return count == 1 or self.enough(count)

    def _stars(self, distances: Floats) -> list[Pair]:
        """In each initialisation the pairs of its middlemost run with the others."""
        pairs = []
        seeds = [member.seed for member in self.skeletons.members]
        for seed in dict.fromkeys(seeds):
            places = [place for place, other in enumerate(seeds) if other == seed]
            middle = places[int(distances[np.ix_(places, places)].sum(1).argmin())]
            pairs += [_pair(middle, place) for place in places if place != middle]
        return pairs

    def _between(self, distances: Floats, tried: set[Pair]) -> list[Pair]:
        """For each group and each of the groups nearest to it the nearest two runs that were not tried."""
        open_distances = distances.copy()
        for left, right in tried:
            open_distances[left, right] = open_distances[right, left] = np.inf
        groups = sorted((sorted(group) for group in self.groups.subsets()), key=lambda group: group[0])
        apart = _between_groups(open_distances, groups)
        return sorted(
            {
                _nearest(open_distances, groups[number], groups[other])
                for number, row in enumerate(apart)
                for other in np.argsort(row, kind="stable")[:PARTNERS]
                if np.isfinite(row[other])
            }
        )

    def _look(self, pairs: Iterable[Pair]) -> None:
        """Take the cheap widths of pairs that have none."""
        new = [pair for pair in pairs if pair not in self.cheap]
        if new:
            widths = self.skeletons.widths(np.array(new, dtype=np.intp))
            self.cheap.update(zip(new, map(tuple, widths.T.tolist()), strict=True))
            self.looked_at.update(new)

    def _straight(self, pairs: list[Pair]) -> bool:
        """Join pairs by straight sheets, likeliest first; whether any was joined."""
        self._look(pairs)
        slack, joined = self.skeletons.relation.slack, len(self.joins)
        for number, pair in enumerate(sorted(pairs, key=lambda pair: min(self.cheap[pair]))):
            self.progress(number, len(pairs))
            if self.done or min(self.cheap[pair]) > slack:
                break
            if not self.groups.connected(*pair):
                self._join(pair, self._straight_sheets(pair))
        return len(self.joins) > joined

    def _straight_sheets(self, pair: Pair) -> Iterator[tuple[SheetWitness, Height]]:
        model, members = self.skeletons.model, [self.skeletons.members[place] for place in pair]
        ends, slack = self.skeletons.ends, self.skeletons.relation.slack
        for frame, cheap in enumerate(self.cheap[pair]):
            if cheap <= slack:
                alignment = self.skeletons.alignment(frame, *pair)
                yield dihomotopy.straight_sheet(model, members[0], members[1], alignment, ends, slack)

    def _join(self, pair: Pair, found: Iterable[tuple[SheetWitness, Height]]) -> bool:
        for witness, height in found:
            if dihomotopy.joins(witness, height, self.skeletons.relation.slack):
                self.skeletons.model.keep_bend(witness.bend)
                self.joins.append(Join(witness=witness, height=height))
                self.groups.merge(*pair)
                return True
        return False

    def _likeliest(self, distances: Floats) -> list[Pair]:
        """For each group the pair with another one whose cheap width is least, of those not bent so far."""
        candidates = self._between(distances, self.bent)
        self._look(candidates)
        best: dict[int, Pair] = {}
        for pair in sorted(candidates, key=lambda pair: min(self.cheap[pair])):
            for place in pair:
                best.setdefault(int(self.groups[place]), pair)
        return sorted(set(best.values()))

    def _relaxed(self, pairs: list[Pair]) -> bool:
        """Join pairs by relaxed sheets; whether there was any pair."""
        relation, members = self.skeletons.relation, self.skeletons.members
        drafts = [
            Draft(members[left], members[right], self._best_alignment((left, right)), self.skeletons.ends)
            for left, right in pairs
        ]
        self.bent.update(pairs)
        if drafts:
            found = relaxed.sheets(self.skeletons.model, drafts, relation.slack, relation.effort)
            for pair, bent in zip(pairs, found, strict=True):
                if bent is not None and not self.groups.connected(*pair):
                    self._join(pair, [bent])
        return bool(pairs)

    def _best_alignment(self, pair: Pair) -> Alignment:
        return self.skeletons.alignment(int(np.argmin(self.cheap[pair])), *pair)


def _pair(left: int, right: int) -> Pair:
    return min(left, right), max(left, right)


def _between_groups(distances: Floats, groups: list[list[int]]) -> Floats:
    """The least distance (groups, groups) between two groups, infinite within one."""
    order = [place for group in groups for place in group]
    firsts = np.cumsum([0, *(len(group) for group in groups[:-1])])
    rows = np.minimum.reduceat(distances[np.ix_(order, order)], firsts, axis=0)
    apart: Floats = np.minimum.reduceat(rows, firsts, axis=1)
    np.fill_diagonal(apart, np.inf)
    return apart


def _nearest(distances: Floats, one: list[int], other: list[int]) -> Pair:
    """The nearest two runs of two groups."""
    between = distances[np.ix_(one, other)]
    row, column = np.unravel_index(int(between.argmin()), between.shape)
    return _pair(one[int(row)], other[int(column)])
