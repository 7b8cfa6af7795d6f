"""How many seeds show a share: the exact binomial bound when all succeed."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catlearn.theory.power import seeds_needed

SHARES = st.fractions(min_value=Fraction(1, 100), max_value=Fraction(199, 200), max_denominator=200)


@pytest.mark.parametrize(
    ("holds_for", "confidence", "needed"),
    [("0.8", "0.9", 11), ("0.9", "0.9", 22), ("0.95", "0.95", 59), ("0.9", "0.95", 29), ("0.5", "0.75", 2)],
)
def test_known_numbers(holds_for: str, confidence: str, needed: int) -> None:
    assert seeds_needed(Fraction(holds_for), Fraction(confidence)) == needed


@given(SHARES, SHARES)
def test_least(holds_for: Fraction, confidence: Fraction) -> None:
    needed = seeds_needed(holds_for, confidence)
    assert holds_for**needed <= 1 - confidence
    assert needed == 1 or holds_for ** (needed - 1) > 1 - confidence
