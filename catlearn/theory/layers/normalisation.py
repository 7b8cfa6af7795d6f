"""Layers that centre and scale: by the statistics of a batch, or of each example."""

from catlearn.theory.layers.kind import Argument, Kind, Shape, Tensors, Values
from catlearn.theory.values import positive_whole


def _of_batch(shape: Shape, _values: Values) -> Shape | str:
    return shape if len(shape) in (1, 3) else "features `R[n]` or an image `R[channels, height, width]`"


def _of_example(shape: Shape, _values: Values) -> Shape | str:
    return shape if len(shape) in (1, 2) else "features `R[n]` or a sequence `R[length, width]`"


def _of_groups(shape: Shape, values: Values) -> Shape | str:
    if len(shape) not in (1, 3):
        return "features `R[n]` or an image `R[channels, height, width]`"
    groups = values["groups"]
    return f"channels that {groups} groups divide" if shape[0] % groups else shape


def _by_channel(shape: Shape, _values: Values) -> Tensors:
    return ("weight", shape[:1]), ("bias", shape[:1])


def _by_feature(shape: Shape, _values: Values) -> Tensors:
    return ("weight", shape[-1:]), ("bias", shape[-1:])


def _statistics(shape: Shape, _values: Values) -> Tensors:
    return ("running_mean", shape[:1]), ("running_var", shape[:1])


GROUPS = Argument("groups", positive_whole, "a whole number of groups above 0")

KINDS = (
    Kind("batchnorm", (), _of_batch, "batchnorm", _by_channel, _statistics),
    Kind("layernorm", (), _of_example, "layernorm", _by_feature),
    Kind("groupnorm", (GROUPS,), _of_groups, "groupnorm(8)", _by_channel),
)
"""`batchnorm` keeps running statistics for each channel; `layernorm` acts along the last axis and keeps none, and
neither does `groupnorm`, which acts on each group of channels of each example (Wu and He 2018)."""
