"""The classes of runs without comparing all pairs, against comparing all pairs one by one.

Digits runs of four initialisations, each in so many variants of rule and rate: three optimisers, rates from a range.

`python -m benchmarks.classes [VARIANTS]` tests all pairs one by one, which takes twenty-five minutes with 25 variants,
and says whether that gives the same classes; the rows test some pairs and say so.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from tempfile import mkdtemp

import torch
from scipy.cluster.hierarchy import DisjointSet

from benchmarks import engine
from benchmarks.harness import Figure, row, timed
from catlearn.evidence import classes, dihomotopy
from catlearn.evidence.alignment import alignments_between
from catlearn.evidence.documents import ClassesFinding, Member
from catlearn.evidence.losses import profile_of
from catlearn.evidence.model import Model
from catlearn.network.randomness import generator
from catlearn.plan.ir import ClassesQuestion, Plan, RelationPlan
from catlearn.store.store import Store

VARIANTS, MANY = 25, 250
SEEDS = 4
RULES = ("sgd(lr = {:.4g})", "heavy_ball(lr = {:.4g}, m = 0.5)", "ema(lr = {:.4g}, m = 0.5)")
RATES = 0.15, 0.3
"""The range of rates of gradient descent; of the heavy ball half of it."""

SAMPLED = 60
"""Pairs that a row tests one by one, drawn from all."""

TEXT = """dataset digits {{ source = sklearn.digits, test = 0.25, seed = 0 }}
map net : R[64] -> R[10] = linear(32) >> relu >> linear(10)
category Param {{
  object A = params(net)
{runs}
}}
relation basin = dihomotopy {{ slack = 0.05, modulo = permutations, effort = low }}
claim count : classes(r0 + r1, by = basin) <= 1
"""
FIRST = """  run r0 : A@init -> A@r0 {{ net = net, data = digits, loss = cross_entropy, optimiser = {rule}, batch = 64,
                           epochs = 12, seeds = 0..{last} }}"""
LIKE = "  run r{n} : A@init -> A@r{n} {{ like = r0, optimiser = {rule} }}"

Pair = tuple[Member, Member]


def specification(variants: int) -> str:
    """Runs of so many variants of rule and rate, and a claim whose relation is asked about all of them."""
    rules = list(_rules(variants))
    lines = [FIRST.format(rule=rules[0], last=SEEDS - 1)]
    lines += [LIKE.format(n=n, rule=rule) for n, rule in enumerate(rules) if n]
    return TEXT.format(runs="\n".join(lines))


def _rules(variants: int) -> Iterator[str]:
    low, high = RATES
    for number in range(variants):
        rate = low * (high / low) ** (number / max(1, variants - 1))
        rule = RULES[number % len(RULES)]
        yield rule.format(rate / 2 if "heavy" in rule else rate)


@dataclass(frozen=True)
class Family:
    """Trained runs, and the relation by which their classes are sought."""

    plan: Plan
    store: Store
    relation: RelationPlan

    def model(self) -> Model:
        """The runs, nothing computed of them yet."""
        return Model(self.plan, self.store, fresh=True)

    def members(self) -> tuple[Member, ...]:
        """All runs."""
        return tuple(member for job in self.plan.train for member in self.model().members(job.digest))


@dataclass(frozen=True)
class Found:
    """What the search found of a family, in how many processor seconds."""

    finding: ClassesFinding
    groups: tuple[tuple[Member, ...], ...]
    seconds: float


@cache
def trained(variants: int) -> Family:
    """Runs in a store that the process leaves in its folder of temporary files."""
    directory = Path(mkdtemp(prefix="catlearn-benchmark-"))
    plan = engine.plan(specification(variants), directory)
    store = Store(engine.prepared(plan, directory, {job.name for job in plan.train}))
    (question,) = (job.question for job in plan.decide)
    assert isinstance(question, ClassesQuestion)
    return Family(plan, store, question.relation)


@cache
def searched(variants: int) -> Found:
    """The classes of a family, by the search that `classes` uses."""
    family, found = trained(variants), []
    members, model = family.members(), family.model()

    def search() -> None:
        found.append(classes.classes_finding(model, members, (), family.relation, lambda _: False, lambda *_: None))

    seconds = timed(search)
    groups = classes.joined_groups(found[0].widths, found[0].joins, family.relation.slack)
    return Found(found[0], groups, seconds)


def joined(model: Model, able: Sequence[Member], pair: Pair, found: Found, relation: RelationPlan) -> bool:
    """Whether a straight sheet joins two runs, with each symmetry in turn."""
    levels = found.finding.levels
    for alignment in alignments_between(model, able, pair, relation.modulo):
        sheet = dihomotopy.straight_sheet(model, *pair, alignment, (levels.high, levels.low), relation.slack)
        if dihomotopy.joins(*sheet, relation.slack):
            return True
    return False


def disagreements(pairs: Sequence[tuple[Pair, bool]], found: Found) -> int:
    """How many pairs are joined one by one and not by the search."""
    group = {member: number for number, members in enumerate(found.groups) for member in members}
    return sum(is_joined and group[left] != group[right] for (left, right), is_joined in pairs)


@row(
    "classes-pairs",
    "pairs of 100 digits runs of 4 initialisations that are compared to find their classes, of 4,950",
    at_most=400,
    unit=" pairs",
    bound="96 witnesses are needed to join 100 runs into 4 classes",
)
def compared() -> Figure:
    """Every pair of which a loss was taken counts."""
    found = searched(VARIANTS)
    pairs, _ = one_by_one(VARIANTS)
    return Figure(
        (found.finding.comparisons,),
        f"{len(found.groups)} classes; of {len(pairs)} pairs drawn and tested one by one, {_joined(pairs)} are joined, "
        f"{disagreements(pairs, found)} of them in different classes",
    )


@row(
    "classes-time",
    "time of testing the 4,950 pairs of these runs one by one, reckoned from 60 of them, against the search",
    at_least=10,
    bound="4,950 / 96: a pair takes one sheet or two",
)
def against_all_pairs() -> Figure:
    """Losses along the runs, which both need, are in both."""
    found, (pairs, seconds) = searched(VARIANTS), one_by_one(VARIANTS)
    family = trained(VARIANTS)
    count = len(family.members())
    model = family.model()
    profiles = timed(lambda: [profile_of(model, member) for member in family.members()])
    every = profiles + seconds / len(pairs) * (count * (count - 1) // 2)
    return Figure((every / found.seconds,), f"the search {found.seconds:.0f} s, all pairs {every:,.0f} s")


@row(
    "classes-growth",
    "time of finding the classes of 1,000 such runs against that of 100",
    at_most=15,
    bound="10: each run has to be joined once",
)
def growth() -> Figure:
    """Of 250 variants and of 25."""
    few, many = searched(VARIANTS), searched(MANY)
    return Figure(
        (many.seconds / few.seconds,),
        f"{many.finding.comparisons:,} of 499,500 pairs compared, {len(many.groups)} classes, {many.seconds:.0f} s",
    )


@cache
def one_by_one(variants: int) -> tuple[tuple[tuple[Pair, bool], ...], float]:
    """Some pairs drawn from all, with whether they are joined, and the processor seconds that testing them took. Losses
    along all runs and all alignments are taken before."""
    family, found = trained(variants), searched(variants)
    model = family.model()
    able = classes.eligible(classes.widths_of(model, family.members(), found.finding.levels), family.relation.slack)
    every = list(combinations(able, 2))
    for pair in combinations(able[:SEEDS], 2):
        alignments_between(model, able, pair, family.relation.modulo)
    drawn = torch.randperm(len(every), generator=generator("pairs of a benchmark"))[:SAMPLED]
    chosen, results = [every[place] for place in drawn.tolist()], []
    seconds = timed(lambda: results.extend(joined(model, able, pair, found, family.relation) for pair in chosen))
    return tuple(zip(chosen, results, strict=True)), seconds


def _joined(pairs: Sequence[tuple[Pair, bool]]) -> int:
    return sum(is_joined for _, is_joined in pairs)


def main(arguments: Sequence[str]) -> None:
    """Test all pairs one by one, beside the search."""
    variants = int(arguments[0]) if arguments else VARIANTS
    torch.set_num_threads(1)
    family, found = trained(variants), searched(variants)
    model, began = family.model(), time.process_time()
    widths = classes.widths_of(model, family.members(), found.finding.levels)
    able = classes.eligible(widths, family.relation.slack)
    groups: DisjointSet = DisjointSet(family.members())
    for left, right in combinations(able, 2):
        if joined(model, able, (left, right), found, family.relation):
            groups.merge(left, right)
    same = {frozenset(group) for group in groups.subsets()} == {frozenset(group) for group in found.groups}
    count = len(family.members())
    print(f"{count} runs, {found.finding.comparisons} of {count * (count - 1) // 2} pairs compared in")
    print(f"{found.seconds:.1f} s of one processor, {len(found.groups)} classes; all pairs one by one in")
    print(f"{time.process_time() - began:.1f} s, {groups.n_subsets} classes, {'the same' if same else 'not the same'}")


if __name__ == "__main__":
    main(sys.argv[1:])
