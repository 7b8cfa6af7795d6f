"""Small networks with descents of theirs, as models of a theory, for what is said of every family of layers."""

from dataclasses import dataclass
from functools import cache
from math import prod

import numpy as np
import torch

from catlearn.evidence.documents import Alignment, Member
from catlearn.evidence.model import Model
from catlearn.evidence.symmetry import units_of
from catlearn.network.landscape import NetworkLandscape
from catlearn.network.randomness import initial_parameters
from catlearn.plan.lower import lower
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check

FAMILIES = {
    "dense": ("R[4]", "linear(6) >> relu >> linear(5) >> relu >> linear(3)"),
    "saturating": ("R[4]", "linear(6) >> tanh >> linear(5) >> gelu >> linear(3)"),
    "residual": ("R[4]", "linear(6) >> relu >> skip(linear(5) >> relu >> linear(6)) >> relu >> linear(3)"),
    "layer norm": ("R[4]", "linear(6) >> layernorm >> relu >> linear(3)"),
    "convolution": ("R[1, 2, 2]", "conv2d(5, 2, padding = 1) >> relu >> conv2d(4, 2) >> relu >> flatten >> linear(3)"),
    "batch norm": ("R[1, 2, 2]", "conv2d(5, 2, padding = 1) >> batchnorm >> relu >> flatten >> linear(3)"),
    "group norm": ("R[1, 2, 2]", "conv2d(6, 1) >> groupnorm(2) >> relu >> flatten >> linear(3)"),
    "pooling": ("R[1, 2, 2]", "conv2d(5, 1) >> relu >> maxpool(2) >> skip(conv2d(5, 1)) >> flatten >> linear(3)"),
    "attention": ("R[8, 8]", "attention(4) >> skip(attention(2)) >> layernorm >> flatten >> linear(10)"),
}
ONE_UNIT = {
    "one unit": ("R[4]", "linear(1) >> linear(3)"),
    "one unit twice": ("R[4]", "linear(1) >> linear(1) >> linear(3)"),
}
"""Families without symmetries to be permuted."""
RESCALED = ("dense", "residual", "convolution", "pooling")


@cache
def layers_of(family):
    shape, layers = {**FAMILIES, **ONE_UNIT}[family]
    source, classes = ("digits", 10) if family == "attention" else ("iris", 3)
    reshape = "" if shape == "R[4]" else f", reshape = {shape[1:]}"
    text = f"""dataset d {{ source = sklearn.{source}{reshape} }}
map f : {shape} -> R[{classes}] = {layers}
category P {{
  object A = params(f)
  run a : A@init -> A@a {{ net = f, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16, epochs = 1,
                          seeds = 0..1 }}
}}
"""
    checked = check(parse(Source("t.cat", text)))
    assert checked.theory is not None, checked.diagnostics
    return lower(checked.theory).train[0].layers


def examples(dimension, seed=0, count=48):
    """Three clusters."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, count)
    inputs = generator.normal(size=(3, dimension))[labels] * 1.5 + generator.normal(size=(count, dimension)) * 0.3
    return torch.from_numpy(inputs.astype(np.float32)), torch.from_numpy(labels)


def landscape_of(family):
    layers = layers_of(family)
    inputs, labels = examples(prod(layers[0].input_shape))
    return NetworkLandscape(layers, inputs, labels, inputs)


@cache
def descent(family, seed, checkpoints=12, steps=8):
    """A run of gradient descent on the whole data: tensors (checkpoints, ...) by `block.tensor`."""
    layers, landscape = layers_of(family), landscape_of(family)
    point = landscape.flatten({name: value[None] for name, value in initial_parameters(layers, seed).items()})
    points, rate = [point], 0.01 if family == "attention" else 0.05
    for _ in range(checkpoints - 1):
        for _ in range(steps):
            point = point.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(landscape.sampled_loss(point, 0).sum(), point)
            point = (point - rate * gradient).detach()
        points.append(point)
    return {name: value.numpy() for name, value in landscape.unflatten(torch.cat(points)).items()}


def shuffled(family, seed, rescaled=False):
    """A symmetry of a network, at random."""
    generator, groups = np.random.default_rng(seed), units_of(layers_of(family))
    free = [units for units in groups if units.homogeneous] if rescaled else []
    return Alignment(
        blocks=tuple((units.name, _order(generator, units)) for units in groups),
        scales=tuple((units.name, tuple(generator.uniform(0.5, 2, units.size).tolist())) for units in free),
    )


def _order(generator, units):
    """An order at random that keeps equal parts together."""
    size = units.size // units.parts
    parts = [part * size + generator.permutation(size) for part in generator.permutation(units.parts)]
    return tuple(np.concatenate(parts).tolist())


@dataclass(frozen=True)
class Job:
    layers: tuple


class NetworkModel(Model):
    """A model whose runs are given tensors, one job and one seed each."""

    def __init__(self, family, runs):
        super().__init__(plan=None, store=None, fresh=True)
        object.__setattr__(self, "_runs", runs)
        object.__setattr__(self, "_job", Job(layers_of(family)))
        object.__setattr__(self, "_landscape", landscape_of(family))

    def job(self, _):
        return self._job

    def descent(self, _):
        return None

    def layers(self, _):
        return self._job.layers

    def members(self):
        return tuple(Member(job=name, name=name, seed=seed) for seed, name in enumerate(self._runs))

    def weights(self, member):
        return self._runs[member.job]

    def landscape(self, _):
        return self._landscape

    def keep_bend(self, bend):
        """Nothing is stored."""
