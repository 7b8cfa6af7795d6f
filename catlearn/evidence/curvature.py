"""The curvature of a loss at a point: the largest eigenvalue of its Hessian, its sharpness.

The Hessian of many parameters is never formed: products with it come from two passes of automatic differentiation, and
Lanczos's iteration (scipy's, by ARPACK) finds its largest eigenvalue from them, from a start drawn by a generator of
its own. Where a loss has kinks, as that of a network with relu, it is the Hessian on the side on which torch
differentiates. Source: Lanczos, J. Res. Nat. Bur. Standards 45 (1950).
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor

Loss = Callable[[Tensor], Tensor]
"""A part of a loss, at a point (P,) of double precision; the loss is the sum of its parts."""

Direction = NDArray[np.float64]

DENSE = 16
"""Dimensions up to which the Hessian is formed: so few leave Lanczos's iteration no room."""

TOLERANCE = 1e-8
"""The relative error of the eigenvalue at which the iteration stops."""


def sharpness(parts: Sequence[Loss], point: Tensor) -> float:
    """The largest eigenvalue, of whatever sign, of the Hessian of a loss at a point (P,)."""
    place = point.detach().double()

    def product(direction: Direction) -> Direction:
        return hessian_product(parts, place, torch.from_numpy(direction.reshape(-1))).numpy()

    dimension = len(place)
    if dimension <= DENSE:
        rows = [product(row) for row in np.eye(dimension)]
        return float(np.linalg.eigvalsh((np.array(rows) + np.array(rows).T) / 2)[-1])
    start = np.random.default_rng(list(b"sharpness")).normal(size=dimension)
    operator = LinearOperator((dimension, dimension), matvec=product, dtype=np.float64)
    (largest,) = eigsh(operator, k=1, which="LA", v0=start, tol=TOLERANCE, return_eigenvectors=False)
    return float(largest)


def hessian_product(parts: Sequence[Loss], point: Tensor, direction: Tensor) -> Tensor:
    """The Hessian at a point (P,) times a direction (P,); 0 for a part that is linear there."""
    total = torch.zeros_like(point)
    for part in parts:
        variable = point.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(part(variable), variable, create_graph=True)
        slope = gradient @ direction
        if slope.requires_grad:
            (found,) = torch.autograd.grad(slope, variable, allow_unused=True, materialize_grads=True)
            total += found
    return total
