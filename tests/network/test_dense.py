"""Gradients written out, against torch.autograd on plain modules, one lane at a time."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from catlearn.network import dense as written
from catlearn.network.dense import Descent, dense
from tests.runs.factory import activation, linear

MODULES = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU}


def layers_of(widths, functions):
    """Linear layers of these widths, each with the function behind it, where there is one."""
    layers = []
    for place, ((inputs, outputs), function) in enumerate(zip(pairwise(widths), functions, strict=True)):
        layers.append(linear(f"block.{place}", inputs, outputs))
        layers += [activation(function, outputs)] if function else []
    return tuple(layers)


def drawn(layers, lanes, batch, dtype=torch.float64):
    """Parameters (lanes, …), memory for their gradients, inputs and labels."""
    source = torch.Generator().manual_seed(0)
    linears = [layer for layer in layers if layer.tensors]
    shapes = {f"{layer.block}.{tensor.name}": tensor.shape for layer in linears for tensor in layer.tensors}
    parameters = {name: torch.randn(lanes, *shape, generator=source, dtype=dtype) for name, shape in shapes.items()}
    gradients = {name: torch.full_like(tensor, torch.nan) for name, tensor in parameters.items()}
    inputs = torch.randn(lanes, batch, *linears[0].input_shape, generator=source, dtype=dtype)
    labels = torch.randint(linears[-1].output_shape[0], (lanes, batch), generator=source)
    return parameters, gradients, inputs, labels


def module(layers):
    """The network of plain modules."""
    parts = [
        nn.Linear(*layer.input_shape, *layer.output_shape) if layer.tensors else MODULES[layer.operation]()
        for layer in layers
    ]
    return nn.Sequential(*parts).double()


def plain(layers, loss, parameters, inputs, labels, lane):
    """The loss of one lane and its gradients, by autograd."""
    network = module(layers)
    named = dict(zip((name for name, _ in network.named_parameters()), parameters, strict=True))
    network.load_state_dict({ours: parameters[name][lane] for ours, name in named.items()})
    outputs = network(inputs[lane])
    if loss == "cross_entropy":
        value = functional.cross_entropy(outputs, labels[lane])
    else:
        value = functional.mse_loss(outputs, functional.one_hot(labels[lane], outputs.shape[1]).double())
    value.backward()
    return value, {named[ours]: tensor.grad for ours, tensor in network.named_parameters()}


def agree(layers, loss, batch, lanes=3):
    """Whether losses and gradients of all lanes are those of autograd."""
    parameters, gradients, inputs, labels = drawn(layers, lanes, batch)
    losses = Descent(dense(layers, loss, batch), parameters, gradients, loss, batch)(inputs, labels)
    theirs = [plain(layers, loss, parameters, inputs, labels, lane) for lane in range(lanes)]
    return all(
        torch.allclose(losses[lane], value, rtol=1e-12)
        and all(torch.allclose(gradients[name][lane], own, rtol=1e-9, atol=1e-12) for name, own in found.items())
        for lane, (value, found) in enumerate(theirs)
    )


functions = st.sampled_from([None, *MODULES])
networks = st.integers(1, 3).flatmap(
    lambda depth: st.builds(
        layers_of,
        st.lists(st.integers(2, 9), min_size=depth + 1, max_size=depth + 1),
        st.lists(functions, min_size=depth, max_size=depth),
    )
)


@given(networks, st.sampled_from(["cross_entropy", "mse"]), st.sampled_from([32, 64]))
def test_gradients_are_those_of_autograd(layers, loss, batch):
    assert agree(layers, loss, batch)


@pytest.mark.parametrize("large", [1, 1 << 20])
def test_either_way_to_the_gradient_of_a_weight_is_right(monkeypatch, large):
    monkeypatch.setattr(written, "_LARGE", large)
    assert agree(layers_of((5, 7, 4), ("relu", None)), "cross_entropy", 6)


@pytest.mark.parametrize("name", MODULES)
def test_saboteur_the_derivative_of_another_function_is_noticed(monkeypatch, name):
    layers = layers_of((5, 8, 4), (name, None))
    other = {"relu": "tanh", "tanh": "sigmoid", "sigmoid": "tanh", "gelu": "relu"}[name]
    wrong = written._FUNCTIONS[name]._replace(derive=written._FUNCTIONS[other].derive)
    assert agree(layers, "mse", 32)
    monkeypatch.setitem(written._FUNCTIONS, name, wrong)
    assert not agree(layers, "mse", 32)


@pytest.mark.parametrize("widths", [(4, 3, 2), (64, 96, 10), (200, 300, 10)])
@pytest.mark.parametrize("function", MODULES)
def test_a_lane_alone_has_the_bits_of_the_lane_among_others(widths, function):
    layers, batch = layers_of(widths, (function, None)), 32
    parameters, gradients, inputs, labels = drawn(layers, 5, batch, torch.float32)
    losses = Descent(dense(layers, "cross_entropy", batch), parameters, gradients, "cross_entropy", batch)(
        inputs, labels
    )
    for lane in (0, 3):
        own = {name: tensor[lane : lane + 1].clone() for name, tensor in parameters.items()}
        alone = {name: torch.empty_like(tensor) for name, tensor in own.items()}
        descent = Descent(dense(layers, "cross_entropy", batch), own, alone, "cross_entropy", batch)
        assert torch.equal(descent(inputs[lane : lane + 1], labels[lane : lane + 1])[0], losses[lane])
        assert all(torch.equal(alone[name][0], gradients[name][lane]) for name in alone)


def test_a_frozen_layer_passes_gradients_on_and_has_none():
    layers = layers_of((5, 8, 6, 4), ("tanh", "relu", None))
    parameters, gradients, inputs, labels = drawn(layers, 2, 32)
    trained = {name: tensor for name, tensor in gradients.items() if not name.startswith("block.1")}
    Descent(dense(layers, "mse", 32), parameters, trained, "mse", 32)(inputs, labels)
    _, theirs = plain(layers, "mse", parameters, inputs, labels, 1)
    assert all(torch.allclose(tensor[1], theirs[name], rtol=1e-9, atol=1e-12) for name, tensor in trained.items())
    assert all(gradients[name].isnan().all() for name in gradients if name not in trained)


@pytest.mark.parametrize(
    ("layers", "loss", "batch"),
    [
        (layers_of((5, 7, 4), ("tanh", None)), "mse", 6),  # 42 numbers do not fill vectors
        (layers_of((5, 1, 4), ("relu", None)), "mse", 32),
        (layers_of((5, 7, 4), ("relu", None)), "mse", 1),
        (layers_of((5, 7, 4), ("relu", None)), "hinge", 32),
        ((linear("a", 5, 5), activation("relu", 5), linear("a", 5, 5)), "mse", 32),
        ((activation("relu", 5), linear("a", 5, 5)), "mse", 32),
        ((linear("a", 5, 5), activation("softmax", 5)), "mse", 32),
        ((), "mse", 32),
    ],
)
def test_what_is_left_to_autograd(layers, loss, batch):
    assert dense(layers, loss, batch) is None
