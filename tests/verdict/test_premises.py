"""What a verdict rests on: laws by which a point is the end of several runs, and what came of them; assumptions."""

from pathlib import Path

import pytest

from catlearn.verbs import verify
from catlearn.verdict.documents import ClaimRow
from catlearn.verdict.recheck import recheck

SPECIFICATION = """
dataset d { source = sklearn.iris }
probe X { from = d.test, size = 16 }
map f : R[4] -> R[6] = linear(6) >> tanh
map h : R[6] -> R[3] = linear(3)
category P {
  object E = params(f)
  object A = E * params(h)
  map enc : A -> E = project
  run whole : A@init -> A@end { net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16,
                                epochs = 4, seeds = 0..2 }
  run half : A@init -> A@mid { like = whole, epochs = 2 }
  run rest : A@mid -> A@end { like = whole, epochs = 2, resume = RESUMED }
  run other : A@init -> A@other { like = whole, optimiser = adam(lr = 0.01) }
  run further : A@end -> A@further { like = whole, epochs = 1 }
  law resume : half >> rest == whole
}
pullback F of enc : A -> E along enc(A@end) { leg inc : F -> A  freeze E { buffers = fixed, mode = eval } }
run tune : F@init -> F@tuned { like = whole, epochs = 1 }
category Rep { object Z = cloud(on = X, dim = 6, normalise = rms) }
functor L : A -> Rep { object A |-> Z by activations(f, on = X)  run * |-> trace(every = 1 epoch) }
cell rule : heavy_ball(lr, m) => sutskever(lr, m) strict { v |-> lr * v, assume constant(lr) }
claim near      : L(A@end) ~ L(A@other) by procrustes within 9
claim alike     : cka(L(A@end), L(A@other)) >= 0.01
claim counted   : betti(L(A@end), degree = 0, scale = 0.01..0.02) >= 2
claim ranked    : spearman(cka(L(A@end), L(A@other)), cka(L(A@other), L(A@end))) > 2 / 3
claim both      : steps(whole) > 1 and cka(L(A@end), L(A@other)) >= 0.01
claim started   : accuracy(further, on = d.test) >= 0.1
claim frozen    : accuracy(tune, on = d.test) >= 0.1
claim met       : factors([A@end], through = F)
claim named     : accuracy(whole, on = d.test) >= 0.1
claim elsewhere : cka(L(A@other), L(A@mid)) >= 0.01
claim path      : cka(L(whole), L(other), along = min) >= 0.01
claim proof     : rule
"""

RESTING = {"near", "alike", "counted", "ranked", "both", "started", "frozen", "met"}
"""The claims that take `A@end` for one point."""


def rows(folder: Path, text: str) -> dict[str, ClaimRow]:
    path = folder / "premises.cat"
    path.write_text(text)
    found = verify(path).claims
    assert recheck(path.with_suffix(".catlearn")).ok
    return {row.name: row for row in found}


@pytest.mark.parametrize(
    ("resumed", "claimed", "outcome"),
    [
        ("half", "", "untested"),
        ("half", "claim same : resume", "exact"),
        ("half, optimiser = sgd(lr = 0.1001)", "claim same : resume expect refuted", "refuted"),
    ],
)
def test_what_takes_a_point_for_one_says_by_which_law_and_what_came_of_it(tmp_path, resumed, claimed, outcome):
    found = rows(tmp_path, SPECIFICATION.replace("RESUMED", resumed) + claimed)
    assert {name for name, row in found.items() if row.rests_on == (f"law resume, {outcome}",)} == RESTING
    assert all(found[name].rests_on == () for name in ("named", "elsewhere", "path"))
    assert "same" not in found or found["same"].rests_on == ()


def test_without_the_law_nothing_rests_on_it(tmp_path):
    text = SPECIFICATION.replace("RESUMED", "half").replace("  law resume : half >> rest == whole\n", "")
    text = text.replace("A@mid -> A@end", "A@mid -> A@last")
    assert {row.rests_on for name, row in rows(tmp_path, text).items() if name != "proof"} == {()}


def test_a_proof_rests_on_its_assumption_and_one_without_on_none(tmp_path):
    found = rows(tmp_path, SPECIFICATION.replace("RESUMED", "half"))
    assert found["proof"].rests_on == ("assume constant(lr)",)
