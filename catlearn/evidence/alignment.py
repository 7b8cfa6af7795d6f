"""The symmetries that are tried between two runs: one element an initialisation, all to one reference (DESIGN 4)."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from catlearn.evidence.documents import IDENTITY, Alignment, Member
from catlearn.evidence.matching import activation_matching, balance, weight_matching
from catlearn.evidence.model import Model
from catlearn.evidence.symmetry import Arrays, permuted, relative
from catlearn.network.landscape import NetworkLandscape
from catlearn.plan.ir import Symmetry

EXAMPLES = 256
"""Inputs on which activations are compared."""


def alignments_between(
    model: Model, members: Sequence[Member], pair: tuple[Member, Member], modulo: Symmetry
) -> tuple[Alignment, ...]:
    """The symmetries to try for a pair, identity first. Runs of one seed start from one initialisation, so only the
    identity is theirs."""
    left, right = pair
    if modulo == "none" or left.seed == right.seed:
        return (IDENTITY,)
    return IDENTITY, relative(*(element_of(model, members, member, modulo) for member in pair))


def element_of(model: Model, members: Sequence[Member], member: Member, modulo: Symmetry) -> Alignment:
    """The symmetry of a member's initialisation: it takes the end of its first run to that of the first run of all."""
    first = next(run for run in members if run.seed == member.seed)
    return model.once(
        f"alignment {members[0]} {first} {modulo} {model.evaluation}",
        lambda: _element(model, members[0], first, modulo),
    )


def _element(model: Model, reference: Member, member: Member, modulo: Symmetry) -> Alignment:
    """The matching, by weights or by activations, under which the loss half way between the two ends is the lower."""
    layers = model.layers(member.job)
    first, end, rescaling = model.end(reference), model.end(member), IDENTITY
    if modulo == "permutations + scale":
        rescaling = balance(end, layers)
        first, end = permuted(first, layers, balance(first, layers)), permuted(end, layers, rescaling)
    if reference == member:
        return rescaling
    tried = list(_matchings(model, member, first, end))
    best = tried[int(np.argmin(_half_way(model, member, first, end, tried)))]
    return Alignment(blocks=best.blocks, scales=_in_order(rescaling, best))


def _matchings(model: Model, member: Member, reference: Arrays, end: Arrays) -> Iterator[Alignment]:
    layers, landscape = model.layers(member.job), model.landscape(member.job)
    yield weight_matching(reference, end, layers)
    points = torch.cat(
        [landscape.flatten({name: array[None] for name, array in one.items()}) for one in (reference, end)]
    )
    if isinstance(landscape, NetworkLandscape):
        outputs = landscape.activations(points, EXAMPLES)
        matched = activation_matching([each[0] for each in outputs], [each[1] for each in outputs], layers)
        yield matched
        yield weight_matching(reference, end, layers, matched)


def _half_way(model: Model, member: Member, reference: Arrays, end: Arrays, tried: Sequence[Alignment]) -> list[float]:
    layers, landscape = model.layers(member.job), model.landscape(member.job)
    moved = [permuted(end, layers, alignment) for alignment in tried]
    middles = {name: np.stack([(array + one[name]) / 2 for one in moved]) for name, array in reference.items()}
    losses: list[float] = landscape.loss(landscape.flatten(middles)).tolist()
    return losses


def _in_order(rescaling: Alignment, matching: Alignment) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """The factors of a rescaling that comes before a permutation, for units that are permuted first."""
    orders = dict(matching.blocks)
    return tuple(
        (name, tuple(factors[unit] for unit in orders.get(name, range(len(factors)))))
        for name, factors in rescaling.scales
    )
