"""The symmetries of a network: permutations of its hidden units, and rescalings of those that relu follows.

Units of one layer are taken in another order where they are made, in every tensor that treats them one by one, and
where they are read; the network computes the same function. A skip connection ties the units of a layer to those of
another: what is added must be in one order. Where only positively homogeneous layers lie between, what makes a unit
may be multiplied by a positive number by which what reads it is divided.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import DisjointSet

from catlearn.evidence.documents import Alignment
from catlearn.plan.ir import LayerPlan

Arrays = Mapping[str, NDArray[np.float32]]
Order = NDArray[np.intp]
Factors = NDArray[np.float64]

HOMOGENEOUS = frozenset({"relu", "maxpool", "avgpool", "flatten", "dropout"})
"""Layers through which a positive factor of a unit passes unchanged, beside affine ones."""


class Slot(NamedTuple):
    """Where units stand in a tensor: along one axis, counted from the last as -1, as (outer, units, `inner`) numbers.

    A rescaling of a unit by a factor multiplies its numbers by the factor to the `power`."""

    tensor: str
    axis: int
    inner: int
    power: int


@dataclass(frozen=True)
class Units:
    """Hidden units that can be permuted: how many, where they stand, and in `places` the layers whose outputs they are,
    in the order of `every_layer`, with their numbers side by side in a column.

    A permutation keeps each of `parts` equal parts together; `homogeneous` units may be rescaled."""

    name: str
    size: int
    slots: tuple[Slot, ...]
    places: tuple[tuple[int, int], ...]
    parts: int
    homogeneous: bool


class _Axis(NamedTuple):
    """The units of an activation, and how many neighbouring numbers of its column each has: the positions of an image,
    one otherwise."""

    units: int
    inner: int


@dataclass
class _Tracing:
    """What is known of the units of a network, by number, while its layers are gone through. Units 0 are its inputs,
    which are `fixed`, as its outputs are; `rigid` ones cannot be rescaled."""

    groups: DisjointSet = field(default_factory=DisjointSet)
    names: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    slots: list[tuple[int, Slot]] = field(default_factory=list)
    places: list[tuple[int, tuple[int, int]]] = field(default_factory=list)
    parts: list[tuple[int, int]] = field(default_factory=list)
    fixed: set[int] = field(default_factory=set)
    rigid: set[int] = field(default_factory=set)
    place: int = -1

    def new(self, name: str, size: int) -> int:
        self.groups.add(len(self.names))
        self.names.append(name)
        self.sizes.append(size)
        return len(self.names) - 1

    def stand(
        self, units: int, layer: LayerPlan, tensors: Sequence[str], axis: int, power: int, inner: int = 1
    ) -> None:
        for tensor in tensors:
            self.slots.append((units, Slot(f"{layer.block}.{tensor}", axis, inner, power)))

    def made(self, layer: LayerPlan, size: int, inner: int) -> _Axis:
        """The units that a layer makes."""
        units = self.new(str(layer.block), size)
        self.places.append((units, (self.place, inner)))
        return _Axis(units, inner)

    def through(self, layers: Iterable[LayerPlan], axis: _Axis) -> _Axis:
        """The units after some layers."""
        for layer in layers:
            self.place += 1
            if layer.operation == "skip":
                axis = self._tied(axis, self.through(layer.inner, axis))
            else:
                axis = _STEPS.get(layer.operation, _acts_alike)(self, layer, axis)
        return axis

    def _tied(self, before: _Axis, after: _Axis) -> _Axis:
        """The units of a sum: both terms must have them in one order, and numbers of one unit side by side alike."""
        if (self.sizes[before.units], before.inner) != (self.sizes[after.units], after.inner):
            self.fixed |= {before.units, after.units}
        self.groups.merge(before.units, after.units)
        return before

    def found(self) -> tuple[Units, ...]:
        """The units that can be permuted, in the order of their first layers; not those of two groupings."""
        groups = sorted((sorted(group) for group in self.groups.subsets()), key=lambda group: group[0])
        free = (self._units(group) for group in groups if self.fixed.isdisjoint(group))
        return tuple(units for units in free if units is not None)

    def _units(self, group: Sequence[int]) -> Units | None:
        parts = {parts for units, parts in self.parts if units in group}
        if len(parts) > 1:
            return None
        return Units(
            name=self.names[group[0]],
            size=self.sizes[group[0]],
            slots=tuple(slot for units, slot in self.slots if units in group),
            places=tuple(place for units, place in self.places if units in group),
            parts=parts.pop() if parts else 1,
            homogeneous=self.rigid.isdisjoint(group),
        )


def _acts_alike(tracing: _Tracing, layer: LayerPlan, axis: _Axis) -> _Axis:
    """A layer that acts on each unit by itself, or on all alike."""
    if layer.operation not in HOMOGENEOUS:
        tracing.rigid.add(axis.units)
    return axis


def _pool(_tracing: _Tracing, layer: LayerPlan, axis: _Axis) -> _Axis:
    return _Axis(axis.units, prod(layer.output_shape[1:]))


def _linear(tracing: _Tracing, layer: LayerPlan, axis: _Axis) -> _Axis:
    tracing.stand(axis.units, layer, ("weight",), -1, -1, axis.inner)
    made = tracing.made(layer, layer.output_shape[-1], 1)
    tracing.stand(made.units, layer, ("weight",), -2, 1)
    tracing.stand(made.units, layer, ("bias",), -1, 1)
    return made


def _conv2d(tracing: _Tracing, layer: LayerPlan, axis: _Axis) -> _Axis:
    tracing.stand(axis.units, layer, ("weight",), -3, -1)
    made = tracing.made(layer, layer.output_shape[0], prod(layer.output_shape[1:]))
    tracing.stand(made.units, layer, ("weight",), -4, 1)
    tracing.stand(made.units, layer, ("bias",), -1, 1)
    return made


def _normalisation(tracing: _Tracing, layer: LayerPlan, axis: _Axis) -> _Axis:
    """Statistics of each unit, of all, or of groups of them; a number of each tensor and buffer is each unit's."""
    tracing.rigid.add(axis.units)
    names = [tensor.name for tensor in (*layer.tensors, *layer.buffers)]
    tracing.stand(axis.units, layer, names, -1, 0, axis.inner if len(layer.input_shape) == 1 else 1)
    if "groups" in dict(layer.attributes):
        tracing.parts.append((axis.units, int(dict(layer.attributes)["groups"])))
        if tracing.sizes[axis.units] != layer.input_shape[0]:  # a flattened image
            tracing.fixed.add(axis.units)
    return axis


