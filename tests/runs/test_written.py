"""Training with gradients written out ends where training by autograd does."""

import pytest
import torch

from catlearn.network import dense
from catlearn.network.threads import single_threaded
from catlearn.runs import program
from catlearn.runs.lanes import begin
from catlearn.runs.program import Lane
from tests.runs.factory import DIGITS, QUICKSTART, activation, adam, heavy_ball, job, linear
from tests.runs.reading import paths_of

FLAT = activation("flatten", 64)
SMOOTH = (linear("a", 64, 32), activation("gelu", 32), linear("b", 32, 24), activation("sigmoid", 24))
CASES = {
    "plain": {},
    "behind a flattening": {"layers": (FLAT, *QUICKSTART)},
    "smooth": {"layers": (*SMOOTH, linear("c", 24, 10)), "rule": adam(0.01)},
    "one-hot": {"loss": "mse", "rule": heavy_ball(0.05)},
    "clipped": {"clip": 0.1},
    "with the remainder of the data": {"batch": 256, "keep_last": True},
}


def ends(made, raw):
    """The ends (lanes, P) and the losses of three lanes."""
    found, begun = begin([Lane(made, seed) for seed in range(3)], [{}] * 3, [raw])
    with single_threaded():
        paths = paths_of(found, begun)
    return torch.stack([paths[lane].end.theta for lane in range(3)]), paths[0].losses


@pytest.mark.parametrize("case", CASES)
def test_it_ends_where_autograd_does(data, monkeypatch, case):
    made, raw = job(**{"steps": 20, "checkpoint_every": 20, **CASES[case]}), data[DIGITS.digest]
    assert program.written_out(made, made.networks) is not None
    ours, losses = ends(made, raw)
    monkeypatch.setattr(program, "dense", lambda *_: None)
    assert program.written_out(made, made.networks) is None
    theirs, expected = ends(made, raw)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(losses, expected, rtol=1e-4, atol=1e-5)


def test_saboteur_a_gradient_that_is_a_hundredth_too_long_is_noticed(data, monkeypatch):
    made, raw = job(steps=20, checkpoint_every=20), data[DIGITS.digest]
    right, _ = ends(made, raw)
    whole = dense._CrossEntropy.__call__

    def longer(self, outputs, labels, gradient):
        loss = whole(self, outputs, labels, gradient)
        gradient.mul_(1.01)
        return loss

    monkeypatch.setattr(dense._CrossEntropy, "__call__", longer)
    assert not torch.allclose(ends(made, raw)[0], right, rtol=1e-4, atol=1e-5)
