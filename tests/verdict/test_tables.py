"""The two tables of DESIGN 5 by which verdicts are combined, every cell written out, and rules that break a cell."""

from collections.abc import Callable, Sequence
from itertools import permutations, product

import pytest

from catlearn.verdict.verdict import AFFIRMATIVE, Verdict, conjunction, derivation

P, E, S, R, U, V = (Verdict(name) for name in ("proved", "exact", "supported", "refuted", "undecided", "vacuous"))
ALL = (P, E, S, R, U, V)

CONJUNCTION = {
    P: (P, E, S, R, U, V),
    E: (E, E, S, R, U, V),
    S: (S, S, S, R, U, V),
    R: (R, R, R, R, R, R),
    U: (U, U, U, R, U, V),
    V: (V, V, V, R, V, V),
}
"""`first and second`: the row of the first, the column of the second in the order of `ALL`."""

DERIVATION = {
    P: (P, E, S, U, U, U),
    E: (E, E, S, U, U, U),
    S: (S, S, S, U, U, U),
    R: (U, U, U, U, U, U),
    U: (U, U, U, U, U, U),
    V: (U, U, U, U, U, U),
}
"""What follows from both."""

TABLES = [(conjunction, CONJUNCTION), (derivation, DERIVATION)]
Rule = Callable[[Sequence[Verdict]], Verdict]


def broken(rule: Rule, table: dict[Verdict, tuple[Verdict, ...]]) -> list[tuple[Verdict, Verdict]]:
    """The cells in which a rule says something else than a table."""
    cells = ((first, second) for first in ALL for second in ALL)
    return [(first, second) for first, second in cells if rule((first, second)) is not table[first][ALL.index(second)]]


def test_the_tables_have_every_verdict() -> None:
    assert set(ALL) == set(Verdict)
    assert {P, E, S} == AFFIRMATIVE


@pytest.mark.parametrize(("rule", "table"), TABLES, ids=["conjunction", "derivation"])
def test_every_cell(rule: Rule, table: dict[Verdict, tuple[Verdict, ...]]) -> None:
    assert broken(rule, table) == []


@pytest.mark.parametrize(("rule", "table"), TABLES, ids=["conjunction", "derivation"])
def test_three_are_two_of_which_one_is_combined_already_in_any_order(
    rule: Rule, table: dict[Verdict, tuple[Verdict, ...]]
) -> None:
    for three in product(ALL, repeat=3):
        expected = table[table[three[0]][ALL.index(three[1])]][ALL.index(three[2])]
        assert {rule(order) for order in permutations(three)} == {expected}


@pytest.mark.parametrize("verdict", ALL)
def test_one_by_itself_and_none(verdict: Verdict) -> None:
    assert conjunction([verdict]) is verdict
    assert derivation([verdict]) is (verdict if verdict in AFFIRMATIVE else U)
    assert conjunction([]) is U
    assert derivation([]) is U


def strongest(verdicts: Sequence[Verdict]) -> Verdict:
    """A saboteur: the best of the parts is taken for the whole."""
    return min(verdicts, key=(P, E, S, U, V, R).index)


def open_before_vacuous(verdicts: Sequence[Verdict]) -> Verdict:
    """A saboteur: what is open hides what is empty."""
    return min(verdicts, key=(R, U, V, S, E, P).index)


def refuted_premises_refute(verdicts: Sequence[Verdict]) -> Verdict:
    """A saboteur: a false premise is taken to refute what follows from it."""
    return conjunction(verdicts) if set(verdicts) <= AFFIRMATIVE | {R} else U


def vacuous_premises_count(verdicts: Sequence[Verdict]) -> Verdict:
    """A saboteur: what follows from an empty premise is taken to hold emptily."""
    return V if V in verdicts else derivation(verdicts)


@pytest.mark.parametrize(
    ("rule", "table"),
    [
        (strongest, CONJUNCTION),
        (open_before_vacuous, CONJUNCTION),
        (derivation, CONJUNCTION),
        (conjunction, DERIVATION),
        (refuted_premises_refute, DERIVATION),
        (vacuous_premises_count, DERIVATION),
    ],
)
def test_rules_that_break_a_cell_are_caught(rule: Rule, table: dict[Verdict, tuple[Verdict, ...]]) -> None:
    assert broken(rule, table) != []
