"""Joint runs: networks that share a block, trained in a pullback, against a loop of torch that knows nothing of it."""

import numpy as np
import pytest
import torch
from torch.nn.functional import batch_norm, cross_entropy, linear, relu

from catlearn import verbs
from catlearn.evidence.measure import values_of
from catlearn.evidence.model import Model
from catlearn.network.data import load
from catlearn.network.randomness import data_order
from catlearn.network.threads import single_threaded
from catlearn.plan.ir import MeasurePlan, Plan
from catlearn.runs import partial
from catlearn.runs.lanes import begin
from catlearn.runs.program import Lane
from catlearn.runs.shards import Shard, train_shard
from catlearn.store.store import Store
from tests.runs.reading import paths_of

TEXT = """
dataset low   {{ source = sklearn.digits, classes = [0, 1, 2, 3, 4], test = 0.25, seed = 0 }}
dataset high  {{ source = sklearn.digits, classes = [5, 6, 7, 8, 9], test = 0.25, seed = 0 }}
dataset few   {{ source = sklearn.digits, classes = [5, 6, 7, 8, 9], train = 200, test = 100, seed = 1 }}
map encoder : R[64] -> R[16] = {encoder}
map head    : R[16] -> R[5] = linear(5)
category Param {{
  object E = params(encoder)
  object H = params(head)
  object A = E * H
  object B = E * H
  map of_a : A -> E = project
  map of_b : B -> E = project
  map shared : P -> E = project
  map same : B -> B = project
{inside}
}}
pullback P of of_a : A -> E along of_b : B -> E {{ leg p : P -> A, leg q : P -> B }}
run both : P@init -> P@both {{
  net = [encoder >> head, encoder >> head], data = [low, high], loss = cross_entropy,
  optimiser = heavy_ball(lr = 0.05, m = 0.5), batch = 64, epochs = 3, seeds = {seeds}
}}
"""
LINEAR, NORMALISED = "linear(16) >> relu", "linear(16) >> batchnorm >> relu"


class Verified:
    """A specification that was verified: its verdicts, and what its runs left."""

    def __init__(self, folder, after="", inside="", encoder=LINEAR, seeds="0..1"):
        path = folder / "joint.cat"
        path.write_text(TEXT.format(encoder=encoder, inside=inside, seeds=seeds) + after)
        self.verification = verbs.verify(path)
        self.store = Store(verbs.default_store(path))
        self.plan = Plan.model_validate_json(self.store.read_text("plan.json"))

    @property
    def verdicts(self):
        return {row.name: row.verdict for row in self.verification.claims}

    def job(self, name):
        return next(job for job in self.plan.train if job.name == name)

    def weights(self, name, seed):
        """All checkpoints (checkpoints, …) of a run by `block.tensor`, without its optimiser's state."""
        arrays = self.store.trajectory(self.job(name).digest, seed)
        return {key: array for key, array in arrays.items() if not key.startswith("state:")}

    def data(self, name):
        plan = next(found for found in self.plan.datasets if found.name == name)
        return plan.digest, load(plan, self.store)


def network(values, head, inputs, buffers):
    """Logits of an encoder, with or without normalisation, and a head; running statistics move in training."""
    hidden = linear(inputs, values["encoder.0.weight"], values["encoder.0.bias"])
    if buffers:
        statistics = buffers["encoder.1.running_mean"], buffers["encoder.1.running_var"]
        hidden = batch_norm(hidden, *statistics, values["encoder.1.weight"], values["encoder.1.bias"], training=True)
    return linear(relu(hidden), values[f"{head}.weight"], values[f"{head}.bias"])


