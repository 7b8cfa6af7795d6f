"""The alignment of one weight of a network to another, by permutations and positive factors of its hidden units.

Weight matching ascends the inner product of the two weights, group by group, each step a linear assignment (Ainsworth,
Hayase and Srinivasa, Git Re-Basin, 2023, algorithm 1). Activation matching assigns to each unit the one whose
activations correlate most (Li, Yosinski, Clune, Lipson and Hopcroft, Convergent Learning, 2015). Before either, units
that may be rescaled are balanced: what makes a unit and what reads it are given one norm (Stock, Graham, Gribonval and
Jégou, Equi-normalization of Neural Networks, 2019). All are heuristics: a failed alignment is never evidence against.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from catlearn.evidence.documents import Alignment
from catlearn.evidence.symmetry import Arrays, Factors, Order, Units, by_unit, permuted, units_of
from catlearn.plan.ir import LayerPlan

SWEEPS = 50
BALANCED = 1e-9
"""The change of a logarithm of a factor under which a network counts as balanced."""

Orders = Mapping[str, Order]


def balance(arrays: Arrays, layers: Sequence[LayerPlan]) -> Alignment:
    """The rescaling of one weight under which, for every unit that may be rescaled, the norms of what makes it and of
    what reads it agree. It minimises the norm of the weight and is unique."""
    groups = [units for units in units_of(layers) if units.homogeneous]
    factors = {units.name: np.ones(units.size) for units in groups}
    current = dict(arrays)
    for _ in range(SWEEPS * 10):
        largest = 0.0
        for units in groups:
            step = _balancing(units, current)
            current = permuted(current, layers, Alignment(blocks=(), scales=((units.name, tuple(step.tolist())),)))
            factors[units.name] *= step
            largest = max(largest, float(np.abs(np.log(step)).max()))
        if largest < BALANCED:
            break
    return Alignment(blocks=(), scales=tuple((name, tuple(each.tolist())) for name, each in factors.items()))


def _balancing(units: Units, arrays: Arrays) -> Factors:
    """The factors that balance some units, the others as they are; 1 where nothing makes or nothing reads a unit."""
    norms = {
        power: sum(
            np.square(by_unit(slot, arrays[slot.tensor], units.size)).sum(1)
            for slot in units.slots
            if slot.power == power
        )
        for power in (1, -1)
    }
    both = (norms[1] > 0) & (norms[-1] > 0)
    share = np.divide(norms[-1], norms[1], out=np.ones(units.size), where=both)
    factors: Factors = share**0.25
    return factors


def weight_matching(
    reference: Arrays, other: Arrays, layers: Sequence[LayerPlan], first: Alignment | None = None
) -> Alignment:
    """The permutation of `other` that aligns it to `reference`, both arrays of one weight, searched from `first`."""
    groups = units_of(layers)
    known = dict(first.blocks) if first else {}
    orders = {units.name: np.array(known.get(units.name, range(units.size))) for units in groups}
    for _ in range(SWEEPS):
        moved = False
        for units in groups:
            current = permuted(other, layers, alignment_of(orders))
            step = assigned(_similarity(units, reference, current), units.parts)
            moved |= bool((step != np.arange(units.size)).any())
            orders[units.name] = orders[units.name][step]
        if not moved:
            break
    return alignment_of(orders)


def alignment_of(orders: Orders) -> Alignment:
    """The permutation with some orders by the name of the units."""
    return Alignment(blocks=tuple((name, tuple(order.tolist())) for name, order in orders.items()))


def _similarity(units: Units, reference: Arrays, other: Arrays) -> Factors:
    """How well each unit of the other weight (columns) would stand in each place of the reference (rows)."""
    gain = np.zeros((units.size, units.size))
    for slot in (slot for slot in units.slots if slot.tensor in reference):
        mine, theirs = (by_unit(slot, arrays[slot.tensor], units.size) for arrays in (reference, other))
        gain += mine @ theirs.T
    return gain


def assigned(gain: Factors, parts: int) -> Order:
    """The order of largest gain that keeps each of some equal parts together."""
    if parts == 1:
        return np.asarray(linear_sum_assignment(gain, maximize=True)[1])
    size = len(gain) // parts
    blocks = gain.reshape(parts, size, parts, size).swapaxes(1, 2)
    inside = [[linear_sum_assignment(block, maximize=True)[1] for block in row] for row in blocks]
    rows = np.arange(size)
    totals = [[blocks[i, j][rows, inside[i][j]].sum() for j in range(parts)] for i in range(parts)]
    whole = linear_sum_assignment(np.array(totals), maximize=True)[1]
    return np.concatenate([part * size + inside[place][part] for place, part in enumerate(whole)])


def activation_matching(
    reference: Sequence[torch.Tensor], other: Sequence[torch.Tensor], layers: Sequence[LayerPlan]
) -> Alignment:
    """The permutation that matches units by the correlation of their activations, columns (features, examples) after
    each layer in the order of `every_layer`. Units without activations of their own are left in their order."""
    orders = {}
    for units in units_of(layers):
        gain = np.zeros((units.size, units.size))
        for place, inner in units.places:
            mine, theirs = (_standard(outputs[place], units.size, inner) for outputs in (reference, other))
            gain += mine @ theirs.T
        orders[units.name] = assigned(gain, units.parts) if units.places else np.arange(units.size)
    return alignment_of(orders)


def _standard(columns: torch.Tensor, size: int, inner: int) -> NDArray[np.float64]:
    """The activations of each unit (size, rest), centred and of norm 1; 0 where they do not vary."""
    apart = columns.double().reshape(-1, size, inner, columns.shape[-1])
    rows: NDArray[np.float64] = apart.transpose(0, 1).flatten(1).numpy()
    rows = rows - rows.mean(1, keepdims=True)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return rows
