"""Spread within classes and separation between them: decided by all that may be, never by what chance does as well."""

from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations, product

import numpy as np
import pytest

from catlearn import verbs
from catlearn.plan.ir import ClassesQuestion, ClassMeasureQuestion, MeasurePlan
from catlearn.verdict.questions import class_measure
from tests.statistics.class_findings import RELATION, finding

ACCURACY = MeasurePlan(name="accuracy", run="job", dataset="d", split="test")


def question(name, operator, bound, margin=None):
    classes = ClassesQuestion(runs=("job",), relation=RELATION, operator="<=", bound=1)
    return ClassMeasureQuestion(
        name=name, measures=(ACCURACY,), classes=classes, operator=operator, bound=bound, margin=margin, confidence=0.95
    )


def judged(name, operator, bound, *groups, margin=None):
    return class_measure.judge(question(name, operator, bound, margin), finding(groups))


NEAR = [[0.90, 0.91, 0.90, 0.91, 0.90], [0.50, 0.52, 0.51, 0.50, 0.52]]


def test_a_run_whose_cloud_has_no_shape_leaves_it_undecided():
    found = finding(NEAR)
    assert class_measure.judge(question("spread", "<=", 0.05), found).verdict == "undecided"
    assert class_measure.judge(question("spread", "<=", 0.5), found).verdict == "supported"
    shapeless = found.values[2].model_copy(update={"value": None})
    without = found.model_copy(update={"values": (*found.values[:2], shapeless, *found.values[3:])})
    judgement = class_measure.judge(question("spread", "<=", 0.5), without)
    assert judgement.verdict == "undecided"
    assert any("a cloud without a shape: seeds 2" in line for line in judgement.evidence)


def test_the_statistics_are_those_of_plain_loops():
    generator = np.random.default_rng(0)
    for _ in range(50):
        groups = [generator.normal(size=generator.integers(2, 6)) for _ in range(generator.integers(2, 5))]
        ranges = [max(a - b for a in group for b in group) for group in groups]
        gaps = [abs(sum(a) / len(a) - sum(b) / len(b)) for a, b in combinations(groups, 2)]
        assert class_measure.statistic("spread", groups) == pytest.approx(max(ranges))
        assert class_measure.statistic("separation", groups) == pytest.approx(min(gaps))


def test_a_spread_that_is_exceeded_within_one_class_is_refuted_whatever_the_true_classes():
    assert judged("spread", "<=", 0.015, *NEAR).verdict == "refuted"
    assert judged("spread", "<=", 0.021, *NEAR).verdict == "undecided"
    assert judged("spread", ">", 0.015, *NEAR).verdict == "supported"


def test_what_holds_of_all_runs_together_is_vacuous():
    found = judged("spread", "<=", 0.5, [0.5, 0.9, 0.6], [0.8, 0.55, 0.7])
    assert found.verdict == "vacuous"


def test_the_p_value_is_that_of_chance_where_the_comparison_holds():
    holds = judged("spread", ">", 0.015, *NEAR)
    assert holds.p == pytest.approx(class_measure.chance("spread", *with_own_seeds(NEAR)))
    assert judged("spread", "<=", 0.015, *NEAR).p is None
    assert judged("spread", "<=", 0.5, [0.5, 0.9, 0.6], [0.8, 0.55, 0.7]).p > 0.05


def test_a_separation_of_classes_that_nothing_tells_apart_is_undecided():
    found = judged("separation", ">=", 0.1, *NEAR)
    assert found.verdict == "undecided"
    assert found.estimate == pytest.approx(0.394)
    assert found.interval == (0.0, None)


@pytest.mark.parametrize("groups", [[[0.9, 0.8, 0.7]], [[0.9], [0.8], [0.7]], [[0.9, 0.8, 0.9], [0.1]]])
@pytest.mark.parametrize("name", ["spread", "separation"])
def test_without_two_classes_of_two_runs_it_is_vacuous(groups, name):
    found = judged(name, "<=", 1.0, *groups)
    assert found.verdict == "vacuous"
    assert found.estimate is None


def with_own_seeds(groups):
    """The values of classes and seeds of which no two runs share one."""
    ends = np.cumsum([len(group) for group in groups])
    return [np.array(group) for group in groups], np.split(np.arange(ends[-1]), ends[:-1])


def test_chance_is_small_for_what_classes_explain_and_large_for_what_they_do_not():
    mixed = [[0.9, 0.5, 0.91, 0.52], [0.5, 0.92, 0.51, 0.9]]
    for name in ("spread", "separation"):
        assert class_measure.chance(name, *with_own_seeds(NEAR)) < 0.02
        assert class_measure.chance(name, *with_own_seeds(mixed)) > 0.2


def exact_statistic(name, values, labels):
    """The statistic in whole numbers and fractions, by plain loops."""
    groups = [[v for v, own in zip(values, labels, strict=True) if own == label] for label in sorted(set(labels))]
    if name == "spread":
        return max(max(group) - min(group) for group in groups)
    means = [Fraction(sum(group), len(group)) for group in groups]
    return min(abs(a - b) for a, b in combinations(means, 2))


