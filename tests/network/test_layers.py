"""Layers on stacked lanes against modules of torch, one lane at a time: outputs, gradients, and shared inputs."""

import pytest
import torch
from torch import nn

from catlearn.network.stacked import forward, forward_columns
from catlearn.plan.ir import LayerPlan, TensorPlan
from tests.runs.factory import activation, linear

LANES, EXAMPLES = 3, 5


def tensors(**shapes):
    return tuple(TensorPlan(name=name, shape=shape) for name, shape in shapes.items())


def layer(operation, inputs, outputs=None, block=None, inner=(), attributes=(), **shapes):
    return LayerPlan(
        operation=operation,
        block=block,
        tensors=tensors(**shapes),
        input_shape=inputs,
        output_shape=outputs or inputs,
        attributes=attributes,
        inner=inner,
    )


def convolution(block, channels, outputs, size, kernel=3, stride=1, padding=0):
    side = (size + 2 * padding - kernel) // stride + 1
    shapes = {"weight": (outputs, channels, kernel, kernel), "bias": (outputs,)}
    attributes = (("kernel", kernel), ("stride", stride), ("padding", padding))
    return layer("conv2d", (channels, size, size), (outputs, side, side), block, attributes=attributes, **shapes)


def pool(operation, channels, size, window):
    side = size // window
    return layer(operation, (channels, size, size), (channels, side, side), attributes=(("size", window),))


def attention(block, length, width, heads):
    shapes = {"in_weight": (3 * width, width), "in_bias": (3 * width,), "out_weight": (width, width)}
    shapes["out_bias"] = (width,)
    return layer("attention", (length, width), block=block, attributes=(("heads", heads),), **shapes)


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
            return nn.Linear(plan.input_shape[0], plan.output_shape[0])
        case "conv2d":
            kernel = {"kernel_size": attributes.pop("kernel"), **attributes}
            return nn.Conv2d(plan.input_shape[0], plan.output_shape[0], **kernel)
        case "maxpool":
            return nn.MaxPool2d(attributes["size"])
        case "avgpool":
            return nn.AvgPool2d(attributes["size"])
        case "layernorm":
            norm = nn.LayerNorm(plan.input_shape[-1])
            nn.init.normal_(norm.weight)
            nn.init.normal_(norm.bias)
            return norm
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


def norm(block, shape):
    return layer("layernorm", shape, block=block, weight=shape[-1:], bias=shape[-1:])


def image(size):
    return layer("flatten", (4, size, size), (4 * size * size,))


NETWORKS = {
    "convolution": (convolution("f.0", 2, 4, 6), image(4), linear("f.2", 64, 3)),
    "strides and padding": (convolution("f.0", 2, 4, 7, 3, 2, 1), image(4), linear("f.2", 64, 3)),
    "even kernel": (convolution("f.0", 2, 4, 5, 2), activation("relu", 1), image(4), linear("f.3", 64, 3)),
    "two convolutions": (
        convolution("f.0", 2, 3, 6, padding=1),
        layer("tanh", (3, 6, 6)),
        convolution("f.2", 3, 4, 6),
        layer("gelu", (4, 4, 4)),
        image(4),
        linear("f.5", 64, 3),
    ),
    "maximum": (convolution("f.0", 2, 4, 7), pool("maxpool", 4, 5, 2), image(2), linear("f.3", 16, 3)),
    "average": (pool("avgpool", 2, 6, 2), convolution("f.1", 2, 4, 3, padding=1), image(3), linear("f.3", 36, 3)),
    "residual": (
        convolution("f.0", 2, 4, 5, padding=1),
        layer(
            "skip",
            (4, 5, 5),
            inner=(layer("relu", (4, 5, 5)), convolution("f.1.1", 4, 4, 5, padding=1), layer("sigmoid", (4, 5, 5))),
        ),
        image(5),
        linear("f.3", 100, 3),
    ),
    "residual of vectors": (
        linear("f.0", 6, 4),
        layer("skip", (4,), inner=(activation("relu", 4), linear("f.1.1", 4, 4), activation("relu", 4))),
        activation("relu", 4),
        linear("f.3", 4, 3),
    ),
    "residual of the input": (layer("skip", (6,), inner=(linear("f.0.0", 6, 6),)), linear("f.1", 6, 3)),
    "softmax and norm": (linear("f.0", 6, 5), norm("f.1", (5,)), layer("softmax", (5,)), linear("f.3", 5, 3)),
    "rows": (
        norm("f.0", (4, 6)),
        attention("f.1", 4, 6, 2),
        layer("softmax", (4, 6)),
        layer("flatten", (4, 6), (24,)),
        linear("f.4", 24, 3),
    ),
    "attention first": (attention("f.0", 4, 6, 3), layer("flatten", (4, 6), (24,)), linear("f.2", 24, 3)),
}


def drawn(layers, shared):
    torch.manual_seed(0)
    shape = (EXAMPLES, *layers[0].input_shape) if shared else (LANES, EXAMPLES, *layers[0].input_shape)
    networks = [module(layers) for _ in range(LANES)]
    pairs = [list(blocks(layers, network)) for network in networks]
    parameters = {
        f"{plan.block}.{tensor.name}": torch.stack([getattr(lane[at][1], tensor.name).detach() for lane in pairs])
        for at, (plan, _) in enumerate(pairs[0])
        for tensor in plan.tensors
    }
    return networks, pairs, parameters, torch.randn(shape)


def flat(inputs, layers):
    return inputs.flatten(-len(layers[0].input_shape))


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_and_gradients_are_those_of_each_lane(name, shared):
    layers = NETWORKS[name]
    networks, pairs, parameters, inputs = drawn(layers, shared)
    for tensor in parameters.values():
        tensor.requires_grad_()
    weights = torch.randn(LANES, EXAMPLES, 3)
    outputs = forward(layers, parameters, flat(inputs, layers))
    (outputs * weights).sum().backward()
    for lane, network in enumerate(networks):
        expected = network(inputs if shared else inputs[lane])
        torch.testing.assert_close(outputs[lane], expected, rtol=1e-4, atol=1e-5)
        (expected * weights[lane]).sum().backward()
        for plan, inside in pairs[lane]:
            for tensor in plan.tensors:
                gradient = parameters[f"{plan.block}.{tensor.name}"].grad[lane]
                torch.testing.assert_close(gradient, getattr(inside, tensor.name).grad, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_inputs_are_not_overwritten(name):
    layers = NETWORKS[name]
    _, _, parameters, inputs = drawn(layers, shared=True)
    columns = flat(inputs, layers).T.contiguous()
    before = columns.clone()
    forward_columns(layers, parameters, columns)
    assert torch.equal(columns, before)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_lane_has_the_same_bits_whatever_its_neighbours_hold(name):
    layers = NETWORKS[name]
    _, _, parameters, inputs = drawn(layers, shared=False)
    first = forward(layers, parameters, flat(inputs, layers))[0]
    changed = {key: torch.cat([value[:1], value[1:] * 3 + 1]) for key, value in parameters.items()}
    assert torch.equal(forward(layers, changed, flat(inputs, layers))[0], first)
