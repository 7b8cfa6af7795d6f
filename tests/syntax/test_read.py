"""Files become sources, or say why they cannot."""

import os
from pathlib import Path

import pytest

from catlearn.syntax.read import read


def test_text_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "é.cat"
    path.write_bytes("dataset d { } # é\r\n".encode())
    source, diagnostics = read(path)
    assert diagnostics == ()
    assert source is not None
    assert (source.path, source.text) == (str(path), "dataset d { } # é\r\n")


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "marked.cat"
    path.write_bytes(b"\xef\xbb\xbfclaim c : x")
    source, _ = read(str(path))
    assert source is not None
    assert source.text == "claim c : x"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"claim c : \xff", "found a byte that is not UTF-8 at byte 10, required UTF-8 text"),
        (b"claim c\0 : x", "found a NUL byte at byte 7, required UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "found a NUL byte at byte 8, required UTF-8 text"),
        (b"#" * (4 * 1024 * 1024 + 1), "found more than 4194304 bytes, required at most as many"),
    ],
)
def test_what_is_no_text_is_unreadable(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "broken.cat"
    path.write_bytes(content)
    source, (found,) = read(path)
    assert source is None
    assert (found.code, found.message) == ("unreadable", message)
    assert (found.span.source.path, found.span.source.text, found.span.start) == (str(path), "", 0)


def test_missing_files_and_directories_are_unreadable(tmp_path: Path) -> None:
    for path, word in ((tmp_path / "none.cat", "no such file"), (tmp_path, "a directory")):
        source, (found,) = read(path)
        assert (source, found.code) == (None, "unreadable")
        assert word in found.message


def test_what_would_wait_for_ever_is_unreadable(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.cat"
    os.mkfifo(pipe)
    for path, word in ((pipe, "found a pipe, required"), (Path(os.devnull), "found a device, required")):
        source, (found,) = read(path)
        assert (source, found.code) == (None, "unreadable")
        assert word in found.message


def test_a_path_through_a_file_and_an_impossible_name_are_unreadable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file" / "x.cat", tmp_path / ("x" * 300), "a\0b.cat"):
        source, (found,) = read(path)
        assert (source, found.code) == (None, "unreadable")
