"""Dropout: noise that is a function of the seed, the layer's path and the step, in training alone."""

import torch
from scipy import stats

from catlearn.network.randomness import Dropout
from catlearn.network.stacked import forward, forward_columns
from catlearn.plan.ir import LayerPlan
from tests.runs.factory import linear


def dropout(block, size, probability):
    return LayerPlan(
        operation="dropout",
        block=block,
        tensors=(),
        input_shape=(size,),
        output_shape=(size,),
        attributes=(("p", probability),),
    )


ONES = torch.ones(2, 50, 40)
LAYER = dropout("f.1", 50, 0.25)


def test_what_is_kept_is_scaled_so_that_the_mean_stays():
    dropped = Dropout((3, 4), (7, 7))(LAYER, ONES)
    assert set(dropped.unique().tolist()) == {0.0, torch.tensor(4 / 3).item()}
    zeros = int((dropped == 0).sum())
    assert stats.binomtest(zeros, dropped.numel(), 0.25).pvalue > 1e-6


def test_draws_depend_on_seed_path_and_step_alone():
    first = Dropout((3, 4), (7, 7))(LAYER, ONES)
    assert torch.equal(first, Dropout((3, 4), (7, 7))(LAYER, ONES))
    assert torch.equal(first[0], Dropout((3, 9), (7, 7))(LAYER, ONES)[0])
    others = (Dropout((3, 4), (8, 8))(LAYER, ONES), Dropout((3, 4), (7, 7))(dropout("f.2", 50, 0.25), ONES))
    assert not any(torch.equal(first, other) for other in others)
    assert not torch.equal(first[0], first[1])


def test_nothing_drops_at_probability_zero_and_in_eval_mode():
    assert torch.equal(Dropout((3, 4), (7, 7))(dropout("f.1", 50, 0.0), ONES), ONES)
    parameters = {"f.0.weight": torch.randn(2, 3, 5), "f.0.bias": torch.randn(2, 3)}
    inputs = torch.randn(4, 5)
    plain = forward((linear("f.0", 5, 3),), parameters, inputs)
    assert torch.equal(forward((linear("f.0", 5, 3), dropout("f.1", 3, 0.5)), parameters, inputs), plain)


def test_gradients_pass_where_numbers_are_kept():
    parameters = {"f.0.weight": torch.randn(2, 3, 5, requires_grad=True), "f.0.bias": torch.randn(2, 3)}
    layers, columns = (linear("f.0", 5, 3), dropout("f.1", 3, 0.5)), torch.randn(2, 5, 1)
    outputs = forward_columns(layers, parameters, columns, Dropout((0, 1), (1, 1)))
    outputs.sum().backward()
    kept = (outputs != 0).float() * 2
    assert torch.allclose(parameters["f.0.weight"].grad, kept @ columns.mT)
