"""Work without an end is shared: many hard categories or cells in one text cost little, and none is told wrongly."""

import re

from catlearn.diagnostics import Diagnostic
from catlearn.theory.check import check_texts

BRAID = """
category B{n} {{
  object X
  map a, b : X -> X
  law braid : a >> b >> a == b >> a >> b
}}
"""
QUATERNIONS = """
category Q {
  object X
  map i, u, j, v : X -> X
  law one : i >> u == id(X)
  law two : u >> i == id(X)
  law three : j >> v == id(X)
  law four : v >> j == id(X)
  law five : i >> i == j >> j
  law six : i >> j >> i == j
}
functor F : Q -> Q { object X |-> X  map i |-> u  map u |-> i  map j |-> v  map v |-> j }
"""


def found(text: str) -> tuple[Diagnostic, ...]:
    return tuple(check_texts("shares.cat", text, {}).diagnostics)


def steps(diagnostic: Diagnostic) -> int:
    """The steps after which equality is said to be open."""
    match = re.search(r"open after (\d+) steps", diagnostic.message)
    assert match is not None, diagnostic.message
    return int(match[1])


def test_a_few_hard_categories_have_the_whole_budget_each() -> None:
    (alone,) = found(BRAID.format(n=0))
    several = found("".join(BRAID.format(n=n) for n in range(4)))
    assert {(found.code, steps(found)) for found in several} == {("equality-budget", steps(alone))}


def test_many_hard_categories_share_it_and_what_is_easy_beside_them_is_decided() -> None:
    (alone,) = found(BRAID.format(n=0))
    braids = [BRAID.format(n=n) for n in range(60)]
    crowded = found("".join([*braids[:30], QUATERNIONS, *braids[30:]]))
    assert [each.code for each in crowded] == ["equality-budget"] * 60
    assert len({steps(each) for each in crowded}) == 1
    assert steps(crowded[0]) < steps(alone) / 10


def test_no_category_depends_on_the_order_of_others() -> None:
    braids = [BRAID.format(n=n) for n in range(12)]
    forth, back = (found("".join(texts)) for texts in (braids, reversed(braids)))
    assert sorted(each.message for each in forth) == sorted(each.message for each in back)


def test_each_of_many_broken_cells_is_warned_of() -> None:
    cells = "".join(
        f"cell c{n} : nesterov(lr, m) => nesterov_lookahead(lr, m) strict {{ v |-> lr * v * {n + 1}, "
        f"assume constant(lr, m) }}\nclaim k{n} : c{n} expect refuted\n"
        for n in range(500)
    )
    assert [each.code for each in found(cells)] == ["cell-residue"] * 500
