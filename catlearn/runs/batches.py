"""The batches of an epoch: each lane reads the examples in the order of its own seed.

Orders are drawn on the processor, so that they are the same on every device."""

import torch
from torch import Tensor

from catlearn.network.randomness import data_order
from catlearn.runs.program import Program, Task, batches_in

Batch = tuple[Tensor, Tensor]
"""Inputs (lanes, batch, d) and labels (lanes, batch)."""


class Batches:
    """The batches of a task that the lanes of a program train on, by the clock. The order of one epoch of its dataset
    is kept at a time; after it the dataset begins anew, in another order."""

    def __init__(self, program: Program, task: Task) -> None:
        features, job = task.train, program.job
        self._dataset, self._features = task.dataset, features
        self._size, self._epoch_steps = job.batch, batches_in(job, features)
        self._inputs = features.inputs.flatten(0, 1)  # (sources n, d)
        sources = torch.tensor(features.source, device=program.device)
        self._offsets = sources.unsqueeze(1) * features.examples  # (lanes, 1)
        seeds = [lane.seed for lane in program.lanes]
        self._seeds = tuple(dict.fromkeys(seeds))
        places = {seed: place for place, seed in enumerate(self._seeds)}
        self._own = torch.tensor([places[seed] for seed in seeds], device=program.device)  # (lanes,)
        self._epoch, self._rows, self._labels = -1, self._offsets, self._offsets
        self._gathered = self._inputs.new_empty(len(program.lanes) * job.batch, self._inputs.shape[1])
        self._answers = features.labels.new_empty(len(program.lanes), job.batch)

    def at(self, clock: int) -> Batch:
        """The batch of the step after so many, which that of the next step overwrites: memory that is new at every step
        costs as much as a sixth of the step, and a step that is replayed reads the same memory each time."""
        epoch, position = divmod(clock, self._epoch_steps)
        if epoch != self._epoch:
            self._begin(epoch)
        start, end = position * self._size, (position + 1) * self._size
        rows = self._rows[:, start:end]
        gathered = self._gathered[: rows.numel()]
        torch.index_select(self._inputs, 0, rows.reshape(-1), out=gathered)
        answers = self._answers[:, : rows.shape[1]].copy_(self._labels[:, start:end])
        return gathered.view(*rows.shape, -1), answers

    def _begin(self, epoch: int) -> None:
        """Draw the order (lanes, n) of an epoch, once for each seed."""
        drawn = [data_order(self._dataset, seed, epoch, self._features.examples) for seed in self._seeds]
        order = torch.stack(drawn).to(self._own.device)[self._own]
        self._epoch, self._rows, self._labels = epoch, order + self._offsets, self._features.labels[order]
