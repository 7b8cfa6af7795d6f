"""Files: what cannot be read is a diagnostic, and a syntax error hides nothing elsewhere."""

from pathlib import Path

from catlearn.theory.check import check_file
from tests.theory.theories import QUICKSTART


def _codes(path: Path) -> list[str]:
    checked = check_file(path)
    assert checked.theory is None
    return [found.code for found in checked.diagnostics]


def test_no_file(tmp_path: Path) -> None:
    assert _codes(tmp_path / "absent.cat") == ["unreadable"]


def test_a_folder(tmp_path: Path) -> None:
    assert _codes(tmp_path) == ["unreadable"]


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.cat").write_text("")
    assert _codes(tmp_path / "empty.cat") == ["syntax"]


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "quickstart.cat").write_text(QUICKSTART)
    assert check_file(tmp_path / "quickstart.cat").theory is not None


def test_a_syntax_error_in_the_middle(tmp_path: Path) -> None:
    broken = QUICKSTART.replace("dim = 32", "dim =").replace("classes(gd + ball", "classes(gd + bal")
    (tmp_path / "broken.cat").write_text(broken)
    assert _codes(tmp_path / "broken.cat") == ["syntax", "unknown-name"]
