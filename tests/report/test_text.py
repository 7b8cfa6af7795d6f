"""Results on a terminal: every claim in a row, what is refuted or open explained, no wider than the terminal."""

import re
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catlearn.report.numbers import duration, estimate, ranges, significant
from catlearn.report.progress import progress_bar
from catlearn.report.text import Paper, verification
from catlearn.verdict.documents import ClaimRow, Verification
from catlearn.verdict.family import family
from tests.report.workshop import rows

PLAIN = Paper(width=150, colour=False)


def shown(paper: Paper, found: tuple[ClaimRow, ...] | None = None) -> str:
    claims = rows() if found is None else found
    document = Verification(spec="q.cat", store="q.catlearn", claims=claims, seconds=41.2)
    return verification(paper, document, "q.catlearn/report.html")


def line_of(text: str, claim: str) -> str:
    return next(line for line in text.splitlines() if f" {claim} " in line)


def test_each_claim_has_its_row() -> None:
    text = shown(PLAIN)
    assert re.search(r"✓ +resumes +exact +exact +16 +bitwise", line_of(text, "resumes"))
    refuted = r"✗ +accuracy +refuted +affirmative +0\.0004123 \[-0\.00078, 0\.0016\] +16 "
    assert re.search(refuted, line_of(text, "accuracy"))
    assert re.search(r"\? +one_class +undecided +affirmative +16 \[1, 16\] +32 ", line_of(text, "one_class"))
    assert "8 claims: 6 as expected, 1 not as expected, 1 not decided" in text
    assert "q.catlearn/report.html" in text
    assert "41.2 s" in text


def test_a_refuted_claim_says_how_it_is_replayed_and_no_other_does() -> None:
    text = shown(PLAIN)
    assert text.count("replay ") == 1
    assert "replay  catlearn recheck q.catlearn --only accuracy" in text


def test_claims_are_taken_together_where_several_are_tested() -> None:
    tested = [row.model_copy(update={"p": p, "confidence": 0.95}) for row, p in zip(rows(), P_VALUES, strict=True)]
    document = Verification(
        spec="q.cat", store="q", claims=tuple(tested), seconds=1.0, family=family([row for row in tested if row.p])
    )
    assert "together: 2 of 3 tested claims hold at confidence 0.95 by Holm's procedure, not " in verification(
        PLAIN, document, "r"
    )
    assert "together" not in shown(PLAIN)


P_VALUES = (None, None, None, 0.001, None, 0.002, None, 0.2)


def test_refuted_and_open_claims_show_what_was_found() -> None:
    text = shown(PLAIN)
    assert "accuracy: refuted\n    seed 3: 0.9666 against 0.9777" in text
    assert "one_class: undecided\n    witnesses join 16 groups" in text
    assert "slides: supported" not in text


def test_a_refutation_that_was_expected_is_met() -> None:
    expected = rows()[5].model_copy(update={"expected": ("refuted",), "met": True})
    text = shown(PLAIN, (expected,))
    assert line_of(text, "accuracy").startswith("✓")
    assert "1 claim: 1 as expected" in text


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_methods_are_broken_and_never_cut(width: int) -> None:
    text = shown(Paper(width, colour=False))
    squeezed = " ".join(text.split())
    for row in rows():
        assert all(word in squeezed for word in row.method.split())
    table = text.split("\n\n")[0].splitlines()
    assert max(len(line) for line in table) <= max(width, 80)


def test_colours_only_where_asked() -> None:
    plain, coloured = shown(PLAIN), shown(Paper(width=150, colour=True))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert "\x1b[32m✓" in coloured
    assert "\x1b[1;31m✗" in coloured
    assert "\x1b[1;33m?" in coloured


class Screen(StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_bar_shows_the_work_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    with progress_bar(screen, colour=False) as progress:
        assert progress is not None
        progress("deciding [slides]", 3, 8)
    assert "deciding [slides]" in screen.getvalue()
    assert "3/8" in screen.getvalue()


def test_no_bar_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, screen = StringIO(), Screen()
    monkeypatch.setenv("TERM", "dumb")
    for stream in (pipe, screen):
        with progress_bar(stream, colour=True) as progress:
            assert progress is None
        assert stream.getvalue() == ""


def test_no_claims() -> None:
    assert "no claims" in shown(PLAIN, ())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (16.0, "16"),
        (-0.00078, "-0.00078"),
        (0.123456, "0.1235"),
        (1234567.0, "1.235e6"),
        (1.5e-7, "1.5e-7"),
        (float("inf"), "∞"),
        (float("nan"), "not a number"),
    ],
)
def test_numbers_have_few_digits(value: float, text: str) -> None:
    assert significant(value) == text


@pytest.mark.parametrize(
    ("value", "ends", "text"),
    [
        (0.25, (0.2, 0.3), "0.25 [0.2, 0.3]"),
        (0.25, (None, 0.3), "0.25 (≤ 0.3)"),
        (0.25, (0.0, None), "0.25 (≥ 0)"),
        (None, (0.2, 0.3), "[0.2, 0.3]"),
        (0.25, None, "0.25"),
        (None, None, ""),
    ],
)
def test_an_absent_end_makes_an_inequality(
    value: float | None, ends: tuple[float | None, float | None] | None, text: str
) -> None:
    assert estimate(value, ends) == text


@given(st.sets(st.integers(0, 60)))
def test_ranges_name_every_number_once(numbers: set[int]) -> None:
    named: list[int] = []
    for part in ranges(numbers).split(", ") if numbers else ():
        first, _, last = part.partition("..")
        named += range(int(first), int(last or first) + 1)
    assert named == sorted(numbers)


def test_durations() -> None:
    assert (duration(0.1234), duration(41.2), duration(250.4)) == ("0.123 s", "41.2 s", "4 min 10 s")
