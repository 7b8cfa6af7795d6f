"""Networks and data that everybody knows, where the user has them: CATLEARN_DATA names their directory."""

import os
from pathlib import Path

import pytest

from catlearn import verbs
from catlearn.plan.ir import Plan
from catlearn.store.store import Store

REAL = Path(os.environ.get("CATLEARN_DATA", "/nonexistent"))
SPECIFICATION = """
dataset d {{ source = {source} }}
map net : {shape} -> R[10] = {layers}
category P {{
  object A = params(net)
  run a : A@init -> A@a {{ net = net, data = d, loss = cross_entropy, optimiser = {rule},
                          batch = {batch}, epochs = {epochs}, seeds = 0..0 }}
}}
"""
LENET = (
    "conv2d(6, 5, padding = 2) >> relu >> maxpool(2) >> conv2d(16, 5) >> relu >> maxpool(2) >> flatten"
    " >> linear(120) >> relu >> linear(84) >> relu >> linear(10)"
)
"""After LeCun, Bottou, Bengio and Haffner (1998), with rectifiers and maxima."""


def here(name):
    """Marks a test of minutes that needs a folder of data."""
    reason = f"CATLEARN_DATA names no folder with {name}"
    return [pytest.mark.nightly, pytest.mark.skipif(not (REAL / name).is_dir(), reason=reason)]


def record(directory, **fields):
    """The record of the one run of a specification."""
    path = directory / "spec.cat"
    path.write_text(SPECIFICATION.format(**fields))
    verbs.run(path)
    store = Store(verbs.default_store(path))
    (job,) = Plan.model_validate_json(store.read_text("plan.json")).train
    return store.run_record(job.digest, 0)


@pytest.mark.parametrize("name", [pytest.param("mnist", marks=here("mnist"))])
def test_lenet_reads_mnist(tmp_path, name):
    rule = "adam(lr = 0.001)"
    found = record(tmp_path, source=name, shape="R[1, 28, 28]", layers=LENET, rule=rule, batch=64, epochs=5)
    assert found.status == "completed"
    assert found.test_accuracy[0] < 0.3
    assert found.test_accuracy[-1] >= 0.985


@pytest.mark.parametrize("name", [pytest.param("cifar10", marks=here("cifar-10"))])
def test_resnet9_learns_the_subset_of_cifar10(tmp_path, name):
    """Much is not asked of 4,000 pictures in one epoch: that the loss falls and that it reads unseen pictures more than
    twice as well as chance."""
    rule = "adam(lr = 0.001)"
    found = record(tmp_path, source=name, shape="R[3, 32, 32]", layers="resnet9(10)", rule=rule, batch=50, epochs=1)
    assert found.status == "completed"
    assert found.train_loss[-1] < 0.85 * found.train_loss[0]
    assert found.test_accuracy[-1] > 0.25


EXAMPLE = Path(__file__).parents[2] / "examples" / "transfer.cat"


@pytest.mark.parametrize("names", [pytest.param("all", marks=[*here("mnist"), *here("usps"), *here("fashion-mnist")])])
def test_the_example_of_transfer_comes_out_as_it_says(tmp_path, names):
    """The claims on measured time and on work hold, those on accuracy as their comments say."""
    verification = verbs.verify(EXAMPLE, store=tmp_path / names)
    assert [row.name for row in verification.claims if not row.met] == []