def _attention(tracing: _Tracing, layer: LayerPlan, axis: _Axis) -> _Axis:
    """Reads units, makes others, and has heads between: each a run of rows of the queries, keys and values."""
    tracing.rigid.add(axis.units)
    tracing.stand(axis.units, layer, ("in_weight",), -1, 0)
    count = int(dict(layer.attributes)["heads"])
    heads, share = tracing.new(f"{layer.block}.heads", count), layer.input_shape[-1] // count
    tracing.rigid.add(heads)
    tracing.stand(heads, layer, ("in_weight",), -2, 0, share)
    tracing.stand(heads, layer, ("in_bias", "out_weight"), -1, 0, share)
    made = tracing.made(layer, layer.output_shape[-1], 1)
    tracing.stand(made.units, layer, ("out_weight",), -2, 1)
    tracing.stand(made.units, layer, ("out_bias",), -1, 1)
    return made


def _embedding(tracing: _Tracing, layer: LayerPlan, _axis: _Axis) -> _Axis:
    made = tracing.made(layer, layer.output_shape[-1], 1)
    tracing.stand(made.units, layer, ("weight",), -1, 1)
    return made


_STEPS: Mapping[str, Callable[[_Tracing, LayerPlan, _Axis], _Axis]] = {
    "linear": _linear,
    "conv2d": _conv2d,
    "maxpool": _pool,
    "avgpool": _pool,
    "batchnorm": _normalisation,
    "groupnorm": _normalisation,
    "layernorm": _normalisation,
    "attention": _attention,
    "embedding": _embedding,
}


def units_of(layers: Sequence[LayerPlan]) -> tuple[Units, ...]:
    """The hidden units of a network that can be permuted, in order."""
    tracing = _Tracing()
    if not layers:
        return ()
    shape = layers[0].input_shape
    inputs = _Axis(
        tracing.new("", shape[0] if len(shape) == 3 else shape[-1]), prod(shape[1:]) if len(shape) == 3 else 1
    )
    outputs = tracing.through(layers, inputs)
    tracing.fixed |= {inputs.units, outputs.units}
    return tracing.found()


