"""Runs of networks beyond linear layers: they learn, they continue bit by bit, and frozen parts stay still."""

import pytest

from catlearn import verbs
from catlearn.plan.ir import Plan
from catlearn.runs.program import frozen_prefix
from catlearn.store.store import Store

TEXT = """
dataset digits {{ source = sklearn.digits, reshape = {shape} }}
map body : {source} -> R[16] = {body}
map head : R[16] -> R[10] = {head}
category P {{
  object E = params(body)
  object A = E * params(head)
  map enc : A -> E = project
  run a : A@init -> A@a {{ net = body >> head, data = digits, loss = cross_entropy, optimiser = adam(lr = 0.01),
                          batch = 64, epochs = 2, seeds = 0..1 }}
  run half : A@init -> A@mid {{ like = a, epochs = 1 }}
  run rest : A@mid -> A@a {{ like = half, resume = half }}
  law whole : half >> rest == a
}}
pullback F of enc : A -> E along enc(A@a) {{
  leg inc : F -> A
  freeze E {{ buffers = fixed, mode = eval }}
}}
run tune : F@init -> F@tuned {{ like = a, epochs = 1 }}
claim resumes : whole                                     expect exact
claim frozen  : constant(enc, along = tune)               expect exact
"""

IMAGE, ROWS = ("[1, 8, 8]", "R[1, 8, 8]"), ("[8, 8]", "R[8, 8]")
NETWORKS = {
    "convolution": (
        *IMAGE,
        "conv2d(4, 3, padding = 1) >> relu >> maxpool(2) >> skip(conv2d(4, 3, padding = 1) >> gelu) >> avgpool(2)"
        " >> flatten",
        "linear(10)",
    ),
    "normalised": (
        *IMAGE,
        "conv2d(4, 3, padding = 1) >> batchnorm >> relu >> maxpool(2) >> skip(conv2d(4, 3, padding = 1) >> batchnorm)"
        " >> groupnorm(2) >> flatten >> linear(16)",
        "batchnorm >> relu >> linear(10)",
    ),
    "transformer": (
        *ROWS,
        "positions >> skip(layernorm >> attention(2)) >> skip(layernorm >> mlp(16, 8, activation = gelu))"
        " >> layernorm >> flatten >> linear(16)",
        "tanh >> linear(10)",
    ),
    "attention": (*ROWS, "layernorm >> attention(2) >> flatten >> linear(16)", "tanh >> linear(10)"),
    "dropout": (
        "[64]",
        "R[64]",
        "linear(32) >> relu >> dropout(0.2) >> linear(16) >> relu",
        "dropout(0.2) >> skip(linear(16) >> tanh) >> dropout(0.1) >> linear(10)",
    ),
}
PREFIXES = {"convolution": 6, "normalised": 8, "transformer": 7, "attention": 5, "dropout": 5}
"""The layers before the first that trains or draws, where the body is frozen."""


@pytest.fixture(scope="module", params=NETWORKS)
def verified(request, tmp_path_factory):
    shape, source, body, head = NETWORKS[request.param]
    path = tmp_path_factory.mktemp("layers") / f"{request.param}.cat"
    path.write_text(TEXT.format(shape=shape, source=source, body=body, head=head))
    return request.param, verbs.verify(path), Store(verbs.default_store(path))


def test_every_claim_is_as_expected(verified):
    _, verification, _ = verified
    assert {row.name: row.verdict for row in verification.claims} == {"resumes": "exact", "frozen": "exact"}


def test_networks_learn(verified):
    store = verified[2]
    plan = Plan.model_validate_json(store.read_text("plan.json"))
    ends = [store.run_record(job.digest, seed) for job in plan.train if job.name in ("a", "tune") for seed in job.seeds]
    assert len(ends) == 4
    assert all(record.train_loss[-1] < 0.9 * record.train_loss[0] for record in ends if record.name == "a")
    assert min(record.test_accuracy[-1] for record in ends) > 0.3


def test_what_is_frozen_is_evaluated_once_up_to_what_draws(verified):
    name, _, store = verified
    plan = Plan.model_validate_json(store.read_text("plan.json"))
    tuned = next(job for job in plan.train if job.frozen)
    whole = next(job for job in plan.train if not job.frozen)
    assert [layer.operation for layer in whole.layers] == [layer.operation for layer in tuned.layers]
    assert frozen_prefix(tuned.layers, {block.block for block in tuned.frozen}) == PREFIXES[name]
    rates = [dict(layer.attributes)["p"] for layer in tuned.layers if layer.operation == "dropout"]
    assert rates == ([0.0, 0.2, 0.1] if name == "dropout" else [])


def test_recheck_agrees(verified):
    assert verbs.recheck(verified[2].root).ok
