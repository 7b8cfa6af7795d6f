"""Training: one loop for all seeds of a job, stacked as lanes of one program.

Lanes never mix: every operation acts on each lane by itself, in shapes that depend on the number of lanes but not on
what they hold, so that a lane's bits do not depend on its neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from catlearn.network.randomness import Dropout, data_order
from catlearn.network.stacked import cross_entropy, forward_columns
from catlearn.plan.ir import TrainJob
from catlearn.runs.program import Program


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Where all lanes stand: trained parameters (lanes, P), optimiser states (lanes, P) each, and the clock: the
    number of steps since the optimiser and the data were started afresh."""

    theta: Tensor
    states: tuple[Tensor, ...]
    clock: int


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """What training went through: the point at its end; all parameters, frozen ones included, at the checkpoints
    (checkpoints, lanes, P), with the steps at which they were taken, from 0; and the batch loss before each step
    (steps, lanes)."""

    end: Point
    steps: tuple[int, ...]
    checkpoints: Tensor
    losses: Tensor


def train(program: Program, start: Point, report: Callable[[int], None]) -> Path:
    """Take the steps of a job from a start, in all lanes; `report` is told the step at each checkpoint."""
    job, frozen, size = program.job, program.frozen, program.job.batch
    network, trained = program.network, program.trained
    epoch_steps = steps_per_epoch(job, program.train.examples)
    theta, states, clock = start.theta, start.states, start.clock  # (lanes, P)
    losses = torch.empty(job.steps, len(theta))
    steps, checkpoints = [0], [network.flatten({**frozen, **trained.unflatten(theta)})]
    for step in range(1, job.steps + 1):
        epoch, position = divmod(clock, epoch_steps)
        if position == 0 or step == 1:
            order = epoch_order(program, epoch)  # (lanes, n)
        inputs, labels = program.train.batch(order[:, position * size : (position + 1) * size])  # (lanes, batch, d)
        variable = theta.detach().requires_grad_()  # (lanes, P)
        parameters = {**frozen, **trained.unflatten(variable)}
        noise = Dropout(program.seeds, clock)
        logits = forward_columns(program.layers, parameters, inputs.mT, noise)  # (lanes, classes, batch)
        loss = cross_entropy(logits, labels).mean(1)  # (lanes,)
        (gradient,) = torch.autograd.grad(loss.sum(), variable)  # (lanes, P)
        clock += 1
        theta, states = program.update.step(theta, gradient, clock, states)
        losses[step - 1] = loss.detach()
        if step % job.checkpoint_every == 0 or step == job.steps:
            steps.append(step)
            checkpoints.append(network.flatten({**frozen, **trained.unflatten(theta)}))
            report(step)
    return Path(Point(theta, states, clock), tuple(steps), torch.stack(checkpoints), losses)


def epoch_order(program: Program, epoch: int) -> Tensor:
    """The order of the examples in one epoch, of each lane's own seed: int64 (lanes, n)."""
    dataset, examples = program.job.dataset, program.train.examples
    return torch.stack([data_order(dataset, seed, epoch, examples) for seed in program.seeds])


def steps_per_epoch(job: TrainJob, examples: int) -> int:
    """Whole batches, and one more for the remainder where the job keeps it."""
    whole, remainder = divmod(examples, job.batch)
    return whole + (1 if job.keep_last and remainder else 0)
