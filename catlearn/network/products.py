"""Products of matrices, one a lane, whose bits do not depend on the number of lanes."""

import torch
from torch import Tensor


def product(left: Tensor, right: Tensor) -> Tensor:
    """left (…, m, k) by right (…, k, n), with the same leading axes.

    Torch multiplies a single pair of matrices as it does each of many, but for vectors, for which it takes another
    kernel and other bits, forward or backward: these are multiplied twice side by side."""
    if left.shape[:-2].numel() > 1 or 1 not in (*left.shape[-2:], right.shape[-1]):
        return left @ right
    pairs = (left.reshape(1, *left.shape[-2:]), right.reshape(1, *right.shape[-2:]))
    twice = torch.bmm(*(torch.cat([matrix, matrix]) for matrix in pairs))
    return twice[:1].view(*left.shape[:-1], right.shape[-1])


def settled(values: Tensor) -> Tensor:
    """The same numbers (lanes, d, n), those of a lane and example, or of a lane and feature, one after the other in
    memory; and so the gradients at them. A sum over other layouts may be taken in an order that depends on the number
    of lanes."""
    found: Tensor = _Settled.apply(values)  # type: ignore[no-untyped-call]
    return found


class _Settled(torch.autograd.Function):
    @staticmethod
    def forward(_context: object, values: Tensor) -> Tensor:
        return _dense(values)

    @staticmethod
    def backward(_context: object, gradient: Tensor) -> Tensor:
        return _dense(gradient)


def row_major(values: Tensor) -> Tensor:
    """The same numbers, those of a row one after the other in memory, and so the gradients at them: where `settled`
    would take either order, a single lane with a single example might get the other one."""
    found: Tensor = _RowMajor.apply(values)  # type: ignore[no-untyped-call]
    return found


class _RowMajor(torch.autograd.Function):
    @staticmethod
    def forward(_context: object, values: Tensor) -> Tensor:
        return values.contiguous()

    @staticmethod
    def backward(_context: object, gradient: Tensor) -> Tensor:
        return gradient.contiguous()


def _dense(values: Tensor) -> Tensor:
    return values if values.mT.is_contiguous() else values.contiguous()
