"""Runs that were trained elsewhere: what their files must hold, and that what is decided about them rests on that."""

import json
import shutil
import struct
from contextlib import suppress

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from safetensors.torch import save_file

from catlearn import verbs
from catlearn.network.data import load
from catlearn.runs.execute import execute
from catlearn.runs.imported import checkpoints, import_runs
from catlearn.store.store import Store, StoreError
from catlearn.theory.formats.checkpoints import matching, tensor_shapes
from catlearn.theory.formats.flaw import Flaw
from catlearn.theory.formats.patterns import is_pattern

SPEC = """
dataset d { source = sklearn.iris }
map enc  : R[4] -> R[8] = linear(8) >> tanh
map head : R[8] -> R[3] = linear(3)
category P {
  object E = params(enc)
  object A = E * params(head)
  map part : A -> E = project
  run theirs : A@init -> A@theirs { net = enc >> head, data = d, loss = cross_entropy, seeds = 0..2,
                                    source = "PATTERN" }
}
claim a : loss(theirs, on = d.test) < 4
"""
STEPS = (0, 5, 10)


def network():
    """The same layers as an `nn.Sequential`."""
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))


def trained(seed):
    """The state of a network at some steps of a plain loop of torch."""
    torch.manual_seed(seed)
    net, inputs, labels = network(), torch.randn(60, 4), torch.arange(60) % 3
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1)
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            yield step, {name: tensor.clone() for name, tensor in net.state_dict().items()}
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(inputs), labels).backward()
        optimiser.step()


OURS = {"0.weight": "enc.0.weight", "0.bias": "enc.0.bias", "2.weight": "head.0.weight", "2.bias": "head.0.bias"}


@pytest.fixture
def project(tmp_path):
    """A folder with the checkpoints of three seeds, one a file, under the names of torch."""
    for seed in range(3):
        for step, state in trained(seed):
            path = tmp_path / f"theirs/seed-{seed}/step-{step}.safetensors"
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file(state, path)
    return tmp_path


BY_STEP = "theirs/seed-{seed}/step-{step}.safetensors"


def written(folder, pattern=BY_STEP, more=""):
    (folder / "spec.cat").write_text(SPEC.replace("PATTERN", pattern) + more)
    return folder / "spec.cat"


def job_of(folder, pattern=BY_STEP):
    plan = verbs.compile(written(folder, pattern))
    return plan, plan.train[0]


def refusal(folder, pattern=BY_STEP):
    """The code and the message of the one diagnostic of what would be run."""
    with pytest.raises(verbs.SpecificationError) as found:
        verbs.compile(written(folder, pattern))
    ((code, message),) = [(found.code, found.message) for found in found.value.diagnostics if found.code != "unused"]
    return code, message


def test_records_say_what_torch_says_of_the_same_weights(project):
    plan, job = job_of(project)
    store = Store.open(project / "store")
    import_runs(plan, store)
    data = load(plan.datasets[0], store)
    for seed in range(3):
        record = store.run_record(job.digest, seed)
        assert (record.steps, record.status) == (STEPS, "completed")
        for place, (_, state) in enumerate(trained(seed)):
            net = network()
            net.load_state_dict(state)
            loss = torch.nn.functional.cross_entropy(net(data.train_inputs), data.train_labels).item()
            right = (net(data.test_inputs).argmax(1) == data.test_labels).double().mean().item()
            assert record.train_loss[place] == pytest.approx(loss, rel=1e-5)
            assert record.test_accuracy[place] == pytest.approx(right)
            assert np.array_equal(store.trajectory(job.digest, seed)["head.0.weight"][place], state["2.weight"].numpy())


def test_the_loss_is_the_one_that_is_named(project):
    spec = written(project)
    spec.write_text(spec.read_text().replace("cross_entropy", "mse"))
    plan, store = verbs.compile(spec), Store.open(project / "store")
    import_runs(plan, store)
    data, net = load(plan.datasets[0], store), network()
    net.load_state_dict([state for _, state in trained(2)][-1])
    expected = torch.nn.functional.one_hot(data.train_labels, 3).float()
    mean = torch.nn.functional.mse_loss(net(data.train_inputs), expected).item()
    assert store.run_record(plan.train[0].digest, 2).train_loss[-1] == pytest.approx(mean, rel=1e-5)