def exchanges(runs):
    """All orders of runs, given as (seed, number) pairs, that keep together what shares a seed: seeds with as many runs
    are exchanged, and the runs of each seed."""
    of_seed = {seed: [place for place, (own, _) in enumerate(runs) if own == seed] for seed, _ in runs}
    sizes = sorted(set(map(len, of_seed.values())))
    strata = [[places for places in of_seed.values() if len(places) == size] for size in sizes]
    for orders in product(*(permutations(stratum) for stratum in strata)):
        pairs = [
            pair for stratum, order in zip(strata, orders, strict=True) for pair in zip(stratum, order, strict=True)
        ]
        for inner in product(*(permutations(source) for _, source in pairs)):
            moved = dict(
                zip([place for target, _ in pairs for place in target], [p for s in inner for p in s], strict=True)
            )
            yield [moved[place] for place in range(len(runs))]


@pytest.mark.parametrize(
    ("labels", "seeds"),
    [
        ("AAABBB", "012345"),
        ("AABBCC", "012345"),
        ("AAAABBBB", "00112233"),
        ("AABBAABB", "00112233"),
        ("ABABABAB", "00112233"),
        ("AAAABBB", "0011223"),
        ("AAABBB", "000123"),
    ],
)
@pytest.mark.parametrize("name", ["spread", "separation"])
def test_chance_is_that_of_all_exchanges_that_keep_seeds_together(name, labels, seeds):
    """Accuracies on 450 examples, counted in whole numbers: what ties exactly counts as a tie."""
    generator = np.random.default_rng([*labels.encode(), *seeds.encode()])
    for _ in range(4):
        counts = generator.integers(380, 420, len(labels))
        runs = [(seed, number) for number, seed in enumerate(seeds)]
        observed = exact_statistic(name, counts, labels)
        drawn = [exact_statistic(name, counts[order], labels) for order in exchanges(runs)]
        good = sum(each <= observed if name == "spread" else each >= observed for each in drawn) / len(drawn)
        places = [[p for p, own in enumerate(labels) if own == label] for label in sorted(Counter(labels))]
        values = [counts[own] / 450 for own in places]
        found = class_measure.chance(name, values, [np.array([int(seeds[p]) for p in own]) for own in places])
        assert found == pytest.approx(good, abs=5 * np.sqrt(good * (1 - good) / 999) + 0.002)


def test_runs_that_share_their_seeds_are_no_independent_draws():
    """Four seeds of two runs each, of which two lie in each class: one in three ways to lay them there does as well, as
    of eight runs with seeds of their own one in thirty-five does."""
    groups = [[0.90, 0.91, 0.92, 0.93], [0.50, 0.51, 0.52, 0.53]]
    alone = class_measure.judge(question("separation", ">=", 0.1), finding(groups, told_apart=True))
    assert alone.verdict == "supported"
    shared = finding(groups, seeds=[0, 0, 1, 1, 2, 2, 3, 3], told_apart=True)
    assert class_measure.judge(question("separation", ">=", 0.1), shared).verdict == "vacuous"


@pytest.mark.parametrize(
    ("operator", "bound", "margin", "verdict"),
    [
        ("<", 2.0, None, "supported"),
        ("<", 1.0, None, "refuted"),
        (">=", 1.0, None, "supported"),
        (">", 2.0, None, "refuted"),
        ("<=", 1.5, None, "undecided"),
        ("~", 1.5, 0.5, "supported"),
        ("~", 1.5, 0.4, "undecided"),
        ("~", 3.0, 0.9, "refuted"),
    ],
)
def test_every_value_that_may_be_has_to_decide(operator, bound, margin, verdict):
    assert class_measure.decided(question("spread", operator, bound, margin), 1.0, 1.99).value == verdict


SPECIFICATION = """dataset d { source = sklearn.iris }
map f : R[4] -> R[3] = linear(5) >> relu >> linear(3)
category P {
  object A = params(f)
  run a : A@init -> A@a { net = f, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16, epochs = 8,
                          seeds = 0..2 }
  run b : A@init -> A@b { like = a, optimiser = ema(lr = 0.1, m = 0.5) }
}
relation r = dihomotopy { slack = 0.02, on = d.test, effort = low }
claim tight : spread(loss(a, on = d.train), over = classes(a + b, by = r)) <= 1e-6 expect refuted
probe X { from = d.test, size = 24 }
category Rep { object Z = cloud(on = X, dim = 3, normalise = rms) }
functor L : A -> Rep { object A |-> Z by activations(f, on = X)  run * |-> trace(every = 1 epoch) }
claim pieces : spread(betti(L(A@a), degree = 0, scale = 0.01..0.3), over = classes(a + b, by = r)) <= -1 expect refuted
claim most : spread(betti(L(a), degree = 0, scale = 0.01..0.3, along = max), over = classes(a + b, by = r)) <= 1e6
claim apart : separation(loss(a, on = d.train), over = classes(a + b, by = r)) >= 0.01 expect undecided
"""


def test_claims_over_classes_are_decided_and_rechecked(tmp_path):
    path = tmp_path / "t.cat"
    path.write_text(SPECIFICATION)
    rows = {row.name: row for row in verbs.verify(path).claims}
    assert rows["tight"].verdict == "refuted"
    assert rows["apart"].verdict == "undecided"
    assert rows["tight"].n == 6
    assert (rows["pieces"].verdict, rows["pieces"].n) == ("refuted", 6)
    assert rows["most"].verdict in ("supported", "vacuous")
    assert verbs.recheck(path.with_suffix(".catlearn")).ok
