"""Ends of runs of networks, and on landscapes without a grid: joined by a segment or by a curve, or left open."""

import numpy as np
import pytest

from catlearn import verbs
from catlearn.evidence.curves import KNOTS, shares

DIGITS = """
dataset digits { source = sklearn.digits, test = 0.25, seed = 0 }
map f : R[64] -> R[10] = linear(12) >> tanh >> linear(10)
category P {
  object A = params(f)
  run a : A@init -> A@a { net = f, data = digits, loss = cross_entropy, optimiser = sgd(lr = 0.3), batch = 64,
                          epochs = 30, seeds = 0..0 }
  run b : A@init -> A@b { like = a, optimiser = adam(lr = 0.1) }
}
relation bent  = connected { level = 0.1, slack = 0.05 }
relation rigid = connected { level = 0.1, slack = 0.05, effort = low }
relation under = connected { level = 0.01 }
relation test  = connected { level = 0.4, on = digits.test }
cell by_curve   : a => b by bent
cell by_segment : a => b by rigid
cell too_low    : a => b by under
cell tested     : a => b by test
claim curve   : by_curve    expect supported
claim segment : by_segment  expect undecided
claim ends    : too_low     expect refuted
claim unseen  : tested      expect supported
"""


def test_ends_that_a_segment_does_not_join_are_joined_by_a_curve(tmp_path):
    path = tmp_path / "digits.cat"
    path.write_text(DIGITS)
    rows = {row.name: row for row in verbs.verify(path).claims}
    assert {name: row.verdict for name, row in rows.items()} == {
        "curve": "supported",
        "segment": "undecided",
        "ends": "refuted",
        "unseen": "supported",
    }
    assert "estimated" in rows["curve"].method
    assert "Bézier" in rows["curve"].evidence[0] or "chain" in rows["curve"].evidence[0]
    assert "no other" in rows["segment"].evidence[0]
    assert "born at" in rows["curve"].evidence[-1]
    assert "joins a lower end at most at" in rows["curve"].evidence[-1]
    store = verbs.default_store(path)
    assert verbs.recheck(store).ok
    certificate = (store / "certificates" / "curve.json").read_text()
    (witness,) = [path for path in (store / "witnesses").iterdir() if path.stem in certificate]
    content = bytearray(witness.read_bytes())
    content[-3] ^= 1
    witness.write_bytes(content)
    assert {row.name for row in verbs.recheck(store).rows if not row.ok} == {"curve"}


LANDSCAPE = """
landscape l(x, y, z, w) on [-2, 2]^4 = {loss}
category P {{
  object A = params(l)
  run left  : A@a -> A@left  {{ path = [[-1.2, 1.5, 1.5, 1.5], [-1, 0, 0, 0]] }}
  run right : A@b -> A@right {{ path = [[1.2, 1.5, 1.5, 1.5], [1, 0, 0, 0]] }}
}}
relation r = connected {{ level = {level}, effort = 600 }}
cell c : left => right by r
claim k : c
"""
ROUND = "exp(-4 * (x^2 + y^2 + z^2 + w^2)) + (y^2 + z^2 + w^2) / 100"
"""A bump between the two ends: a path goes round it, and rises by little."""
WALL = "exp(-4 * x^2) + (y^2 + z^2 + w^2) / 100"
"""A wall between them: every path meets x = 0, where the loss is at least 1."""


@pytest.mark.parametrize(
    ("loss", "level", "verdict"),
    [(ROUND, 0.045, "supported"), (ROUND, 0.019, "undecided"), (WALL, 0.9, "undecided"), (WALL, 1.1, "supported")],
)
def test_a_bump_is_gone_round_and_a_wall_is_not_gone_through(tmp_path, loss, level, verdict):
    path = tmp_path / "landscape.cat"
    path.write_text(LANDSCAPE.format(loss=loss, level=level))
    (row,) = verbs.verify(path).claims
    assert row.verdict == verdict
    assert verbs.recheck(verbs.default_store(path)).ok


def test_a_bezier_curve_is_that_of_its_control_point():
    generator = np.random.default_rng(0)
    start, control, end = generator.normal(size=(3, 5))
    times = np.linspace(0.0, 1.0, 9)[:, None]
    bernstein = (1 - times) ** 2 * start + 2 * times * (1 - times) * control + times**2 * end
    weights = shares("bezier", times[:, 0], KNOTS["bezier"])
    assert np.allclose(weights @ np.stack([start, end, control - (start + end) / 2]), bernstein)
    assert not np.allclose(weights @ np.stack([start, end, control]), bernstein)


def test_a_chain_passes_its_knots_and_is_straight_between_them():
    generator = np.random.default_rng(1)
    points = generator.normal(size=(5, 4))
    times = np.array([0.0, 0.25, 0.375, 0.5, 0.75, 1.0])
    straight = np.outer(1 - times, points[0]) + np.outer(times, points[1])
    found = shares("chain", times, KNOTS["chain"]) @ points
    passed = straight[[0, 1, 3, 4, 5]] + np.concatenate([np.zeros((1, 4)), points[2:], np.zeros((1, 4))])
    assert np.allclose(found[[0, 1, 3, 4, 5]], passed)
    assert np.allclose(found[2], (found[1] + found[3]) / 2)
