"""Transformations between readings: exact where the layers between stay frozen, refuted where stored weights say that
they moved, vacuous where nothing could move."""

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
map f : R[4] -> R[8] = linear(8)
map bend : R[8] -> R[8] = tanh
map h : R[8] -> R[6] = linear(6) >> relu
map o : R[6] -> R[3] = linear(3)
probe X { from = d.test, size = 16 }
category P {
  object H = params(h)
  object A = params(f) * H * params(o)
  map mid : A -> H = project
  run gd : A@init -> A@gd { net = f >> bend >> h >> o, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1),
                            batch = 16, epochs = 2, seeds = 0..2 }
}
pullback F of mid : A -> H along mid(A@gd) { leg inc : F -> A  freeze H { buffers = fixed, mode = eval } }
run tune : F@init -> F@tuned { like = gd, epochs = 1 }
category Rep {
  object Z = cloud(on = X, dim = 8, normalise = none)
  object Y = cloud(on = X, dim = 6, normalise = none)
}
functor K : F -> Rep { object F |-> Z by activations(f, on = X)  run * |-> trace(every = 1 epoch) }
functor L : F -> Rep { object F |-> Z by activations(f >> bend, on = X)  run * |-> trace(every = 1 epoch) }
functor M : F -> Rep { object F |-> Y by activations(f >> bend >> h, on = X)  run * |-> trace(every = 1 epoch) }
transformation natural : L => M { F |-> layers(h) }
transformation further : K => M { F |-> layers(bend >> h) }
transformation bends : K => L { F |-> layers(bend) }
claim natural : natural expect exact
claim further : further expect exact
claim bends : bends expect vacuous
"""


def rows(specification: Path, store: Path) -> dict[str, ClaimRow]:
    return {row.name: row for row in verify(specification, store=store).claims}


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    directory = tmp_path_factory.mktemp("natural")
    (directory / "spec.cat").write_text(SPECIFICATION)
    rows(directory / "spec.cat", directory / "store")
    return directory / "spec.cat", directory / "store"


def moved(store: Path, block: str) -> None:
    """A tensor of one block of a run is changed at its end, as if it had been trained so."""
    plan = Plan.model_validate_json((store / "plan.json").read_text())
    job = next(job.digest for job in plan.train if job.name == "tune")
    opened = Store.open(store)
    record = opened.run_record(job, 1)
    assert record is not None
    arrays = {name: np.array(array) for name, array in opened.trajectory(job, 1).items()}
    arrays[f"{block}.weight"][-1, 0] += 1.0
    opened.commit_run(record, arrays)
    shutil.rmtree(store / "evidence")


def test_verdicts(verified: tuple[Path, Path]) -> None:
    found = rows(*verified)
    assert {name: row.verdict for name, row in found.items()} == {
        "natural": "exact",
        "further": "exact",
        "bends": "vacuous",
    }
    assert "16 examples at every checkpoint of tune" in found["natural"].method
    assert recheck(verified[1]).ok


@pytest.mark.parametrize(("block", "verdict"), [("h.0", "refuted"), ("f.0", "exact"), ("o.0", "exact")])
def test_weights_that_moved(verified: tuple[Path, Path], tmp_path: Path, block: str, verdict: str) -> None:
    store = tmp_path / "store"
    shutil.copytree(verified[1], store)
    moved(store, block)
    found = rows(verified[0], store)
    assert (found["natural"].verdict, found["further"].verdict) == (verdict, verdict)
    if verdict == "refuted":
        assert found["natural"].evidence[0].startswith("seed 1, step 7: activations[")
