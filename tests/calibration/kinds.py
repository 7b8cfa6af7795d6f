"""All kinds of cases, by name."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from tests.calibration import landscapes
from tests.calibration.case import Case
from tests.calibration.networks import OneUnit, Permuted, one_unit, permuted_copies, three_parameters
from tests.calibration.triangulated import triangulated

KINDS: Mapping[str, Callable[[np.random.Generator], Case | Permuted | OneUnit]] = {
    "wells": landscapes.wells,
    "bumps": landscapes.bumps,
    "pits": landscapes.pits,
    "several bumps": landscapes.several,
    "slabs": landscapes.slabs,
    "lifted": landscapes.lifted,
    "balls": landscapes.balls,
    "speeds": landscapes.speeds,
    "products": landscapes.products,
    "triangulated": triangulated,
    "ends": landscapes.ends,
    "product ends": landscapes.product_ends,
    "periodic ends": landscapes.periodic_ends,
    "three parameters": three_parameters,
    "windings": landscapes.windings,
    "commutators": landscapes.commutators,
    "rings": landscapes.rings,
    "tori": landscapes.tori,
    "permuted copies": permuted_copies,
    "walls": landscapes.walls,
    "one unit": one_unit,
    "lifted, declared": landscapes.declared_lifted,
    "loops, declared": landscapes.declared_loops,
}


def cases(kind: str, count: int, seed: int) -> Iterator[Case | Permuted | OneUnit]:
    """So many cases of a kind, by seed."""
    random = np.random.default_rng([seed, list(KINDS).index(kind)])
    return (KINDS[kind](random) for _ in range(count))
