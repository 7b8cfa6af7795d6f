"""Spread within classes and separation between them: decided by all that may be, never by what chance does as well."""

from itertools import chain, combinations

import numpy as np
import pytest

from catlearn import verbs
from catlearn.evidence.documents import (
    IDENTITY,
    ClassesFinding,
    ClassMeasureFinding,
    Height,
    Join,
    Levels,
    Member,
    MemberValue,
    RunWidth,
    SheetWitness,
)
from catlearn.plan.ir import ClassesQuestion, ClassMeasureQuestion, MeasurePlan, RelationPlan
from catlearn.verdict.questions import class_measure

RELATION = RelationPlan(name="r", kind="dihomotopy", slack=0.1, levels=None, modulo="none")
NOTHING = Height(raw=0.0, bound=0.0, remainder=0.0)
ACCURACY = MeasurePlan(name="accuracy", run="job", dataset="d", split="test")


def finding(*groups):
    """Runs with some values, in groups that witnesses join."""
    sizes = [len(group) for group in groups]
    members = [Member(job="job", name="a", seed=seed) for seed in range(sum(sizes))]
    starts = np.cumsum([0, *sizes])
    joins = [
        Join(
            witness=SheetWitness(
                left=members[start], right=members[start + step], alignment=IDENTITY, rows=9, columns=((0.0, 0.0),)
            ),
            height=NOTHING,
        )
        for start, size in zip(starts, sizes, strict=False)
        for step in range(1, size)
    ]
    widths = [RunWidth(member=member, width=NOTHING, start=2.0, lowest=0.1, coverage=0.9) for member in members]
    levels = Levels(high=2.0, low=0.2, fixed_over=tuple(members))
    found = ClassesFinding(missing=(), levels=levels, widths=tuple(widths), joins=tuple(joins), comparisons=9)
    values = (MemberValue(member=each, value=v) for each, v in zip(members, chain(*groups), strict=True))
    return ClassMeasureFinding(classes=found, values=tuple(values))


def test_a_run_whose_cloud_has_no_shape_leaves_it_undecided():
    classes = ClassesQuestion(runs=("job",), relation=RELATION, operator="<=", bound=1)
    terms = {"operator": "<=", "margin": None, "confidence": 0.95, "classes": classes, "measures": (ACCURACY,)}
    question = ClassMeasureQuestion(name="spread", bound=0.05, **terms)
    found = finding(*NEAR)
    assert class_measure.judge(question, found).verdict == "undecided"
    question = ClassMeasureQuestion(name="spread", bound=0.5, **terms)
    assert class_measure.judge(question, found).verdict == "supported"
    shapeless = found.values[2].model_copy(update={"value": None})
    without = found.model_copy(update={"values": (*found.values[:2], shapeless, *found.values[3:])})
    judgement = class_measure.judge(question, without)
    assert judgement.verdict == "undecided"
    assert any("a cloud without a shape: seeds 2" in line for line in judgement.evidence)


def judged(name, operator, bound, *groups, margin=None):
    classes = ClassesQuestion(runs=("job",), relation=RELATION, operator="<=", bound=1)
    question = ClassMeasureQuestion(
        name=name, measures=(ACCURACY,), classes=classes, operator=operator, bound=bound, margin=margin, confidence=0.95
    )
    return class_measure.judge(question, finding(*groups))


NEAR = [[0.90, 0.91, 0.90, 0.91, 0.90], [0.50, 0.52, 0.51, 0.50, 0.52]]


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
    assert holds.p == pytest.approx(class_measure.chance("spread", [np.array(group) for group in NEAR]))
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


def test_chance_is_small_for_what_classes_explain_and_large_for_what_they_do_not():
    apart = [np.array(group) for group in NEAR]
    mixed = [np.array([0.9, 0.5, 0.91, 0.52]), np.array([0.5, 0.92, 0.51, 0.9])]
    for name in ("spread", "separation"):
        assert class_measure.chance(name, apart) < 0.02
        assert class_measure.chance(name, mixed) > 0.2


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
    question = ClassMeasureQuestion(
        name="spread",
        measures=(ACCURACY,),
        classes=ClassesQuestion(runs=("job",), relation=RELATION, operator="<=", bound=1),
        operator=operator,
        bound=bound,
        margin=margin,
        confidence=0.95,
    )
    assert class_measure.decided(question, 1.0, 1.99).value == verdict


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
