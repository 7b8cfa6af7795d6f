"""Runs that the theory has and that cannot be trained jointly, and claims about joint runs that cannot be decided."""

import pytest

from catlearn.plan.executable import unavailable
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check

TEXT = """
dataset d { source = sklearn.iris }
map f : R[4] -> R[8] = linear(8) >> relu
map h : R[8] -> R[3] = linear(3)
map x : R[8] -> R[3] = extern("mine:Head")
category P {
  object E = params(f)
  object A = E * params(h)
  object X = E * params(x)
  map enc : A -> E = project
  map exc : X -> E = project
  map fh : F -> H = project
  map gh : G -> H = project
  map fe : F -> E = project
  object H = params(h)
  run a : A@init -> A@a {
    net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16, epochs = 2, seeds = 0..3
  }
}
pullback J of enc : A -> E along enc : A -> E { leg p : J -> A }
pullback Y of enc : A -> E along exc : X -> E { leg w : Y -> A }
pullback F of enc : A -> E along enc(A@a) { leg i : F -> A  freeze E { } }
pullback G of enc : A -> E along enc(A@a) { leg j : G -> A  freeze E { } }
pullback U of fe : F -> E along enc(A@a) { leg v : U -> F  freeze E { } }
pullback K of fh : F -> H along gh : G -> H { leg k : K -> F }
run one : J@init -> J@one { like = a, net = [f >> h, f >> h], data = [d, d] }
run two : J@init -> J@two { like = one, optimiser = sgd(lr = 0.2) }
"""

REFUSED = {
    "run more : A@init -> A@more { like = a, epochs = 1 }": (),
    "run more : J@init -> J@more { like = one, epochs = 1 }": (),
    "run more : F@init -> F@more { like = a, epochs = 1 }": (),
    "run more : U@init -> U@more { like = a, epochs = 1 }": (),
    "run more : K@init -> K@more { like = one }": ("a run in `K`, a pullback of fibres",),
    "run more : Y@init -> Y@more { like = one, net = [f >> h, f >> x] }": (
        "`extern`",
        "a joint run in `Y` with `extern`",
    ),
    "relation r = dihomotopy { slack = 0.1 }\ncell c : one => two by r\nclaim k : c": (),
    "relation r = dihomotopy { slack = 0.1, modulo = permutations }\ncell c : one => two by r\nclaim k : c": (
        "a claim by `r` modulo `permutations` about networks that share blocks",
    ),
    "relation r = dihomotopy { slack = 0.1, on = d.test }\nclaim k : classes(one + two, by = r) <= 2": (
        "a claim by `r` on `d.test` about joint runs",
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_done_is_refused_by_name(text: str) -> None:
    checked = check(parse(Source("joint.cat", TEXT + text)))
    assert checked.theory is not None, checked.diagnostics
    found = list(unavailable(checked.theory))
    assert {diagnostic.code for diagnostic in found} == ({"not-executable"} if REFUSED[text] else set())
    assert (
        tuple(diagnostic.message.split(", required ")[0].removeprefix("found ") for diagnostic in found)
        == REFUSED[text]
    )
