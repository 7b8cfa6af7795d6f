"""A run of another program that is said to lie in a fibre: nothing here froze its encoder, so that the claims about it
can fail, and they fail with the first number that differs."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from catlearn.verbs import verify
from catlearn.verdict.documents import ClaimRow
from catlearn.verdict.recheck import recheck

SPECIFICATION = """
dataset d { source = sklearn.iris }
probe X { from = d.test, size = 16 }
map f : R[4] -> R[6] = linear(6) >> tanh
map g : R[6] -> R[5] = linear(5) >> tanh
map h : R[5] -> R[3] = linear(3)
category P {
  object E = params(f) * params(g)
  object A = E * params(h)
  map enc : A -> E = project
  run a : A@init -> A@a { net = f >> g >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16,
                          epochs = 3, seeds = 0..2 }
}
pullback F of enc : A -> E along enc(A@a) { leg inc : F -> A  freeze E { buffers = fixed, mode = eval } }
run tune : F@init -> F@tuned { like = a, epochs = 2 }
"""

FOREIGN = """
run foreign : F@init -> F@foreign { source = "runs/{seed}.safetensors", net = f >> g >> h, data = d,
                                    loss = cross_entropy, seeds = 0..2 }
category Rep {
  object Z = cloud(on = X, dim = 6, normalise = none)
  object Y = cloud(on = X, dim = 5, normalise = none)
}
functor L : P -> Rep {
  object A, E, F |-> Z by activations(f, on = X)
  map enc, inc |-> id(Z)
  run * |-> trace(every = 1 epoch)
}
functor Early : F -> Rep { object F |-> Z by activations(f, on = X)  run * |-> trace(every = 1 epoch) }
functor Late : F -> Rep { object F |-> Y by activations(f >> g, on = X)  run * |-> trace(every = 1 epoch) }
transformation natural : Early => Late { F |-> layers(g) }
claim through : compatible(inc, by = L, along = foreign)
claim still : constant(L, along = foreign)
claim blocks : constant(enc, along = foreign)
claim natural : natural
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a specification whose fine-tuning was run here."""
    folder = tmp_path_factory.mktemp("fibre")
    (folder / "spec.cat").write_text(SPECIFICATION + "claim blocks : constant(enc, along = tune)")
    (row,) = verify(folder / "spec.cat", store=folder / "store").claims
    assert row.verdict == "exact"
    return folder


def verdicts(trained: Path, folder: Path, block: str | None, checkpoint: int) -> dict[str, ClaimRow]:
    """The claims about the same files, of which one tensor was changed at a checkpoint."""
    plan = json.loads((trained / "store" / "plan.json").read_text())
    job = next(job["digest"] for job in plan["train"] if job["name"] == "tune")
    (folder / "runs").mkdir()
    for seed in range(3):
        arrays = load_file(trained / "store" / "runs" / job / f"seed-{seed}.safetensors")
        weights = {name: np.array(array) for name, array in arrays.items() if ":" not in name}
        if block is not None:
            weights[f"{block}.weight"][checkpoint, 0, 0] += 0.5
        save_file(weights, folder / "runs" / f"{seed}.safetensors")
    (folder / "spec.cat").write_text(SPECIFICATION + FOREIGN)
    found = {row.name: row for row in verify(folder / "spec.cat", store=folder / "store").claims}
    assert recheck(folder / "store").ok
    return found


@pytest.mark.parametrize(
    ("block", "checkpoint", "refuted"),
    [
        (None, 0, set()),
        ("h.0", -1, set()),
        ("f.0", -1, {"through", "still", "blocks"}),
        ("f.0", 0, {"through", "still", "blocks"}),
        ("g.0", -1, {"blocks", "natural"}),
    ],
)
def test_a_foreign_run_lies_in_the_fibre_or_the_number_says_where_not(trained, tmp_path, block, checkpoint, refuted):
    found = verdicts(trained, tmp_path, block, checkpoint)
    assert {name for name, row in found.items() if row.verdict == "refuted"} == refuted
    assert {row.verdict for name, row in found.items() if name not in refuted} == {"exact"}
    for name in refuted:
        assert found[name].evidence[0].startswith("seed 0, step")
        assert found[name].rests_on == ("run foreign, which was not trained here",)
