"""How fast the losses on a sheet between two runs of the quickstart's network are taken."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import vector_to_parameters

from benchmarks.engine import scratch
from benchmarks.harness import Figure, alternating, ratios, row
from catlearn.evidence.sheet import LEAST_ROWS, halved, mesh_of
from catlearn.network.data import Data, load
from catlearn.network.landscape import NetworkLandscape
from catlearn.network.randomness import initial_parameters
from catlearn.plan.ir import Plan
from catlearn.store.store import Store
from catlearn.verbs import compile as compiled

QUICKSTART = Path(__file__).parent.parent / "examples" / "quickstart.cat"
COLUMNS = 21
"""Columns of the sheet: as many as a run of the quickstart has checkpoints."""

LOOPED = 60
"""Points at which the loop takes a loss."""


def module() -> nn.Module:
    """The network of the quickstart as a user would write it."""
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def sheet(plan: Plan) -> tuple[NetworkLandscape, Tensor, Data]:
    """The landscape of the quickstart's first run, the points of a straight sheet between two initialisations, which
    take as long as any others, and the data."""
    job = plan.train[0]
    with scratch() as directory:
        data = load(next(found for found in plan.datasets if found.digest == job.dataset), Store.open(directory))
    landscape = NetworkLandscape(job.layers, data.train_inputs, data.train_labels)
    ends = [
        landscape.flatten({name: tensor[None] for name, tensor in initial_parameters(job.layers, seed).items()})
        for seed in range(2)
    ]
    times = np.linspace(0.0, 1.0, COLUMNS)
    columns = np.stack([times, times, 1 - times], axis=1)
    runs = torch.cat([ends[0], ends[0] / 2, ends[1], ends[1] / 2])
    weights = halved(mesh_of(columns, LEAST_ROWS, 2, 2)).weights.reshape(-1, 4)
    return landscape, torch.from_numpy(weights).to(runs.dtype) @ runs, data


@row(
    "sheet-losses",
    "losses a second on a sheet of the quickstart's network, whole training split, against a loop over `module(x)`",
    at_least=5,
    bound="the two products take three fifths of the time: at most some 8.7x",
)
def losses() -> Figure:
    """One thread; the loop's losses are those of the sheet."""
    landscape, points, data = sheet(compiled(QUICKSTART))
    network, looped = module(), points[:: len(points) // LOOPED]

    def loop() -> list[float]:
        with torch.no_grad():
            return [_loss(network, point, data) for point in looped]

    assert np.allclose(loop(), landscape.loss(looped).numpy(), atol=1e-5)
    one_by_one, at_once = alternating(7, loop, lambda: landscape.loss(points))
    rates = [len(points) / seconds for seconds in at_once]
    values = ratios((seconds / len(looped) for seconds in one_by_one), (seconds / len(points) for seconds in at_once))
    return Figure(values, f"{np.median(rates):,.0f} losses a second over {len(data.train_labels):,} examples")


def _loss(network: nn.Module, point: Tensor, data: Data) -> float:
    vector_to_parameters(point, network.parameters())
    return float(functional.cross_entropy(network(data.train_inputs), data.train_labels))
