"""Permutations of hidden units change no loss, a planted one is found again, and nothing else passes for one."""

from itertools import permutations

import numpy as np
import pytest
import torch

from catlearn.evidence import classes
from catlearn.evidence.documents import IDENTITY, Alignment
from catlearn.evidence.matching import assigned, balance, weight_matching
from catlearn.evidence.symmetry import is_symmetry, permuted, relative, units_of
from catlearn.network.landscape import NetworkLandscape
from catlearn.plan.ir import LayerPlan, RelationPlan, TensorPlan
from tests.evidence.networks import FAMILIES, RESCALED, NetworkModel, descent, landscape_of, layers_of, shuffled


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


def random_symmetry(generator):
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
    run, alignment = weights(generator), random_symmetry(generator)
    moved = permuted(run, LAYERS, alignment)
    losses = [landscape.loss(landscape.flatten(arrays)).numpy() for arrays in (run, moved)]
    assert not same(run, moved)
    assert np.allclose(losses[0], losses[1], atol=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_a_planted_permutation_is_found_again(seed):
    generator = np.random.default_rng(seed)
    run = weights(generator)
    moved = permuted(run, LAYERS, random_symmetry(generator))
    found = weight_matching(end(run), end(moved), LAYERS)
    assert is_symmetry(LAYERS, found)
    assert same(permuted(moved, LAYERS, found), run)


@pytest.mark.parametrize("seed", range(10))
def test_alignments_to_one_reference_compose(seed):
    generator = np.random.default_rng(seed)
    reference = weights(generator)
    left, right = (permuted(reference, LAYERS, random_symmetry(generator)) for _ in range(2))
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


# Every family of layers.


def losses(family, arrays):
    landscape = landscape_of(family)
    return landscape.loss(landscape.flatten(arrays)).numpy()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_hidden_units_and_permuting_them_changes_no_loss(family):
    run, layers = descent(family, 0, checkpoints=3), layers_of(family)
    for seed in range(5):
        symmetry = shuffled(family, seed)
        moved = permuted(run, layers, symmetry)
        assert is_symmetry(layers, symmetry)
        assert symmetry.blocks
        assert not same(run, moved)
        assert np.allclose(losses(family, run), losses(family, moved), atol=1e-5)


@pytest.mark.parametrize("family", RESCALED)
def test_rescaling_what_relu_follows_changes_no_loss(family):
    run, layers = descent(family, 0, checkpoints=3), layers_of(family)
    for seed in range(5):
        symmetry = shuffled(family, seed, rescaled=True)
        assert is_symmetry(layers, symmetry)
        assert symmetry.scales
        assert np.allclose(losses(family, run), losses(family, permuted(run, layers, symmetry)), atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_permutation_that_forgets_one_tensor_is_caught(family):
    """A saboteur for each tensor that a permutation moves: a bias forgotten, or what the next layer reads."""
    run, layers = descent(family, 0, checkpoints=3), layers_of(family)
    moved = permuted(run, layers, shuffled(family, 1))
    touched = [name for name in run if not np.array_equal(run[name], moved[name])]
    forgetful = [{**moved, name: run[name]} for name in touched]
    found = losses(family, {name: np.concatenate([arrays[name] for arrays in forgetful]) for name in run})
    unseen = np.isclose(found.reshape(len(touched), -1), losses(family, run)).all(1)
    hidden = {"f.0.bias"} if family == "batch norm" else set()  # a batch's mean takes what is added before it
    assert len(touched) >= 3
    assert {name for name, lost in zip(touched, unseen, strict=True) if lost} == hidden


@pytest.mark.parametrize("family", ["saturating", "layer norm", "attention"])
def test_what_is_not_homogeneous_is_not_rescaled(family):
    layers = layers_of(family)
    scales = tuple((units.name, (2.0,) * units.size) for units in units_of(layers))
    assert not is_symmetry(layers, Alignment(blocks=(), scales=scales))


@pytest.mark.parametrize("factors", [(0.0,) * 6, (-1.0,) * 6, (np.inf,) * 6, (np.nan,) * 6, (1.0,) * 5])
def test_only_positive_factors_rescale(factors):
    layers = layers_of("dense")
    name = units_of(layers)[0].name
    assert is_symmetry(layers, Alignment(blocks=(), scales=((name, (0.5,) * 6),)))
    assert not is_symmetry(layers, Alignment(blocks=(), scales=((name, factors),)))


@pytest.mark.parametrize("family", RESCALED)
def test_balance_is_one_form_of_all_rescalings(family):
    run, layers = descent(family, 0, checkpoints=3), layers_of(family)
    scales = shuffled(family, 2, rescaled=True).scales
    forms = [
        permuted(weight, layers, balance(weight, layers))
        for weight in (end(run), end(permuted(run, layers, Alignment(blocks=(), scales=scales))))
    ]
    assert all(np.allclose(forms[0][name], forms[1][name], atol=1e-4) for name in run)
    assert np.allclose(*(losses(family, {name: array[None] for name, array in form.items()}) for form in forms))


def related(family, symmetry, modulo):
    """The classes of a run and of itself under a symmetry, as two initialisations."""
    run = descent(family, 0)
    model = NetworkModel(family, {"run": run, "moved": permuted(run, layers_of(family), symmetry)})
    relation = RelationPlan(name="basin", kind="dihomotopy", slack=0.05, levels=None, modulo=modulo)
    return classes.classes_finding(model, model.members(), (), relation, lambda _: False, lambda *_: None)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_run_is_at_its_own_width_from_a_permutation_of_itself(family):
    finding = related(family, shuffled(family, 3), "permutations")
    (join,) = finding.joins
    own = max(width.width.raw for width in finding.widths)
    assert join.height.raw == pytest.approx(own, abs=1e-5)
    assert related(family, shuffled(family, 3), "none").joins == ()


@pytest.mark.parametrize("family", RESCALED)
def test_and_from_a_rescaling_of_itself(family):
    finding = related(family, shuffled(family, 4, rescaled=True), "permutations + scale")
    (join,) = finding.joins
    assert join.height.raw == pytest.approx(max(width.width.raw for width in finding.widths), abs=1e-4)


def test_units_in_groups_stay_in_their_groups():
    gain = np.random.default_rng(0).normal(size=(6, 6))
    order = assigned(gain, 3)
    assert sorted(order) == list(range(6))
    assert all(order[first] // 2 == order[first + 1] // 2 for first in (0, 2, 4))
    best = max(
        sum(gain[place, unit] for place, unit in enumerate(one))
        for one in permutations(range(6))
        if all(one[first] // 2 == one[first + 1] // 2 for first in (0, 2, 4))
    )
    assert gain[np.arange(6), order].sum() == pytest.approx(best)
