"""What is known of the shipped update rules, each with a sibling in which one sign or constant is changed.

Cells are written as users write them; the rules are those of the standard library.
"""

from fractions import Fraction

import pytest

from catlearn.category.cell import replay
from catlearn.category.update_rule import StrictCell, initial, step
from catlearn.evidence.symbolic import SymbolicResult, prove
from catlearn.plan.expressions import strict_cell_question
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check

DECOUPLED = """
optimiser sgd_decoupled(lr, decay) { theta' = theta - decay * theta - lr * g }
optimiser heavy_ball_decoupled(lr, m, decay) {
  state v = 0
  v' = m * v + g
  theta' = theta - decay * theta - lr * v'
}
"""
ADAM = "b1 = b1, b2 = b2, eps = eps"
SAME_MOMENTS = "m |-> m, v |-> v"


def cell_of(text: str, rules: str = DECOUPLED) -> StrictCell:
    """The cell of `cell c : <text>`."""
    theory = check(parse(Source("cell.cat", f"{rules}\ncell c : {text}\n"))).theory
    assert theory is not None
    (named,) = theory.strict_cells.values()
    return named.cell


def decided(text: str, rules: str = DECOUPLED) -> SymbolicResult:
    """The result for `cell c : <text>`; a counterexample is run again."""
    cell = cell_of(text, rules)
    result = prove(strict_cell_question("c", cell))
    assert (result.verdict == "refuted") == (result.counterexample is not None)
    assert result.counterexample is None or replay(cell, result.counterexample)
    return result


