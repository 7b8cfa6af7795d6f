"""Rows of one GPU: many runs as lanes of one program against the same runs one after the other, both on it.

What is timed are steps of training, of runs and models that have been made before; that runs are evaluated and stored
is not timed, since thousands of files take the same time whatever trains them.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial

import torch

from benchmarks import engine, lanes, loops
from benchmarks.harness import Figure, Unmeasured, alternating, ratios, row
from catlearn.network.device import reproducible
from catlearn.runs.lanes import begin
from catlearn.runs.program import Lane
from catlearn.runs.train import train

RATE = "  run a{index} : A@init -> A@a{index} {{ like = a, optimiser = adam(lr = {rate}) }}\n"


def text(widths: Sequence[int], batch: int, epochs: int, rates: int, seeds: int) -> str:
    """A specification of a sweep: so many learning rates, each with so many seeds."""
    layers = " >> relu >> ".join(f"linear({width})" for width in widths)
    first = lanes.SPECIFICATION.format(layers=layers, batch=batch, epochs=epochs, spacing=epochs, last=seeds - 1)
    others = (RATE.format(index=index, rate=f"0.{1000 + index}") for index in range(1, rates))
    return first.rstrip().removesuffix("}") + "".join(others) + "}\n"


def speedup(
    device: torch.device,
    widths: Sequence[int],
    *,
    batch: int,
    epochs: int,
    rates: int,
    seeds: int,
    models: int,
    repeats: int = 3,
) -> Figure:
    """How many times as fast a run is trained among all of a sweep as in a loop, which trains `models` of them."""
    kind = "cpu" if device.type == "cpu" else "cuda"
    with engine.scratch() as directory:
        plan = engine.plan(text(widths, batch, epochs, rates, seeds), directory, kind, rates * seeds)
        raw = engine.data(plan, engine.prepared(plan, directory)).to(device)

    torch.manual_seed(0)
    networks = [lanes.model(widths).to(device) for _ in range(models)]
    rules = [torch.optim.Adam(network.parameters(), lr=0.001, fused=True) for network in networks]
    every = [Lane(job, seed) for job in plan.train for seed in job.seeds]
    program, begun = begin(every, [{}] * len(every), [raw], device, len(every))

    def loop() -> None:
        for network, adam in zip(networks, rules, strict=True):
            loops.train(network, adam, raw, batch, epochs)

    def stacked() -> None:
        with reproducible(device):
            ended = [lane for together in train(program, begun, lambda _: None) for lane in together]
        assert len(ended) == len(every)

    theirs, ours = alternating(repeats, loop, stacked, clock=partial(wall, device))
    values, steps = tuple(ratio * len(every) / models for ratio in ratios(theirs, ours)), plan.train[0].steps
    return Figure(values, f"{len(every):,} lanes, {steps} steps of {1000 * min(ours) / steps:.3g} ms")


def wall(device: torch.device, work: Callable[[], object]) -> float:
    """The seconds until a piece of work is done, on the device too."""
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    wait()
    began = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - began


def the_gpu() -> torch.device:
    """Raises `Unmeasured` where torch finds none."""
    if not torch.cuda.is_available():
        raise Unmeasured("there is no GPU here")
    return torch.device("cuda")


@row(
    "gpu-large",
    "one GPU, 512 lanes of the MLP of 118k parameters, against a loop on it, steps alone",
    at_least=200,
    bound="memory and arithmetic of the GPU: about 2.4 times what stacked products with CUDA graphs reach",
)
def large() -> Figure:
    """8 learning rates of 64 seeds."""
    return speedup(the_gpu(), lanes.LARGE, batch=128, epochs=200, rates=8, seeds=64, models=1)


@row(
    "gpu-small",
    "one GPU, 4,096 lanes of the MLP of 1.2k parameters, likewise",
    at_least=4000,
    bound="kernel launches: about 10 times what CUDA graphs reach, by one fused kernel",
)
def small() -> Figure:
    """64 learning rates of 64 seeds."""
    return speedup(the_gpu(), lanes.SMALL, batch=64, epochs=400, rates=64, seeds=64, models=1)
