"""Permutations of hidden units, the symmetry of dense networks, and the alignment of two weights by matching.

A permutation of the outputs of one linear layer, undone at the inputs of the next, changes no function; elementwise
activations commute with it. Alignment is the weight matching of Ainsworth, Hayase and Srinivasa (Git Re-Basin, 2023,
algorithm 1): coordinate ascent over layers, each step a linear assignment. It is a heuristic: a failed alignment is
never evidence against.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from catlearn.evidence.documents import Alignment
from catlearn.plan.ir import LayerPlan

Arrays = Mapping[str, NDArray[np.float32]]
SWEEPS = 50


def linear_blocks(layers: Sequence[LayerPlan]) -> tuple[str, ...]:
    """The blocks of the linear layers, in order."""
    return tuple(layer.block for layer in layers if layer.operation == "linear" and layer.block is not None)


def is_symmetry(layers: Sequence[LayerPlan], alignment: Alignment) -> bool:
    """Whether an alignment permutes the outputs of linear layers that another one follows, each at most once."""
    sizes = {layer.block: layer.output_shape[-1] for layer in layers if layer.operation == "linear"}
    hidden = set(linear_blocks(layers)[:-1])
    named = [block for block, _ in alignment.blocks]
    return len(named) == len(set(named)) and all(
        block in hidden and sorted(order) == list(range(sizes[block])) for block, order in alignment.blocks
    )


def permuted(arrays: Arrays, layers: Sequence[LayerPlan], alignment: Alignment) -> dict[str, NDArray[np.float32]]:
    """Weights (..., out, in) and biases (..., out) with hidden units taken in the alignment's order."""
    result = dict(arrays)
    following = dict(zip(linear_blocks(layers), linear_blocks(layers)[1:], strict=False))
    for block, order in alignment.blocks:
        result[f"{block}.weight"] = result[f"{block}.weight"][..., list(order), :]
        result[f"{block}.bias"] = result[f"{block}.bias"][..., list(order)]
        after = f"{following[block]}.weight"
        result[after] = result[after][..., :, list(order)]
    return result


def weight_matching(reference: Arrays, other: Arrays, layers: Sequence[LayerPlan]) -> Alignment:
    """The alignment of `other` to `reference`, both arrays of one weight: it ascends their inner product."""
    blocks = linear_blocks(layers)
    orders = {block: np.arange(len(reference[f"{block}.bias"])) for block in blocks[:-1]}
    for _ in range(SWEEPS):
        moved = False
        for block in orders:
            order = linear_sum_assignment(_similarity(reference, other, blocks, orders, block), maximize=True)[1]
            moved |= bool((order != orders[block]).any())
            orders[block] = order
        if not moved:
            break
    return Alignment(blocks=tuple((block, tuple(int(unit) for unit in order)) for block, order in orders.items()))


def _similarity(
    reference: Arrays, other: Arrays, blocks: Sequence[str], orders: Mapping[str, NDArray[np.intp]], block: str
) -> NDArray[np.float64]:
    """How well each unit of the other's block would stand in each place of the reference, its neighbours in order."""
    place = blocks.index(block)
    incoming = other[f"{block}.weight"]
    if place > 0:
        incoming = incoming[:, orders[blocks[place - 1]]]
    after = blocks[place + 1]
    outgoing = other[f"{after}.weight"]
    if after in orders:
        outgoing = outgoing[orders[after]]
    gain = reference[f"{block}.weight"] @ incoming.T + reference[f"{after}.weight"].T @ outgoing
    return np.asarray(gain + np.outer(reference[f"{block}.bias"], other[f"{block}.bias"]), dtype=np.float64)


def relative(left: Alignment, right: Alignment) -> Alignment:
    """The alignment of the right weight to the left one, both being aligned to one reference: left⁻¹ after right."""
    if not left.blocks:
        return right
    orders = dict(right.blocks) or {block: tuple(range(len(order))) for block, order in left.blocks}
    return Alignment(
        blocks=tuple(
            (block, tuple(int(unit) for unit in np.array(orders[block])[np.argsort(order)]))
            for block, order in left.blocks
        )
    )
