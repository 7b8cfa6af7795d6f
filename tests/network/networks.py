"""Small networks of all layers, by name."""

from tests.network.building import (
    attention,
    batchnorm,
    convolution,
    embedding,
    groupnorm,
    image,
    layer,
    linear_of_rows,
    norm,
    pool,
    positions,
)
from tests.runs.factory import activation, linear

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
    "normalised images": (
        convolution("f.0", 2, 4, 6, padding=1),
        batchnorm("f.1", (4, 6, 6)),
        layer("relu", (4, 6, 6)),
        layer("skip", (4, 6, 6), inner=(convolution("f.3.0", 4, 4, 6, padding=1), batchnorm("f.3.1", (4, 6, 6)))),
        pool("maxpool", 4, 6, 2),
        groupnorm("f.5", (4, 3, 3), 2),
        image(3),
        linear("f.7", 36, 3),
    ),
    "normalised vectors": (
        batchnorm("f.0", (6,)),
        linear("f.1", 6, 4),
        batchnorm("f.2", (4,)),
        activation("tanh", 4),
        groupnorm("f.4", (4,), 2),
        linear("f.5", 4, 3),
    ),
    "transformer": (
        embedding("f.0", 5, 7, 4),
        positions("f.1", 5, 4),
        layer("skip", (5, 4), inner=(norm("f.2.0", (5, 4)), attention("f.2.1", 5, 4, 2))),
        layer(
            "skip",
            (5, 4),
            inner=(
                norm("f.3.0", (5, 4)),
                linear_of_rows("f.3.1", 5, 4, 6),
                layer("gelu", (5, 6)),
                linear_of_rows("f.3.3", 5, 6, 4),
            ),
        ),
        layer("flatten", (5, 4), (20,)),
        linear("f.5", 20, 3),
    ),
}
