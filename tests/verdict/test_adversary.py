"""Odd claims, by which a checker could be brought to say more than it has seen: none comes out as one that holds.

Runs that diverged, runs compared with themselves, one seed, copies of one run under many seeds, families of nothing."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from catlearn.verbs import verify
from catlearn.verdict.documents import ClaimRow
from catlearn.verdict.recheck import recheck

SPECIFICATION = """
dataset d { source = sklearn.iris }
probe X { from = d.test, size = 16 }
map f : R[4] -> R[8] = linear(8) >> relu
map h : R[8] -> R[3] = linear(3)
category P {
  object A = params(f) * params(h)
  run a : A@init -> A@a { net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1),
                          batch = 28, epochs = 2, seeds = 0..4 }
  run same : A@init -> A@same { like = a }
  run b : A@init -> A@b { like = a, optimiser = sgd(lr = 0.12) }
  run wild : A@init -> A@wild { like = a, optimiser = sgd(lr = 1e30) }
  run one : A@init -> A@one { like = a, seeds = 3..3 }
  run two : A@init -> A@two { like = a, seeds = 0..1 }
  run copies : A@init -> A@copies { source = "copies/{seed}.safetensors", net = f >> h, data = d,
                                    loss = cross_entropy, seeds = 0..19 }
}
category Rep { object Z = cloud(on = X, dim = 8, normalise = rms) }
functor L : A -> Rep { object A |-> Z by activations(f, on = X)  run * |-> trace(every = 1 epoch) }
relation basin = dihomotopy { slack = 0.05 }
cell itself : a => same by basin
cell wildly : a => wild by basin
"""

CLAIMS = {
    # Runs that diverged.
    "wild_loss": ("loss(wild, on = d.test) >= 100", "undecided"),
    "wild_norm": ("norm(wild) > norm(a)", "undecided"),
    "wild_steps": ("steps(wild) == 8", "undecided"),
    "wild_more_steps": ("steps(wild) < 8", "undecided"),
    "wild_flops": ("flops(wild) == flops(a)", "undecided"),
    "wild_with": ("steps(wild) == 8 and loss(a, on = d.test) <= 100", "undecided"),
    "wild_cloud": ("L(A@a) ~ L(A@wild) by procrustes within 2", "undecided"),
    "wild_count": ("betti(L(A@wild), degree = 0, scale = 0.1..0.2) >= 1", "undecided"),
    "wild_permuted": (
        "betti(L(A@a), degree = 0, scale = 0.1..0.2) > betti(L(A@wild), degree = 0, scale = 0.1..0.2) "
        "{ test = permutation }",
        "undecided",
    ),
    "wild_ranks": ("spearman(norm(wild), norm(a)) > 0", "undecided"),
    "wild_constant": ("constant(L, along = wild)", "undecided"),
    "wild_share": ("wildly { holds_for = 0.5 }", "undecided"),
    "wild_cell": ("wildly", "undecided"),
    "wild_classes": ("classes(wild, by = basin) == 5", "undecided"),
    "wild_few": ("classes(wild, by = basin) <= 4", "undecided"),
    "wild_nothing": ("loss(wild, on = d.test) - loss(wild, on = d.test) ~ 0 within 1", "undecided"),
    "wild_width": ("width(wild, by = basin) <= 100", "undecided"),
    # A run and itself.
    "self_at_most": ("loss(a, on = d.test) <= loss(same, on = d.test)", "vacuous"),
    "self_near": ("loss(a, on = d.test) ~ loss(same, on = d.test) within 0.1", "vacuous"),
    "self_cloud": ("L(A@a) ~ L(A@same) by procrustes within 0.1", "vacuous"),
    "self_cka": ("cka(L(A@a), L(A@same)) >= 0.99", "vacuous"),
    "self_ranks": ("spearman(norm(a), norm(same)) > 0.1", "vacuous"),
    "self_cell": ("itself", "vacuous"),
    "self_share": ("itself { holds_for = 0.2 }", "vacuous"),
    "self_counts": (
        "betti(L(A@a), degree = 0, scale = 0.1..0.2) == betti(L(A@same), degree = 0, scale = 0.1..0.2)",
        "vacuous",
    ),
    # What varies with nothing, and divisions by it.
    "flat_ranks": ("r2(norm(a) - norm(a), norm(b)) <= 0.5", "undecided"),
    "held_itself": ("partial(norm(a), norm(b), given = norm(a)) <= 0.5", "undecided"),
    "over_nothing": ("norm(a) / (norm(a) - norm(same)) > 1", "undecided"),
    "times_nothing": ("0 * norm(a) <= 1", "vacuous"),
    # Few seeds.
    "one_mean": ("loss(one, on = d.test) <= 100", "undecided"),
    "one_share": ("betti(L(A@one), degree = 0, scale = 0.1..0.2) >= 1 { holds_for = 0.5 }", "undecided"),
    "one_class": ("spread(loss(one, on = d.test), over = classes(one, by = basin)) <= 1", "vacuous"),
    "two_share": ("betti(L(A@two), degree = 0, scale = 0.1..0.2) >= 1 { holds_for = 0.5 }", "undecided"),
    "two_bootstrap": ("loss(two, on = d.test) <= 100 { test = bootstrap }", "undecided"),
    # Twenty seeds that are copies of one.
    "copied_mean": ("loss(copies, on = d.test) <= 100", "undecided"),
    "copied_share": ("betti(L(A@copies), degree = 0, scale = 0.01..0.02) >= 1 { holds_for = 0.8 }", "undecided"),
    "copied_worse": ("loss(copies, on = d.test) > 100", "undecided"),
}


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, ClaimRow]]:
    folder = tmp_path_factory.mktemp("adversary")
    (folder / "copies").mkdir()
    drawn = np.random.default_rng(0)
    shapes = {"f.0.weight": (8, 4), "f.0.bias": (8,), "h.0.weight": (3, 8), "h.0.bias": (3,)}
    weights = {name: drawn.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    for seed in range(20):
        save_file(weights, folder / "copies" / f"{seed}.safetensors")
    path = folder / "adversary.cat"
    path.write_text("\n".join([SPECIFICATION, *(f"claim {name} : {text}" for name, (text, _) in CLAIMS.items())]))
    return path.with_suffix(".catlearn"), {row.name: row for row in verify(path).claims}


@pytest.mark.parametrize("claim", CLAIMS)
def test_nothing_is_said_that_was_not_seen(verified: tuple[Path, dict[str, ClaimRow]], claim: str) -> None:
    row = verified[1][claim]
    assert row.verdict == CLAIMS[claim][1], (row.method, row.evidence)


def test_the_reason_is_said(verified: tuple[Path, dict[str, ClaimRow]]) -> None:
    rows = verified[1]
    for name in ("copied_mean", "copied_share", "copied_worse"):
        assert "copies: seeds 0..19 have one trajectory" in rows[name].evidence
    for name in ("wild_loss", "wild_steps", "wild_ranks", "wild_cell"):
        assert any("not completed: seeds 0..4" in line for line in rows[name].evidence), name


def test_everything_rechecks(verified: tuple[Path, dict[str, ClaimRow]]) -> None:
    found = recheck(verified[0])
    assert found.ok, [row for row in found.rows if not row.ok]
