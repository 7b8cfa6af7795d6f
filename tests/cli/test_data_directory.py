"""Where the commands look for data: `--data DIR`, `CATLEARN_DATA`, else the table of official files."""

import numpy as np
import pytest

from tests.cli.command import catlearn, inside

SPEC = """dataset letters { source = mnist, reshape = [784], test = 10 }
map f : R[784] -> R[10] = linear(10)
category Param {
  object A = params(f)
  run r : A@init -> A@r { net = f, data = letters, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 10,
                          epochs = 1, seeds = 0..1 }
}
claim a : loss(r, on = letters.test) < 100
"""


@pytest.fixture
def spec(tmp_path):
    """A specification, beside a directory with thirty pictures under the name of MNIST."""
    (tmp_path / "data/mnist").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    arrays = {"x_train": pixels[:30], "y_train": np.arange(30) % 10, "x_test": pixels[30:], "y_test": np.arange(10)}
    np.savez(tmp_path / "data/mnist/few.npz", **arrays)
    (tmp_path / "spec.cat").write_text(SPEC)
    return tmp_path / "spec.cat"


def train_size(outcome):
    assert outcome.status == 0, outcome.err
    (dataset,) = outcome.document["datasets"]
    return dataset["train_size"]


def test_a_plan_has_the_sizes_of_the_files_that_are_found(spec):
    assert train_size(inside("compile", spec, "--json")) == 60000
    assert train_size(inside("compile", spec, "--json", "--data", spec.parent / "data")) == 30
    assert train_size(catlearn("compile", spec, "--json", CATLEARN_DATA=str(spec.parent / "data"))) == 30


def test_a_directory_that_is_not_there_is_a_mistake_of_usage(spec):
    assert inside("check", spec, "--data", spec.parent / "nowhere").status == 2


def test_the_verdicts_stand_without_the_directory(spec):
    done = inside("verify", spec, "--json", "--data", spec.parent / "data")
    assert [claim["verdict"] for claim in done.document["claims"]] == ["supported"]
    (spec.parent / "data/mnist/few.npz").unlink()
    assert inside("recheck", spec.with_suffix(".catlearn")).status == 0


def test_a_damaged_file_is_a_failure_of_the_command(spec):
    path = spec.parent / "data/mnist/few.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    done = inside("verify", spec, "--data", spec.parent / "data")
    assert (done.status, "few.npz" in done.err or "CRC" in done.err) == (4, True)
