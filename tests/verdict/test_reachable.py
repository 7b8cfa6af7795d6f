"""The verdicts that `check` takes a conjunction to be able to get are those that the table of conjunctions gives."""

from itertools import combinations_with_replacement, product

import pytest

from catlearn.theory.claims import REACHABLE, reachable_by
from catlearn.theory.theory import Proposition
from catlearn.verdict.verdict import Verdict, conjunction

KINDS = [*combinations_with_replacement(REACHABLE, 2), *combinations_with_replacement(list(REACHABLE)[:6], 3)]


@pytest.mark.parametrize("kinds", KINDS, ids=lambda kinds: "-".join(kind.__name__ for kind in kinds))
def test_reachable(kinds: tuple[type[Proposition], ...]) -> None:
    verdicts = product(*(map(Verdict, REACHABLE[kind][1]) for kind in kinds))
    reached = reachable_by([REACHABLE[kind] for kind in kinds])
    assert set(reached[1]) == {conjunction(chosen).value for chosen in verdicts}