def test_own_names_and_whole_trajectories_give_the_same(project):
    for seed in range(3):
        states = [state for _, state in trained(seed)]
        (project / "own").mkdir(exist_ok=True)
        save_file(
            {ours: torch.stack([state[name] for state in states]) for name, ours in OURS.items()},
            project / f"own/{seed}.safetensors",
        )
    own = job_of(project, "own/*.safetensors")[1]
    named = job_of(project)[1]
    assert (own.imported.steps, named.imported.steps) == ((0, 1, 2), STEPS)
    for seed in range(3):
        ours, theirs = checkpoints(own, seed), checkpoints(named, seed)
        assert all(np.array_equal(ours[name], theirs[name]) for name in OURS.values())


def test_trajectories_of_another_store_come_back_bit_by_bit(project):
    lines = "optimiser = adam(lr = 0.01), batch = 16, epochs = 3, checkpoints = 5 steps"
    text = SPEC.replace('source = "PATTERN"', lines)
    (project / "trained.cat").write_text(text)
    plan, store = verbs.compile(project / "trained.cat"), Store.open(project / "store")
    execute(plan, store)
    job = plan.train[0]
    shutil.copytree(project / f"store/runs/{job.digest}", project / "copied")
    found = job_of(project, "copied/seed-{seed}.safetensors")[1]
    for seed in range(3):
        stored, read = store.trajectory(job.digest, seed), checkpoints(found, seed)
        assert all(np.array_equal(stored[name], read[name]) for name in OURS.values())


def test_one_file_is_one_checkpoint_of_one_seed(project):
    spec = written(project, "theirs/seed-1/step-10.safetensors")
    spec.write_text(spec.read_text().replace("seeds = 0..2", "seeds = 7..7"))
    job = verbs.compile(spec).train[0]
    assert job.imported.steps == (0,)
    assert checkpoints(job, 7)["enc.0.weight"].shape == (1, 8, 4)


def test_what_is_decided_says_that_it_was_not_trained_here_and_can_be_rechecked(project):
    found = verbs.verify(written(project))
    (claim,) = found.claims
    assert (claim.verdict, claim.rests_on) == ("supported", ("run theirs, which was not trained here",))
    shutil.rmtree(project / "theirs")
    assert verbs.recheck(project / "spec.catlearn").ok
    (project / "spec.catlearn/theory.json").write_text(
        (project / "spec.catlearn/theory.json").read_text().replace('"step": 5,', '"step": 6,')
    )
    assert not verbs.recheck(project / "spec.catlearn").ok


def test_a_sibling_claim_of_one_other_number_is_refuted(project):
    spec = written(project)
    spec.write_text(spec.read_text().replace("< 4", "< 0.01"))
    assert verbs.verify(spec).claims[0].verdict == "refuted"


def test_runs_begin_and_blocks_are_frozen_at_the_end_of_an_imported_run(project):
    more = """
category Q { object Z = cloud(on = X, dim = 8) }
probe X { from = d.test, size = 8 }
pullback F of part : P.A -> P.E along part(A@theirs) { leg inc : F -> P.A  freeze E { mode = eval } }
run tune : F@init -> F@tuned { net = enc >> head, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16,
                               epochs = 2, seeds = 0..2 }
run on : P.A@theirs -> P.A@on { like = tune }
claim frozen : constant(part, along = tune) expect exact
"""
    found = verbs.verify(written(project, more=more))
    assert [claim.verdict for claim in found.claims] == ["supported", "exact"]
    store, plan = Store.open(project / "spec.catlearn"), verbs.compile(project / "spec.cat")
    jobs = {job.name: job.digest for job in plan.train}
    _, last = list(trained(1))[-1]
    assert np.array_equal(store.trajectory(jobs["tune"], 1)["enc.0.weight"][-1], last["0.weight"].numpy())
    assert np.array_equal(store.trajectory(jobs["on"], 1)["head.0.bias"][0], last["2.bias"].numpy())


# Digests and changed files.


def test_other_bytes_are_another_job_and_the_same_bytes_elsewhere_are_not(project):
    before = job_of(project)[1].digest
    shutil.move(project / "theirs", project / "moved")
    assert job_of(project, BY_STEP.replace("theirs", "moved"))[1].digest == before
    save_file({**next(trained(5))[1]}, project / "moved/seed-0/step-5.safetensors")
    assert job_of(project, BY_STEP.replace("theirs", "moved"))[1].digest != before


def test_a_file_that_changed_since_the_plan_is_refused(project):
    _, job = job_of(project)
    path = project / "theirs/seed-1/step-5.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    checkpoints(job, 0)
    with pytest.raises(StoreError, match="not what the plan was made for"):
        checkpoints(job, 1)


