"""Training away from the processor.

Without a GPU these tests train on torch's `meta` device, whose tensors have shapes and no numbers: a step that reads a
number back fails there, and what joins tensors of two devices is noticed. What numbers a GPU gives is tested where one
is (`test_gpu.py`).
"""

from contextlib import suppress

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from catlearn import verbs
from catlearn.cli import status
from catlearn.network import losses
from catlearn.network.data import load
from catlearn.network.device import CPU, reproducible
from catlearn.network.landscape import NetworkLandscape
from catlearn.network.randomness import initial_parameters
from catlearn.network.threads import single_threaded
from catlearn.plan.ir import FrozenBlock, Numerics
from catlearn.runs.executors import protocol
from catlearn.runs.lanes import End, begin, read_ends
from catlearn.runs.program import Lane
from catlearn.runs.shards import shards
from catlearn.runs.train import Training
from catlearn.store.forecast import forecast
from catlearn.store.store import Store
from tests.runs.factory import IRIS, SMALL, activation, adam, heavy_ball, linear, plan, sgd, small_job
from tests.runs.reading import paths_of
from tests.runs.test_kills import JOINT
from tests.runs.test_layers import NETWORKS
from tests.runs.test_layers import TEXT as LAYERED

META = torch.device("meta")
DEEP = (linear("a", 4, 8), activation("tanh", 8), linear("b", 8, 8), activation("relu", 8), linear("c", 8, 3))


class OneDevice(TorchDispatchMode):
    """Collects the operations that join tensors of several devices, copies from one to another aside; and how many
    matrices each product multiplies. Numbers of no dimension may come from the processor, as for torch itself."""

    MOVES = (torch.ops.aten.copy_.default, torch.ops.aten._to_copy.default)

    def __init__(self):
        super().__init__()
        self.mixed, self.products = set(), set()

    def __torch_dispatch__(self, operation, types, arguments=(), keywords=None):
        tensors = [leaf for leaf in tree_leaves((arguments, keywords)) if isinstance(leaf, torch.Tensor)]
        if len({tensor.device for tensor in tensors if tensor.dim()}) > 1 and operation not in self.MOVES:
            self.mixed.add(str(operation))
        if operation.overloadpacket in (torch.ops.aten.bmm, torch.ops.aten.baddbmm) and tensors[0].device == META:
            self.products.add(len(tensors[0]))
        return operation(*arguments, **(keywords or {}))


class Enough(Exception):
    """Steps enough."""


def stepped(program, begun, steps=3):
    """What a few steps do, none of which keeps a checkpoint."""

    def watch(training):
        if training.count == steps:
            raise Enough

    with single_threaded(), OneDevice() as seen, pytest.raises(Enough):
        Training(program, begun).advance(watch)
    return seen


@pytest.fixture(scope="module", params=NETWORKS)
def layered(request, tmp_path_factory):
    """The plan of each family of layers, and a store with its data and all that its last run starts from."""
    shape, source, body, head = NETWORKS[request.param]
    path = tmp_path_factory.mktemp("devices") / f"{request.param}.cat"
    path.write_text(LAYERED.format(shape=shape, source=source, body=body, head=head))
    verbs.run(path, executor="inline")
    return verbs.compile(path), Store(verbs.default_store(path))


def beginnings(found, store):
    """The lanes of each run of a plan on another device, where they begin."""
    (dataset,) = found.datasets
    data = load(dataset, store)
    for made in found.train:
        lanes = [Lane(made, seed) for seed in made.seeds]
        with OneDevice() as seen:
            program, begun = begin(lanes, [read_ends(store, lane) for lane in lanes], [data], META, 5)
        yield seen.mixed, program, begun


def test_a_step_of_every_layer_stays_on_its_device_and_reads_nothing_back(layered):
    for mixed, program, begun in beginnings(*layered):
        assert mixed | stepped(program, begun).mixed == set()
        assert program.device == META


def test_a_step_of_a_joint_run_stays_on_its_device(tmp_path):
    path = tmp_path / "joint.cat"
    path.write_text(JOINT)
    found, store = verbs.compile(path), Store.open(tmp_path / "store")
    lanes = [Lane(found.train[0], seed) for seed in (0, 1)]
    datasets = {dataset.digest: dataset for dataset in found.datasets}
    data = [load(datasets[digest], store) for digest in found.train[0].datasets]
    program, begun = begin(lanes, [{}] * 2, data, META, 3)
    assert len(program.tasks) == 2
    assert stepped(program, begun).mixed == set()


@pytest.mark.parametrize("loss", ["cross_entropy", "mse", "hinge"])
@pytest.mark.parametrize("batch", [16, 50])
def test_a_step_of_every_loss_and_rule_stays_on_its_device(data, loss, batch):
    """Batches of 50 leave 20 examples over, whose gradient is autograd's."""
    of = {"loss": loss, "batch": batch, "keep_last": batch == 50, "clip": 0.1, "steps": 12, "checkpoint_every": 12}
    lanes = [Lane(small_job(rule=update, **of), 2) for update in (sgd(), heavy_ball(), adam())]
    program, begun = begin(lanes, [{}] * 3, [data[IRIS.digest]], META, 4)
    seen = stepped(program, begun, 5)
    assert seen.mixed == set()
    assert seen.products == {4}


