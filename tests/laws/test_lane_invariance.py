"""Lane invariance: the bits of a lane, forward and backward, do not depend on how many lanes stand beside it, which, or
where. One intra-op thread, as in training."""

from math import prod

import pytest
import torch
from hypothesis import find, given
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from torch.nn import functional

from catlearn.network.losses import cross_entropy
from catlearn.network.normalisation import BatchStatistics, initial_buffers
from catlearn.network.randomness import generator, initial_parameters
from catlearn.network.stacked import forward_columns
from catlearn.network.threads import single_threaded
from tests.network.building import (
    attention,
    batchnorm,
    convolution,
    embedding,
    groupnorm,
    layer,
    linear_of_rows,
    norm,
    pool,
    positions,
)
from tests.network.networks import NETWORKS
from tests.runs.factory import linear

SMALL = st.integers(1, 5)
SIZES = st.integers(3, 9)


def convolutions(channels, outputs, size, kernel, stride, padding):
    return convolution("f.0", channels, outputs, size, min(kernel, size), stride, padding)


def large_convolutions(outputs):
    return convolution("f.0", 8, outputs, 12, padding=1)


IMAGES = st.tuples(SMALL, st.integers(1, 6), st.integers(1, 6))
FEATURES = st.tuples(st.integers(1, 40))
ROWS = st.tuples(SMALL, SMALL.map(lambda width: 2 * width))
SHAPES = st.one_of(FEATURES, ROWS, IMAGES)

LAYERS = {
    "linear": st.builds(linear, st.just("f.0"), st.integers(1, 80), st.integers(1, 40)),
    "conv2d": st.builds(convolutions, SMALL, SMALL, SIZES, SMALL, st.integers(1, 3), st.integers(0, 2)),
    "large conv2d": st.builds(large_convolutions, st.integers(16, 24)),
    "maxpool": st.builds(pool, st.just("maxpool"), SMALL, SIZES, st.integers(1, 3)),
    "avgpool": st.builds(pool, st.just("avgpool"), SMALL, SIZES, st.integers(1, 3)),
    "layernorm": st.builds(norm, st.just("f.0"), st.one_of(FEATURES, ROWS)),
    "groupnorm": st.builds(lambda shape: groupnorm("f.0", (2 * shape[0], *shape[1:]), 2), st.one_of(FEATURES, IMAGES)),
    "batchnorm": st.builds(batchnorm, st.just("f.0"), st.one_of(FEATURES, IMAGES)),
    "attention": st.builds(lambda shape: attention("f.0", *shape, heads=2), ROWS),
    "linear of rows": st.builds(linear_of_rows, st.just("f.0"), SMALL, st.integers(1, 12), st.integers(1, 12)),
    "positions": st.builds(positions, st.just("f.0"), SMALL, SMALL),
    "embedding": st.builds(embedding, st.just("f.0"), SMALL, st.integers(1, 12), SMALL),
    **{
        name: st.builds(layer, st.just(name), SHAPES)
        for name in ("relu", "tanh", "sigmoid", "gelu", "softmax", "flatten")
    },
}
LEAST = {"batchnorm": 2, "normalised vectors": 2}
"""The least examples of a batch: one number has no variance."""

CHOSEN = st.lists(st.integers(0, 7), min_size=1, max_size=8, unique=True)
EXAMPLES = st.integers(1, 40)


def ours(layers, parameters, columns):
    buffers = {name: value.expand(len(columns), -1) for name, value in initial_buffers(layers).items()}
    return forward_columns(layers, parameters, columns, statistics=BatchStatistics(buffers))


def drawn(layers, lane, examples):
    """The parameters and the inputs (d, n) of one lane, and the gradient (d', n) at its outputs."""
    source = generator("law", lane)
    size = prod(layers[0].input_shape), examples
    if layers[0].operation == "embedding":
        columns = torch.randint(0, layers[0].tensors[0].shape[0], size, generator=source).float()
    else:
        columns = torch.randn(size, generator=source) * 3
    gradient = torch.randn(prod(layers[-1].output_shape), examples, generator=source)
    return initial_parameters(layers, lane), columns, gradient


