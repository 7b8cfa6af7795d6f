"""Runs that the theory has and that cannot be trained: in pullbacks along maps, and in fibres of fibres."""

import pytest

from catlearn.plan.executable import unavailable
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check

TEXT = """
dataset d {{ source = sklearn.iris }}
map f : R[4] -> R[8] = linear(8) >> relu
map h : R[8] -> R[3] = linear(3)
category P {{
  object E = params(f)
  object A = E * params(h)
  map enc : A -> E = project
  map same : A -> A = project
  map fe : F -> E = project
  run a : A@init -> A@a {{
    net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16, epochs = 2, seeds = 0..3
  }}
}}
pullback J of same : A -> A along same : A -> A {{ leg p : J -> A, leg q : J -> A }}
pullback F of enc : A -> E along enc(A@a) {{ leg i : F -> A  freeze E {{ }} }}
pullback G of fe : F -> E along enc(A@a) {{ leg j : G -> F  freeze E {{ }} }}
run more : {space}@init -> {space}@more {{ like = a, epochs = 1 }}
"""


@pytest.mark.parametrize(("space", "refused"), [("A", False), ("F", False), ("J", True), ("G", True)])
def test_what_cannot_be_trained_is_refused_by_name(space: str, refused: bool) -> None:
    checked = check(parse(Source("joint.cat", TEXT.format(space=space))))
    assert checked.theory is not None, checked.diagnostics
    found = list(unavailable(checked.theory))
    assert [diagnostic.code for diagnostic in found] == ["not-executable"] * refused
    assert all(f"`{space}`" in diagnostic.message for diagnostic in found)
