"""How many pairs of runs are compared to find their classes, and how long that takes: python -m benchmarks.classes

Digits runs of four initialisations, each in so many variants of rule and rate (three optimisers, rates from a range).
`pairs` are all pairs, `compared` those that the search looked at, and `classes` what it found. With `--all` all pairs
are tested too, one by one, by the same sheets: `same` says whether the classes are the same. `--json` prints rows as
JSON. Arguments are numbers of variants, 25 and 250 if none are given.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

from scipy.cluster.hierarchy import DisjointSet

from catlearn import verbs
from catlearn.evidence import classes, dihomotopy
from catlearn.evidence.alignment import alignments_between
from catlearn.evidence.documents import Levels, Member
from catlearn.evidence.model import Model
from catlearn.plan.ir import ClassesQuestion, Plan, RelationPlan
from catlearn.store.store import Store

VARIANTS = (25, 250)
SEEDS = 4
RULES = ("sgd(lr = {:.4g})", "heavy_ball(lr = {:.4g}, m = 0.5)", "ema(lr = {:.4g}, m = 0.5)")
RATES = 0.15, 0.3
"""The range of rates of gradient descent; of the heavy ball half of it."""

TEXT = """dataset digits {{ source = sklearn.digits, test = 0.25, seed = 0 }}
map net : R[64] -> R[10] = linear(32) >> relu >> linear(10)
category Param {{
  object A = params(net)
{runs}
}}
relation basin = dihomotopy {{ slack = 0.05, modulo = permutations, effort = low }}
claim count : classes({names}, by = basin) <= 1
"""
FIRST = """  run r0 : A@init -> A@r0 {{ net = net, data = digits, loss = cross_entropy, optimiser = {rule}, batch = 64,
                           epochs = 12, seeds = 0..{last} }}"""
LIKE = "  run r{n} : A@init -> A@r{n} {{ like = r0, optimiser = {rule} }}"


@dataclass(frozen=True)
class Row:
    """One measurement; `every_pair_seconds` and `same` are None where all pairs were not tested."""

    runs: int
    pairs: int
    compared: int
    classes: int
    seconds: float
    every_pair_seconds: float | None
    same: bool | None


def specification(variants: int) -> str:
    """Runs of so many variants of rule and rate."""
    rules = list(_rules(variants))
    lines = [FIRST.format(rule=rules[0], last=SEEDS - 1)]
    lines += [LIKE.format(n=n, rule=rule) for n, rule in enumerate(rules) if n]
    return TEXT.format(runs="\n".join(lines), names=" + ".join(f"r{n}" for n in range(variants)))


def _rules(variants: int) -> Iterator[str]:
    low, high = RATES
    for number in range(variants):
        rate = low * (high / low) ** (number / max(1, variants - 1))
        rule = RULES[number % len(RULES)]
        yield rule.format(rate / 2 if "heavy" in rule else rate)


def measured(variants: int, every_pair: bool) -> Row:
    """Train the runs in a store that is thrown away, and find their classes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "classes.cat"
        path.write_text(specification(variants), "utf-8")
        verbs.run(path)
        store = Store(path.with_suffix(".catlearn"))
        plan = Plan.model_validate_json(store.read_text("plan.json") or "")
        return _row(plan, store, every_pair)


def _row(plan: Plan, store: Store, every_pair: bool) -> Row:
    question = next(job.question for job in plan.decide)
    assert isinstance(question, ClassesQuestion)
    model, relation = Model(plan, store, fresh=True), question.relation
    members = tuple(member for job in question.runs for member in model.members(job) if model.completed(member))
    began = time.perf_counter()
    finding = classes.classes_finding(model, members, (), relation, lambda _: False, lambda *_: None)
    seconds = time.perf_counter() - began
    found = classes.most_classes(finding.widths, finding.joins, relation.slack)
    row = Row(len(members), len(members) * (len(members) - 1) // 2, finding.comparisons, found, seconds, None, None)
    if not every_pair:
        return row
    began = time.perf_counter()
    able = classes.eligible(finding.widths, relation.slack)
    groups = _one_by_one(Model(plan, store, fresh=True), able, relation, finding.levels)
    most = groups.n_subsets + len(members) - len(able)
    return Row(*list(asdict(row).values())[:5], time.perf_counter() - began, most == found)


def _one_by_one(model: Model, able: Sequence[Member], relation: RelationPlan, levels: Levels) -> DisjointSet:
    """The classes from a straight sheet, with each symmetry in turn, between every two runs."""
    groups, ends = DisjointSet(able), (levels.high, levels.low)
    for pair in combinations(able, 2):
        for alignment in alignments_between(model, able, pair, relation.modulo):
            witness, height = dihomotopy.straight_sheet(model, *pair, alignment, ends, relation.slack)
            if dihomotopy.joins(witness, height, relation.slack):
                groups.merge(*pair)
                break
    return groups


def _line(row: Row) -> str:
    compared = f"{row.runs:5} runs  {row.compared:6} of {row.pairs:7} pairs compared  {row.classes:3} classes"
    every = "" if row.same is None else f"  all pairs {row.every_pair_seconds:8.1f} s, same classes: {row.same}"
    return f"{compared}  {row.seconds:7.1f} s{every}"


def main(arguments: Sequence[str]) -> None:
    """Measure for each number of variants."""
    variants = [int(word) for word in arguments if not word.startswith("-")] or list(VARIANTS)
    rows = [measured(count, "--all" in arguments) for count in variants]
    if "--json" in arguments:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        print("\n".join(map(_line, rows)))


if __name__ == "__main__":
    main(sys.argv[1:])
