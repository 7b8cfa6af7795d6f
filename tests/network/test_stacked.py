"""Stacked lanes against networks of torch, one at a time."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from catlearn.network.losses import cross_entropy
from catlearn.network.parameters import parameter_space
from catlearn.network.stacked import forward, forward_columns
from tests.runs.factory import activation, linear

MODULES = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


@st.composite
def networks(draw):
    """Layers with arbitrary widths, activations before, between and after linear layers, also several in a row."""
    width = draw(st.integers(1, 5))
    layers, blocks = [], 0
    for operation in (*draw(st.lists(st.sampled_from(["linear", *MODULES]), max_size=5)), "linear"):
        if operation == "linear":
            outputs = draw(st.integers(1, 5))
            layers.append(linear(f"net.{blocks}", width, outputs))
            width, blocks = outputs, blocks + 1
        else:
            layers.append(activation(operation, width))
    return tuple(layers)


def module(layers):
    return nn.Sequential(
        *(
            nn.Linear(layer.input_shape[0], layer.output_shape[0])
            if layer.operation == "linear"
            else MODULES[layer.operation]()
            for layer in layers
        )
    )


def stack(layers, modules):
    """The stacked tensors of modules, by the names of the layers' blocks."""
    blocks = {layer.block: at for at, layer in enumerate(layers) if layer.block}
    return {
        f"{block}.{name}": torch.stack([getattr(network[at], name).detach() for network in modules])
        for block, at in blocks.items()
        for name in ("weight", "bias")
    }


def drawn(layers, seed, lanes, shared):
    torch.manual_seed(seed)
    modules = [module(layers) for _ in range(lanes)]
    inputs = torch.randn(7, layers[0].input_shape[0]) if shared else torch.randn(lanes, 7, layers[0].input_shape[0])
    return modules, inputs


cases = given(networks(), st.integers(0, 1000), st.integers(1, 4), st.booleans())


@cases
def test_every_lane_is_its_own_network(layers, seed, lanes, shared):
    modules, inputs = drawn(layers, seed, lanes, shared)
    outputs = forward(layers, stack(layers, modules), inputs)
    assert outputs.shape == (lanes, 7, layers[-1].output_shape[0])
    for lane, network in enumerate(modules):
        expected = network(inputs if shared else inputs[lane])
        assert torch.allclose(outputs[lane], expected, rtol=1e-4, atol=1e-5)


@cases
def test_gradients_are_those_of_each_lane(layers, seed, lanes, shared):
    modules, inputs = drawn(layers, seed, lanes, shared)
    labels = torch.randint(0, layers[-1].output_shape[0], (lanes, 7))
    parameters = {name: tensor.requires_grad_() for name, tensor in stack(layers, modules).items()}
    losses = cross_entropy(forward_columns(layers, parameters, inputs.mT), labels).mean(1)
    losses.sum().backward()
    for lane, network in enumerate(modules):
        loss = nn.functional.cross_entropy(network(inputs if shared else inputs[lane]), labels[lane])
        loss.backward()
        assert torch.allclose(losses[lane], loss, rtol=1e-4, atol=1e-5)
    for name, expected in stack_gradients(layers, modules).items():
        assert torch.allclose(parameters[name].grad, expected, rtol=1e-3, atol=1e-5)


def stack_gradients(layers, modules):
    blocks = {layer.block: at for at, layer in enumerate(layers) if layer.block}
    return {
        f"{block}.{name}": torch.stack([getattr(network[at], name).grad for network in modules])
        for block, at in blocks.items()
        for name in ("weight", "bias")
    }


def test_a_prefix_gives_the_activations_inside():
    layers = (linear("net.0", 3, 4), activation("relu", 4), linear("net.1", 4, 2))
    modules, inputs = drawn(layers, 0, 2, shared=True)
    inside = forward(layers[:2], stack(layers, modules), inputs)
    assert torch.allclose(inside[1], modules[1][:2](inputs), atol=1e-6)


@pytest.mark.parametrize("operation", MODULES)
def test_inputs_are_left_as_they_are(operation):
    layers = (activation(operation, 3), activation(operation, 3), linear("net.0", 3, 2))
    modules, inputs = drawn(layers, 0, 2, shared=False)
    before = inputs.clone()
    forward(layers, stack(layers, modules), inputs)
    assert torch.equal(inputs, before)


def test_without_a_linear_layer_all_lanes_are_alike():
    parameters = {"net.0.weight": torch.zeros(3, 2, 2)}
    outputs = forward((activation("relu", 2),), parameters, torch.tensor([[-1.0, 2.0]]))
    assert outputs.tolist() == [[[0, 2]]] * 3


@given(networks(), st.integers(0, 1000))
def test_points_and_tensors_are_the_same_thing(layers, seed):
    torch.manual_seed(seed)
    space = parameter_space(layers)
    points = torch.randn(3, space.dimension)
    tensors = space.unflatten(points)
    assert torch.equal(space.flatten(tensors), points)
    assert {name: tensor.shape[1:] for name, tensor in tensors.items()} == dict(space.tensors)


def test_a_space_without_blocks_has_the_other_ones():
    layers = (linear("encoder.0", 3, 4), linear("head.0", 4, 2))
    assert [name for name, _ in parameter_space(layers, {"encoder.0"}).tensors] == ["head.0.weight", "head.0.bias"]
