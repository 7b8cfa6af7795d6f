"""Runs on landscapes, from their text to their records, against torch.optim on plain Python functions."""

import numpy as np
import pytest
import torch

from catlearn.plan.lower import lower
from catlearn.runs.descend import descend
from catlearn.source import Source
from catlearn.store.store import Store
from catlearn.syntax.parse import parse
from catlearn.theory.check import check

SPECIFICATION = """
landscape well(x, y) on [-2, 2]^2 = (x^2 - 1)^2 + 2 * y^2 + exp(x * y) / 4
category Param {{
  object A = params(well)
{runs}
}}
"""


def well(point):
    x, y = point
    return (x**2 - 1) ** 2 + 2 * y**2 + torch.exp(x * y) / 4


def made(tmp_path, runs):
    """The trajectories and records of the seeds of some runs, by name and seed."""
    checked = check(parse(Source("runs.cat", SPECIFICATION.format(runs=runs))))
    assert checked.theory is not None, checked.diagnostics
    plan, store = lower(checked.theory), Store.open(tmp_path / "store")
    descend(plan, store)
    keys = [(job, seed) for job in plan.descend for seed in job.seeds]
    return {
        (job.name, seed): (store.trajectory(job.digest, seed), store.run_record(job.digest, seed)) for job, seed in keys
    }


OF_TORCH = {
    "sgd(lr = 0.05)": lambda x: torch.optim.SGD(x, lr=0.05),
    "heavy_ball(lr = 0.02, m = 0.9)": lambda x: torch.optim.SGD(x, lr=0.02, momentum=0.9),
    "adam(lr = 0.02)": lambda x: torch.optim.Adam(x, lr=0.02),
    "amsgrad(lr = 0.02, b2 = 0.8)": lambda x: torch.optim.Adam(x, lr=0.02, betas=(0.9, 0.8), amsgrad=True),
}


@pytest.mark.parametrize("rule", OF_TORCH)
def test_a_descent_is_the_one_that_torch_makes(tmp_path, rule):
    found = made(tmp_path, f"run r : A@a -> A@r {{ start = [0.5, 1.5], optimiser = {rule}, steps = 40 }}")
    arrays, record = found["r", 0]
    point = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    optimiser, expected = OF_TORCH[rule]([point]), [[0.5, 1.5]]
    for _ in range(40):
        optimiser.zero_grad()
        well(point).backward()
        optimiser.step()
        expected.append(point.tolist())
    np.testing.assert_allclose(arrays["well.point"], expected, rtol=1e-12, atol=1e-12)
    losses = [float(well(torch.tensor(point))) for point in expected]
    np.testing.assert_allclose(record.train_loss, losses, rtol=1e-6)
    assert record.steps == tuple(range(41))
    assert record.status == "completed"


def test_a_resumed_run_goes_on_where_the_whole_one_does_and_a_fresh_start_does_not(tmp_path):
    fields = "optimiser = adam(lr = 0.05)"
    found = made(
        tmp_path,
        f"""
  run whole : A@a -> A@whole {{ start = [0.5, 1.5], {fields}, steps = 20 }}
  run half  : A@a -> A@half {{ {fields}, steps = 10 }}
  run rest  : A@half -> A@rest {{ like = half, resume = half }}
  run fresh : A@half -> A@fresh {{ like = half }}
""",
    )
    whole, half, rest, fresh = (found[name, 0][0]["well.point"] for name in ("whole", "half", "rest", "fresh"))
    assert (whole == np.concatenate([half, rest[1:]])).all()
    assert (fresh[0] == rest[0]).all()
    assert (fresh[-1] != rest[-1]).any()
    assert found["rest", 0][1].steps == tuple(range(10, 21))


def test_init_is_uniform_in_the_box_and_depends_on_the_seed_alone(tmp_path):
    found = made(
        tmp_path,
        """
  run slow : A@init -> A@slow { optimiser = sgd(lr = 0.001), steps = 1, seeds = 0..399 }
  run fast : A@init -> A@fast { optimiser = sgd(lr = 0.002), steps = 1, seeds = 7..7 }
""",
    )
    starts = np.array([arrays["well.point"][0] for (name, _), (arrays, _) in found.items() if name == "slow"])
    assert (starts[7] == found["fast", 7][0]["well.point"][0]).all()
    assert (np.abs(starts) <= 2).all()
    quarters = np.histogram2d(*starts.T, bins=2, range=[[-2, 2], [-2, 2]])[0]
    assert (quarters > 70).all()  # 100 expected in each; 70 is 3.5 standard deviations below


def test_a_path_is_its_vertices(tmp_path):
    arrays, record = made(tmp_path, "run p : A@a -> A@b { path = [[0, 1], [1, 0.5], [1, 0]] }")["p", 0]
    assert arrays["well.point"].tolist() == [[0, 1], [1, 0.5], [1, 0]]
    assert record.steps == (0, 1, 2)


def test_a_run_that_leaves_its_box_is_cut_and_said_to_diverge(tmp_path):
    found = made(
        tmp_path,
        """
  run wild : A@a -> A@wild { start = [1.9, 1.9], optimiser = sgd(lr = 0.2), steps = 20 }
  run next : A@wild -> A@next { optimiser = sgd(lr = 0.2), steps = 20, seeds = 0..0 }
""",
    )
    arrays, record = found["wild", 0]
    assert record.status == "diverged"
    assert record.reason == "it leaves the box of `well` at step 1"
    assert arrays["well.point"].tolist() == [[1.9, 1.9]]
    assert "wild" in found["next", 0][1].reason
    assert found["next", 0][1].status == "diverged"


def test_checkpoints_are_spaced_as_asked_and_a_hundred_by_default(tmp_path):
    found = made(
        tmp_path,
        """
  run few : A@a -> A@few { start = [0.5, 1.5], optimiser = sgd(lr = 0.01), steps = 25, checkpoints = 10 steps }
  run default : A@a -> A@default { optimiser = sgd(lr = 0.01), steps = 1000 }
""",
    )
    assert found["few", 0][1].steps == (0, 10, 20, 25)
    assert found["default", 0][1].steps == tuple(range(0, 1001, 10))
