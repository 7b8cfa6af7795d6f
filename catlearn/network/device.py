"""Where lanes are trained: the processor, or one GPU through CUDA.

Both compute in float32, on a GPU too: nothing is rounded to TF32. Kernels are those that give the same bits for the
same shapes. The devices add in other orders, so that the bits of one are not those of the other.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

CPU = torch.device("cpu")


class NoSuchDevice(Exception):
    """Torch finds no such device, or was built without support for it."""


def require(kind: str) -> None:
    """Raises `NoSuchDevice` where torch cannot use a device of a kind."""
    if kind == "cuda" and not torch.cuda.is_available():
        built = torch.version.cuda
        why = f"torch {torch.__version__} is built without CUDA" if built is None else "torch finds no GPU for CUDA"
        raise NoSuchDevice(f"cannot train on the device `{kind}`: {why}")


@contextmanager
def reproducible(device: torch.device) -> Iterator[None]:
    """Inside, the same operations on the same shapes give the same bits in full float32 on a GPU; settings of torch are
    restored at the end. The processor needs none."""
    with ExitStack() as restored:
        if device.type == "cuda":
            os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
            cudnn: Any = torch.backends.cudnn
            restored.enter_context(_with(torch.backends.cuda.matmul, "fp32_precision", "ieee"))
            restored.enter_context(_with(cudnn.conv, "fp32_precision", "ieee"))
            restored.enter_context(_with(cudnn, "benchmark", False))  # no kernel is chosen by its time
            restored.enter_context(_deterministic())
        yield


@contextmanager
def _with(place: object, setting: str, value: object) -> Iterator[None]:
    """A setting with a value, inside."""
    before = getattr(place, setting)
    setattr(place, setting, value)
    try:
        yield
    finally:
        setattr(place, setting, before)


@contextmanager
def _deterministic() -> Iterator[None]:
    """Deterministic kernels where torch has them, and new memory as it is, which torch else fills with NaN then. It has
    none for the backward pass of pools, which is deterministic all the same for windows that do not overlap, as in the
    language; its warning of that is not shown."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        with warnings.catch_warnings(), _with(torch.utils.deterministic, "fill_uninitialized_memory", False):
            warnings.filterwarnings("ignore", message=".*does not have a deterministic implementation")
            yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
