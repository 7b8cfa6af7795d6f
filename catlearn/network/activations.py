"""The activations of a network after each of its layers."""

from collections.abc import Iterator, Mapping, Sequence

from torch import Tensor

from catlearn.network.normalisation import Statistics
from catlearn.network.stacked import forward_columns
from catlearn.plan.ir import LayerPlan


def activations(
    layers: Sequence[LayerPlan],
    parameters: Mapping[str, Tensor],
    columns: Tensor,
    statistics: Statistics | None = None,
) -> tuple[Tensor, ...]:
    """The columns (lanes, d, n) after each layer, in eval mode, in the order of `every_layer`: a skip stands before the
    layers inside it. `parameters` hold `block.tensor` with a leading dimension of lanes; `columns` are (d, n)."""
    return tuple(_after(layers, parameters, columns, statistics))


def _after(
    layers: Sequence[LayerPlan], parameters: Mapping[str, Tensor], columns: Tensor, statistics: Statistics | None
) -> Iterator[Tensor]:
    for layer in layers:
        after = forward_columns([layer], parameters, columns, statistics=statistics)
        yield after
        if layer.operation == "skip":
            yield from _after(layer.inner, parameters, columns, statistics)
        columns = after