def test_numbers_that_are_not_finite_are_refused(project):
    state = next(trained(0))[1]
    save_file({**state, "0.bias": torch.full((8,), torch.nan)}, project / "theirs/seed-0/step-5.safetensors")
    with pytest.raises(StoreError, match="not finite"):
        checkpoints(job_of(project)[1], 0)


# Files that do not fit.


def replaced(project, **changes):
    state = {**next(trained(0))[1]}
    for name, value in changes.items():
        state.pop(name.replace("_", "."), None)
        if value is not None:
            state[name.replace("_", ".")] = value
    save_file(state, project / "theirs/seed-2/step-5.safetensors")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"0_weight": torch.zeros(8, 5)}, "of shape (8, 5), required (8, 4)"),
        ({"2_bias": None}, "required `enc.0.weight`"),
        ({"4_bias": torch.zeros(3)}, "required `enc.0.weight`"),
        ({"0_bias": torch.zeros(8, dtype=torch.float64)}, "of type F64"),
        ({"0_bias": torch.zeros(2, 8)}, "required as many of each"),
    ],
)
def test_tensors_that_are_not_the_networks(project, changes, said):
    replaced(project, **changes)
    code, message = refusal(project)
    assert code == "shape-mismatch"
    assert said in message


def test_running_statistics_are_read_and_counters_passed_over(tmp_path):
    """The oracle is torch in eval mode."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    net(torch.randn(50, 4) * 3)
    net.eval()
    save_file(net.state_dict(), tmp_path / "7.safetensors")
    spec = written(tmp_path, "*.safetensors")
    spec.write_text(spec.read_text().replace("linear(8) >>", "linear(8) >> batchnorm >>").replace("0..2", "7..7"))
    plan, store = verbs.compile(spec), Store.open(tmp_path / "store")
    import_runs(plan, store)
    data = load(plan.datasets[0], store)
    loss = torch.nn.functional.cross_entropy(net(data.test_inputs), data.test_labels).item()
    assert store.run_record(plan.train[0].digest, 7).test_loss == (pytest.approx(loss, rel=1e-5),)
    (claim,) = verbs.verify(spec).claims
    assert claim.rests_on == ("run theirs, which was not trained here",)


def test_a_seed_without_files(project):
    shutil.rmtree(project / "theirs/seed-1")
    code, message = refusal(project)
    assert (code, "seed 1" in message) == ("missing-data", True)


def test_seeds_with_other_steps(project):
    (project / "theirs/seed-1/step-5.safetensors").rename(project / "theirs/seed-1/step-6.safetensors")
    assert "other steps of seed 1" in refusal(project)[1]


def test_two_files_of_one_seed_and_step(project):
    shutil.copy(project / "theirs/seed-1/step-5.safetensors", project / "theirs/seed-1/step-05.safetensors")
    assert "same seed and step" in refusal(project)[1]


def test_links_are_not_followed(project, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    shutil.move(project / "theirs", outside / "theirs")
    (project / "theirs").symlink_to(outside / "theirs")
    assert refusal(project)[0] == "missing-data"


@pytest.mark.parametrize(
    ("pattern", "good"),
    [
        ("a/*.safetensors", True),
        ("a/{seed}/{step}.safetensors", True),
        ("one.safetensors", True),
        ("a/{seed}-{seed}.safetensors", False),
        ("a/*-{seed}.safetensors", False),
        ("a/{epoch}.safetensors", False),
        ("a/{seed}.pt", False),
        ("a/[0-9]*.safetensors", True),
    ],
)
def test_patterns(pattern, good):
    assert is_pattern(pattern) is good


def test_a_star_holds_one_number(tmp_path):
    for name in ("seed-3", "4", "x5y", "6-7", "none"):
        (tmp_path / f"{name}.safetensors").touch()
    assert [file.seed for file in matching(tmp_path, "*.safetensors")] == [3, 4, 5]


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=60), st.integers(0, 70), st.none() | st.integers() | st.lists(st.integers() | st.booleans()))
def test_any_bytes_give_shapes_or_a_flaw(tmp_path_factory, content, length, value):
    path = tmp_path_factory.getbasetemp() / "a.safetensors"
    header = json.dumps({"a": value, "b": {"dtype": value, "shape": value}}).encode()
    for text in (content, struct.pack("<Q", length) + content, struct.pack("<Q", len(header)) + header):
        path.write_bytes(text)
        with suppress(Flaw):
            assert tensor_shapes(path) is not None


def test_headers_are_read_as_safetensors_reads_them(project):
    """The oracle is the library itself."""
    path = project / "theirs/seed-0/step-0.safetensors"
    assert tensor_shapes(path) == {name: array.shape for name, array in load_file(path).items()}
