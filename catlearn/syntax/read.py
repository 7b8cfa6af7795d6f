"""Files to sources."""

import re
from itertools import pairwise
from pathlib import Path
from stat import S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_IFSOCK

from catlearn.diagnostics import Diagnostic
from catlearn.source import Source, Span

LARGEST = 4 * 1024 * 1024
LONGEST_LINE = 100_000
DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""The characters that make text read otherwise than it runs (Boucher and Anderson, Trojan Source, 2021)."""

_NO_TEXT = {
    S_IFDIR: "a directory",
    S_IFIFO: "a pipe",
    S_IFCHR: "a device",
    S_IFBLK: "a device",
    S_IFSOCK: "a socket",
}
"""What a path can name beside a file of text; opening some of these waits for ever."""


def read(path: str | Path) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """The source in a file of UTF-8 text (a byte order mark is dropped), or why it cannot be read."""
    if not str(path).isprintable():
        return _unreadable(ascii(str(path)), "found a file name that is not text, required one of printable characters")
    try:
        kind = _NO_TEXT.get(S_IFMT(Path(path).stat().st_mode))
        if kind:
            return _unreadable(path, f"found {kind}, required a `.cat` file")
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return _unreadable(path, "found no such file")
    except ValueError:
        return _unreadable(path, "found a name that no file can have")
    except OSError as error:
        return _unreadable(path, f"the file cannot be opened: {error.strerror}")
    if len(data) > LARGEST:
        return _unreadable(path, f"found more than {LARGEST} bytes, required at most as many")
    if b"\0" in data:
        return _unreadable(path, f"found a NUL byte at byte {data.index(0)}, required UTF-8 text")
    try:
        source = Source(str(path), data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _unreadable(path, f"found a byte that is not UTF-8 at byte {error.start}, required UTF-8 text")
    hidden = DIRECTION.search(source.text)
    if hidden is not None:
        found = f"found U+{ord(hidden[0]):04X}, which turns the direction of text, required text that reads as it runs"
        return None, (Diagnostic("unreadable", found, Span(source, *hidden.span())),)
    ends = pairwise((*source.line_starts, len(source.text)))
    long = next((start for start, end in ends if end - start > LONGEST_LINE), None)
    if long is not None:
        found = f"found a line of more than {LONGEST_LINE} characters, required at most as many"
        return None, (Diagnostic("unreadable", found, Span(source, long, long + 1)),)
    return source, ()


def _unreadable(path: str | Path, message: str) -> tuple[None, tuple[Diagnostic, ...]]:
    return None, (Diagnostic("unreadable", message, Span(Source(str(path), ""), 0, 0)),)
