"""Layers on stacked lanes against modules of torch, one lane at a time: outputs, gradients, and shared inputs."""

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from catlearn.network.normalisation import BatchStatistics
from catlearn.network.stacked import calibrated, forward, forward_columns
from tests.network.networks import NETWORKS

LANES, EXAMPLES = 3, 5


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.inside = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, values):
        return self.inside(values, values, values, need_weights=False)[0]

    @property
    def in_weight(self):
        return self.inside.in_proj_weight

    @property
    def in_bias(self):
        return self.inside.in_proj_bias

    @property
    def out_weight(self):
        return self.inside.out_proj.weight

    @property
    def out_bias(self):
        return self.inside.out_proj.bias


class Positions(nn.Module):
    def __init__(self, length, width):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(length, width))

    def forward(self, values):
        return values + self.weight


class Words(nn.Embedding):
    def forward(self, words):
        return super().forward(words.long())


def drawn_scale(norm):
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    return norm


class Skip(nn.Module):
    def __init__(self, inside):
        super().__init__()
        self.inside = inside

    def forward(self, values):
        return values + self.inside(values)


def module(layers):
    return nn.Sequential(*map(part, layers))


def part(plan):
    attributes = dict(plan.attributes)
    match plan.operation:
        case "linear":
            return nn.Linear(plan.input_shape[-1], plan.output_shape[-1])
        case "positions":
            return Positions(*plan.input_shape)
        case "conv2d":
            kernel = {"kernel_size": attributes.pop("kernel"), **attributes}
            return nn.Conv2d(plan.input_shape[0], plan.output_shape[0], **kernel)
        case "maxpool":
            return nn.MaxPool2d(attributes["size"])
        case "avgpool":
            return nn.AvgPool2d(attributes["size"])
        case "layernorm":
            return drawn_scale(nn.LayerNorm(plan.input_shape[-1]))
        case "groupnorm":
            return drawn_scale(nn.GroupNorm(attributes["groups"], plan.input_shape[0]))
        case "batchnorm":
            kind = nn.BatchNorm1d if len(plan.input_shape) == 1 else nn.BatchNorm2d
            return drawn_scale(kind(plan.input_shape[0]))
        case "embedding":
            return Words(*plan.tensors[0].shape)
        case "attention":
            whole = Attention(plan.input_shape[1], attributes["heads"])
            nn.init.normal_(whole.in_bias)
            nn.init.normal_(whole.out_bias)
            return whole
        case "skip":
            return Skip(module(plan.inner))
    simple = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU, "flatten": nn.Flatten}
    return nn.Softmax(-1) if plan.operation == "softmax" else simple[plan.operation]()


def blocks(layers, network):
    """Pairs (layer with a block, its module), those inside skips too."""
    for plan, inside in zip(layers, network, strict=True):
        if plan.operation == "skip":
            yield from blocks(plan.inner, inside.inside)
        elif plan.block:
            yield plan, inside


def drawn(layers, shared, lanes=LANES, examples=EXAMPLES):
    """Networks of torch in double precision, pairs (layer with a block, its module) of each, their tensors stacked, and
    inputs."""
    torch.manual_seed(0)
    shape = (examples, *layers[0].input_shape) if shared else (lanes, examples, *layers[0].input_shape)
    networks = [module(layers).double() for _ in range(lanes)]
    pairs = [list(blocks(layers, network)) for network in networks]
    words = layers[0].operation == "embedding"
    drawn = torch.randint(0, layers[0].tensors[0].shape[0], shape) if words else torch.randn(shape, dtype=torch.float64)
    return networks, pairs, stacked(pairs, "tensors"), drawn.double()


def stacked(pairs, kind):
    """The `tensors` or the `buffers` of all lanes."""
    return {
        f"{plan.block}.{tensor.name}": torch.stack(
            [getattr(lane[at][1], tensor.name).detach().clone() for lane in pairs]
        )
        for at, (plan, _) in enumerate(pairs[0])
        for tensor in getattr(plan, kind)
    }


def flat(inputs, layers):
    return inputs.flatten(-len(layers[0].input_shape))


def trained(layers, parameters, pairs, inputs):
    statistics = BatchStatistics(stacked(pairs, "buffers"))
    return forward_columns(layers, parameters, flat(inputs, layers).mT, statistics=statistics).mT


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_gradients_are_those_of_each_lane(name, shared):
    layers = NETWORKS[name]
    networks, pairs, parameters, inputs = drawn(layers, shared)
    for tensor in parameters.values():
        tensor.requires_grad_()
    weights = torch.randn(LANES, EXAMPLES, 3, dtype=torch.float64)
    outputs = trained(layers, parameters, pairs, inputs)
    (outputs * weights).sum().backward()
    for lane, network in enumerate(networks):
        expected = network(inputs if shared else inputs[lane])
        torch.testing.assert_close(outputs[lane], expected, rtol=1e-6, atol=1e-9)
        (expected * weights[lane]).sum().backward()
        for plan, inside in pairs[lane]:
            for tensor in plan.tensors:
                gradient = parameters[f"{plan.block}.{tensor.name}"].grad[lane]
                torch.testing.assert_close(gradient, getattr(inside, tensor.name).grad, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ["normalised images", "normalised vectors"])
def test_running_statistics_and_eval_mode_are_those_of_torch(name):
    layers = NETWORKS[name]
    networks, pairs, parameters, inputs = drawn(layers, shared=False)
    buffers = stacked(pairs, "buffers")
    for _ in range(3):
        statistics = BatchStatistics(buffers)
        forward_columns(layers, parameters, flat(inputs, layers).mT, statistics=statistics)
        assert statistics.updated.keys() == buffers.keys()
        buffers = statistics.updated
        for lane, network in enumerate(networks):
            network(inputs[lane])
    for key, expected in stacked(pairs, "buffers").items():
        torch.testing.assert_close(buffers[key], expected, rtol=1e-9, atol=1e-12)
    outputs = forward(layers, {**parameters, **buffers}, flat(inputs, layers))
    for lane, network in enumerate(networks):
        torch.testing.assert_close(outputs[lane], network.eval()(inputs[lane]), rtol=1e-6, atol=1e-9)


def test_fixed_blocks_stay_in_eval_mode_while_others_train():
    layers = NETWORKS["normalised vectors"]
    networks, pairs, parameters, inputs = drawn(layers, shared=False)
    buffers = {name: tensor + 0.5 for name, tensor in stacked(pairs, "buffers").items()}
    statistics = BatchStatistics(buffers, fixed={"f.0"})
    outputs = forward_columns(layers, parameters, inputs.mT, statistics=statistics).mT
    assert statistics.updated.keys() == {"f.2.running_mean", "f.2.running_var"}
    for lane, network in enumerate(networks):
        network[0].eval().running_mean.add_(0.5)
        network[0].running_var.add_(0.5)
        torch.testing.assert_close(outputs[lane], network(inputs[lane]), rtol=1e-6, atol=1e-9)


def test_statistics_are_calibrated_as_torch_does_it():
    layers = NETWORKS["normalised images"]
    networks, pairs, parameters, inputs = drawn(layers, shared=True, examples=50)
    found = calibrated(layers, parameters, flat(inputs, layers).T).buffers
    for network in networks:
        update_bn([inputs], network)
    for key, expected in stacked(pairs, "buffers").items():
        torch.testing.assert_close(found[key], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_inputs_are_not_overwritten(name):
    layers = NETWORKS[name]
    _, pairs, parameters, inputs = drawn(layers, shared=True)
    before = inputs.clone()
    trained(layers, parameters, pairs, inputs)
    assert torch.equal(inputs, before)
