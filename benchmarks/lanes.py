"""Many runs as lanes of one program against the same runs one after the other in a loop over `torch.optim.Adam`."""

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import nn

from benchmarks import engine, loops
from benchmarks.harness import Figure, alternating, ratios, row

SPECIFICATION = """
dataset digits {{ source = sklearn.digits, test = 0.25, seed = 0 }}
map net : R[64] -> R[10] = {layers}
category P {{
  object A = params(net)
  run a : A@init -> A@a {{ net = net, data = digits, loss = cross_entropy, optimiser = adam(lr = 0.001),
                          batch = {batch}, epochs = {epochs}, checkpoints = {spacing} epochs, seeds = 0..{last} }}
}}
"""


def model(widths: Sequence[int]) -> nn.Sequential:
    """A perceptron on 64 numbers with these widths, rectified between them."""
    parts: list[nn.Module] = []
    for inputs, outputs in zip((64, *widths[:-1]), widths, strict=True):
        parts += [nn.ReLU()] if parts else []
        parts.append(nn.Linear(inputs, outputs))
    return nn.Sequential(*parts)


def speedup(widths: Sequence[int], *, batch: int, lanes: int, epochs: int, repeats: int, models: int) -> Figure:
    """How many times as fast a run is trained among so many lanes as in the loop, which trains `models` of them."""
    layers = " >> relu >> ".join(f"linear({width})" for width in widths)
    text = SPECIFICATION.format(layers=layers, batch=batch, epochs=epochs, spacing=epochs, last=lanes - 1)
    adam = partial(torch.optim.Adam, lr=0.001)
    with engine.scratch() as directory:
        plan = engine.plan(text, directory)
        store = engine.prepared(plan, directory)
        data = engine.data(plan, store)
        loop = partial(loops.sequential, partial(model, widths), adam, data, models=models, batch=batch, epochs=epochs)
        theirs, ours = alternating(repeats, loop, partial(engine.trained, plan, store))
    parameters = sum(parameter.numel() for parameter in model(widths).parameters())
    values = tuple(ratio * lanes / models for ratio in ratios(theirs, ours))
    return Figure(values, f"{parameters:,} parameters, {plan.train[0].steps} steps")


SMALL, LARGE = (16, 10), (308, 308, 10)


@row(
    "lanes-small",
    "32 lanes of an MLP of 1.2k parameters, batch 64, Adam, against a loop over `torch.optim.Adam`, one thread",
    at_least=9,
    bound="the loop spends its time in calls, not in arithmetic: 1.3 GFLOP/s of some 66",
)
def small() -> Figure:
    """Where batching gains most."""
    return speedup(SMALL, batch=64, lanes=32, epochs=40, repeats=5, models=4)


@row(
    "lanes-large",
    "32 lanes of an MLP of 118k parameters, batch 128, likewise",
    at_least=1.8,
    bound="the products of a step take about a third of the loop's step: at most some 3x",
)
def large() -> Figure:
    """Where batching gains little."""
    return speedup(LARGE, batch=128, lanes=32, epochs=10, repeats=5, models=4)


GRID = {SMALL: (1, 2, 8, 32, 64), (96, 64, 10): (1, 2, 8, 32, 64), LARGE: (1, 2, 8, 32), (1024, 1024, 10): (1, 4)}
"""The numbers of lanes that are measured at each size, and fewer of them where each takes longer."""


@row(
    "lanes-any",
    "the worst of 1 to 64 lanes of MLPs of 1.2k to 1.1M parameters, batch 64, likewise",
    at_least=1,
    bound="at 1.1M parameters the loop's time is arithmetic, which a run has too, and four times its numbers to write",
)
def any_size() -> Figure:
    """The figure is the worst median."""
    found = {(widths, lanes): _of_grid(widths, lanes) for widths, counts in GRID.items() for lanes in counts}
    widths, lanes = min(found, key=lambda place: found[place].value)
    by_size = (f"{found[each, 1].seen}: {_medians(each, found)}" for each in GRID)
    return Figure(found[widths, lanes].values, f"worst at {lanes} lanes of widths {widths}; {'; '.join(by_size)}")


def _of_grid(widths: Sequence[int], lanes: int) -> Figure:
    """One place of the grid: fewer steps where each takes longer."""
    epochs = {SMALL: 20, (96, 64, 10): 10, LARGE: 4}.get(tuple(widths), 1)
    return speedup(widths, batch=64, lanes=lanes, epochs=epochs, repeats=3, models=min(lanes, 2))


def _medians(widths: tuple[int, ...], found: Mapping[tuple[tuple[int, ...], int], Figure]) -> str:
    return ", ".join(f"{lanes}: {found[widths, lanes].value:.2g}" for lanes in GRID[widths])
