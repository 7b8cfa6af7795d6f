"""What a digest covers: an edit changes the digests of what it touches and of what hangs on that, and no others."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from catlearn.category.expression import Constant
from catlearn.category.update_rule import BoundRule
from catlearn.plan.digests import sealed, theory_digest
from catlearn.plan.ir import ImportedPlan, TaskPlan, TrainJob
from catlearn.plan.lower import lower
from catlearn.source import Source, Span
from catlearn.theory.theory import Theory
from tests.plan.quickstart_theory import QUICKSTART, multiply, number, with_runs

RUNS = frozenset({"gd", "ball", "half", "rest", "tune"})
CLAIMS = frozenset({"resumes", "same_rule", "frozen", "slides", "one_seed", "accuracy", "shape"})
Edit = Callable[[Theory], Theory]


def digests(theory: Theory) -> tuple[dict[str, str], dict[str, str]]:
    plan = lower(theory)
    return {job.name: job.digest for job in plan.train}, {job.claim: job.digest for job in plan.decide}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


def of_run(name: str, **fields: Any) -> Edit:
    return lambda theory: with_runs(theory, **{name: fields})


def of_dataset(**fields: Any) -> Edit:
    return lambda theory: replace(theory, datasets={"digits": replace(theory.datasets["digits"], **fields)})


def of_relation(**fields: Any) -> Edit:
    return lambda theory: replace(theory, relations={"basin": replace(theory.relations["basin"], **fields)})


def of_probe(**fields: Any) -> Edit:
    return lambda theory: replace(theory, probes={"X": replace(theory.probes["X"], **fields)})


def of_rule(name: str, edit: Callable[[BoundRule], BoundRule]) -> Edit:
    return lambda theory: with_runs(theory, **{name: {"optimiser": edit(theory.runs[f"Param.{name}"].optimiser)}})


def with_argument(argument: str, value: str) -> Callable[[BoundRule], BoundRule]:
    return lambda bound: replace(bound, arguments=tuple({**dict(bound.arguments), argument: number(value)}.items()))


def with_factor(bound: BoundRule) -> BoundRule:
    """The rule with its last equation multiplied by 1001/1000."""
    *others, (name, value) = bound.rule.equations
    scaled = multiply(Constant(Fraction(1001, 1000)), value)
    return replace(bound, rule=replace(bound.rule, equations=(*others, (name, scaled))))


def renamed_rule(bound: BoundRule) -> BoundRule:
    return replace(bound, rule=replace(bound.rule, name="my_ball"))


ON_GD = frozenset({"gd", "tune"})
ON_HALF = frozenset({"half", "rest"})
COMPARISONS = frozenset({"slides", "one_seed", "accuracy", "shape"})


@pytest.mark.parametrize(
    ("edit", "runs", "claims"),
    [
        pytest.param(lambda theory: theory, set(), set(), id="nothing"),
        pytest.param(of_rule("gd", with_argument("lr", "0.2")), ON_GD, CLAIMS - {"same_rule"}, id="learning rate"),
        pytest.param(of_rule("ball", with_argument("m", "0.8")), {"ball"}, COMPARISONS, id="momentum"),
        pytest.param(of_rule("ball", with_factor), {"ball"}, COMPARISONS, id="an equation's constant"),
        pytest.param(of_rule("ball", renamed_rule), set(), set(), id="the rule's name"),
        pytest.param(of_run("half", batch=32), ON_HALF, {"resumes"}, id="batch"),
        pytest.param(of_run("rest", epochs=11), {"rest"}, {"resumes"}, id="epochs"),
        pytest.param(of_run("half", checkpoint=(2, "epoch")), ON_HALF, {"resumes"}, id="checkpoints"),
        pytest.param(of_run("half", checkpoint=(21, "step")), set(), set(), id="the same spacing in steps"),
        pytest.param(of_run("rest", resume=None), {"rest"}, {"resumes"}, id="fresh optimiser state"),
        pytest.param(of_run("tune", keep_last=True), {"tune"}, {"frozen"}, id="last batch kept"),
        pytest.param(of_run("tune", space="Param.A"), {"tune"}, {"frozen"}, id="encoder not frozen"),
        pytest.param(of_dataset(seed=1), RUNS, CLAIMS - {"same_rule"}, id="the split's seed"),
        pytest.param(of_dataset(test=Fraction("0.3")), RUNS, CLAIMS - {"same_rule"}, id="the split's fraction"),
        pytest.param(of_dataset(name="numbers"), set(), set(), id="the dataset's name"),
        pytest.param(of_relation(slack=Fraction("0.06")), set(), {"slides", "one_seed"}, id="slack"),
        pytest.param(of_probe(size=255), set(), {"shape"}, id="size of the probe"),
        pytest.param(of_run("gd", seeds=tuple(range(5))), set(), CLAIMS - {"same_rule", "frozen"}, id="seeds of gd"),
        pytest.param(of_run("tune", seeds=tuple(range(3))), set(), {"frozen"}, id="seeds of tune"),
    ],
)
def test_an_edit_changes_what_it_touches(edit: Edit, runs: set[str], claims: set[str]) -> None:
    runs_before, claims_before = digests(QUICKSTART)
    runs_after, claims_after = digests(edit(QUICKSTART))
    assert changed(runs_before, runs_after) == runs
    assert changed(claims_before, claims_after) == claims


def all_digests(theory: Theory) -> list[str]:
    plan = lower(theory)
    groups = (plan.train, plan.freeze, plan.read, plan.decide)
    return [job.digest for group in groups for job in group]


def moved(theory: Theory) -> Theory:
    """The same theory, written into another file further down."""
    source = Source("elsewhere/other.cat", "\n" * 100)
    span = Span(source, 90, 99)
    runs = {name: replace(run, span=span) for name, run in theory.runs.items()}
    claims = {name: replace(claim, span=span, text="laid out anew") for name, claim in theory.claims.items()}
    return replace(theory, source=source, runs=runs, claims=claims)


def renamed(theory: Theory) -> Any:
    """The run `ball` under the name `heavy`."""
    return substituted(theory, "Param.ball", "Param.heavy")


def substituted(value: Any, old: str, new: str) -> Any:
    """A theory with one qualified name replaced wherever it stands."""
    if isinstance(value, Mapping):
        return {substituted(key, old, new): substituted(item, old, new) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(substituted(item, old, new) for item in value)
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, Source | Span):
        fields = {name: getattr(value, name) for name in value.__dataclass_fields__}
        return replace(value, **{name: substituted(item, old, new) for name, item in fields.items()})
    return new if value == old else value


@pytest.mark.parametrize("edit", [moved, renamed])
def test_names_and_places_are_in_no_digest(edit: Edit) -> None:
    assert all_digests(edit(QUICKSTART)) == all_digests(QUICKSTART)


def test_names_and_places_are_shown() -> None:
    assert {job.name for job in lower(renamed(QUICKSTART)).train} == {"gd", "heavy", "half", "rest", "tune"}
    assert {(job.place.file, job.place.line) for job in lower(moved(QUICKSTART)).train} == {("elsewhere/other.cat", 91)}


# Every field is in the digest of a job, unless it is said to be outside.

JOBS = {job.name: job for job in lower(QUICKSTART).train}
JOB = JOBS["gd"]
OTHER: dict[str, Any] = {
    "op": "other",
    "version": 99,
    "layers": JOB.layers[:1],
    "dataset": "another",
    "loss": "another",
    "rule": JOBS["ball"].rule,
    "batch": 63,
    "keep_last": True,
    "clip": 1.0,
    "steps": 1,
    "checkpoint_every": 1,
    "start": JOBS["rest"].start,
    "frozen": JOBS["tune"].frozen,
    "replica": 1,
    "imported": ImportedPlan(folder="", steps=(0,), files=()),
    "tasks": (TaskPlan(dataset="another", depth=1),),
}
OUTSIDE = {"name": True, "seeds": True}


def uncovered(outside: dict[str, bool]) -> set[str]:
    """The fields of a train job whose change leaves its digest as it was."""
    before = sealed(JOB, outside).digest
    return {
        field
        for field, value in OTHER.items()
        if sealed(JOB.model_copy(update={field: value}), outside).digest == before
    }


def test_every_field_of_a_job_is_in_its_digest() -> None:
    assert OTHER.keys() | OUTSIDE.keys() | {"digest", "place"} == TrainJob.model_fields.keys()
    assert uncovered(OUTSIDE) == set()


def test_saboteur_a_forgotten_field_is_noticed() -> None:
    assert uncovered({**OUTSIDE, "batch": True}) == {"batch"}


# The digest of a theory.


def reordered(theory: Theory) -> Theory:
    """The same declarations in the opposite order."""
    param = theory.categories["Param"]
    turned = replace(param, objects=param.objects[::-1], maps=param.maps[::-1], runs=param.runs[::-1])
    return replace(
        theory,
        runs=dict(reversed(tuple(theory.runs.items()))),
        claims=dict(reversed(tuple(theory.claims.items()))),
        categories={**theory.categories, "Param": turned},
    )


@pytest.mark.parametrize("edit", [moved, reordered])
def test_layout_and_order_do_not_change_a_theory(edit: Edit) -> None:
    assert theory_digest(edit(QUICKSTART)) == theory_digest(QUICKSTART)


@pytest.mark.parametrize(
    "edit",
    [
        of_run("gd", seeds=(0,)),
        of_rule("gd", with_argument("lr", "0.2")),
        of_relation(modulo="none"),
        renamed,
        lambda theory: replace(theory, claims={}),
    ],
)
def test_meaning_changes_a_theory(edit: Edit) -> None:
    assert theory_digest(edit(QUICKSTART)) != theory_digest(QUICKSTART)
