"""Where a run stops being finite: at the batch, the weight or the evaluated loss that is the first not to be."""

from dataclasses import replace

import pytest
import torch

from catlearn.network.threads import single_threaded
from catlearn.runs.lanes import begin
from catlearn.runs.outcome import outcome
from catlearn.runs.train import train
from tests.runs.factory import IRIS, activation, linear, small_job

RELU = (linear("encoder.0", 4, 8), activation("relu", 8), linear("head.0", 8, 3))


@pytest.fixture(scope="module")
def trained(data):
    """A program of 14 steps with its path, checkpoints at 0, 7 and 14."""
    program, start = begin(small_job(layers=RELU), tuple(range(16)), data[IRIS.digest], {})
    with single_threaded():
        return program, train(program, start, lambda _: None)


def changed(path, step=None, checkpoint=None, name=None, value=torch.inf):
    """The path with one batch loss, or one number of one tensor at one checkpoint, of lane 2 replaced."""
    losses, checkpoints = path.losses.clone(), path.checkpoints.clone()
    if step is not None:
        losses[step - 1, 2] = value
    if checkpoint is not None:
        checkpoints[checkpoint, 2, name] = value
    return replace(path, losses=losses, checkpoints=checkpoints)


def first_of(program, tensor):
    """The position of the first number of a tensor in a point."""
    sizes = [(name, torch.Size(shape).numel()) for name, shape in program.network.tensors]
    return sum(size for name, size in sizes[: [name for name, _ in sizes].index(tensor)])


def came_to(program, path, lane=2):
    found = outcome(program, path, lane, before=100, seconds=0.0)
    return found.record, found.arrays


def test_a_finite_run_is_completed(trained):
    record, arrays = came_to(*trained)
    assert (record.status, record.reason, record.steps) == ("completed", None, (100, 107, 114))
    assert all(len(array) == 3 for array in arrays.values())


@pytest.mark.parametrize(("step", "kept"), [(1, 1), (7, 1), (8, 2), (14, 2)])
def test_a_batch_loss_that_is_not_finite_ends_the_run_before_its_step(trained, step, kept):
    program, path = trained
    record, arrays = came_to(program, changed(path, step=step))
    assert (record.status, record.reason) == ("diverged", f"the loss is not finite at step {100 + step}")
    assert record.steps == (100, 107, 114)[:kept]
    assert record.step == (0, 7, 14)[kept - 1]
    assert {len(array) for array in arrays.values()} == {kept}


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_weight_that_is_not_finite_ends_the_run_though_the_loss_does_not_see_it(trained, kept):
    program, path = trained
    dead = first_of(program, "encoder.0.bias")
    record, _ = came_to(program, changed(path, checkpoint=kept, name=dead, value=-torch.inf))
    assert record.reason == f"a weight is not finite at step {100 + 7 * kept}"
    assert len(record.steps) == len(record.train_loss) == len(record.test_accuracy) == kept


def test_an_evaluated_loss_that_is_not_finite_ends_the_run_though_the_weights_are(trained):
    program, path = trained
    big = changed(path, checkpoint=1, name=slice(None), value=1e30)
    record, _ = came_to(program, big)
    assert (record.reason, record.steps) == ("the loss is not finite at step 107", (100,))


def test_other_lanes_are_not_touched(trained):
    program, path = trained
    spoilt = changed(path, step=1, checkpoint=0, name=0)
    assert came_to(program, spoilt, lane=3)[0] == came_to(program, path, lane=3)[0]
