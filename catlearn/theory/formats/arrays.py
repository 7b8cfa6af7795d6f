"""Arrays in files, known by their headers alone: idx and npy files, and npy files in a zip archive (npz).

Nothing is evaluated and no object is ever made from a file: an npy header is matched against one form.
Formats: http://yann.lecun.com/exdb/mnist, and numpy.lib.format.
"""

import gzip
import re
import struct
import zipfile
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, NamedTuple, cast

from catlearn.theory.formats.flaw import Flaw

MOST_LABELS = 1 << 24
"""The longest array of labels that is counted."""

MOST_CLASSES = 10_000
LONGEST_HEADER = 1 << 16
MOST_AXES = 8


class Header(NamedTuple):
    """The type of an array's entries, a kind (`u`, `i`, `f`, `b`) with their bytes, their order (`<` or `>`), and the
    shape."""

    kind: str
    width: int
    order: str
    shape: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """Whether the entries are integers."""
        return self.kind in "ui"

    @property
    def bytes(self) -> bool:
        """Whether the entries are numbers from 0 to 255, as pixels are."""
        return (self.kind, self.width) == ("u", 1)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """What a damaged or hidden file raises becomes a `Flaw`, and so does what is no file: opening a pipe would wait."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise Flaw(f"found `{path.name}`, a pipe or a device, required a file or a folder")
        yield
    except FileNotFoundError as failure:
        raise Flaw(f"found no file `{path.name}`") from failure
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, struct.error) as failure:
        raise Flaw(f"found `{path.name}`, which is damaged: {failure}") from failure
    except (NotImplementedError, RuntimeError, ValueError, OverflowError) as failure:
        raise Flaw(f"found `{path.name}`, an archive that cannot be read: {failure}") from failure
    except OSError as failure:
        raise Flaw(f"cannot read `{path.name}`: {failure.strerror or failure}") from failure


def _taken(file: IO[bytes], count: int) -> bytes:
    content = file.read(count)
    if len(content) < count:
        raise EOFError("it ends too early")
    return content


_IDX = {0x08: ("u", 1), 0x09: ("i", 1), 0x0B: ("i", 2), 0x0C: ("i", 4), 0x0D: ("f", 4), 0x0E: ("f", 8)}


def idx_header(file: IO[bytes]) -> Header:
    """The header of an idx file."""
    zero, kind, axes = struct.unpack(">HBB", _taken(file, 4))
    if zero or kind not in _IDX or not 0 < axes <= MOST_AXES:
        raise Flaw("found a file that does not begin as an idx file does, required one of numbers")
    return Header(*_IDX[kind], ">", struct.unpack(f">{axes}I", _taken(file, 4 * axes)))


@contextmanager
def idx_opened(path: Path) -> Iterator[IO[bytes]]:
    """An idx file, unpacked where its name ends in `.gz`."""
    with path.open("rb") as file:
        yield cast(IO[bytes], gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file


_LITERAL = re.compile(
    rb"\{\s*'descr'\s*:\s*'(?P<type>[^']{1,40})'\s*,\s*'fortran_order'\s*:\s*(?P<fortran>True|False)\s*,"
    rb"\s*'shape'\s*:\s*\((?P<shape>[\d,\s]{0,200})\)\s*,?\s*\}\s*"
)
_TYPE = re.compile(r"([<>|=]?)([uifb])([1248])")


def npy_header(file: IO[bytes]) -> Header:
    """The header of an npy file. Raises `Flaw` for all that is not an array of numbers in the order of C."""
    magic, major, _ = struct.unpack("6sBB", _taken(file, 8))
    if magic != b"\x93NUMPY" or major not in (1, 2, 3):
        raise Flaw("found an array that does not begin as an npy file does")
    form, size = ("<H", 2) if major == 1 else ("<I", 4)
    (length,) = struct.unpack(form, _taken(file, size))
    if length > LONGEST_HEADER:
        raise Flaw(f"found a header of {length} bytes, required at most {LONGEST_HEADER}")
    return _literal(_taken(file, length))


def _literal(text: bytes) -> Header:
    found = _LITERAL.fullmatch(text)
    kind = found["type"].decode("ascii", "replace") if found else ""
    typed = _TYPE.fullmatch(kind)
    if found is None or typed is None:
        what = "pickled objects" if kind.endswith("O") or b"'|O'" in text else f"entries of type `{kind or 'unknown'}`"
        raise Flaw(f"found an array of {what}, required one of numbers")
    if found["fortran"] == b"True":
        raise Flaw("found an array in the order of Fortran, required one in the order of C")
    shape = tuple(int(size) for size in re.findall(rb"\d+", found["shape"]))
    if len(shape) > MOST_AXES or max(shape, default=0) >= 1 << 48:
        raise Flaw(f"found an array of shape {shape}, which is no data set")
    return Header(typed[2], int(typed[3]), ">" if typed[1] == ">" else "<", shape)


@contextmanager
def npz_opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """An npz archive of stored or deflated members."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
                raise Flaw(f"found `{member.filename}` encrypted or packed in an unusual way")
        yield archive


def counted(file: IO[bytes], header: Header, name: str) -> tuple[int, ...]:
    """How often each of 0, 1, … occurs among labels, read from behind their header."""
    if not header.whole or len(header.shape) != 1:
        raise Flaw(f"found labels `{name}` of shape {header.shape}, required whole numbers, one an example")
    if header.shape[0] > MOST_LABELS:
        raise Flaw(f"found {header.shape[0]} labels, required at most {MOST_LABELS}")
    values = Counter(_entries(_taken(file, prod(header.shape) * header.width), header))
    if not values or min(values) < 0 or max(values) >= MOST_CLASSES:
        raise Flaw(f"found labels `{name}` outside 0 to {MOST_CLASSES - 1}, or none at all")
    return tuple(values[label] for label in range(max(values) + 1))


_CODES = {("u", 1): "B", ("u", 2): "H", ("u", 4): "I", ("u", 8): "Q", ("i", 1): "b", ("i", 2): "h", ("i", 4): "i"}


def _entries(content: bytes, header: Header) -> "array[int]":
    values = array(_CODES.get((header.kind, header.width), "q"), content)
    if header.order == ">":
        values.byteswap()
    return values
