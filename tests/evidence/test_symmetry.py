"""Permutations of hidden units change no loss, a planted one is found again, and nothing else passes for one."""

import numpy as np
import pytest
import torch

from catlearn.evidence.documents import IDENTITY, Alignment
from catlearn.evidence.symmetry import is_symmetry, permuted, relative, weight_matching
from catlearn.network.landscape import NetworkLandscape
from catlearn.plan.ir import LayerPlan, TensorPlan


def linear(block, inputs, outputs):
    tensors = TensorPlan(name="weight", shape=(outputs, inputs)), TensorPlan(name="bias", shape=(outputs,))
    return LayerPlan(operation="linear", block=block, tensors=tensors, input_shape=(inputs,), output_shape=(outputs,))


def activation(operation, units):
    return LayerPlan(operation=operation, block=None, tensors=(), input_shape=(units,), output_shape=(units,))


LAYERS = (
    linear("encoder.0", 5, 6),
    activation("relu", 6),
    linear("encoder.2", 6, 4),
    activation("tanh", 4),
    linear("head.0", 4, 3),
)


def weights(generator, checkpoints=7):
    return {
        f"{layer.block}.{tensor.name}": generator.normal(size=(checkpoints, *tensor.shape)).astype(np.float32)
        for layer in LAYERS
        for tensor in layer.tensors
    }


def shuffled(generator):
    return Alignment(
        blocks=tuple(
            (block, tuple(int(unit) for unit in generator.permutation(size)))
            for block, size in (("encoder.0", 6), ("encoder.2", 4))
        )
    )


def end(arrays):
    return {name: array[-1] for name, array in arrays.items()}


def same(left, right):
    return all(np.array_equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("seed", range(5))
def test_a_permutation_changes_no_loss_along_the_whole_run(seed):
    generator = np.random.default_rng(seed)
    inputs = torch.from_numpy(generator.normal(size=(40, 5)).astype(np.float32))
    landscape = NetworkLandscape(LAYERS, inputs, torch.from_numpy(generator.integers(0, 3, 40)))
    run, alignment = weights(generator), shuffled(generator)
    moved = permuted(run, LAYERS, alignment)
    losses = [landscape.loss(landscape.flatten(arrays)).numpy() for arrays in (run, moved)]
    assert not same(run, moved)
    assert np.allclose(losses[0], losses[1], atol=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_a_planted_permutation_is_found_again(seed):
    generator = np.random.default_rng(seed)
    run = weights(generator)
    moved = permuted(run, LAYERS, shuffled(generator))
    found = weight_matching(end(run), end(moved), LAYERS)
    assert is_symmetry(LAYERS, found)
    assert same(permuted(moved, LAYERS, found), run)


@pytest.mark.parametrize("seed", range(10))
def test_alignments_to_one_reference_compose(seed):
    generator = np.random.default_rng(seed)
    reference = weights(generator)
    left, right = (permuted(reference, LAYERS, shuffled(generator)) for _ in range(2))
    aligned = [weight_matching(end(reference), end(run), LAYERS) for run in (left, right)]
    assert same(permuted(right, LAYERS, relative(*aligned)), left)
    assert same(permuted(left, LAYERS, relative(aligned[1], aligned[0])), right)
    assert same(permuted(reference, LAYERS, relative(aligned[0], IDENTITY)), left)


@pytest.mark.parametrize(
    "blocks",
    [
        (("encoder.0", (0, 0, 1, 2, 3, 4)),),  # a unit twice
        (("encoder.0", (0, 1, 2)),),  # too few
        (("encoder.0", (0, 1, 2, 3, 4, -1)),),
        (("head.0", (1, 0, 2)),),  # outputs are not hidden
        (("absent", (0,)),),
        (("encoder.2", (1, 0, 2, 3)), ("encoder.2", (1, 0, 2, 3))),
    ],
)
def test_nothing_else_passes_for_a_symmetry(blocks):
    assert is_symmetry(LAYERS, IDENTITY)
    assert not is_symmetry(LAYERS, Alignment(blocks=blocks))