def test_evaluation_stays_on_its_device(data):
    """Until the losses are read back, to see whether they are finite."""
    raw = data[IRIS.digest].to(META)
    landscape = NetworkLandscape(SMALL, raw.train_inputs, raw.train_labels)
    points = torch.empty(7, landscape.space.dimension, device=META)
    with OneDevice() as seen, pytest.raises(RuntimeError, match="meta"):
        landscape.loss_and_accuracy(points)
    assert seen.mixed == set()


def test_saboteur_an_index_on_the_processor_is_noticed(data, monkeypatch):
    def elsewhere(outputs, labels):
        rows = torch.arange(outputs.shape[1]).expand(len(outputs), outputs.shape[2], -1)
        return outputs.gather(1, rows.mT)[:, 0] * labels

    monkeypatch.setitem(losses.LOSSES, "hinge", elsewhere)
    lanes = [Lane(small_job(loss="hinge"), 1)]
    assert "aten.gather.default" in stepped(*begin(lanes, [{}], [data[IRIS.digest]], META)).mixed


def test_saboteur_a_number_read_back_is_noticed(data, monkeypatch):
    monkeypatch.setitem(losses.LOSSES, "hinge", lambda outputs, _: outputs.sum(1) * outputs.sum().item())
    program, begun = begin([Lane(small_job(loss="hinge"), 1)], [{}], [data[IRIS.digest]], META)
    with pytest.raises(RuntimeError, match="meta"), single_threaded():
        Training(program, begun).advance(lambda _: None)


def settings():
    """What of torch's arithmetic decides on bits."""
    cuda, cudnn = torch.backends.cuda, torch.backends.cudnn
    return (
        cuda.matmul.fp32_precision,
        cudnn.conv.fp32_precision,
        cudnn.benchmark,
        torch.get_deterministic_debug_mode(),
        torch.utils.deterministic.fill_uninitialized_memory,
    )


def test_arithmetic_on_a_gpu_is_float32_and_torch_is_left_as_it_was():
    before = settings()
    with suppress(Enough), reproducible(torch.device("cuda")):
        inside = settings()
        raise Enough
    assert inside == ("ieee", "ieee", False, 1, False)
    assert settings() == before != inside
    with reproducible(CPU):
        assert settings() == before


# Programs that are filled up.


def test_lanes_that_fill_a_program_up_leave_no_trace(data):
    """Rules of two structures, of which the lanes end at two times."""
    lanes = [Lane(small_job(rule=update, steps=steps), 1) for update in (adam(), sgd(0.1)) for steps in (7, 14)]
    (program, begun), (filled, same) = (begin(lanes, [{}] * 4, [data[IRIS.digest]], CPU, least) for least in (1, 9))
    with single_threaded():
        left, right = (list(paths_of(each, paths).items()) for each, paths in ((program, begun), (filled, same)))
    assert [lane for lane, _ in left] == [lane for lane, _ in right]
    for (_, one), (_, other) in zip(left, right, strict=True):
        assert torch.equal(one.checkpoints, other.checkpoints)
        assert torch.equal(one.losses, other.losses)
        assert all(map(torch.equal, one.end.states, other.end.states))


@pytest.mark.parametrize("seeds", [1, 3, 6])
def test_products_of_a_program_have_one_number_of_lanes(data, seeds):
    lanes = [Lane(small_job(), seed) for seed in range(seeds)]
    for least, found in ((1, seeds), (6, 6)):
        assert stepped(*begin(lanes, [{}] * seeds, [data[IRIS.digest]], META, least)).products == {found}


@pytest.mark.parametrize("seeds", [1, 3])
def test_frozen_prefixes_are_evaluated_in_products_of_one_number_of_encoders(data, seeds):
    whole = small_job(layers=DEEP)
    made = small_job(layers=DEEP, frozen=tuple(FrozenBlock(block=name, run=whole.digest) for name in ("a", "b")))
    lanes = [Lane(made, seed) for seed in range(seeds)]
    ends = [{whole.digest: End(initial_parameters(DEEP, seed), 0, 0)} for seed in range(seeds)]
    with OneDevice() as seen:
        program, _ = begin(lanes, ends, [data[IRIS.digest]], META, 6)
    assert seen.products == {6}
    (task,) = program.tasks
    assert len(task.train.inputs) == seeds


def test_memory_that_does_not_suffice_on_a_gpu_is_no_reason_to_try_fewer(spec, monkeypatch):
    """Programs are filled up, so that fewer lanes take as much."""
    tried = []

    def refused(_plan, _store, shard, _progress):
        tried.append(len(shard.lanes))
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(protocol, "train_shard", refused)
    found = verbs.run(spec, device="cuda", executor="inline")
    assert tried == [2]
    assert {row.reason for row in found.runs if row.name == "a"} == {
        "there was not enough memory on the GPU; give fewer --lanes"
    }
    assert verbs.run(spec, device="cpu", executor="inline").runs[0].status == "failed"
    assert tried[1:] == [2, 1, 1]


