"""Functors that read, on data: naturality of the layers between two readings, constancy along a run, and compatibility
with structural maps. All is measured on the probe, bit by bit.

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
from catlearn.plan.ir import NaturalityQuestion, ReadingQuestion

Weights = Mapping[str, NDArray[np.float32]]


def unnatural(model: Model, member: Member, question: NaturalityQuestion) -> Iterator[Discrepancy]:
    """Where the square at a run does not commute: the first activation that differs at each checkpoint."""
    record = model.record(member)
    steps, weights = record.steps if record else (), model.weights(member)
    held = {**weights, **_held(model, member, question.blocks, len(steps))}
    layers, inputs = model.job(member.job).layers[: question.later], model.split(question.dataset, question.split)[0]
    probe = inputs[: question.size]
    seen = forward(layers[: question.earlier], _tensors(weights), probe)
    carried = forward(layers[question.earlier :], _tensors(held), seen).numpy()
    direct = forward(layers, _tensors(weights), probe).numpy()
    for index, step in enumerate(steps):
        yield from compared(member.seed, f"step {step}", "activations", carried[index], direct[index])


def read_otherwise(model: Model, member: Member, question: ReadingQuestion) -> Iterator[Discrepancy]:
    """Where what is read along a run differs from what is read with other weights: those of the blocks that a
    structural map puts in their place; without a map those at the start of the run. In either case blocks that are
    frozen are taken from where they were frozen."""
    steps, weights = model.steps(member.job), model.weights(member)
    layers, inputs = model.job(member.job).layers[: question.depth], model.split(question.dataset, question.split)[0]
    held = {**weights, **_held(model, member, question.frozen, len(steps))}
    still = {name: np.repeat(array[:1], len(steps), axis=0) for name, array in weights.items()}
    seen = forward(layers, _tensors(weights), inputs[: question.size]).numpy()
    for other in (_exchanged(held, question),) if question.map else (still, held):
        read = forward(layers, _tensors({**weights, **other}), inputs[: question.size]).numpy()
        for index, step in enumerate(steps):
            yield from compared(member.seed, f"step {step}", "activations", read[index], seen[index])


def _exchanged(weights: Weights, question: ReadingQuestion) -> dict[str, NDArray[np.float32]]:
    """The tensors of the blocks that are read, as those of the blocks that a map puts in their place.

    Raises `ValueError` for a block that the run does not hold."""
    stored = {name.rpartition(".")[0] for name in weights}
    if unheld := {other for _, other in question.reads} - stored:
        raise ValueError(f"the run holds no block {', '.join(sorted(unheld))}")
    return {
        f"{block}.{name.rpartition('.')[2]}": weights[name]
        for block, other in question.reads
        for name in weights
        if name.rpartition(".")[0] == other
    }


def _tensors(weights: Weights) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in weights.items()}


def _held(model: Model, member: Member, blocks: tuple[str, ...], checkpoints: int) -> dict[str, NDArray[np.float32]]:
    """The weights of the layers between where they are frozen, once for every checkpoint."""
    found: dict[str, NDArray[np.float32]] = {}
    for frozen in model.job(member.job).frozen:
        if frozen.block in blocks:
            at = Member(job=frozen.run, name=model.job(frozen.run).name, seed=member.seed)
            end = model.end(at)
            names = (name for name in end if name.rpartition(".")[0] == frozen.block)
            found |= {name: np.repeat(end[name][None], checkpoints, axis=0) for name in names}
    return found
