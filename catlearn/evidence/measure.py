"""Measures of a run's end, one number a seed (DESIGN 5)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from catlearn.evidence.documents import MeasureFinding, MeasureValues, Member
from catlearn.evidence.model import Model
from catlearn.network.landscape import NetworkLandscape
from catlearn.network.stacked import forward
from catlearn.plan.ir import VERSIONS, MeasurePlan, MeasureQuestion


def values_of(model: Model, measure: MeasurePlan) -> MeasureValues:
    """The measure of every completed seed of its run."""
    members = model.members(measure.run)
    done = tuple(member for member in members if model.completed(member))
    seeds = tuple(member.seed for member in done)
    missing = tuple(member.seed for member in members if member not in done)
    key = {"measure": measure.model_dump(), "seeds": seeds, "missing": missing, "version": VERSIONS["decide"]}

    def compute() -> MeasureValues:
        return MeasureValues(seeds=seeds, values=_values(model, measure, done), missing=missing)

    return model.remembered(key, MeasureValues, compute)


def _values(model: Model, measure: MeasurePlan, members: Sequence[Member]) -> tuple[float, ...]:
    if not members:
        return ()
    inputs, labels = model.split(measure.dataset, measure.split)
    layers = model.job(measure.run).layers
    ends = {name: torch.from_numpy(np.stack(arrays)) for name, arrays in _by_name(model, members).items()}
    if measure.name == "loss":
        landscape = NetworkLandscape(layers, inputs, labels)
        return tuple(landscape.loss(landscape.flatten(ends)).tolist())
    correct: Tensor = forward(layers, ends, inputs).argmax(2) == labels  # (seeds, examples)
    return tuple((correct.sum(1, dtype=torch.float64) / len(labels)).tolist())


def _by_name(model: Model, members: Sequence[Member]) -> dict[str, list[np.ndarray]]:
    ends = [model.end(member) for member in members]
    return {name: [end[name] for end in ends] for name in ends[0]}


def measure_finding(model: Model, question: MeasureQuestion) -> MeasureFinding:
    """Both sides of a comparison, and the least difference that the measure can show."""
    right = values_of(model, question.right) if isinstance(question.right, MeasurePlan) else None
    measures = [side for side in (question.left, question.right) if isinstance(side, MeasurePlan)]
    sizes = [len(model.split(side.dataset, side.split)[1]) for side in measures if side.name == "accuracy"]
    resolution = 1 / min(sizes) if sizes else 0.0
    return MeasureFinding(left=values_of(model, question.left), right=right, resolution=resolution)
