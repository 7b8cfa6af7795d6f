"""Cells without a map of states: a linear one is found and shown, or gradients part the rules, or neither."""

from fractions import Fraction

import pytest

from catlearn.category.cell import replay
from catlearn.category.collision import collision
from catlearn.evidence.symbolic import prove
from catlearn.plan.expressions import strict_cell_question
from catlearn.verdict.questions.strict import judge, symbolic_finding
from tests.symbolic.test_known_truths import cell_of

FOUND = {
    "heavy_ball(lr, m) => sutskever(lr, m) strict { assume constant(lr) }": "v |-> lr * v",
    "heavy_ball(lr * (1 - m), m) => ema(lr, m) strict { assume constant(m) }": "v |-> (1 - m) * v",
    "nesterov(lr, m) => nesterov_lookahead(lr, m) strict { assume constant(lr) }": "v |-> -lr * v",
    "heavy_ball(lr, m) => polyak(lr, m) strict { assume constant(lr) }": "p |-> theta + lr * v",
    "adam(lr, b1, b2, eps) => adamw(lr, b1, b2, eps, decay = 0) strict": "m |-> m, v |-> v",
    "amsgrad(lr, b1, b2, eps) => amsgrad(lr, b1, b2, eps) strict": "m |-> m, v |-> v, w |-> w",
}


@pytest.mark.parametrize("cell", FOUND)
def test_a_map_is_found_and_shown(cell: str) -> None:
    result = prove(strict_cell_question("c", cell_of(cell)))
    assert result.verdict == "proved"
    assert f"phi = theta |-> theta, {FOUND[cell]}" in result.steps


@pytest.mark.parametrize(
    "cell",
    [
        "heavy_ball(lr, m) => sutskever(lr, m) strict",
        "ema(lr, m) => heavy_ball(lr, m) strict { assume constant(lr, m) }",
        "adam(lr, b1, b2, eps) => amsgrad(lr, b1, b2, eps) strict",
        "adam(lr, b1, b2, eps, decay = d) => heavy_ball(lr, mu) strict",
        "nesterov(lr, m) => heavy_ball(lr, m) strict { assume constant(lr, m) }",
    ],
)
def test_rules_that_part_are_refuted_by_gradients_that_can_be_run_again(cell: str) -> None:
    written = cell_of(cell)
    result = prove(strict_cell_question("c", written))
    assert (result.verdict, result.residues) == ("refuted", ())
    assert result.counterexample is not None
    assert result.counterexample.component == "theta"
    assert replay(written, result.counterexample)


def test_a_target_that_remembers_more_has_no_map_and_is_not_refuted() -> None:
    """The target remembers the last gradient, which no state of the source knows, and never uses it."""
    question = strict_cell_question("c", cell_of("sgd(lr) => heavy_ball(lr, 0) strict"))
    result = prove(question)
    assert (result.verdict, result.counterexample) == ("undecided", None)
    assert result.reason.startswith("both rules give the same theta for all gradient sequences, as the cell the other")
    assert "no map of states exists: with lr = 1/2; theta = 1 at the start, gradients 1, 2 and 2, 1" in result.reason
    assert "`v` of `heavy_ball` to 2 and to 1" in result.reason
    assert judge(question, symbolic_finding(question)).method.endswith(result.reason)


def test_a_collision_comes_out_again_step_by_step() -> None:
    cell = cell_of("sgd(lr) => heavy_ball(lr, 0) strict")
    found = collision(cell)
    assert found is not None
    lr, ends = dict(found.hyperparameters)["lr"], []
    for gradients in found.gradients:
        theta, v = found.theta, Fraction(0)
        for gradient in gradients:
            v = 0 * v + gradient
            theta -= lr * v
        ends.append((theta, v))
    assert ends[0][0] == ends[1][0]
    assert tuple(v for _, v in ends) == found.values
    assert found.values[0] != found.values[1]


@pytest.mark.parametrize(
    "cell",
    [
        "heavy_ball(lr, m) => polyak(lr, m) strict { assume constant(lr) }",
        "adam(lr, b1, b2, eps) => adamw(lr, b1, b2, eps, decay = 0) strict",
        "sgd(lr) => sgd(lr) strict",
    ],
)
def test_where_there_is_a_map_nothing_collides(cell: str) -> None:
    assert collision(cell_of(cell)) is None


def test_conditions_of_a_start_are_side_conditions() -> None:
    rules = "optimiser odd(lr) { state v = 1 / lr  v' = v  theta' = theta - lr * g }"
    result = prove(strict_cell_question("c", cell_of("odd(lr) => sgd(lr) strict", rules)))
    assert (result.verdict, result.side_conditions) == ("proved", ("lr != 0",))
    even = rules.replace("1 / lr", "lr")
    result = prove(strict_cell_question("c", cell_of("odd(lr) => sgd(lr) strict", even)))
    assert (result.verdict, result.side_conditions) == ("proved", ())


def test_the_judgement_shows_the_map_and_rests_on_the_assumption() -> None:
    cell = cell_of("heavy_ball(lr, m) => sutskever(lr, m) strict { assume constant(lr) }")
    question = strict_cell_question("c", cell)
    judgement = judge(question, symbolic_finding(question))
    assert judgement.evidence == ("found phi = theta |-> theta, v |-> lr * v",)
    assert judgement.rests_on == ("assume constant(lr)",)


def test_assumptions_of_values_taint_the_proof() -> None:
    cell = "adam(lr, b1 = 0, b2 = 0, eps = e) => sign_sgd(lr) strict { assume zero(e), assume nonzero(g) }"
    assert prove(strict_cell_question("c", cell_of(cell))).side_conditions == ("zero(e)", "nonzero(g)")


def test_a_composite_cites_its_parts() -> None:
    cell = cell_of("heavy_ball(lr, m) => sutskever(lr, m) strict { v |-> lr * v, assume constant(lr) }")
    question = strict_cell_question("c", cell, ("there", "back"))
    assert judge(question, symbolic_finding(question)).rests_on == ("assume constant(lr)", "cell there", "cell back")
