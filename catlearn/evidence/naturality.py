"""Naturality of the layers between two readings, measured on the probe, bit by bit.

At every checkpoint of a run, what the later reading sees must be what the layers between make, with the weights at
which they are frozen, of what the earlier reading sees.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from catlearn.evidence.bitwise import compared
from catlearn.evidence.documents import Discrepancy, Member
from catlearn.evidence.model import Model
from catlearn.network.stacked import forward
from catlearn.plan.ir import NaturalityQuestion

Weights = Mapping[str, NDArray[np.float32]]


def unnatural(model: Model, member: Member, question: NaturalityQuestion) -> Iterator[Discrepancy]:
    """Where the square at a run does not commute: the first activation that differs at each checkpoint."""
    record = model.record(member)
    steps, weights = record.steps if record else (), model.weights(member)
    held = {**weights, **_held(model, member, question, len(steps))}
    layers, inputs = model.job(member.job).layers[: question.later], model.split(question.dataset, question.split)[0]
    probe = inputs[: question.size]
    seen = forward(layers[: question.earlier], _tensors(weights), probe)
    carried = forward(layers[question.earlier :], _tensors(held), seen).numpy()
    direct = forward(layers, _tensors(weights), probe).numpy()
    for index, step in enumerate(steps):
        yield from compared(member.seed, f"step {step}", "activations", carried[index], direct[index])


def _tensors(weights: Weights) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in weights.items()}


def _held(
    model: Model, member: Member, question: NaturalityQuestion, checkpoints: int
) -> dict[str, NDArray[np.float32]]:
    """The weights of the layers between where they are frozen, once for every checkpoint."""
    found: dict[str, NDArray[np.float32]] = {}
    for frozen in model.job(member.job).frozen:
        if frozen.block in question.blocks:
            at = Member(job=frozen.run, name=model.job(frozen.run).name, seed=member.seed)
            end = model.end(at)
            names = (name for name in end if name.rpartition(".")[0] == frozen.block)
            found |= {name: np.repeat(end[name][None], checkpoints, axis=0) for name in names}
    return found
