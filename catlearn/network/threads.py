"""Torch's intra-op threads: many small products run faster side by side than each one split."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def single_threaded() -> Iterator[int]:
    """One intra-op thread inside; gives the number that there were, which is restored at the end."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)
