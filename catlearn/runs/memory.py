"""Memory that is freed and soon wanted again."""

import ctypes
from functools import cache

_TRIM, _MAP = -1, -3
"""The numbers of M_TRIM_THRESHOLD and M_MMAP_THRESHOLD in malloc.h of the GNU C library."""

_KEPT, _LARGEST = 256 << 20, 32 << 20
"""Bytes of freed memory at the end of the heap that stay with the process, and of the largest block that lies in the
heap, which is the most that the library takes."""


@cache
def keep_freed_memory() -> None:
    """Let this process keep some of the memory that it frees, where the C library is GNU's: otherwise tensors of some
    megabytes are memory that the system clears page by page. Where autograd makes them at each step, two lanes of two
    convolutions of 32 channels, that was 1,100 pages a step and a quarter of its time; where nothing has raised the
    library's own thresholds before. A dense network, whose memory is held ready, has no need of it."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM, _KEPT)
        mallopt(_MAP, _LARGEST)
