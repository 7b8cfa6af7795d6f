"""Heads on a frozen encoder: activations cached by the compiler against a loop that evaluates the encoder each step."""

from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks import engine
from benchmarks.harness import Figure, alternating, ratios, row
from catlearn.network.data import Data

IMAGES, EPOCHS, BATCH = 4000, 20, 50
TIMED = 2
"""Epochs of the loop that are timed: each of them is the same work."""

SPECIFICATION = """
dataset images {{ source = "images.npz" }}
map encoder : R[1, 28, 28] -> R[64] = conv2d(16, 3, padding = 1) >> relu >> conv2d(32, 3, padding = 1) >> relu
    >> maxpool(2) >> conv2d(32, 3, padding = 1) >> relu >> maxpool(2) >> flatten >> linear(64) >> relu
map head : R[64] -> R[10] = linear(10)
category P {{
  object E = params(encoder)
  object A = E * params(head)
  map enc : A -> E = project
  run whole : A@init -> A@whole {{ net = encoder >> head, data = images, loss = cross_entropy,
                                  optimiser = sgd(lr = 0.01), batch = {batch}, epochs = 1, seeds = 0..0 }}
}}
pullback F of enc : A -> E along enc(A@whole) {{
  leg inc : F -> A
  freeze E {{ buffers = fixed, mode = eval }}
}}
{heads}
"""
HEAD = """run head{number} : F@init -> F@head{number} {{ like = whole, optimiser = sgd(lr = {rate}), epochs = {epochs},
                                                   checkpoints = {epochs} epochs }}"""


def encoder() -> nn.Sequential:
    """The encoder of the specification."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 49, 64),
        nn.ReLU(),
    )


def uncached(data: Data) -> None:
    """Train a head for some epochs as a loop does that keeps nothing: each step begins with the encoder."""
    frozen, head = encoder(), nn.Linear(64, 10)
    descent = torch.optim.SGD(head.parameters(), lr=0.01)
    for _ in range(TIMED):
        for chosen in torch.randperm(len(data.train_labels)).split(BATCH):
            with torch.no_grad():
                features = frozen(data.train_inputs[chosen])
            loss = functional.cross_entropy(head(features), data.train_labels[chosen])
            descent.zero_grad()
            loss.backward()
            descent.step()


def write_images(directory: Path) -> None:
    """Bytes drawn by a fixed seed, of ten classes; a few to test on."""
    source = np.random.default_rng(0)
    arrays = {}
    for part, size in (("train", IMAGES), ("test", 100)):
        arrays[f"x_{part}"] = source.integers(0, 256, (size, 1, 28, 28), dtype=np.uint8)
        arrays[f"y_{part}"] = np.arange(size) % 10
    np.savez(directory / "images.npz", **arrays)


def speedup(heads: int, repeats: int) -> Figure:
    """How many times as fast so many heads are trained as one after the other in the loop, of which a part is timed."""
    rates = [0.01 * (1 + number) / heads for number in range(heads)]
    runs = "\n".join(HEAD.format(number=number, rate=rate, epochs=EPOCHS) for number, rate in enumerate(rates))
    with engine.scratch() as directory:
        write_images(directory)
        plan = engine.plan(SPECIFICATION.format(batch=BATCH, heads=runs), directory)
        store = engine.prepared(plan, directory, ["whole"])
        loop = partial(uncached, engine.data(plan, store))
        theirs, ours = alternating(repeats, loop, partial(engine.trained, plan, store))
    return Figure(
        tuple(heads * EPOCHS / TIMED * ratio for ratio in ratios(theirs, ours)),
        f"{TIMED} of {EPOCHS} epochs of one loop are timed",
    )


@row(
    "frozen-one",
    "one head on a frozen convolutional encoder, 4,000 images, 20 epochs, against a loop without a cache",
    at_least=12,
    bound="at most 20: the encoder is evaluated once and not in each of 20 epochs",
)
def one() -> Figure:
    """One head."""
    return speedup(1, repeats=3)


@row(
    "frozen-many",
    "32 heads on it with 32 learning rates, against 32 such loops",
    at_least=80,
    bound="at most 640: the encoder is evaluated once and not in each of 20 epochs of 32 heads",
)
def many() -> Figure:
    """32 heads, one encoder."""
    return speedup(32, repeats=3)
