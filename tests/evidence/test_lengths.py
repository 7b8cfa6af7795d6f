"""Lengths of paths against closed forms, and against a finer sum."""

import math

import numpy as np
import pytest
import torch

from catlearn.evidence.lengths import fisher_length, length


def test_the_length_of_a_polyline():
    path = {"a.weight": np.array([[[0.0, 0.0]], [[3.0, 4.0]], [[3.0, 4.0]]]), "a.bias": np.array([[0.0], [0.0], [2.0]])}
    assert length(path) == pytest.approx(7.0)


def coin(weights):
    """One example, two classes: a coin with log odds w."""
    odds = weights["w"].view(-1, 1, 1)
    return torch.cat([odds, torch.zeros_like(odds)], 2)


def between(start, end):
    """The Fisher distance of two coins: the integral of 1 / (2 cosh(w / 2)), which is 2 arctan(tanh(w / 4))."""
    return abs(2 * math.atan(math.tanh(end / 4)) - 2 * math.atan(math.tanh(start / 4)))


@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (-2.0, 1.0), (1.0, 1.0), (2.0, 5.0)])
def test_a_coin(start, end):
    path = {"w": np.linspace(start, end, 5)[:, None]}
    assert fisher_length(coin, path) == pytest.approx(between(start, end), rel=2e-3)


def test_there_and_back_is_twice_as_far():
    there, back = (fisher_length(coin, {"w": np.array(way)[:, None]}) for way in ([0.0, 1.0], [0.0, 1.0, 0.0]))
    assert back == pytest.approx(2 * there)


def test_no_path_of_two_coins_is_shorter_than_the_geodesic():
    assert fisher_length(coin, {"w": np.array([[-4.0], [4.0]])}) > 0.9 * between(-4, 4)
    assert between(-400, 400) == pytest.approx(math.pi)


def network(inputs):
    def logits(weights):
        hidden = torch.tanh(inputs @ weights["first"].mT)
        return hidden @ weights["second"].mT

    return logits


def by_jacobians(logits, path, pieces):
    """The length from the Jacobian of the logits at the middle of each of many pieces."""
    total = 0.0
    for place in range(len(path["first"]) - 1):
        steps = {name: torch.from_numpy(array[place + 1] - array[place])[None] for name, array in path.items()}
        for piece in range(pieces):
            time = (piece + 0.5) / pieces
            at = {name: torch.from_numpy(array[place])[None] + time * steps[name] for name, array in path.items()}
            found, change = torch.autograd.functional.jvp(
                lambda first, second: logits({"first": first, "second": second}),
                (at["first"], at["second"]),
                (steps["first"], steps["second"]),
            )
            shares = torch.softmax(found, 2)
            mean = (shares * change).sum(2, keepdim=True)
            total += float((shares * (change - mean) ** 2).sum(2).mean().sqrt()) / pieces
    return total


def test_a_network_is_measured_as_by_its_jacobian():
    generator = np.random.default_rng(0)
    inputs = torch.from_numpy(generator.normal(size=(30, 4)))
    path = {"first": generator.normal(size=(4, 5, 4)), "second": generator.normal(size=(4, 3, 5))}
    found = fisher_length(network(inputs), path)
    assert found == pytest.approx(by_jacobians(network(inputs), path, 200), rel=0.02)
    doubled = {"first": path["first"], "second": 2 * path["second"]}
    assert fisher_length(network(inputs), doubled) != pytest.approx(found, rel=0.05)
