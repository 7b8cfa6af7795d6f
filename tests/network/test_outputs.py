"""Outputs in memory held ready: those of the stacked forward pass, bit for bit, whatever was evaluated before."""

import gc
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from catlearn.network.landscape import NetworkLandscape
from catlearn.network.losses import LOSSES
from catlearn.network.outputs import dense_outputs
from catlearn.network.parameters import parameter_space
from catlearn.network.randomness import generator
from catlearn.network.stacked import forward_columns, with_ones
from tests.network.building import layer, norm
from tests.network.test_dense import layers_of
from tests.runs.factory import QUICKSTART, activation, linear

FUNCTIONS = ("relu", "tanh", "sigmoid", "gelu", None)
WIDTHS = st.lists(st.integers(2, 33), min_size=2, max_size=5)


@st.composite
def networks(draw):
    """Dense networks, most of whose functions do not fill whole vectors of the processor."""
    widths = draw(WIDTHS)
    behind = draw(st.lists(st.sampled_from(FUNCTIONS), min_size=len(widths) - 1, max_size=len(widths) - 1))
    return layers_of(widths, behind)


def inputs_of(layers, examples):
    return torch.rand(examples, *layers[0].input_shape, generator=generator("inputs"))


def drawn(layers, count, purpose="points", scale=0.3):
    return torch.randn(count, parameter_space(layers).dimension, generator=generator(purpose)) * scale


def parts_of(inputs, size):
    return [with_ones(part.T) for part in torch.split(inputs, size)]


def outputs_of(layers, parts):
    found = dense_outputs(layers, parameter_space(layers), parts)
    assert found is not None
    return found


def stacked(layers, points, parts):
    """The outputs (points, classes, n) for each part, by the stacked forward pass."""
    parameters = parameter_space(layers).unflatten(points)
    return [forward_columns(layers, parameters, columns) for columns in parts]


def taken(outputs, points):
    """What an evaluation gives for its points, part by part, before the next part is asked for."""
    return [found[: len(points)].clone() for found in outputs(points)]


def same(left, right):
    return all(torch.equal(one, other) for one, other in zip(left, right, strict=True))


@given(networks(), st.integers(2, 70), st.integers(2, 70), st.integers(1, 40))
def test_outputs_are_those_of_the_stacked_pass(layers, examples, size, count):
    assume(examples % size != 1)  # a last part of a single example is a vector
    parts = parts_of(inputs_of(layers, examples), size)
    outputs, points = outputs_of(layers, parts), drawn(layers, count)
    assert same(taken(outputs, points), stacked(layers, points, parts))


@pytest.mark.parametrize("widths", [(64, 32, 10), (64, 128, 128, 10), (30, 256, 20), (500, 64, 10), (7, 3)])
@pytest.mark.parametrize("function", ["relu", "tanh", "gelu"])
def test_outputs_are_those_of_the_stacked_pass_over_many_blocks(widths, function):
    layers = layers_of(widths, [*[function] * (len(widths) - 2), None])
    parts = parts_of(inputs_of(layers, 1348), 1000)
    outputs = outputs_of(layers, parts)
    points = drawn(layers, outputs.chunk)
    assert same(taken(outputs, points), stacked(layers, points, parts))


def test_what_does_nothing_in_evaluation_changes_nothing():
    plain = layers_of((6, 5, 4), ["tanh", None])
    first, function, last = plain
    through = (first, function, layer("dropout", (5,), attributes=(("p", "1/2"),)), layer("flatten", (5,)), last)
    parts, points = parts_of(inputs_of(plain, 20), 20), drawn(plain, 3)
    assert same(taken(outputs_of(through, parts), points), taken(outputs_of(plain, parts), points))


@pytest.mark.parametrize("before", [layer("flatten", (1, 2, 3)), layer("dropout", (6,), attributes=(("p", "1/2"),))])
def test_what_does_nothing_in_evaluation_may_stand_first(before):
    """Then the inputs of the first product are without its row of ones."""
    plain = layers_of((6, 5, 4), ["tanh", None])
    landscapes = [
        NetworkLandscape(layers, inputs_of(plain, 20), torch.arange(20) % 4) for layers in ((before, *plain), plain)
    ]
    points = drawn(plain, 3)
    found, expected = (landscape.loss(points) for landscape in landscapes)
    assert torch.equal(found, expected)
    bare = [inputs_of(plain, 20).T.contiguous()]
    outputs = outputs_of((before, *plain), bare)
    assert same(taken(outputs, points), stacked((before, *plain), points, bare))


@given(st.lists(st.sampled_from(range(60)), min_size=1, max_size=60), st.floats(0, 1e30))
def test_outputs_do_not_depend_on_what_was_evaluated_before(order, scale):
    parts = parts_of(inputs_of(QUICKSTART, 300), 200)
    outputs, points = outputs_of(QUICKSTART, parts), drawn(QUICKSTART, 60)
    expected = taken(outputs, points)
    for _ in outputs(points * scale):
        pass
    for _ in outputs(torch.full_like(points, torch.nan)):
        pass
    assert same(taken(outputs, points[order]), [found[order] for found in expected])


def at_once(outputs, one, other):
    """What two evaluations give of which the second begins before the first is done."""
    first, second = outputs(one), outputs(other)
    left, right = next(first), next(second)
    return [left[: len(one)].clone()], [right[: len(other)].clone()]