def by_torch(begin, tasks, seed, steps, fixed=()):
    """The end of joint training by a plain loop: of each task a batch at a time, its dataset anew when it is through;
    tensors stay whose names begin as `fixed`. `tasks` are triples of a head, a dataset's digest and its arrays."""
    values = {name: torch.tensor(array[0]) for name, array in begin.items()}
    buffers = {name: values.pop(name) for name in list(values) if "running" in name}
    trained = [value.requires_grad_() for name, value in values.items() if not name.startswith(fixed)]
    rule = torch.optim.SGD(trained, lr=0.05, momentum=0.5)
    for step in range(steps):
        loss = torch.zeros(())
        for head, digest, data in tasks:
            epoch, position = divmod(step, len(data.train_labels) // 64)
            rows = data_order(digest, seed, epoch, len(data.train_labels))[64 * position : 64 * (position + 1)]
            loss = loss + cross_entropy(
                network(values, head, data.train_inputs[rows], buffers), data.train_labels[rows]
            )
        rule.zero_grad()
        loss.backward()
        rule.step()
    return {name: value.detach().numpy() for name, value in {**values, **buffers}.items()}


def assert_close(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(found[name][-1], array, rtol=2e-4, atol=2e-6, err_msg=name)


HEADS = ("head.0", "head.0'")


@pytest.mark.parametrize("encoder", [LINEAR, NORMALISED])
def test_both_networks_move_the_shared_block_as_a_plain_loop_does(tmp_path, encoder):
    made = Verified(tmp_path, encoder=encoder)
    for seed in (0, 1):
        weights = made.weights("both", seed)
        tasks = [(head, *made.data(name)) for head, name in zip(HEADS, ("low", "high"), strict=True)]
        end = by_torch(weights, tasks, seed, made.job("both").steps)
        assert_close(weights, end)
        alone = by_torch(weights, tasks[:1], seed, made.job("both").steps)
        moved = np.abs(alone["encoder.0.weight"] - end["encoder.0.weight"]).max()
        assert moved > 1e-2, "the other network's part of the gradient is nothing"


INSIDE = """
  run right : B@init -> B@right {
    net = encoder >> head, data = high, loss = cross_entropy,
    optimiser = heavy_ball(lr = 0.05, m = 0.5), batch = 64, epochs = 1, seeds = 0..1
  }
  run half : P@init -> P@half { like = both, epochs = 2 }
  run rest : P@half -> P@both { like = both, epochs = 1, resume = half }
  law resume : half >> rest == both
"""
AFTER = """
pullback F of shared : P -> E along of_b(B@right) { leg i : F -> P  freeze E { buffers = fixed, mode = eval } }
pullback Q of q : P -> B along same(B@right) { leg j : Q -> P  freeze B { } }
run heads  : F@init -> F@heads { like = both }
run others : Q@init -> Q@others { like = both }
run uneven : P@init -> P@uneven { like = both, data = [low, few] }
claim resumes : resume expect exact
claim kept    : constant(shared, along = heads) expect exact
claim moved   : constant(shared, along = both) expect refuted
claim whole   : constant(q, along = others) expect exact
claim counted : trained_parameters(both) == 1210 and trained_parameters(heads) == 170
claim learnt  : loss(both, on = low.test) <= loss(both, on = high.test) + 10
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return Verified(tmp_path_factory.mktemp("joint"), AFTER, INSIDE)


def test_claims_about_joint_runs_are_decided(whole):
    assert {row.name for row in whole.verification.claims if not row.met} == set()


def test_a_measure_on_data_is_of_the_network_that_learns_them(whole):
    weights = {seed: whole.weights("both", seed) for seed in (0, 1)}
    for name, head in zip(("low", "high"), HEADS, strict=True):
        _, data = whole.data(name)
        shares = []
        for seed in (0, 1):
            end = {key: torch.tensor(array[-1]) for key, array in weights[seed].items()}
            right = network(end, head, data.test_inputs, {}).argmax(1) == data.test_labels
            shares.append(right.double().mean().item())
        job = whole.job("both")
        model = Model(whole.plan, whole.store)
        for task, dataset in enumerate(job.datasets):
            measure = MeasurePlan(name="accuracy", run=job.digest, dataset=dataset, split="test", task=task)
            expected = shares if dataset == whole.data(name)[0] else None
            assert expected is None or values_of(model, measure).values == pytest.approx(expected)


def test_blocks_frozen_in_a_pullback_stay_where_the_other_run_left_them(whole):
    for seed in (0, 1):
        right = whole.weights("right", seed)
        kept = {"heads": {"encoder.0": "encoder.0"}, "others": {"encoder.0": "encoder.0", "head.0'": "head.0"}}
        for name, blocks in kept.items():
            weights = whole.weights(name, seed)
            tasks = [(head, *whole.data(data)) for head, data in zip(HEADS, ("low", "high"), strict=True)]
            fixed = tuple(f"{block}." for block in blocks)
            assert_close(weights, by_torch(weights, tasks, seed, whole.job(name).steps, fixed))
            for block, there in blocks.items():
                for tensor in ("weight", "bias"):
                    for point in weights[f"{block}.{tensor}"]:
                        np.testing.assert_array_equal(point, right[f"{there}.{tensor}"][-1])


def test_a_shorter_dataset_begins_anew_and_an_epoch_is_of_the_longest(whole):
    steps = whole.job("uneven").steps
    assert steps == whole.job("both").steps
    weights = whole.weights("uneven", 0)
    tasks = [(head, *whole.data(name)) for head, name in zip(HEADS, ("low", "few"), strict=True)]
    assert len(tasks[1][2].train_labels) // 64 < steps // 3
    assert_close(weights, by_torch(weights, tasks, 0, steps))


def test_bits_depend_neither_on_other_seeds_nor_on_an_interruption(whole, tmp_path):
    other = Verified(tmp_path, seeds="1..2")
    assert other.job("both").digest == whole.job("both").digest
    lanes = [Lane(whole.job("both"), 0)]
    store = Store.open(tmp_path / "stopped")
    data = [whole.data(name)[1] for name in ("low", "high")]
    program, begun = begin(lanes, [{}], data)
    found = partial.read(store, lanes[0])[0]

    def stop(training):
        if training.count == 17:
            partial.append(store, found, training.paths()[0])
            raise InterruptedError

    with single_threaded(), pytest.raises(InterruptedError):
        paths_of(program, begun, stop)
    train_shard(whole.plan, store, Shard(((lanes[0].job.digest, 0),)), lambda *_: None)
    assert store.run_record(lanes[0].job.digest, 0).trajectory_sha256 == sha(whole, 0)
    assert sha(other, 1) == sha(whole, 1)
    assert sha(whole, 0) != sha(whole, 1)


def sha(verified, seed):
    return verified.store.run_record(verified.job("both").digest, seed).trajectory_sha256


def test_recheck_agrees_without_training(whole):
    assert verbs.recheck(whole.store.root).ok


FIBRES = """
dataset digits {{ source = sklearn.digits, test = 0.25, seed = 0 }}
map encoder : R[64] -> R[16] = linear(16) >> relu
map middle  : R[16] -> R[16] = linear(16) >> relu
map head    : R[16] -> R[10] = linear(10)
category Param {{
  object E = params(encoder)
  object M = params(middle)
  object A = E * M * params(head)
  map enc : A -> E = project
  map mid : A -> M = project
  map middle_of_f : F -> M = project
  map kept : G -> E = project
  run a : A@init -> A@a {{
    net = encoder >> middle >> head, data = digits, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 64,
    epochs = 1, seeds = 0..1
  }}
  run b : A@init -> A@b {{ like = a, epochs = 2 }}
}}
pullback F of enc : A -> E along enc(A@a) {{ leg i : F -> A  freeze E {{ }} }}
pullback G of middle_of_f : F -> M along mid(A@{point}) {{ leg j : G -> F  freeze M {{ }} }}
run tune : G@init -> G@tune {{ like = a }}
claim frozen : constant(kept, along = tune) expect exact
claim fewer : trained_parameters(tune) == 170
"""


@pytest.mark.parametrize("point", ["a", "b"])
def test_a_fibre_of_a_fibre_holds_each_block_where_it_was_frozen(tmp_path, point):
    """The pasting of two fibres: the encoder of one run and the middle of the other, of the same or of another one."""
    path = tmp_path / "fibres.cat"
    path.write_text(FIBRES.format(point=point))
    assert {row.verdict for row in verbs.verify(path).claims} == {"exact", "supported"}
    store = Store(verbs.default_store(path))
    jobs = {job.name: job.digest for job in Plan.model_validate_json(store.read_text("plan.json")).train}
    for seed in (0, 1):
        tune, a, other = (store.trajectory(jobs[name], seed) for name in ("tune", "a", point))
        np.testing.assert_array_equal(tune["encoder.0.weight"][-1], a["encoder.0.weight"][-1])
        np.testing.assert_array_equal(tune["middle.0.weight"][-1], other["middle.0.weight"][-1])
        assert (tune["head.0.weight"][-1] != tune["head.0.weight"][0]).any()


THREE = """
pullback T of shared : P -> E along of_a : A -> E { leg t : T -> P, leg u : T -> A }
run three : T@init -> T@three { like = both, net = [encoder >> head, encoder >> head, encoder >> head],
                                data = [low, high, few] }
"""


def test_a_pullback_of_a_pullback_has_three_networks(tmp_path):
    made = Verified(tmp_path, THREE)
    weights = made.weights("three", 1)
    heads = sorted(name.removesuffix(".weight") for name in weights if name.startswith("head") and "weight" in name)
    assert heads == ["head.0", "head.0'", "head.0''"]
    tasks = [(head, *made.data(name)) for head, name in zip(heads, ("low", "high", "few"), strict=True)]
    assert_close(weights, by_torch(weights, tasks, 1, made.job("three").steps))
