"""Update rules run as torch.optim runs them, and as their exact equations say."""

from fractions import Fraction

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from catlearn.category.update_rule import initial, step
from catlearn.plan.expressions import from_rule_plan
from catlearn.runs.instructions import compile_rule
from tests.runs.factory import adam, g, heavy_ball, lr, m, rule, sgd, t, term, theta, v
from tests.runs.stepping import Stepping, descend, torch_descend


def quadratic(seed):
    """A random convex loss of 12 parameters, and its start."""
    source = torch.Generator().manual_seed(seed)
    root, target, start = (torch.randn(shape, generator=source, dtype=torch.float64) for shape in ((12, 12), 12, 12))
    return lambda _, x: 0.5 * ((root / 4 @ (x - target)) ** 2).sum() + 0.05 * (x**4).sum(), start


L2 = g + term("decay") * theta
DECAYED = rule("sgd", {"lr": 0.05, "decay": 0.1}, {}, {"theta": theta - lr * L2})
NESTEROV = rule(
    "nesterov", {"lr": 0.02, "m": 0.9}, {"v": 0}, {"v": m * v + g, "theta": theta - lr * (g + m * term("v'"))}
)

WRITTEN = {
    "sgd": (sgd(0.05), lambda x: torch.optim.SGD(x, lr=0.05)),
    "sgd with decay": (DECAYED, lambda x: torch.optim.SGD(x, lr=0.05, weight_decay=0.1)),
    "heavy_ball": (heavy_ball(0.02), lambda x: torch.optim.SGD(x, lr=0.02, momentum=0.9)),
    "nesterov": (NESTEROV, lambda x: torch.optim.SGD(x, lr=0.02, momentum=0.9, nesterov=True)),
    "adam": (adam(0.02), lambda x: torch.optim.Adam(x, lr=0.02)),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_rule_runs_as_its_namesake_of_torch(name):
    plan, make = WRITTEN[name]
    loss, start = quadratic(0)
    ours = descend(plan, loss, start, 200)
    assert torch.allclose(ours, torch_descend(make, loss, start, 200), rtol=1e-6, atol=1e-9)


def test_momentum_left_out_is_seen():
    loss, start = quadratic(0)
    ours = descend(heavy_ball(0.02, momentum=0), loss, start, 200)
    theirs = torch_descend(WRITTEN["heavy_ball"][1], loss, start, 200)
    assert not torch.allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def one_step(plan, x, gradient, at=1):
    stepping = Stepping(plan, torch.tensor([float(x)]))
    return stepping.step(at, float(gradient)), tuple(state[0] for state in stepping.states)


def test_a_state_may_begin_at_theta():
    polyak = rule("polyak", {"lr": 1}, {"p": theta}, {"p": theta, "theta": theta - lr * g + term("p")})
    x, (p,) = one_step(polyak, 3, 1)
    assert (x.item(), p.item()) == (3 - 1 + 3, 3)


def test_equations_follow_each_other_and_read_old_values_unless_primed():
    lion = rule("lion", {}, {"m": 5}, {"theta": theta - m, "m": term("theta'") + g})
    x, (state,) = one_step(lion, 3, 1)
    assert (x.item(), state.item()) == (-2, -1)


def test_hyperparameters_may_be_expressions_of_earlier_ones():
    plan = rule("sgd", {"b": 4, "lr": term("b") / 8}, {}, {"theta": theta - lr * g})
    assert one_step(plan, 1, 1)[0].item() == 0.5


def test_a_hyperparameter_that_depends_on_the_point_is_refused():
    with pytest.raises(ValueError, match="`lr` of `sgd` depends on more than the clock"):
        compile_rule(rule("sgd", {"lr": theta}, {}, {"theta": theta}))


def test_the_clock_begins_at_one_and_moves_states_without_theta():
    plan = rule("clock", {}, {"v": 0}, {"v": t * 2, "theta": theta + term("v'")})
    x, (state,) = one_step(plan, torch.zeros(1), 0, at=1)
    assert (x.item(), state.item()) == (2, 2)
    assert one_step(plan, 0, 0, at=7)[0].item() == 14


one, zero = term(1), term(0)


# Numbers that change from step to step.


def test_a_schedule_over_the_step_is_that_of_torch():
    """With the factor of the schedule of torch taken at the steps taken before, which are t - 1."""
    loss, start = quadratic(0)
    rate = term(0.05) * (term(0.9) ** ((t - one) / term(10)))

    def make(x):
        optimiser = torch.optim.SGD(x, lr=0.05, momentum=0.9)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 0.9 ** (step / 10))
        optimiser.register_step_post_hook(lambda *_: schedule.step())
        return optimiser

    ours, theirs = descend(heavy_ball(rate), loss, start, 300), torch_descend(make, loss, start, 300)
    assert torch.allclose(ours, theirs, rtol=1e-6, atol=1e-9)
    assert not torch.allclose(descend(heavy_ball(0.05), loss, start, 300), theirs, rtol=1e-3)


