"""A step of training that is taken again and again on the same memory; on a GPU recorded once, as a CUDA graph, and
replayed: one launch in place of one for each kernel, and launches are what a step of a small network costs there."""

from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

Step = Callable[[], Tensor]
"""Takes a step; the losses (lanes,) before it, in memory that the next step overwrites."""

_WARM = 2
"""Steps before recording, on the stream that records, in which libraries find their kernels and memory."""


def repeatable(step: Step, moved: Sequence[Tensor]) -> Step:
    """A step that reads and writes the same memory each time, in the form in which repeating it costs least; `moved`
    are the tensors that it reads and then overwrites."""
    return _recorded(step, moved) if moved[0].device.type == "cuda" else step


def _recorded(step: Step, moved: Sequence[Tensor]) -> Step:
    """A replay of a step. Every step is one, the first too, since those that warm up are undone: where training was
    interrupted changes no bit."""
    before, stream, graph = [tensor.clone() for tensor in moved], _stream(), torch.cuda.CUDAGraph()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(_WARM):
            step()
        for tensor, value in zip(moved, before, strict=True):
            tensor.copy_(value)
        with torch.cuda.graph(graph, stream=stream):
            losses = step()
    torch.cuda.current_stream().wait_stream(stream)

    def replay() -> Tensor:
        graph.replay()
        return losses

    return replay


@cache
def _stream() -> torch.cuda.Stream:
    """The stream that records: torch keeps memory of the library of products for each one that there ever was."""
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]
