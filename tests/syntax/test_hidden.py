"""Text that reads otherwise than it runs, and lines that no one reads, are refused where they stand."""

import pytest

from catlearn.syntax.read import LONGEST_LINE, read


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u202a"])
def test_a_character_that_turns_the_direction_is_refused_even_in_a_comment(tmp_path, character):
    path = tmp_path / "hidden.cat"
    path.write_text(f"# one\n# t{character}wo\n", encoding="utf-8")
    source, (found,) = read(path)
    assert source is None
    assert found.code == "unreadable"
    assert found.span.source.position(found.span.start) == (2, 4)
    path.write_text("# one\n# שלום two\n", encoding="utf-8")
    assert read(path)[1] == ()


def test_a_line_that_is_too_long_is_refused(tmp_path):
    path = tmp_path / "long.cat"
    path.write_text("# short\n#" + "x" * LONGEST_LINE + "\n")
    source, (found,) = read(path)
    assert source is None
    assert found.span.source.position(found.span.start)[0] == 2
    path.write_text("# short\n" + "x" * LONGEST_LINE)
    assert read(path)[0] is not None