def on_a_gpu(found, lanes):
    return found.model_copy(update={"numerics": Numerics(device="cuda", lanes=lanes, torch="", numpy="")})


@pytest.mark.parametrize(("lanes", "sizes"), [(3, [3, 3, 1]), (64, [7])])
@pytest.mark.parametrize("workers", [1, 16])
def test_a_program_on_a_gpu_has_the_lanes_that_its_numerics_say(lanes, sizes, workers):
    made = small_job(seeds=tuple(range(7)))
    missing = {(made.digest, seed) for seed in made.seeds}
    assert [len(shard.lanes) for shard in shards(on_a_gpu(plan(made), lanes), missing, workers)] == sizes


# What is asked for.

SPECIFICATION = """
dataset iris { source = sklearn.iris, test = 0.2, transform = standardise }
map net : R[4] -> R[3] = linear(8) >> tanh >> linear(3)
landscape bowl(x, y) on [-1, 1]^2 = x^2 + y^2
category P {
  object A = params(net)
  run a : A@init -> A@a { net = net, data = iris, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16,
                          epochs = 9, seeds = 0..1 }
}
category Q {
  object B = params(bowl)
  run down : B@s -> B@t { start = [0.5, 0.5], optimiser = sgd(lr = 0.1), steps = 5 }
}
claim learns : accuracy(a, on = iris.test) >= 0.5 { confidence = 0.6 }
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "spec.cat"
    path.write_text(SPECIFICATION)
    return path


def digests(found):
    return [job.digest for job in found.train], [job.digest for job in found.descend]


def test_the_device_and_its_lanes_are_in_the_digest_of_runs_of_networks_only(spec):
    cpu, same, cuda, wide = (
        digests(verbs.compile(spec, device=device, lanes=lanes))
        for device, lanes in ((None, None), ("cpu", None), ("cuda", None), ("cuda", 512))
    )
    assert cpu == same
    assert len({runs[0] for runs, _ in (cpu, cuda, wide)}) == 3
    assert cpu[1] == cuda[1] == wide[1]
    assert digests(verbs.compile(spec, device="cuda", lanes=64)) == cuda


def test_a_gpu_that_is_not_there_is_refused_and_what_is_stored_is_kept(spec, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    done = verbs.run(spec)
    stored = {file: file.read_bytes() for file in (spec.parent / "spec.catlearn" / "runs").rglob("seed-*")}
    with pytest.raises(verbs.UnknownDevice, match=r"cannot train on the device `cuda`: .*the device `cpu`"):
        verbs.run(spec, device="cuda")
    assert all(file.read_bytes() == content for file, content in stored.items())
    again = verbs.verify(spec, device="cpu")
    assert len(stored) == 6
    assert [row.status for row in done.runs] == ["completed"] * 3
    assert again.claims[0].verdict == "supported"


def test_the_device_is_that_of_the_plan_in_the_store_where_none_is_asked_for(spec, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(verbs.UnknownDevice):
        verbs.run(spec, device="cuda", lanes=8)
    assert verbs.compile(spec).numerics == verbs.compile(spec, device="cuda", lanes=8).numerics
    assert verbs.compile(spec, device="cuda").numerics.lanes == 8
    assert verbs.compile(spec, store=spec.parent / "another").numerics.device == "cpu"
    verbs.run(spec, device="cpu")
    assert verbs.compile(spec).numerics.device == "cpu"


def test_lanes_are_for_a_gpu(spec):
    with pytest.raises(verbs.UnknownDevice, match="lanes is for training on a GPU"):
        verbs.compile(spec, lanes=8)
    for device, lanes in (("cpu", 8), ("cuda", None)):
        with pytest.raises(ValueError, match="`lanes` is given on a GPU"):
            Numerics(device=device, lanes=lanes, torch="", numpy="")


def test_what_was_trained_on_another_device_does_not_predict_the_time(spec):
    verbs.run(spec)
    store = Store(verbs.default_store(spec))
    more = tuple(range(2, 5))
    here, there = (verbs.compile(spec, device=device, add_seeds=more) for device in ("cpu", "cuda"))
    assert forecast(here, store).seconds is not None
    assert forecast(there, store).seconds is None


def test_the_command_line_takes_a_device(spec, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert status(["compile", str(spec), "--device", "cuda", "--lanes", "8"]) == 0
    assert "device  cuda, 8 lanes side by side" in capsys.readouterr().out
    assert status(["verify", str(spec), "--device", "cuda"]) == 2
    assert "error: cannot train on the device `cuda`" in capsys.readouterr().err
    assert status(["verify", str(spec), "--device", "cpu"]) == 0
    assert "device" not in capsys.readouterr().out
