"""The shipped rules, from their text to their steps, against torch.optim on loops that share nothing with ours."""

import pytest
import torch

from catlearn.plan.lower import lower
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check
from tests.runs.stepping import descend, torch_descend

SPECIFICATION = """
dataset iris {{ source = sklearn.iris, test = 0.2, seed = 0 }}
map net : R[4] -> R[3] = linear(3)
category Param {{
  object A = params(net)
  run gd : A@init -> A@gd {{
    net = net, data = iris, loss = cross_entropy, optimiser = {use}, batch = 16, epochs = 1, seeds = 0..0
  }}
}}
"""

OF_TORCH = {
    "sgd(lr = 0.05)": lambda x: torch.optim.SGD(x, lr=0.05),
    "sgd(lr = 0.05, decay = 0.1)": lambda x: torch.optim.SGD(x, lr=0.05, weight_decay=0.1),
    "heavy_ball(lr = 0.02, m = 0.9)": lambda x: torch.optim.SGD(x, lr=0.02, momentum=0.9),
    "heavy_ball(lr = 0.02, m = 0.9, decay = 0.1)": lambda x: torch.optim.SGD(
        x, lr=0.02, momentum=0.9, weight_decay=0.1
    ),
    "nesterov(lr = 0.02, m = 0.9)": lambda x: torch.optim.SGD(x, lr=0.02, momentum=0.9, nesterov=True),
    "adagrad(lr = 0.1)": lambda x: torch.optim.Adagrad(x, lr=0.1),
    "adagrad(lr = 0.1, lr_decay = 0.01, eps = 0.001, decay = 0.1)": lambda x: torch.optim.Adagrad(
        x, lr=0.1, lr_decay=0.01, eps=0.001, weight_decay=0.1
    ),
    "rmsprop(lr = 0.01)": lambda x: torch.optim.RMSprop(x, lr=0.01),
    "rmsprop(lr = 0.01, alpha = 0.9, eps = 0.001, decay = 0.1)": lambda x: torch.optim.RMSprop(
        x, lr=0.01, alpha=0.9, eps=0.001, weight_decay=0.1
    ),
    "adam(lr = 0.02)": lambda x: torch.optim.Adam(x, lr=0.02),
    "adam(lr = 0.02, b1 = 0.8, b2 = 0.95, eps = 0.001, decay = 0.1)": lambda x: torch.optim.Adam(
        x, lr=0.02, betas=(0.8, 0.95), eps=0.001, weight_decay=0.1
    ),
    "adamw(lr = 0.02)": lambda x: torch.optim.AdamW(x, lr=0.02),
    "adamw(lr = 0.02, b1 = 0.8, b2 = 0.95, eps = 0.001, decay = 0.1)": lambda x: torch.optim.AdamW(
        x, lr=0.02, betas=(0.8, 0.95), eps=0.001, weight_decay=0.1
    ),
    "amsgrad(lr = 0.02, b2 = 0.8)": lambda x: torch.optim.Adam(x, lr=0.02, betas=(0.9, 0.8), amsgrad=True),
}

STEPS = 200


def noisy_quadratic(at, x):
    """A loss of 12 parameters that changes from step to step, as batches do."""
    source = torch.Generator().manual_seed(at)
    root, target = (torch.randn(shape, generator=source, dtype=torch.float64) for shape in ((12, 12), 12))
    return 0.5 * ((root / 4 @ (x - target)) ** 2).sum() * (1 + at % 5)


START = torch.randn(12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def path_of_torch(make):
    return torch_descend(make, noisy_quadratic, START, STEPS)


def path_of_text(use):
    (job,) = lower(check(parse(Source("rule.cat", SPECIFICATION.format(use=use)))).theory).train
    return descend(job.rule, noisy_quadratic, START, STEPS)


@pytest.mark.parametrize("use", OF_TORCH)
def test_a_shipped_rule_steps_as_torch_does(use):
    assert torch.allclose(path_of_text(use), path_of_torch(OF_TORCH[use]), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(
    ("use", "other"),
    [
        ("sgd(lr = 0.05)", "sgd(lr = 0.05, decay = 0.1)"),
        ("heavy_ball(lr = 0.02, m = 0.9)", "nesterov(lr = 0.02, m = 0.9)"),
        ("adam(lr = 0.02)", "adamw(lr = 0.02)"),
        ("adam(lr = 0.02, b1 = 0.9, b2 = 0.8)", "amsgrad(lr = 0.02, b2 = 0.8)"),
        ("ema(lr = 0.02, m = 0.9)", "heavy_ball(lr = 0.02, m = 0.9)"),
    ],
)
def test_rules_that_differ_are_told_apart(use, other):
    assert not torch.allclose(path_of_text(use), path_of_torch(OF_TORCH[other]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("use", "same"),
    [
        ("sutskever(lr = 0.02, m = 0.9)", "heavy_ball(lr = 0.02, m = 0.9)"),
        ("nesterov_lookahead(lr = 0.02, m = 0.9)", "nesterov(lr = 0.02, m = 0.9)"),
        ("polyak(lr = 0.02, m = 0.9)", "heavy_ball(lr = 0.02, m = 0.9)"),
        ("heavy_ball(lr = 0.02, m = 0)", "sgd(lr = 0.02)"),
        ("ema(lr = 0.2, m = 0.9)", "heavy_ball(lr = 0.02, m = 0.9)"),
        ("adamw(lr = 0.02, decay = 0)", "adam(lr = 0.02)"),
        ("lion(lr = 0.02, b1 = 0, b2 = 0)", "sign_sgd(lr = 0.02)"),
    ],
)
def test_rules_that_are_the_same_run_alike(use, same):
    assert torch.allclose(path_of_text(use), path_of_text(same), rtol=1e-6, atol=1e-9)
