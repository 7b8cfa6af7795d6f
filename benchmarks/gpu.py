"""Rows of one GPU: asked for, and unmeasured as long as no machine with one runs this version's training."""

import torch

from benchmarks.harness import Figure, Unmeasured, row


def _without_gpu() -> Figure:
    if not torch.cuda.is_available():
        raise Unmeasured("there is no GPU here")
    raise Unmeasured("this version trains on processors alone")


@row(
    "gpu-large",
    "one GPU, 512 lanes of the MLP of 118k parameters, against a loop on it",
    at_least=200,
    bound="memory and arithmetic of the GPU: about 2.4 times what stacked products with CUDA graphs reach",
)
def large() -> Figure:
    """Unmeasured."""
    return _without_gpu()


@row(
    "gpu-small",
    "one GPU, 4,096 lanes of the MLP of 1.2k parameters, likewise",
    at_least=4000,
    bound="kernel launches: about 10 times what CUDA graphs reach, by one fused kernel",
)
def small() -> Figure:
    """Unmeasured."""
    return _without_gpu()
