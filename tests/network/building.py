"""Layers of a plan written by hand, one function a kind."""

from math import prod

from catlearn.plan.ir import LayerPlan, TensorPlan


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


def norm(block, shape):
    return layer("layernorm", shape, block=block, weight=shape[-1:], bias=shape[-1:])


def image(size):
    return layer("flatten", (4, size, size), (4 * size * size,))


def by_channel(operation, block, shape, attributes=(), buffers=()):
    made = layer(operation, shape, block=block, attributes=attributes, weight=shape[:1], bias=shape[:1])
    return made.model_copy(update={"buffers": tensors(**dict.fromkeys(buffers, shape[:1]))})


def groupnorm(block, shape, groups):
    return by_channel("groupnorm", block, shape, (("groups", groups),))


def batchnorm(block, shape):
    return by_channel("batchnorm", block, shape, buffers=("running_mean", "running_var"))


def embedding(block, length, vocabulary, width):
    return layer("embedding", (length,), (length, width), block, weight=(vocabulary, width))


def positions(block, length, width):
    return layer("positions", (length, width), block=block, weight=(length, width))


def linear_of_rows(block, length, width, features):
    return layer("linear", (length, width), (length, features), block, weight=(features, width), bias=(features,))


def flatten(*shape):
    return layer("flatten", shape, (prod(shape),))
