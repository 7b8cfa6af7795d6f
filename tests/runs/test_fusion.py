"""A step of an update rule as one graph, which a GPU has as one kernel, against the same step instruction by
instruction."""

import shutil

import pytest
import torch
from hypothesis import given

from catlearn.runs import fusion
from catlearn.runs.fusion import WORTH_COMPILING, compiles, fused, graph
from catlearn.runs.instructions import compile_rule
from catlearn.runs.update import Update, initial_states
from tests.runs.factory import adam, g, heavy_ball, lr, rule, sgd, term, theta
from tests.runs.test_update import WRITTEN, terms

LANES, WIDTH = 3, 64


def drawn(plan, seed=0):
    """The compiled rule of a plan for some lanes, and tensors (lanes, P) on which it acts."""
    source = torch.Generator().manual_seed(seed)
    compiled = compile_rule(plan)
    point, gradient = (torch.randn(LANES, WIDTH, generator=source) for _ in range(2))
    states = [torch.stack(column) for column in zip(*(initial_states(compiled, row) for row in point), strict=True)]
    return compiled, {"theta": point, "g": gradient, **dict(zip(compiled.structure.states, states, strict=True))}


def stepped(plan, of, steps=3):
    """Where some steps lead, each after its numbers were brought: `of` gives the step of a structure on tensors."""
    compiled, tensors = drawn(plan)
    states = [tensors[name] for name in compiled.structure.states]
    update = Update([compiled] * LANES, tensors["theta"], tensors["g"], states, 7)
    step = of(compiled.structure, tensors, update)
    for at in range(1, steps + 1):
        update.at(at)
        step()
    return tensors


def by_instructions(_structure, _tensors, update):
    return update.apply


def by_graph(structure, tensors, update):
    made = graph(structure)
    return lambda: made(update._columns, *tensors.values())


def compiled_by_torch(structure, tensors, update):
    step = fused(structure, tensors, update._columns)
    assert step is not None
    return step


def close(left, right, tolerance=0.0):
    return all(torch.allclose(left[name], right[name], tolerance, tolerance, equal_nan=True) for name in right)


@pytest.mark.parametrize("name", WRITTEN)
def test_the_graph_of_a_shipped_rule_is_its_instructions(name):
    plan, _ = WRITTEN[name]
    assert close(stepped(plan, by_graph), stepped(plan, by_instructions))


@given(terms, terms)
def test_the_graph_of_a_rule_is_its_instructions(state_equation, theta_equation):
    plan = rule("r", {"lr": 0.25}, {"v": theta}, {"v": state_equation, "theta": theta_equation})
    assert close(stepped(plan, by_graph), stepped(plan, by_instructions))


def test_a_state_that_follows_the_point_has_its_old_value():
    """Overwriting the point first would give the state the new one."""
    plan = rule("polyak", {"lr": 1}, {"p": theta}, {"p": theta, "theta": theta - lr * g + term("p")})
    assert close(stepped(plan, by_graph, 1), stepped(plan, by_instructions, 1))
    assert torch.equal(stepped(plan, by_graph, 1)["p"], drawn(plan)[1]["theta"])


def test_saboteur_another_sign_is_noticed(monkeypatch):
    monkeypatch.setitem(fusion.FUNCTIONS, "subcmul", (torch.addcmul, 1))
    assert not close(stepped(sgd(), by_graph), stepped(sgd(), by_instructions), 1e-3)
    assert close(stepped(adam(), by_graph), stepped(adam(), by_instructions))


@pytest.mark.parametrize(
    ("device", "numbers", "found"),
    [("cpu", WORTH_COMPILING, False), ("cuda", WORTH_COMPILING - 1, False), ("cuda", WORTH_COMPILING, True)],
)
def test_large_programs_on_a_gpu_are_compiled(device, numbers, found, monkeypatch):
    monkeypatch.setattr(fusion, "has_triton", lambda: True)
    assert compiles(torch.device(device), numbers) == found


@pytest.mark.nightly
@pytest.mark.filterwarnings("default")  # of the compiler, not of what it compiles
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch compiles for processors by g++")
@pytest.mark.parametrize("plan", [sgd(), heavy_ball(), adam()], ids=lambda plan: plan.name)
def test_compiled_by_torch_a_rule_is_its_instructions(plan):
    """On the processor, by torch's other code generator."""
    assert close(stepped(plan, compiled_by_torch), stepped(plan, by_instructions), 1e-6)
    assert not close(stepped(plan, compiled_by_torch), stepped(plan, by_instructions, 2), 1e-6)
