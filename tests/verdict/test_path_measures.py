"""Claims on measures of paths and of curvature: each with a sibling that differs in one value, its verdict flipped."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from catlearn.evidence.model import Model
from catlearn.plan.ir import Plan
from catlearn.store.store import Store
from catlearn.verbs import verify
from catlearn.verdict.certificate import Certificate
from catlearn.verdict.documents import ClaimRow
from catlearn.verdict.recheck import recheck

SPECIFICATION = """
dataset d { source = sklearn.iris }
map f : R[4] -> R[5] = linear(5) >> tanh
map h : R[5] -> R[3] = linear(3)
category P {
  object E = params(f)
  object A = E * params(h)
  map enc : A -> E = project
  run a : A@init -> A@a { net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.2),
                          batch = 28, epochs = 4, seeds = 0..3 }
  run b : A@init -> A@b { like = a, optimiser = sgd(lr = 0.1) }
  run wild : A@init -> A@wild { like = a, optimiser = sgd(lr = 8) }
}
pullback F of enc : A -> E along enc(A@a) { leg inc : F -> A, freeze E { buffers = fixed, mode = eval } }
run tune : F@init -> F@tuned { like = a, epochs = 1 }
landscape bowl(x, y) on [-2,2]^2 = 3 * x^2 + y^2 / 2
category B { object W = params(bowl)
  run roll : W@init -> W@end { optimiser = sgd(lr = 0.05), steps = 20, seeds = 0..3 } }
relation basin = dihomotopy { slack = 0.05 }
relation whole = dihomotopy { slack = 0.05, levels = 0.2..1.5 }
"""

CLAIMS = {
    "sharp": ("sharpness(a) >= 0.01", "supported"),
    "sharp-far": ("sharpness(a) >= 1000", "refuted"),
    "sharp-here": ("sharpness(a, on = d.test) <= 1000", "supported"),
    "sharp-tuned": ("sharpness(tune) >= 0.01", "supported"),
    "bowl": ("sharpness(roll) ~ 6 within 0.001", "supported"),
    "bowl-far": ("sharpness(roll) ~ 7 within 0.001", "refuted"),
    "longer": ("length(a) > length(b)", "supported"),
    "longer-far": ("length(b) > length(a)", "refuted"),
    "far-in-predictions": ("fisher_length(a) > fisher_length(b)", "supported"),
    "far-in-predictions-far": ("fisher_length(b) > fisher_length(a)", "refuted"),
    "descends": ("width(b, by = basin) <= 0.05", "supported"),
    "descends-far": ("width(wild, by = basin) <= 0.05", "refuted"),
    "not-so-low": ("width(b, by = whole) >= 0.05", "supported"),
    "near": ("height(a, b, by = basin) <= 0.05", "supported"),
    "near-far": ("height(a, wild, by = basin) <= 0.05", "refuted"),
    "near-open": ("height(a, wild, by = basin) <= 1000", "undecided"),
    "difference": ("height(a, b, by = basin) - width(b, by = basin) >= -0.1", "supported"),
    "rolls": ("width(roll, by = basin) <= 0.1", "supported"),
    "rolls-near": ("width(roll, by = basin) <= 0.001", "undecided"),
    "any-width": ("width(wild, by = basin) >= 0", "vacuous"),
}


@dataclass(frozen=True)
class Verified:
    store: Path
    rows: dict[str, ClaimRow]

    def values(self, claim: str) -> np.ndarray:
        path = self.store / "certificates" / f"{claim}.json"
        return np.array(json.loads(path.read_text())["finding"]["left"]["values"])


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    directory = tmp_path_factory.mktemp("paths")
    path, store = directory / "paths.cat", directory / "store"
    claims = [f"claim {name.replace('-', '_')} : {text}" for name, (text, _) in CLAIMS.items()]
    path.write_text("\n".join([SPECIFICATION, *claims]))
    return Verified(store, {row.name: row for row in verify(path, store=store).claims})


@pytest.mark.parametrize("claim", CLAIMS)
def test_verdict(verified: Verified, claim: str) -> None:
    row = verified.rows[claim.replace("-", "_")]
    assert row.verdict == CLAIMS[claim][1], (row.method, row.evidence)


def test_everything_rechecks(verified: Verified) -> None:
    found = recheck(verified.store)
    assert found.ok, [row for row in found.rows if not row.ok]


def test_an_edited_upper_end_is_found(verified: Verified) -> None:
    path = verified.store / "certificates" / "near_open.json"
    kept = path.read_text()
    content = json.loads(kept)
    assert content["finding"]["left"]["upper"][0] == "Infinity" or content["finding"]["left"]["upper"][0] > 0.05
    content["finding"]["left"]["upper"] = [0.0] * 4
    path.write_text(Certificate.model_validate_json(json.dumps(content)).sealed().to_json())
    assert not recheck(verified.store, "near_open").ok
    path.write_text(kept)


def test_what_is_known_between_two_numbers_says_so(verified: Verified) -> None:
    row = verified.rows["descends"]
    assert "between" in row.method
    assert any(line.startswith("left: mean between ") for line in row.evidence)
    assert "between" not in verified.rows["sharp"].method


def test_the_sharpness_is_that_of_torch_at_the_stored_weights(verified: Verified) -> None:
    store = Store(verified.store)
    model = Model(Plan.model_validate_json(store.read_text("plan.json") or ""), store, fresh=True)
    job = next(job for job in model.plan.train if job.name == "a")
    inputs, labels = model.split(job.dataset, "train")

    def loss(*weights: torch.Tensor) -> torch.Tensor:
        hidden = torch.tanh(functional.linear(inputs.double(), weights[0], weights[1]))
        return functional.cross_entropy(functional.linear(hidden, weights[2], weights[3]), labels)

    names = [f"{layer.block}.{tensor.name}" for layer in job.layers for tensor in layer.tensors]
    for found, member in zip(verified.values("sharp"), model.members(job.digest), strict=True):
        weights = tuple(torch.from_numpy(model.end(member)[name]).double() for name in names)
        blocks = torch.autograd.functional.hessian(loss, weights)
        sizes = [weight.numel() for weight in weights]
        rows = [[block.reshape(sizes[i], sizes[j]) for j, block in enumerate(row)] for i, row in enumerate(blocks)]
        hessian = torch.cat([torch.cat(row, 1) for row in rows])
        assert found == pytest.approx(float(torch.linalg.eigvalsh(hessian)[-1]), rel=1e-5)