def is_symmetry(layers: Sequence[LayerPlan], alignment: Alignment) -> bool:
    """Whether an alignment permutes hidden units, keeping parts together, and rescales only those that it may."""
    known = {units.name: units for units in units_of(layers)}
    orders, scales = dict(alignment.blocks), dict(alignment.scales)
    return (
        (len(orders), len(scales)) == (len(alignment.blocks), len(alignment.scales))
        and all(name in known and _is_order(known[name], order) for name, order in orders.items())
        and all(name in known and _is_rescaling(known[name], factors) for name, factors in scales.items())
    )


def _is_order(units: Units, order: Sequence[int]) -> bool:
    if sorted(order) != list(range(units.size)):
        return False
    part = units.size // units.parts
    return all(len({unit // part for unit in order[first : first + part]}) == 1 for first in range(0, units.size, part))


def _is_rescaling(units: Units, factors: Sequence[float]) -> bool:
    return units.homogeneous and len(factors) == units.size and all(0 < factor < np.inf for factor in factors)


def permuted(arrays: Arrays, layers: Sequence[LayerPlan], alignment: Alignment) -> dict[str, NDArray[np.float32]]:
    """Tensors (..., shape) by `block.tensor`, buffers among them or not, with hidden units taken in the alignment's
    order, then rescaled."""
    result = dict(arrays)
    known = {units.name: [slot for slot in units.slots if slot.tensor in arrays] for units in units_of(layers)}
    for name, order in alignment.blocks:
        for slot in known[name]:
            result[slot.tensor] = np.take(result[slot.tensor], _indices(slot, result, np.array(order)), slot.axis)
    for name, factors in alignment.scales:
        for slot in known[name]:
            result[slot.tensor] = _rescaled(slot, result[slot.tensor], np.array(factors))
    return result


def _indices(slot: Slot, arrays: Arrays, order: Order) -> Order:
    """The places along a slot's axis whose numbers stand there after taking units in an order."""
    length = arrays[slot.tensor].shape[slot.axis]
    places = np.arange(length).reshape(-1, len(order), slot.inner)
    indices: Order = places[:, order].reshape(-1)
    return indices


def _rescaled(slot: Slot, array: NDArray[np.float32], factors: Factors) -> NDArray[np.float32]:
    outer = array.shape[slot.axis] // (len(factors) * slot.inner)
    each = np.tile(np.repeat(factors**slot.power, slot.inner), outer).astype(np.float32)
    return array * each.reshape(-1, *(1,) * (-slot.axis - 1))


def by_unit(slot: Slot, array: NDArray[np.float32], size: int) -> NDArray[np.float64]:
    """The numbers (size, rest) of each unit in one weight."""
    moved = np.moveaxis(array, slot.axis, 0).reshape(-1, size, slot.inner, array.size // array.shape[slot.axis])
    return np.swapaxes(moved, 0, 1).reshape(size, -1).astype(np.float64)


def relative(left: Alignment, right: Alignment) -> Alignment:
    """The alignment of the right weight to the left one, both being aligned to one reference: left⁻¹ after right."""
    blocks, scales = [], []
    for name in dict.fromkeys(name for one in (left, right) for name, _ in (*one.blocks, *one.scales)):
        size = max(len(said) for one in (left, right) for known, said in (*one.blocks, *one.scales) if known == name)
        (mine, my_factors), (theirs, their_factors) = _element(left, name, size), _element(right, name, size)
        back = np.argsort(mine)
        blocks.append((name, tuple(theirs[back].tolist())))
        if left.scales or right.scales:
            scales.append((name, tuple((their_factors / my_factors)[back].tolist())))
    return Alignment(blocks=tuple(blocks), scales=tuple(scales))


def _element(alignment: Alignment, name: str, size: int) -> tuple[Order, Factors]:
    """The order and the factors that an alignment has for some units, the identity where it says nothing."""
    orders, scales = dict(alignment.blocks), dict(alignment.scales)
    return np.array(orders.get(name, range(size))), np.array(scales.get(name, [1.0] * size))
