"""The script of a run trains every layer to the run's weights, and one with a layer changed does not."""

import numpy as np
import pytest

from catlearn import verbs
from tests.emit.scripts import CLOSE, distance, executed, saved, trained

SPECIFICATION = """
dataset digits {{ source = {source}, reshape = {shape} }}
map body : R{shape} -> R[10] = {body}
category P {{
  object A = params(body)
  run a : A@init -> A@a {{ net = body, data = digits, loss = cross_entropy, optimiser = heavy_ball(lr = 0.01, m = 0.9),
                          batch = 64, epochs = 1, seeds = 0..1, checkpoints = 10 steps }}
  run b : A@a -> A@b {{ like = a, checkpoints = 21 steps }}
  run c : A@a -> A@c {{ like = b, resume = a }}
}}
"""
FLAT, IMAGE, ROWS = "[64]", "[1, 8, 8]", "[8, 8]"

FAMILIES = {
    "linear": (FLAT, "linear(10)", "self.body_0(x)", "self.body_0(1.001 * x)"),
    "relu": (FLAT, "linear(16) >> relu >> linear(10)", "functional.relu(", "functional.elu("),
    "tanh": (FLAT, "linear(16) >> tanh >> linear(10)", "torch.tanh(", "torch.sin("),
    "sigmoid": (FLAT, "linear(16) >> sigmoid >> linear(10)", "torch.sigmoid(x)", "torch.sigmoid(1.001 * x)"),
    "gelu": (FLAT, "linear(16) >> gelu >> linear(10)", "functional.gelu(x)", 'functional.gelu(x, approximate="tanh")'),
    "softmax": (ROWS, "softmax >> flatten >> linear(10)", "dim=-1", "dim=1"),
    "flatten": (ROWS, "flatten >> linear(10)", "x.flatten(1)", "x.mT.flatten(1)"),
    "conv2d": (
        IMAGE,
        "conv2d(4, 3, padding = 1) >> gelu >> conv2d(2, 3, stride = 2) >> flatten >> linear(10)",
        "nn.Conv2d(1, 4, 3, padding=1)",
        'nn.Conv2d(1, 4, 3, padding=1, padding_mode="replicate")',
    ),
    "maxpool": (IMAGE, "maxpool(3) >> flatten >> linear(10)", "max_pool2d", "avg_pool2d"),
    "avgpool": (IMAGE, "avgpool(2) >> flatten >> linear(10)", "avg_pool2d", "max_pool2d"),
    "layernorm": (ROWS, "layernorm >> flatten >> linear(10)", "nn.LayerNorm(8)", "nn.LayerNorm(8, eps=1e-3)"),
    "attention": (ROWS, "attention(2) >> flatten >> linear(10)", "(8, 2, batch_first", "(8, 4, batch_first"),
    "skip": (
        FLAT,
        "linear(16) >> skip(tanh >> linear(16) >> skip(relu >> linear(16))) >> linear(10)",
        "x = skip_inside + x",
        "x = skip + x",
    ),
    "groupnorm": (
        IMAGE,
        "conv2d(4, 3) >> groupnorm(2) >> tanh >> flatten >> groupnorm(4) >> linear(10)",
        "nn.GroupNorm(2, 4)",
        "nn.GroupNorm(4, 4)",
    ),
    "rows": (
        ROWS,
        "linear(4) >> positions >> flatten >> linear(10)",
        "return x + self.weight",
        "return x + 1.01 * self.weight",
    ),
    "embedding": (FLAT, "embedding(20, 3) >> flatten >> linear(10)", "x.long()", "(19 - x).long()"),
    "batchnorm": (
        IMAGE,
        "conv2d(4, 3) >> batchnorm >> tanh >> flatten >> linear(8) >> batchnorm >> linear(10)",
        "nn.BatchNorm2d(4)",
        "nn.BatchNorm2d(4, momentum=0.11)",
    ),
    "dropout": (FLAT, "linear(32) >> dropout(0.25) >> linear(10)", "dropout(x, 0.25,", "dropout(x, 0.26,"),
}

KINKED, KINK = ("relu", "skip", "maxpool"), 0.001
"""Where rounding decides now and then on which side of a kink a number is, and how far weights part by that."""


def sentences(directory):
    """A data set of words, which the numbers of an image are not."""
    words = np.random.default_rng(0).integers(0, 20, (1797, 64))
    np.savez(directory / "words.npz", x=words, y=words[:, 0] % 10)
    return '"words.npz", test = 360, seed = 0'


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, tmp_path_factory):
    shape, body, before, after = FAMILIES[request.param]
    directory = tmp_path_factory.mktemp(request.param)
    source = sentences(directory) if "embedding" in body else "sklearn.digits"
    runs = trained(directory, SPECIFICATION.format(source=source, shape=shape, body=body))
    return request.param, runs, verbs.emit(runs.specification), before, after


def test_a_script_trains_to_the_weights_of_its_run(family, tmp_path):
    operation, runs, text, _, _ = family
    executed(text, tmp_path, (0, 1))
    pairs = [(runs.tensors(name, seed), saved(tmp_path, name, seed)) for name in ("a", "b", "c") for seed in (0, 1)]
    apart = sorted(distance(ours, theirs) for ours, theirs in pairs)
    assert apart[len(apart) // 2] < CLOSE
    assert apart[-1] < (KINK if operation in KINKED else CLOSE)


def test_saboteur_another_layer_misses_them(family, tmp_path):
    _, runs, text, before, after = family
    assert before in text
    executed(text.replace(before, after), tmp_path, (0,))
    assert distance(runs.tensors("a", 0), saved(tmp_path, "a", 0)) > CLOSE


UNLIKE = """
dataset digits { source = sklearn.digits }
dataset iris   { source = sklearn.iris }
map noisy : R[64] -> R[10] = linear(16) >> tanh >> dropout(0.25) >> linear(10)
map plain : R[4] -> R[3] = linear(3)
map norm  : R[4] -> R[3] = linear(4) >> batchnorm >> tanh >> linear(3)
category P {
  object A = params(noisy)
  object B = params(plain)
  object C = params(norm)
  run a : A@init -> A@a { net = noisy, data = digits, loss = hinge, clip = 0.1, optimiser = sgd(lr = 0.1), batch = 64,
                          epochs = 1, seeds = 0..1 }
  run b : B@init -> B@b { net = plain, data = iris, loss = mse, optimiser = heavy_ball(lr = 0.01, m = 0.9), batch = 32,
                          epochs = 2, seeds = 1..2 }
  run c : C@init -> C@c { like = b, net = norm, loss = cross_entropy, batch = 50, last = keep, seeds = 0..1 }
}
"""


def test_unlike_runs_stand_in_one_script(tmp_path):
    """Of which some drop out, some are normalised and some clip their gradients, and others do not."""
    runs = trained(tmp_path, UNLIKE)
    executed(verbs.emit(runs.specification), tmp_path, (0, 1, 2))
    lanes = [("a", 0), ("a", 1), ("b", 1), ("b", 2), ("c", 0), ("c", 1)]
    assert all(distance(runs.tensors(*lane), saved(tmp_path, *lane)) < CLOSE for lane in lanes)