def sharing(outputs):
    """A saboteur: evaluations with one memory for all."""
    memory = []

    def evaluate(points):
        for found in outputs(points):
            memory[:] = [memory[0].copy_(found) if memory else found.clone()]
            yield memory[0]

    return evaluate


def apart(evaluate, outputs, one, other):
    """Whether two evaluations at once give what each gives by itself."""
    left, right = at_once(evaluate, one, other)
    return same(left, taken(outputs, one)) and same(right, taken(outputs, other))


def test_two_evaluations_at_once_do_not_share_memory():
    outputs = outputs_of(QUICKSTART, parts_of(inputs_of(QUICKSTART, 300), 300))
    one, other = drawn(QUICKSTART, 5), drawn(QUICKSTART, 5, "other points")
    assert apart(outputs, outputs, one, other)
    assert not apart(sharing(outputs), outputs, one, other)


def test_threads_that_ask_at_once_get_their_own():
    landscape = NetworkLandscape(QUICKSTART, inputs_of(QUICKSTART, 300), torch.arange(300) % 10)
    points = drawn(QUICKSTART, 400)
    pieces = torch.split(points, 7)
    with ThreadPoolExecutor(8) as pool:
        found = torch.cat(list(pool.map(landscape.loss, pieces)))
    assert torch.equal(found, landscape.loss(points))


@pytest.mark.parametrize("loss", ["mse", "hinge"])
@pytest.mark.parametrize("layers", [QUICKSTART, layers_of((9, 30, 12, 5), ["gelu", "tanh", None])])
def test_losses_are_bit_for_bit_those_of_the_stacked_pass(layers, loss):
    inputs = inputs_of(layers, 3000)
    labels = torch.randint(layers[-1].output_shape[0], (3000,), generator=generator("labels"))
    points = drawn(layers, 50)
    parts = zip(parts_of(inputs, 2048), torch.split(labels, 2048), strict=True)
    parameters = parameter_space(layers).unflatten(points)
    sums = sum(
        LOSSES[loss](forward_columns(layers, parameters, columns), answers).sum(1, dtype=torch.float64)
        for columns, answers in parts
    )
    landscape = NetworkLandscape(layers, inputs, labels, loss=loss)
    assert torch.equal(landscape.loss(points), sums / 3000)


@pytest.mark.parametrize("loss", sorted(LOSSES))
@given(st.lists(st.sampled_from(range(80)), min_size=1, max_size=80))
def test_losses_and_accuracies_do_not_depend_on_number_and_order(loss, order):
    landscape = NetworkLandscape(QUICKSTART, inputs_of(QUICKSTART, 500), torch.arange(500) % 10, loss=loss)
    points = drawn(QUICKSTART, 80, scale=3.0)
    losses, accuracies = landscape.loss_and_accuracy(points)
    assert torch.equal(landscape.loss(points[order]), losses[order])
    assert torch.equal(landscape.accuracy(points[order]), accuracies[order])


def bytes_held():
    """The bytes of all tensors that there are."""
    gc.collect()
    storages = {
        each.untyped_storage().data_ptr(): each.untyped_storage().nbytes()
        for each in gc.get_objects()
        if issubclass(type(each), torch.Tensor)
    }
    return sum(storages.values())


def test_memory_does_not_grow_and_goes_with_the_landscape():
    inputs, labels, points = inputs_of(QUICKSTART, 1348), torch.arange(1348) % 10, drawn(QUICKSTART, 100)
    before = bytes_held()
    landscape = NetworkLandscape(QUICKSTART, inputs, labels)
    landscape.loss(points)
    held = bytes_held()
    for count in (1, 50, 100):
        landscape.loss_and_accuracy(points[:count])
    assert bytes_held() == held
    assert 0 < held - before <= (4 << 20) + 2 * inputs.nbytes  # the memory, and the inputs as columns
    del landscape
    assert bytes_held() == before


@pytest.mark.parametrize(
    "layers",
    [
        (linear("a", 5, 1), activation("relu", 1), linear("b", 1, 3)),
        (linear("a", 5, 4), norm("b", (4,)), linear("c", 4, 3)),
        (activation("relu", 5), linear("a", 5, 3)),
        (linear("a", 5, 5), layer("skip", (5,), inner=(linear("b", 5, 5),))),
    ],
)
def test_other_networks_have_none(layers):
    assert dense_outputs(layers, parameter_space(layers), [torch.ones(6, 20)]) is None


LONG = (linear("a", 784, 12), activation("relu", 12), linear("b", 12, 10))


def test_long_products_are_left_to_the_stacked_pass():
    assert dense_outputs(LONG, parameter_space(LONG), [torch.ones(785, 60)]) is None


@given(st.lists(st.sampled_from(range(20)), min_size=1, max_size=20))
def test_losses_of_networks_with_long_products_do_not_depend_on_number_and_order(order):
    landscape = NetworkLandscape(LONG, inputs_of(LONG, 500), torch.arange(500) % 10)
    points = drawn(LONG, 20, scale=0.05)
    assert torch.equal(landscape.loss(points[order]), landscape.loss(points)[order])


def test_a_single_example_is_a_vector():
    assert dense_outputs(QUICKSTART, parameter_space(QUICKSTART), [torch.ones(65, 20), torch.ones(65, 1)]) is None
