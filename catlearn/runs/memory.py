"""Memory that is freed and soon wanted again."""

import ctypes
from functools import cache

_TRIM, _MAP = -1, -3
"""The numbers of M_TRIM_THRESHOLD and M_MMAP_THRESHOLD in malloc.h of the GNU C library."""

_KEPT, _LARGEST = 256 << 20, 32 << 20
"""Bytes of freed memory that stay with the process, and of the largest block among it, which is the most that the
library takes."""


@cache
def keep_freed_memory() -> None:
    """Let this process keep some of the memory that it frees, where the C library is GNU's: otherwise each tensor of
    some megabytes is memory that the system clears page by page, which took an eighth of a short run of a million
    parameters."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM, _KEPT)
        mallopt(_MAP, _LARGEST)