def bits(operation, layers, lanes, examples):
    """For each lane its outputs and its gradients, all of them computed side by side."""
    parts = [drawn(layers, lane, examples) for lane in lanes]
    parameters = {name: torch.stack([part[0][name] for part in parts]).requires_grad_() for name in parts[0][0]}
    columns = torch.stack([part[1] for part in parts]).requires_grad_()
    with single_threaded():
        outputs = operation(layers, parameters, columns)
        read = [*parameters.values(), *([] if layers[0].operation == "embedding" else [columns])]
        gradients = torch.autograd.grad(outputs, read, torch.stack([part[2] for part in parts]))
    return [[outputs[at], *(gradient[at] for gradient in gradients)] for at in range(len(lanes))]


def equal(left, right):
    return all(torch.equal(one, other) for one, other in zip(left, right, strict=True))


def law(operation, layers, lanes, examples):
    together = bits(operation, layers, lanes, examples)
    alone = (bits(operation, layers, [lane], examples)[0] for lane in lanes)
    return all(equal(found, one) for found, one in zip(together, alone, strict=True))


@pytest.mark.parametrize("examples", [1, 2, 3])
def test_a_lane_alone_with_one_example_has_them_too(examples):
    assert law(ours, (attention("f.0", 5, 2, heads=2),), [0, 1], examples)


@pytest.mark.parametrize("name", LAYERS)
@given(st.data())
def test_a_lane_among_others_has_the_bits_that_it_has_alone(name, data):
    plan = data.draw(LAYERS[name])
    assert law(ours, (plan,), data.draw(CHOSEN), max(data.draw(EXAMPLES), LEAST.get(name, 1)))


@pytest.mark.parametrize("name", NETWORKS)
@given(CHOSEN, EXAMPLES)
def test_so_it_has_in_whole_networks(name, lanes, examples):
    assert law(ours, NETWORKS[name], lanes, max(examples, LEAST.get(name, 1)))


def loss(columns):
    labels = torch.arange(columns.shape[2]) % columns.shape[1]
    return cross_entropy(columns, labels).mean(1)


@given(st.integers(1, 12), CHOSEN, EXAMPLES)
def test_so_has_its_loss(classes, lanes, examples):
    scalars = layer("flatten", (classes,), ())

    def found(chosen):
        columns = torch.stack([drawn((scalars,), lane, examples)[1] for lane in chosen]).requires_grad_()
        losses = loss(columns)
        return losses, torch.autograd.grad(losses.sum(), columns)[0]

    with single_threaded():
        together = found(lanes)
        for at, lane in enumerate(lanes):
            assert equal([part[at] for part in together], [part[0] for part in found([lane])])


def grouped(layers, parameters, columns):
    """A convolution as one grouped convolution of all lanes."""
    lanes, examples = len(columns), columns.shape[-1]
    images = columns.movedim(-1, 0).reshape(examples, -1, *layers[0].input_shape[1:])
    weight, bias = parameters["f.0.weight"].flatten(0, 1), parameters["f.0.bias"].flatten()
    made = functional.conv2d(images, weight, bias, padding=1, groups=lanes)
    return made.reshape(examples, lanes, -1).movedim(0, -1)


def over_lanes(_, parameters, columns):
    """A normalisation whose moments are of all lanes together."""
    mean, variance = columns.mean((0, 2), keepdim=True), columns.var((0, 2), correction=0, keepdim=True)
    weight, bias = (parameters[f"f.0.{name}"].unsqueeze(2) for name in ("weight", "bias"))
    return (columns - mean) * torch.rsqrt(variance + 1e-5) * weight + bias


SABOTEURS = {
    "grouped convolution": (grouped, LAYERS["large conv2d"]),
    "moments over lanes": (over_lanes, st.builds(batchnorm, st.just("f.0"), FEATURES)),
    "softmax over lanes": (lambda _layers, _parameters, columns: columns.softmax(0), LAYERS["softmax"]),
}


@pytest.mark.parametrize("name", SABOTEURS)
def test_the_law_catches_what_mixes_lanes(name):
    operation, plans = SABOTEURS[name]
    try:
        find(st.tuples(plans.map(lambda plan: (plan,)), CHOSEN, EXAMPLES), lambda case: not law(operation, *case))
    except NoSuchExample:
        pytest.fail(f"{name} went unseen")
