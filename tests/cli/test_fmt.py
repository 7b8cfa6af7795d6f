"""`catlearn fmt`: what it writes, what it leaves alone, and its statuses."""

from pathlib import Path

import pytest

from tests.cli.command import inside

UNTIDY = "dataset d{source=sklearn.iris}   # data\r\n\r\n\r\nclaim c:d"
TIDY = "dataset d { source = sklearn.iris }  # data\n\nclaim c : d\n"


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    path = tmp_path / "untidy.cat"
    path.write_bytes(UNTIDY.encode())
    return path


def test_a_file_is_written_in_canonical_layout(untidy: Path) -> None:
    found = inside("fmt", untidy)
    assert (found.status, found.out.strip()) == (0, str(untidy))
    assert untidy.read_bytes() == TIDY.encode()
    again = inside("fmt", untidy)
    assert (again.status, again.out) == (0, "")


def test_check_changes_nothing_and_says_so_by_its_status(untidy: Path) -> None:
    assert inside("fmt", untidy, "--check").status == 1
    assert untidy.read_bytes() == UNTIDY.encode()
    inside("fmt", untidy)
    assert inside("fmt", untidy, "--check").status == 0


def test_diff_changes_nothing_and_shows_what_would_change(untidy: Path) -> None:
    found = inside("fmt", untidy, "--diff")
    assert found.status == 0
    assert "+claim c : d" in found.out.splitlines()
    assert untidy.read_bytes() == UNTIDY.encode()
    assert inside("fmt", untidy, "--diff", "--check").status == 1


def test_a_file_with_syntax_errors_is_left_alone_and_others_are_not(untidy: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.cat"
    broken.write_text("dataset  d { source : x }\n", encoding="utf-8")
    found = inside("fmt", broken, tmp_path / "absent.cat", untidy, "--json")
    assert found.status == 2
    assert [row["code"] for row in found.document["diagnostics"]] == ["syntax", "unreadable"]
    assert [(row["file"], row["changed"]) for row in found.document["files"]] == [(str(untidy), True)]
    assert broken.read_text("utf-8") == "dataset  d { source : x }\n"
    assert untidy.read_bytes() != UNTIDY.encode()