KNOWN = {
    "the learning rate inside the velocity": (
        "heavy_ball(lr, m) => sutskever(lr, m) strict { theta |-> theta, v |-> lr * v, assume constant(lr) }",
        "heavy_ball(lr, m) => sutskever(lr, m) strict { theta |-> theta, v |-> lr * v }",
    ),
    "and out of it again": (
        "sutskever(lr, m) => heavy_ball(lr, m) strict { v |-> v / lr, assume constant(lr) }",
        "sutskever(lr, m) => heavy_ball(lr, m) strict { v |-> v * lr, assume constant(lr) }",
    ),
    "an average is a heavy ball with a smaller rate": (
        "heavy_ball(lr * (1 - m), m) => ema(lr, m) strict { v |-> (1 - m) * v, assume constant(m) }",
        "heavy_ball(lr * (1 + m), m) => ema(lr, m) strict { v |-> (1 - m) * v, assume constant(m) }",
    ),
    "Nesterov at the look-ahead point": (
        "nesterov(lr, m) => nesterov_lookahead(lr, m) strict { v |-> -lr * v, assume constant(lr) }",
        "nesterov(lr, m) => nesterov_lookahead(lr, m) strict { v |-> lr * v, assume constant(lr) }",
    ),
    "without momentum the velocity may be forgotten": (
        "heavy_ball(lr, m = 0) => sgd(lr) strict { theta |-> theta }",
        "heavy_ball(lr, m = 0.1) => sgd(lr) strict { theta |-> theta }",
    ),
    "the heavy ball as a two-step method": (
        "heavy_ball(lr, m) => polyak(lr, m) strict { p |-> theta + lr * v, assume constant(lr) }",
        "heavy_ball(lr, m) => polyak(lr, m) strict { p |-> theta - lr * v, assume constant(lr) }",
    ),
    "decay in the gradient is decoupled decay of lr times as much": (
        "sgd(lr, decay = d) => sgd_decoupled(lr, decay = lr * d) strict { theta |-> theta }",
        "sgd(lr, decay = d) => sgd_decoupled(lr, decay = d) strict { theta |-> theta }",
    ),
    "but not with momentum": (
        "heavy_ball(lr, m = 0, decay = d) => sgd_decoupled(lr, decay = lr * d) strict { theta |-> theta }",
        "heavy_ball(lr, m, decay = d) => heavy_ball_decoupled(lr, m, decay = lr * d) strict { v |-> v }",
    ),
    "AdamW without decay is Adam": (
        f"adamw(lr, {ADAM}, decay = 0) => adam(lr, {ADAM}) strict {{ {SAME_MOMENTS} }}",
        f"adamw(lr, {ADAM}, decay = 0.01) => adam(lr, {ADAM}) strict {{ {SAME_MOMENTS} }}",
    ),
    "with decay they differ, by the defaults too": (
        f"adam(lr, decay = 0) => adamw(lr, decay = 0) strict {{ {SAME_MOMENTS} }}",
        f"adam(lr, decay = 0.01) => adamw(lr, decay = 0.01) strict {{ {SAME_MOMENTS} }}",
    ),
    "a running maximum is no running average": (
        f"amsgrad(lr, {ADAM}) => amsgrad(lr, {ADAM}) strict {{ {SAME_MOMENTS}, w |-> w }}",
        f"adam(lr, {ADAM}) => amsgrad(lr, {ADAM}) strict {{ {SAME_MOMENTS}, w |-> v }}",
    ),
    "by the defaults too": (
        f"adam(lr) => adam(lr) strict {{ {SAME_MOMENTS} }}",
        f"adam(lr) => amsgrad(lr) strict {{ {SAME_MOMENTS}, w |-> v }}",
    ),
    "Lion without interpolation takes the sign of the gradient": (
        "lion(lr, b1 = 0, b2 = 0.99) => sign_sgd(lr) strict { theta |-> theta }",
        "lion(lr, b1 = 0.9, b2 = 0.99) => sign_sgd(lr) strict { theta |-> theta }",
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_truth_is_proved_and_its_sibling_refuted(name):
    true, false = map(decided, KNOWN[name])
    assert (true.verdict, true.residues, true.counterexample) == ("proved", (), None)
    assert all(line.endswith("difference 0") for line in true.steps if line.startswith(("theta:", "initial ")))
    assert false.verdict == "refuted"


@pytest.mark.parametrize(
    ("name", "residues"),
    [
        (
            "the learning rate inside the velocity",
            {"theta": "-m*v*(lr - lr[t-1])", "v": "m*v*(lr - lr[t-1])"},
        ),
        ("Nesterov at the look-ahead point", {"theta": "-2*lr*m^2*v", "v": "2*g*lr"}),
        ("without momentum the velocity may be forgotten", {"theta": "-lr*v/10"}),
        ("but not with momentum", {"v": "d*theta"}),
    ],
)
def test_the_residue_says_what_is_missing(name, residues):
    assert dict(decided(KNOWN[name][1]).residues) == residues


@pytest.mark.parametrize(
    ("name", "conditions"),
    [
        ("the learning rate inside the velocity", ("constant(lr)",)),
        ("and out of it again", ("constant(lr)", "lr != 0")),
        ("Nesterov at the look-ahead point", ("constant(lr)",)),
        ("without momentum the velocity may be forgotten", ()),
        ("AdamW without decay is Adam", ()),
    ],
)
def test_a_proof_rests_on_the_assumptions_that_it_uses(name, conditions):
    assert decided(KNOWN[name][0]).side_conditions == conditions


def test_decay_and_momentum_part_in_theta_after_two_steps():
    """Without gradients the difference is -d * lr * m * theta0, whatever map of velocities is tried."""
    cell = cell_of(KNOWN["but not with momentum"][1])
    point = {"lr": Fraction(1, 2), "m": Fraction(1, 3), "d": Fraction(1, 5)}
    ends = []
    for bound in (cell.source, cell.target):
        state = initial(bound, Fraction(7), point)
        for t in (1, 2):
            state = step(bound, state, Fraction(0), t, point)
        ends.append(state["theta"])
    assert ends[0] - ends[1] == -Fraction(1, 5) * Fraction(1, 2) * Fraction(1, 3) * 7


def test_adam_without_averages_is_sign_descent_only_where_the_gradient_is_not_zero():
    without_eps = decided("adam(lr, b1 = 0, b2 = 0, eps = 0) => sign_sgd(lr) strict { theta |-> theta }")
    assert without_eps.verdict == "refuted"
    assert without_eps.counterexample is not None
    assert without_eps.counterexample.gradients[-1] == 0
    assert "undefined" in without_eps.counterexample_text[-1]
    with_eps = decided("adam(lr, b1 = 0, b2 = 0, eps = eps) => sign_sgd(lr) strict { theta |-> theta }")
    assert with_eps.counterexample is not None
    assert with_eps.counterexample.gradients[-1] != 0


def test_it_takes_adam_one_step_to_leave_adamw_and_two_to_leave_amsgrad():
    one = decided(KNOWN["with decay they differ, by the defaults too"][1]).counterexample
    two = decided(KNOWN["by the defaults too"][1]).counterexample
    assert one is not None
    assert two is not None
    assert len(one.gradients) == 1
    assert len(two.gradients) == 2
    assert abs(two.gradients[1]) < abs(two.gradients[0])


@pytest.mark.parametrize(
    ("rules", "cell", "reason"),
    [
        (
            "optimiser odd(lr) { theta' = theta - lr * g * (g - 7/11) / (g - 7/11) }",
            "odd(lr) => sgd(lr) strict { theta |-> theta }",
            "only one side is defined unless 11*g - 7 != 0",
        ),
        (
            "optimiser bumped(lr) { theta' = theta - lr * g + max(0, lr - 1) }",
            "bumped(lr) => sgd(lr) strict { theta |-> theta }",
            "the difference was not seen to be zero, nor broken at an exact point",
        ),
        (
            "optimiser vast(lr) { theta' = theta - lr * (g + lr + theta)^60 }",
            "vast(lr) => vast(lr) strict { theta |-> theta }",
            "the rules are too large to be simplified",
        ),
    ],
)
def test_what_is_neither_proved_nor_broken_is_undecided(rules, cell, reason):
    result = decided(cell, rules)
    assert (result.verdict, result.reason) == ("undecided", reason)


def test_the_nearest_decidable_sibling_of_the_odd_rule_is_decided():
    odd = "optimiser odd(lr) { theta' = theta - lr * g * (g^2 + 1) / (g^2 + 1) }"
    assert decided("odd(lr) => sgd(lr) strict { theta |-> theta }", odd).verdict == "proved"
    zero = "optimiser odd(lr) { theta' = theta - lr * g * g / g }"
    assert decided("odd(lr) => sgd(lr) strict { theta |-> theta }", zero).verdict == "refuted"


def test_hyperparameters_may_have_any_name():
    """Names that mean something to a computer algebra system are names like any other."""
    cell = "heavy_ball(lr = I, m = E) => sutskever(lr = I, m = E) strict { v |-> I * v, assume constant(I) }"
    assert decided(cell).verdict == "proved"
    swapped = "heavy_ball(lr = I, m = E) => sutskever(lr = I, m = pi) strict { v |-> I * v, assume constant(I) }"
    assert decided(swapped).verdict == "refuted"


def test_a_proof_shows_both_ways_round_the_square():
    steps = decided(KNOWN["the learning rate inside the velocity"][0]).steps
    assert "v: phi(U1(s)) = lr*(g + m*v), U2(phi(s)) = g*lr + lr*m*v, difference 0" in steps
    assert "initial v: phi(s1) = 0, s2 = 0, difference 0" in steps
