"""Cells without a map of states: a linear one is found and shown, or gradients part the rules, or neither."""

import pytest

from catlearn.category.cell import replay
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


def test_a_map_that_is_not_linear_is_not_found_and_nothing_is_refuted() -> None:
    """The target remembers the last gradient, which no state of the source knows, and never uses it."""
    result = prove(strict_cell_question("c", cell_of("sgd(lr) => heavy_ball(lr, 0) strict")))
    assert result.verdict == "undecided"
    assert "no map of states was found" in result.reason


def test_the_judgement_shows_the_map_and_rests_on_the_assumption() -> None:
    cell = cell_of("heavy_ball(lr, m) => sutskever(lr, m) strict { assume constant(lr) }")
    question = strict_cell_question("c", cell)
    judgement = judge(question, symbolic_finding(question))
    assert judgement.evidence == ("found phi = theta |-> theta, v |-> lr * v",)
    assert judgement.rests_on == ("assume constant(lr)",)


def test_assumptions_of_values_taint_the_proof() -> None:
    cell = "adam(lr, b1 = 0, b2 = 0, eps = e) => sign_sgd(lr) strict { assume zero(e), assume nonzero(g) }"
    assert prove(strict_cell_question("c", cell_of(cell))).side_conditions == ("zero(e)", "nonzero(g)")
