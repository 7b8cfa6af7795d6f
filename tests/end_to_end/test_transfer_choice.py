"""The choice behind examples/transfer.cat looks at held-out training examples alone, and takes the best candidate."""

import pytest
import torch

from catlearn import verbs
from catlearn.network.data import load
from catlearn.plan.ir import Plan
from catlearn.store.store import Store
from examples.transfer_choice import (
    CANDIDATES,
    CASES,
    EXAMPLE,
    WAYS,
    Candidate,
    Case,
    accuracies,
    chosen,
    declarations,
    rows,
    specification,
)

TEXT = """
dataset low  { source = sklearn.digits, classes = [0, 1, 2, 3, 4], test = 0.25, seed = 0 }
dataset high { source = sklearn.digits, train = 300, classes = [5, 6, 7, 8, 9], test = 0.25, seed = 0 }
map encoder : R[64] -> R[16] = linear(16) >> relu
map head    : R[16] -> R[5] = linear(5)
category Param { }
"""
SMALL = Case("encoder", "head", "low", "high")
FEW = tuple(Candidate(way, rate, epochs) for way in WAYS for rate, epochs in ((0.00001, 1), (0.01, 3)))


@pytest.fixture(scope="module")
def text() -> str:
    return specification(TEXT, SMALL, FEW, (300, 500))


@pytest.fixture(scope="module")
def found(text):
    return accuracies(text, FEW)


def test_what_is_held_out_is_neither_trained_nor_tested_on(tmp_path, text):
    path = tmp_path / "choice.cat"
    path.write_text(text)
    verbs.run(path)
    store = Store(verbs.default_store(path))
    plans = {data.name: data for data in Plan.model_validate_json(store.read_text("plan.json")).datasets}
    high, more = (load(plans[name], store) for name in ("high", "more"))
    assert torch.equal(more.train_inputs[:300], high.train_inputs)
    assert torch.equal(more.test_inputs, high.test_inputs)
    held_out = {bytes(each.numpy().tobytes()) for each in more.train_inputs[300:]}
    assert len(held_out) == 200
    assert held_out.isdisjoint(each.numpy().tobytes() for each in (*high.train_inputs, *high.test_inputs))


def test_a_claim_estimates_the_accuracy_on_what_is_held_out(tmp_path, text, found):
    path = tmp_path / "choice.cat"
    path.write_text(text)
    verbs.run(path)
    store = Store(verbs.default_store(path))
    plan = Plan.model_validate_json(store.read_text("plan.json"))
    more = load(next(data for data in plan.datasets if data.name == "more"), store)
    job = next(job for job in plan.train if job.name == "r5")  # the second candidate from nothing
    right = []
    for seed in (6, 7):
        weights = store.trajectory(job.digest, seed)
        right.append(read(weights, more.train_inputs[300:]) == more.train_labels[300:])
    assert found[FEW[5]] == pytest.approx(torch.cat(right).double().mean().item())


def read(weights, inputs):
    """What a dense network of one hidden layer reads, from the tensors at its last checkpoint."""
    first, second = (
        [torch.from_numpy(weights[f"{block}.{part}"][-1].copy()) for part in ("weight", "bias")]
        for block in ("encoder.0", "head.0")
    )
    hidden = torch.relu(inputs @ first[0].T + first[1])
    return (hidden @ second[0].T + second[1]).argmax(1)


def test_the_best_candidate_of_each_way_is_taken(found):
    for way in WAYS:
        best = chosen(found, way)
        assert best.way == way
        assert found[best] == max(found[each] for each in FEW if each.way == way)
        assert chosen(dict.fromkeys(FEW, 0.5), way).epochs == 1
    assert [line.split(" | ")[1:4] for line in rows("small", found)] == [
        [way, f"{chosen(found, way).rate:g}", str(chosen(found, way).epochs)] for way in WAYS
    ]


def test_each_way_to_train_has_the_same_candidates():
    searched = [{(each.rate, each.epochs) for each in CANDIDATES if each.way == way} for way in WAYS]
    assert searched[0] == searched[1] == searched[2]


@pytest.mark.parametrize("name", CASES)
def test_the_example_declares_what_the_choice_takes_from_it(name):
    case, text = CASES[name], EXAMPLE.read_text()
    known = declarations(text)
    assert all(f"map {block} " in known for block in (case.encoder, case.head))
    written = specification(text, case, CANDIDATES)
    assert "train = 5000," in written.partition("dataset more ")[2].partition("\n")[0]
    assert f"net = {case.encoder} >> {case.head}" in text
    assert written.count(".test)") == 0


def test_the_example_trains_at_the_rates_and_epochs_that_the_manual_says_were_chosen():
    manual = (EXAMPLE.parents[1] / "docs" / "transfer.md").read_text()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in manual.splitlines()]
    shown = {(row[0], row[1]): (row[2], row[3]) for row in cells if len(row) == 6 and row[1] in WAYS}
    assert shown.keys() == {(name, way) for name in CASES for way in WAYS}
    text = EXAMPLE.read_text()
    assert all(f"adam(lr = {rate} * cosine(epoch / {epochs}))" in text for rate, epochs in shown.values())
