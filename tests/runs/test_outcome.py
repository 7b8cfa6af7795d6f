"""Where a run stops being finite: at the batch, the weight or the evaluated loss that is the first not to be."""

from dataclasses import replace

import pytest
import torch

from catlearn.network.threads import single_threaded
from catlearn.runs.lanes import begin
from catlearn.runs.outcome import outcomes
from catlearn.runs.program import Lane
from tests.runs.factory import IRIS, activation, linear, small_job
from tests.runs.reading import paths_of

RELU = (linear("encoder.0", 4, 8), activation("relu", 8), linear("head.0", 8, 3))


@pytest.fixture(scope="module")
def trained(data):
    """A program of 14 steps with its path, checkpoints at 0, 7 and 14."""
    lanes = [Lane(small_job(layers=RELU), seed) for seed in range(4)]
    program, begun = begin(lanes, [{}] * 4, [data[IRIS.digest]])
    with single_threaded():
        return program, [replace(path, before=100) for _, path in paths_of(program, begun).items()]


def changed(paths, step=None, checkpoint=None, name=None, value=torch.inf):
    """The paths with one batch loss, or one number of one tensor at one checkpoint, of lane 2 replaced."""
    losses, checkpoints = paths[2].losses.clone(), paths[2].checkpoints.clone()
    if step is not None:
        losses[step - 1] = value
    if checkpoint is not None:
        checkpoints[checkpoint, name] = value
    return [*paths[:2], replace(paths[2], losses=losses, checkpoints=checkpoints), *paths[3:]]


def first_of(program, tensor):
    """The position of the first number of a tensor in a point."""
    sizes = [(name, torch.Size(shape).numel()) for name, shape in program.network.tensors]
    return sum(size for name, size in sizes[: [name for name, _ in sizes].index(tensor)])


def came_to(program, paths, lane=2):
    found = dict(outcomes(program, dict(enumerate(paths))))[lane]
    return found.record, found.arrays


def test_a_finite_run_is_completed(trained):
    record, arrays = came_to(*trained)
    assert (record.status, record.reason, record.steps) == ("completed", None, (100, 107, 114))
    assert all(len(array) == 3 for array in arrays.values())


@pytest.mark.parametrize(("step", "kept"), [(1, 1), (7, 1), (8, 2), (14, 2)])
def test_a_batch_loss_that_is_not_finite_ends_the_run_before_its_step(trained, step, kept):
    program, paths = trained
    record, arrays = came_to(program, changed(paths, step=step))
    assert (record.status, record.reason) == ("diverged", f"the loss is not finite at step {100 + step}")
    assert record.steps == (100, 107, 114)[:kept]
    assert record.step == (0, 7, 14)[kept - 1]
    assert {len(array) for array in arrays.values()} == {kept}


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_weight_that_is_not_finite_ends_the_run_though_the_loss_does_not_see_it(trained, kept):
    program, paths = trained
    dead = first_of(program, "encoder.0.bias")
    record, _ = came_to(program, changed(paths, checkpoint=kept, name=dead, value=-torch.inf))
    assert record.reason == f"a weight is not finite at step {100 + 7 * kept}"
    assert len(record.steps) == len(record.train_loss) == len(record.test_accuracy) == kept


def test_an_evaluated_loss_that_is_not_finite_ends_the_run_though_the_weights_are(trained):
    program, paths = trained
    big = changed(paths, checkpoint=1, name=slice(None), value=1e30)
    record, _ = came_to(program, big)
    assert (record.reason, record.steps) == ("the loss is not finite at step 107", (100,))


def test_other_lanes_are_not_touched(trained):
    program, paths = trained
    spoilt = changed(paths, step=1, checkpoint=0, name=0)
    assert came_to(program, spoilt, lane=3)[0] == came_to(program, paths, lane=3)[0]
