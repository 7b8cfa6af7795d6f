"""The script of a run steps by every shipped rule as the run does, and one with a constant changed does not."""

import re

import pytest

from catlearn import verbs
from tests.emit.scripts import CLOSE, distance, executed, saved, trained

RULES = {
    "sgd": "sgd(lr = 0.1, decay = 0.01)",
    "heavy_ball": "heavy_ball(lr = 0.02, m = 0.9, decay = 0.01)",
    "ema": "ema(lr = 0.1, m = 0.9)",
    "sutskever": "sutskever(lr = 0.02, m = 0.9)",
    "nesterov": "nesterov(lr = 0.02, m = 0.9)",
    "nesterov_lookahead": "nesterov_lookahead(lr = 0.02, m = 0.9)",
    "polyak": "polyak(lr = 0.02, m = 0.9)",
    "adagrad": "adagrad(lr = 0.1, lr_decay = 0.01, eps = 0.001)",
    "rmsprop": "rmsprop(lr = 0.01, eps = 0.001)",
    "adam": "adam(lr = 0.01, b2 = 0.8, eps = 0.001)",
    "adamw": "adamw(lr = 0.01, eps = 0.001)",
    "amsgrad": "amsgrad(lr = 0.01, b2 = 0.8, eps = 0.001)",
    "lion": "lion(lr = 0.01, b1 = 0.9, b2 = 0.99)",
    "sign_sgd": "sign_sgd(lr = 0.01)",
    "odd": "odd(lr = 1/3)",
}

SETTINGS = {
    "waves": "optimiser = sgd(lr = 0.1 * min(1, t / 5) * cosine(t / 20) + 0.01 * exp(-t) * abs(sin(t)))",
    "steps": "optimiser = heavy_ball(lr = 0.1 * 0.5 ^ epoch, m = 0.9 - 0.1 * epoch / log(8))",
    "squares": "loss = mse, optimiser = adam(lr = 0.01, eps = 0.001)",
    "margins": "loss = hinge",
    "bounded": "loss = mse, clip = 0.02",
}
"""What runs like `sgd` may say besides."""

SPECIFICATION = """
dataset iris {{ source = sklearn.iris, test = 0.2, seed = 3 }}
map net : R[4] -> R[3] = linear(8) >> tanh >> linear(3)
optimiser odd(lr, lambda = -2) {{
  state def  = theta
  state rate = max(lr, 0.1)
  def'   = min(abs(def), max(theta, -g)) - 2^lambda * g
  rate'  = rate * (1 + sign(lr) * abs(lambda) / (1 + sqrt(t)))
  theta' = theta - (lr - 0.3 - (0.1 - 0.2)) * rate' * def' / (sqrt(g^2 + 1)) + max(lambda, g) * min(lr, 0.001)
}}
category P {{
  object A = params(net)
{runs}
{others}
  run again : A@adam -> A@again {{ like = adam, epochs = 2 }}
  run on    : A@adam -> A@on    {{ like = adam, epochs = 2, resume = adam }}
}}
"""
RUN = """  run {name} : A@init -> A@{name} {{ net = net, data = iris, loss = cross_entropy, optimiser = {rule},
     batch = 50, last = keep, epochs = 4, seeds = 1..2 }}"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    every = "\n".join(RUN.format(name=name, rule=rule) for name, rule in RULES.items())
    others = "\n".join(f"  run {name} : A@init -> A@{name} {{ like = sgd, {said} }}" for name, said in SETTINGS.items())
    return trained(tmp_path_factory.mktemp("rules"), SPECIFICATION.format(runs=every, others=others))


@pytest.fixture(scope="module")
def outputs(runs, tmp_path_factory):
    return executed(verbs.emit(runs.specification), tmp_path_factory.mktemp("outputs"), (1, 2))


def at_the_start(tensors):
    return {name: tensor[0] for name, tensor in tensors.items() if not name.startswith("state:")}


def weights(tensors):
    return {name: tensor for name, tensor in tensors.items() if not name.startswith("state:")}


@pytest.mark.parametrize("name", [*RULES, *SETTINGS, "again", "on"])
def test_a_script_steps_as_its_run_does(runs, outputs, name):
    ours, theirs = runs.tensors(name, 2), saved(outputs, name, 2)
    assert distance(ours, theirs) < CLOSE
    assert distance(at_the_start(ours), at_the_start(theirs)) < (CLOSE if name in ("again", "on") else 1e-30)


@pytest.mark.parametrize("name", RULES)
def test_saboteur_a_script_with_one_constant_changed_misses_its_run(runs, tmp_path, name):
    text = verbs.emit(runs.specification, only=name)
    changed, count = re.subn(r"^    lr = .*$", "    lr = 0.031", text, flags=re.MULTILINE)
    assert count in (1, 2)
    executed(changed, tmp_path, (1,))
    assert distance(runs.tensors(name, 1), saved(tmp_path, name, 1)) > CLOSE


APART = [("again", "on"), ("adam", "amsgrad"), *((name, "sgd") for name in SETTINGS)]


@pytest.mark.parametrize(("name", "other"), APART)
def test_runs_that_differ_are_told_apart(runs, outputs, name, other):
    assert distance(weights(runs.tensors(name, 1)), weights(saved(outputs, other, 1))) > CLOSE
