"""Functors on data: a frozen encoder gives a constant path of clouds, a map that exchanges blocks is seen to, a reading
after another functor is that of the images, and every layer of the runs that a cell joins is compared."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from catlearn.plan.ir import Plan
from catlearn.store.store import Store
from catlearn.verbs import verify
from catlearn.verdict.documents import ClaimRow
from catlearn.verdict.recheck import recheck

SPECIFICATION = """
dataset d { source = sklearn.iris }
probe X { from = d.test, size = 32 }
probe Few { from = d.test, size = 6 }
map f : R[4] -> R[6] = linear(6) >> tanh
map h : R[6] -> R[3] = linear(3)
category P {
  object E = params(f)
  object A = E * params(h)
  map enc : A -> E = project
  run a : A@init -> A@a { net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16,
                          epochs = 3, seeds = 0..3 }
  run b : A@init -> A@b { like = a, optimiser = sgd(lr = 0.101) }
  run far : A@init -> A@far { like = a, optimiser = sgd(lr = 1), epochs = 30 }
}
pullback F of enc : A -> E along enc(A@a) { leg inc : F -> A  freeze E { buffers = fixed, mode = eval } }
run tune : F@init -> F@tuned { like = a, epochs = 2 }
category Rep { object Z = cloud(on = X, dim = 6, normalise = rms) }
functor L : P -> Rep {
  object A, E, F |-> Z by activations(f, on = X)
  map enc, inc |-> id(Z)
  run * |-> trace(every = 1 epoch)
}
category Arrow { object S, T  map s : S -> T }
functor Tuned  : Arrow -> P { object S |-> F@init  object T |-> F@tuned  map s |-> tune }
functor Learnt : Arrow -> P { object S |-> A@init  object T |-> A@a  map s |-> a }
functor Same : P -> P {
  object A |-> A  object E |-> E  object F |-> F  map enc |-> enc  map inc |-> inc
  run a |-> a  run b |-> b  run far |-> far  run tune |-> tune
}
functor TunedSeen = Tuned >> L
functor LearntSeen = Learnt >> L
functor SameSeen = Same >> Same >> L
relation wide = dihomotopy { slack = 0.1, modulo = none }
cell near : a => b by wide
relation narrow = dihomotopy { slack = 0.000001, modulo = none, effort = 0 }
cell away : a => far by narrow
"""

CLAIMS = {
    "still": ("constant(L, along = tune)", "exact"),
    "moves": ("constant(L, along = a)", "refuted"),
    "kept": ("compatible(enc, by = L, along = a)", "vacuous"),
    "through": ("compatible(inc, by = L, along = tune)", "exact"),
    "path": ("L(tune) ~ L(A@a) by procrustes(along = max) within 0.000001", "supported"),
    "still_by_way": ("constant(TunedSeen, along = s)", "exact"),
    "moves_by_way": ("constant(LearntSeen, along = s)", "refuted"),
    "path_by_way": ("TunedSeen(s) ~ L(A@a) by procrustes(along = max) within 0.000001", "supported"),
    "path_by_way_far": ("LearntSeen(s) ~ L(A@a) by procrustes(along = max) within 0.000001", "refuted"),
    "end_by_way": ("LearntSeen(T) ~ TunedSeen(T) by procrustes() within 0.000001", "supported"),
    "end_by_way_far": ("LearntSeen(T) ~ L(A@far) by procrustes() within 0.000001", "refuted"),
    "through_by_way": ("compatible(inc, by = SameSeen, along = tune)", "exact"),
    "affine": ("near and layerwise_affine(near, on = X) <= 0.01", "supported"),
    "affine_far": ("near and layerwise_affine(near, on = X) <= 0.000000001", "refuted"),
    "affine_few": ("near and layerwise_affine(near, on = Few) <= 0.01", "undecided"),
    "layers": ("near and layerwise_affine(near, on = X, along = max) <= 0.05", "supported"),
    "layers_far": ("near and layerwise_affine(near, on = X, along = max) <= 0.000000001", "refuted"),
    "layers_last": ("near and layerwise_affine(near, on = X, along = last) <= 0.01", "supported"),
    "layers_few": ("near and layerwise_affine(near, on = Few, along = max) <= 0.01", "undecided"),
    "unjoined": ("away and layerwise_affine(away, on = X) <= 0.9", "refuted"),
}


def rows(specification: Path, store: Path) -> dict[str, ClaimRow]:
    return {row.name: row for row in verify(specification, store=store).claims}


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, ClaimRow]]:
    directory = tmp_path_factory.mktemp("readings")
    path, store = directory / "spec.cat", directory / "store"
    claims = "\n".join(f"claim {name} : {text}" for name, (text, _) in CLAIMS.items())
    path.write_text(f"{SPECIFICATION}\n{claims}")
    return path, store, rows(path, store)


@pytest.mark.parametrize("claim", CLAIMS)
def test_verdict(verified: tuple[Path, Path, dict[str, ClaimRow]], claim: str) -> None:
    row = verified[2][claim]
    assert row.verdict == CLAIMS[claim][1], (row.method, row.estimate, row.interval, row.evidence)


def test_everything_rechecks(verified: tuple[Path, Path, dict[str, ClaimRow]]) -> None:
    found = recheck(verified[1])
    assert found.ok, [row for row in found.rows if not row.ok]


def test_layers_are_compared_at_every_checkpoint(verified: tuple[Path, Path, dict[str, ClaimRow]]) -> None:
    (curve,) = verified[2]["layers"].curves
    assert (curve.measure, curve.steps) == ("layerwise_affine(a => b)", (0, 7, 14, 21))
    assert [row[0] for row in curve.values] == pytest.approx([0.0] * 4)
    ends = json.loads((verified[1] / "certificates" / "affine.json").read_text())["finding"]["parts"][1]["left"]
    assert [row[-1] for row in curve.values] == ends["values"]


def test_what_is_compared_is_said(verified: tuple[Path, Path, dict[str, ClaimRow]]) -> None:
    method = verified[2]["still"].method
    assert "what L reads on 32 examples at 3 checkpoints against the start and with the blocks frozen" in method
    assert verified[2]["moves"].evidence[0].startswith("seed 0, step 7: activations[")


@pytest.mark.parametrize(("block", "verdict"), [("f.0", "refuted"), ("h.0", "exact")])
@pytest.mark.parametrize("checkpoints", [slice(-1, None), slice(None)])
def test_weights_that_moved(
    verified: tuple[Path, Path, dict[str, ClaimRow]], tmp_path: Path, block: str, verdict: str, checkpoints: slice
) -> None:
    """A block is changed at the end, or alike at all checkpoints: then the path is constant, at the wrong place."""
    store = tmp_path / "store"
    shutil.copytree(verified[1], store)
    plan = Plan.model_validate_json((store / "plan.json").read_text())
    job = next(job.digest for job in plan.train if job.name == "tune")
    opened = Store.open(store)
    record = opened.run_record(job, 1)
    assert record is not None
    arrays = {name: np.array(array) for name, array in opened.trajectory(job, 1).items()}
    arrays[f"{block}.weight"][checkpoints, 0] += 1.0
    opened.commit_run(record, arrays)
    for folder in ("evidence", "certificates"):
        shutil.rmtree(store / folder)
    path = tmp_path / "spec.cat"
    path.write_text(f"{SPECIFICATION}\nclaim still : {CLAIMS['still'][0]}\nclaim through : {CLAIMS['through'][0]}")
    found = rows(path, store)
    assert (found["still"].verdict, found["through"].verdict) == (verdict, verdict)