def test_epochs_are_counted_whole_from_0():
    plan = rule("r", {"lr": term("epoch")}, {}, {"theta": theta - lr * g})
    stepping = Stepping(plan, torch.zeros(1), epoch_steps=3)
    assert [stepping.step(at, 1).item() for at in range(1, 8)] == [0, 0, 0, -1, -2, -3, -5]


def test_what_a_cell_proves_of_constant_rates_fails_where_they_change():
    """heavy_ball => sutskever by v |-> lr v, assuming that lr is constant."""
    loss, start = quadratic(0)
    sutskever = {"v": m * v + lr * g, "theta": theta - term("v'")}
    for rate, agree in ((term(0.02), True), (term(0.02) / t, False)):
        other = rule("sutskever", {"lr": rate, "m": 0.9}, {"v": 0}, sutskever)
        left, right = (descend(plan, loss, start, 50) for plan in (heavy_ball(rate), other))
        assert torch.allclose(left, right, rtol=1e-9) == agree


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (one / zero, torch.inf),
        (zero / zero, torch.nan),
        (-one / (one - t), -torch.inf),
        ((-one).apply("sqrt"), torch.nan),
        ((-one) ** (one / term(2)), torch.nan),
        (term(10) ** term(400) * t, torch.inf),
        (g / zero, torch.inf),
        ((-g).apply("sqrt"), torch.nan),
    ],
)
def test_what_is_not_a_number_is_a_value_and_no_exception(expression, value):
    x, _ = one_step(rule("r", {}, {}, {"theta": expression}), 0, 1)
    assert torch.equal(x.isnan(), torch.tensor([value != value]))
    assert value != value or x.item() == value


def test_roots_are_correctly_rounded_on_any_machine():
    """A root in double precision, rounded once more, is the correctly rounded one in single precision."""
    numbers = torch.rand(5000, generator=torch.Generator().manual_seed(0)).repeat(2)
    numbers[:5000] = torch.cat([torch.zeros(100), numbers[:4900] * 1e-9])
    plan = rule("r", {}, {}, {"theta": g.apply("sqrt")})
    found = Stepping(plan, torch.zeros(10000)).step(1, numbers)
    assert torch.equal(found, numbers.double().sqrt().float())
    assert not torch.equal(found, numbers.double().sqrt().mul(1 + 2**-23).float())


# Against the exact equations.

names = st.sampled_from(["theta", "g", "t", "v", "lr"])
numbers = st.integers(-8, 8).map(lambda value: Fraction(value, 4))  # exact in binary


def applied(terms):
    binary = st.tuples(st.sampled_from(["add", "subtract", "multiply", "maximum", "minimum"]), terms, terms)
    unary = st.tuples(st.sampled_from(["negate", "sign", "absolute"]), terms)
    power = st.tuples(st.just("power"), terms, st.integers(0, 3).map(lambda value: term(value)))
    return (binary | unary | power).map(lambda parts: parts[1].apply(parts[0], *parts[2:]))


terms = st.recursive(names.map(term) | numbers.map(lambda value: term(value)), applied, max_leaves=8)


@given(terms, terms, st.lists(numbers, min_size=1, max_size=3))
def test_a_rule_runs_as_its_exact_equations(state_equation, theta_equation, gradients):
    plan = rule("r", {"lr": 0.25}, {"v": theta}, {"v": state_equation, "theta": theta_equation})
    exact = from_rule_plan(plan)
    stepping = Stepping(plan, torch.tensor([0.5], dtype=torch.float64))
    value = initial(exact, Fraction(1, 2), {})
    for at, gradient in enumerate(gradients, 1):
        point = stepping.step(at, float(gradient))
        value = step(exact, value, gradient, at, {})
        assume(all(isinstance(number, Fraction) and abs(number) < 10**9 for number in value.values()))
        expected = [float(value["theta"]), float(value["v"])]
        assert [point.item(), stepping.states[0].item()] == pytest.approx(expected, rel=1e-9, abs=1e-9)
