"""Cells over pairs of different seeds: each seed in one pair, runs aligned to each other, and a share of the pairs."""

import json
from pathlib import Path

import pytest

from catlearn.verbs import SpecificationError, compile, verify
from catlearn.verdict.documents import ClaimRow
from catlearn.verdict.recheck import recheck

SPECIFICATION = """
dataset d { source = sklearn.iris }
map f : R[4] -> R[6] = linear(6) >> tanh
map h : R[6] -> R[3] = linear(3)
category P {
  object A = params(f) * params(h)
  run a : A@init -> A@a { net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1),
                          batch = 28, epochs = 16, seeds = 0..6 }
  run wild : A@init -> A@wild { like = a, optimiser = sgd(lr = 8) }
}
relation near = dihomotopy { slack = 0.15, modulo = permutations, effort = low }
relation strict_near = dihomotopy { slack = 0.0001, modulo = permutations, effort = low }
relation joined = connected { level = 2 }
cell alike : a => a by near
cell barely : a => a by strict_near
cell wildly : a => wild by near
cell ends : a => a by joined
cell chain = alike >> alike
"""

CLAIMS = {
    "each_other": ("alike { pairs = disjoint }", "supported"),
    "itself": ("alike", "vacuous"),
    "most": ("alike { pairs = disjoint, holds_for = 0.3 }", "supported"),
    "nearly_all": ("alike { pairs = disjoint, holds_for = 0.8 }", "undecided"),
    "hardly": ("barely { pairs = disjoint }", "undecided"),
    "wild_ones": ("wildly { pairs = disjoint }", "refuted"),
}


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, ClaimRow], Path]:
    folder = tmp_path_factory.mktemp("pairs")
    claims = [f"claim {name} : {text}" for name, (text, _) in CLAIMS.items()]
    (folder / "pairs.cat").write_text("\n".join([SPECIFICATION, *claims]))
    return {row.name: row for row in verify(folder / "pairs.cat", store=folder / "store").claims}, folder / "store"


@pytest.mark.parametrize("claim", CLAIMS)
def test_verdict(verified, claim):
    row = verified[0][claim]
    assert row.verdict == CLAIMS[claim][1], (row.method, row.evidence)


def test_no_seed_is_in_two_pairs(verified):
    certificate = json.loads((verified[1] / "certificates" / "most.json").read_text())
    found = [
        (pair["left"]["member"]["seed"], pair["right"]["member"]["seed"]) for pair in certificate["finding"]["pairs"]
    ]
    assert found == [(0, 1), (2, 3), (4, 5)]
    assert verified[0]["most"].n == 3
    assert "disjoint pairs" in verified[0]["most"].method
    assert "disjoint pairs" not in verified[0]["itself"].method


def test_a_refuted_pair_names_both_seeds(verified):
    assert verified[0]["wild_ones"].evidence[0].startswith("seeds 0 and 1: ")


def test_everything_rechecks_and_a_pair_that_is_none_does_not(verified):
    store = verified[1]
    assert recheck(store).ok
    path = store / "certificates" / "most.json"
    kept = path.read_text()
    path.write_text(kept.replace('"disjoint": true', '"disjoint": false'))
    assert not recheck(store, "most").ok
    path.write_text(kept)


@pytest.mark.parametrize("claim", ["ends { pairs = disjoint }", "chain { pairs = disjoint }"])
def test_other_cells_are_refused(tmp_path, claim):
    path = tmp_path / "refused.cat"
    path.write_text(f"{SPECIFICATION}\nclaim k : {claim}\n")
    with pytest.raises(SpecificationError, match="disjoint pairs"):
        compile(path)
