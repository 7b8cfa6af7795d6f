"""A loss is a function of its point: right, and the same bit for bit however it is asked for."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from catlearn.network.landscape import NetworkLandscape
from catlearn.network.randomness import generator
from tests.runs.factory import QUICKSTART, activation, linear

DEEP = (linear("a.0", 5, 7), activation("tanh", 7), linear("a.2", 7, 6), activation("relu", 6), linear("b.0", 6, 3))


def landscape(layers, examples):
    source = generator("inputs")
    inputs = torch.rand(examples, layers[0].input_shape[0], generator=source)
    labels = torch.randint(0, layers[-1].output_shape[0], (examples,), generator=source)
    return NetworkLandscape(layers, inputs, labels), inputs, labels


def drawn(layers, count, scale=0.3):
    dimension = sum(torch.Size(tensor.shape).numel() for layer in layers for tensor in layer.tensors)
    return torch.randn(count, dimension, generator=generator("points")) * scale


def exact(layers, point, inputs):
    """The logits at one point in double precision, by torch's functional operations."""
    point, values, at = point.double(), inputs.double(), 0
    for layer in layers:
        if layer.operation == "linear":
            outputs, width = layer.tensors[0].shape
            weight = point[at : at + outputs * width].view(outputs, width)
            bias = point[at + outputs * width : at + outputs * (width + 1)]
            values, at = nn.functional.linear(values, weight, bias), at + outputs * (width + 1)
        else:
            values = getattr(torch, layer.operation)(values)
    return values


@pytest.mark.parametrize(("layers", "examples"), [(QUICKSTART, 1348), (DEEP, 1), (DEEP, 50), (DEEP, 5000)])
def test_losses_and_accuracies_are_those_of_the_network(layers, examples):
    surface, inputs, labels = landscape(layers, examples)
    points = drawn(layers, 5)
    for point, loss, accuracy in zip(points, surface.loss(points), surface.accuracy(points), strict=True):
        logits = exact(layers, point, inputs)
        assert loss.item() == pytest.approx(nn.functional.cross_entropy(logits, labels).item(), rel=1e-5)
        assert accuracy.item() == pytest.approx((logits.argmax(1) == labels).double().mean().item(), abs=1e-3)


def test_losses_are_double_and_steep_points_do_not_overflow():
    surface, _, _ = landscape(QUICKSTART, 100)
    losses = surface.loss(drawn(QUICKSTART, 2, scale=100.0))
    assert losses.dtype == torch.float64
    assert losses.isfinite().all()


@given(st.integers(1, 60), st.integers(0, 59))
def test_a_loss_does_not_depend_on_the_points_beside_it(count, at):
    surface, _, _ = landscape(QUICKSTART, 300)
    points = drawn(QUICKSTART, 60)
    alone = surface.loss(points[at : at + 1])
    before = min(at, count - 1)
    assert surface.loss(points[at - before : at + 1])[before] == alone[0]
    assert surface.loss(points[at : at + count])[0] == alone[0]


def test_a_loss_does_not_depend_on_the_number_of_threads():
    surface, _, _ = landscape(QUICKSTART, 1348)
    points, threads = drawn(QUICKSTART, 60), torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = surface.loss(points)
        torch.set_num_threads(4)
        four = surface.loss(points)
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(one, four)


def test_no_points_have_no_losses():
    surface, _, _ = landscape(DEEP, 10)
    assert surface.loss(drawn(DEEP, 0)).shape == (0,)


def test_points_are_left_as_they_are():
    surface, _, _ = landscape(DEEP, 10)
    points = drawn(DEEP, 3)
    before = points.clone()
    surface.loss(points)
    assert torch.equal(points, before)


def test_a_point_that_is_not_a_number_has_no_loss_and_spoils_no_other():
    surface, _, _ = landscape(DEEP, 10)
    points = drawn(DEEP, 3)
    expected = surface.loss(points)
    points[1, 0] = torch.nan
    losses = surface.loss(points)
    assert losses[1].isnan()
    assert torch.equal(losses[[0, 2]], expected[[0, 2]])


def test_trajectories_are_read_as_points():
    surface, _, _ = landscape(DEEP, 10)
    points = drawn(DEEP, 4)
    arrays = {name: tensor.numpy() for name, tensor in surface.unflatten(points).items()}
    assert torch.equal(surface.flatten({**arrays, "state:v:a.0.weight": arrays["a.0.weight"]}), points)
