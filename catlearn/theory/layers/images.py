"""Layers on images, `R[channels, height, width]`: convolution and pooling, as PyTorch defines them."""

from catlearn.theory.layers.kind import Argument, Kind, Shape, Tensors, Values
from catlearn.theory.values import natural, positive_whole

AN_IMAGE = "three axes, `R[channels, height, width]`"
ABOVE_ZERO = "a whole number above 0"


def _convolution(shape: Shape, values: Values) -> Shape | str:
    if len(shape) != 3:
        return AN_IMAGE
    kernel, stride, padding = values["kernel"], values["stride"], values["padding"]
    if min(shape[1:]) + 2 * padding < kernel:
        least = kernel - 2 * padding
        return f"an image of at least {least} x {least} for a kernel of {kernel} with padding {padding}"
    height, width = ((side + 2 * padding - kernel) // stride + 1 for side in shape[1:])
    return values["channels"], height, width


def _convolution_tensors(shape: Shape, values: Values) -> Tensors:
    channels, kernel = values["channels"], values["kernel"]
    return ("weight", (channels, shape[0], kernel, kernel)), ("bias", (channels,))


def _pooled(shape: Shape, values: Values) -> Shape | str:
    if len(shape) != 3:
        return AN_IMAGE
    size = values["size"]
    if min(shape[1:]) < size:
        return f"an image of at least {size} x {size} for windows of {size}"
    return shape[0], shape[1] // size, shape[2] // size


SIZE = Argument("size", positive_whole, ABOVE_ZERO)

KINDS = (
    Kind(
        "conv2d",
        (
            Argument("channels", positive_whole, "a whole number of channels above 0"),
            Argument("kernel", positive_whole, ABOVE_ZERO),
            Argument("stride", positive_whole, ABOVE_ZERO, 1),
            Argument("padding", natural, "a whole number", 0),
        ),
        _convolution,
        "conv2d(16, 3, padding = 1)",
        _convolution_tensors,
        said={"channels": 0},
    ),
    Kind("maxpool", (SIZE,), _pooled, "maxpool(2)"),
    Kind("avgpool", (SIZE,), _pooled, "avgpool(2)"),
)
"""Windows of pooling do not overlap; a remainder at the edge is left out."""
