"""The universal property of pullbacks on trained weights: points that agree on what is shared come from one point."""

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from catlearn import verbs
from catlearn.plan.ir import Plan
from catlearn.store.store import Store

TEXT = """
dataset low  { source = sklearn.digits, classes = [0, 1, 2, 3, 4], test = 0.25, seed = 0 }
dataset high { source = sklearn.digits, classes = [5, 6, 7, 8, 9], test = 0.25, seed = 0 }
map encoder : R[64] -> R[8] = linear(8) >> relu
map head    : R[8] -> R[5] = linear(5)
category Param {
  object E = params(encoder)
  object A = E * params(head)
  object B = E * params(head)
  map of_a : A -> E = project
  map of_b : B -> E = project
  run a : A@init -> A@a { net = encoder >> head, data = low, loss = cross_entropy, optimiser = sgd(lr = 0.1),
                          batch = 64, epochs = 1, seeds = 0..1 }
  run apart : B@init -> B@apart { like = a, data = high }
}
pullback P of of_a : A -> E along of_b : B -> E { leg p : P -> A, leg q : P -> B }
pullback K of of_b : B -> E along of_a(A@a) { leg k : K -> B  freeze E { } }
run frozen : K@init -> K@frozen { like = a, data = high }
run both   : P@init -> P@both   { like = a, net = [encoder >> head, encoder >> head], data = [low, high] }
"""
CLAIMS = """
claim agree  : factors([A@a, k(K@frozen)], through = P) expect exact
claim differ : factors([A@a, B@apart], through = P) expect refuted
claim legs   : factors([p(P@both), q(P@both)], through = P) expect exact
claim mixed  : factors([A@a, q(P@both)], through = P) expect refuted
claim inside : factors([k(K@frozen)], through = K) expect exact
claim beside : factors([B@apart], through = K) expect refuted
"""


def verified(path, text):
    path.write_text(text)
    rows = {row.name: row for row in verbs.verify(path).claims}
    store = Store(verbs.default_store(path))
    return rows, store, Plan.model_validate_json(store.read_text("plan.json"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return verified(tmp_path_factory.mktemp("cone") / "cone.cat", TEXT + CLAIMS)


def test_points_factor_exactly_where_they_agree_on_what_is_shared(trained):
    rows, store, _ = trained
    assert {name: row.verdict for name, row in rows.items()} == {
        "agree": "exact",
        "differ": "refuted",
        "legs": "exact",
        "mixed": "refuted",
        "inside": "exact",
        "beside": "refuted",
    }
    assert "one point of P over them" in rows["agree"].method
    assert verbs.recheck(store.root).ok


def weights(store, plan, name, seed):
    """The end of a run by `block.tensor`."""
    job = next(found for found in plan.train if found.name == name)
    return {key: array[-1] for key, array in store.trajectory(job.digest, seed).items() if not key.startswith("state:")}


IMPORTED = """
run other : B@init -> B@other {{ source = "{folder}/seed-{{seed}}.safetensors", net = encoder >> head, data = high,
                                 loss = cross_entropy, seeds = 0..1 }}
claim agree : factors([A@a, B@other], through = P) expect {verdict}
"""


@pytest.mark.parametrize(
    ("tensor", "verdict"), [(None, "exact"), ("encoder.0.weight", "refuted"), ("head.0.bias", "exact")]
)
def test_one_number_of_the_shared_block_decides_and_is_named(trained, tmp_path, tensor, verdict):
    """A model of another program's files: as it was, with one number of the shared block moved by the least float, and
    with one of its own head moved, which is not shared."""
    _, store, plan = trained
    (tmp_path / "files").mkdir()
    for seed in (0, 1):
        moved = weights(store, plan, "frozen", seed)
        if tensor and seed == 1:
            moved[tensor] = moved[tensor].copy()
            moved[tensor].flat[3] = np.nextafter(moved[tensor].flat[3], np.float32(9))
        save_file(
            {name: np.ascontiguousarray(array) for name, array in moved.items()},
            tmp_path / f"files/seed-{seed}.safetensors",
        )
    assert load_file(tmp_path / "files/seed-0.safetensors").keys() == weights(store, plan, "frozen", 0).keys()
    rows, other, _ = verified(tmp_path / "cone.cat", TEXT + IMPORTED.format(folder="files", verdict=verdict))
    assert rows["agree"].verdict == verdict
    if verdict == "refuted":
        certificate = (other.root / rows["agree"].certificate).read_text()
        assert '"tensor": "encoder.0.weight"' in certificate.replace('":"', '": "')
