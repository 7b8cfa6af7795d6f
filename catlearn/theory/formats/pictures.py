"""Pictures, known by the first bytes of their files: PNG (RFC 2083, 4.1.1) and JPEG (ITU T.81, B.2.2)."""

import struct
from typing import IO

from catlearn.theory.formats.flaw import Flaw

SUFFIXES = (".png", ".jpg", ".jpeg")
LARGEST_SIDE = 1 << 14
_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 1, 6: 3}
"""Channels by the colour type of a PNG: palettes are colours, transparency is left out."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers that begin a frame of a JPEG."""

_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""The markers without a segment."""

MOST_SEGMENTS = 1000


def picture_shape(file: IO[bytes]) -> tuple[int, int, int]:
    """Channels (1 grey, 3 colour), height and width."""
    start = file.read(2)
    if start == b"\x89P":
        shape = _png(file.read(24))
    elif start == b"\xff\xd8":
        shape = _jpeg(file)
    else:
        raise Flaw("found a file that begins neither as a PNG nor as a JPEG does")
    if not (0 < shape[1] <= LARGEST_SIDE and 0 < shape[2] <= LARGEST_SIDE):
        raise Flaw(f"found a picture of {shape[1]} × {shape[2]}, required sides of 1 to {LARGEST_SIDE}")
    return shape


def _png(head: bytes) -> tuple[int, int, int]:
    if len(head) < 24 or head[:6] != b"NG\r\n\x1a\n" or head[10:14] != b"IHDR":
        raise Flaw("found a PNG without its header")
    width, height, depth, colour = struct.unpack(">IIBB", head[14:24])
    if depth == 16 or colour not in _CHANNELS:
        raise Flaw("found a PNG of 16 bits or of an unknown kind, required 8 bits a channel")
    return _CHANNELS[colour], height, width


def _jpeg(file: IO[bytes]) -> tuple[int, int, int]:
    for _ in range(MOST_SEGMENTS):
        marker = file.read(2)
        if len(marker) < 2 or marker[0] != 0xFF:
            break
        if marker[1] in _ALONE:
            continue
        length = int.from_bytes(file.read(2), "big")
        if marker[1] in _FRAMES:
            return _frame(file.read(6))
        if length < 2:
            break
        file.seek(length - 2, 1)
    raise Flaw("found a JPEG without a frame")


def _frame(head: bytes) -> tuple[int, int, int]:
    if len(head) < 6:
        raise Flaw("found a JPEG that ends in its frame")
    _, height, width, components = struct.unpack(">BHHB", head)
    return (1 if components == 1 else 3), height, width
