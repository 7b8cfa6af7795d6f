"""Functions whose last bits depend on whether a number stands in a whole vector of the processor or is left over.

The kernels of torch take elements 16 or 32 at a time and the remainder one by one, by another implementation of exp,
erf and pow. Where each lane fills whole vectors nothing is left over, and a lane's bits do not depend on how many
lanes there are.
"""

from collections.abc import Callable
from math import prod

from torch import Tensor
from torch.nn.functional import pad

ALIGNMENT = 32
"""A multiple of the numbers that any kernel takes at a time."""


def aligned(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """An elementwise function applied to columns (lanes, d, n) so that each lane fills whole vectors."""

    def apply(columns: Tensor) -> Tensor:
        missing = -prod(columns.shape[1:]) % ALIGNMENT if columns.dim() == 3 else 0
        if not missing:
            return function(columns)
        filled = function(pad(columns.flatten(1), (0, missing)))
        return filled[:, :-missing].view(columns.shape)

    return apply
