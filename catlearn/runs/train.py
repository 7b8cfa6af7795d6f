"""Training: one loop for all lanes of a program.

Lanes never mix: products are batched over lanes, everything else acts on each number by itself or within a lane, and
numbers that differ between lanes are columns. A lane's bits therefore depend neither on the lanes beside it nor on
how many there are. That holds for one intra-op thread. On a GPU, whose library may take other kernels for products of
more matrices, a program is filled up to one number of lanes; what is left is that a batched product treats its matrices
alike whatever their places, which the library does not promise.

Paths are on the processor, wherever the lanes are trained.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import groupby

import torch
from torch import Tensor

from catlearn.network.alignment import ALIGNMENT
from catlearn.network.dense import Descent
from catlearn.network.losses import LOSSES
from catlearn.network.normalisation import BatchStatistics
from catlearn.network.randomness import Dropout
from catlearn.network.stacked import forward_columns
from catlearn.runs.batches import Batch, Batches
from catlearn.runs.fusion import compiles
from catlearn.runs.program import Lane, Program, Task, filled_up, frozen_blocks, written_out
from catlearn.runs.replay import Step, repeatable
from catlearn.runs.update import Update


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Where a lane stands: trained parameters (P,), optimiser states (P,) each, the clock, which is the number of steps
    since the optimiser and the data were started afresh, and the buffers (B,) of blocks that are not frozen."""

    theta: Tensor
    states: tuple[Tensor, ...]
    clock: int
    buffers: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """What a lane went through so far: the steps from `@init` before its job; the point where it stands; all
    parameters, frozen ones included, at the checkpoints (checkpoints, all P), with the steps of the job after which
    they were taken; the batch loss before each step (steps,); and its share of the seconds that its program took: of
    one core, or of a GPU."""

    before: int
    end: Point
    steps: tuple[int, ...]
    checkpoints: Tensor
    losses: Tensor
    seconds: float = 0.0

    @property
    def taken(self) -> int:
        """The steps of the job so far."""
        return len(self.losses)

    @property
    def size(self) -> int:
        """The bytes of the point where the lane stands, and of one checkpoint."""
        return sum(tensor.nbytes for tensor in (self.end.theta, *self.end.states, self.checkpoints[0]))


Watch = Callable[["Training"], None]
"""Called after each step of a program."""


def train(program: Program, begun: Sequence[Path], watch: Watch) -> Iterator[dict[int, Path]]:
    """Take the steps that are left of each lane's job, from where its path stands; all stand at the same clock. Gives
    the whole paths of lanes, by their positions, as soon as they are at their ends: those together that are at once."""
    paths = dict(enumerate(begun))
    while paths:
        ended = {lane: path for lane, path in paths.items() if path.taken == program.lanes[lane].job.steps}
        if ended:
            yield ended
        left = [lane for lane in paths if lane not in ended]
        if not left:
            return
        training = Training(program.only(left), [paths[lane] for lane in left])
        training.advance(watch)
        paths = dict(zip(left, training.paths(), strict=True))
        del training  # its memory, before what has ended is evaluated


class Training:
    """Lanes under way, stacked: until the first of them is at its end."""

    def __init__(self, of: Program, paths: Sequence[Path]) -> None:
        """Each lane of a program continues its path; the paths themselves are not changed."""
        self.lanes: tuple[Lane, ...] = of.lanes
        """Those whose paths are asked for; beside them are those that fill the program up."""
        self.program = program = of.filled()
        self._begun = begun = filled_up(paths, of.least)
        (self.clock,) = {path.end.clock for path in begun}
        self._theta = _stacked([path.end.theta for path in begun], program.device)  # (lanes, aligned P)
        self._gradient = torch.zeros_like(self._theta)
        buffers = torch.stack([path.end.buffers for path in begun]).to(program.device)
        self._buffers = program.buffers.unflatten(buffers)  # (lanes, …) each
        self._fixed = frozen_blocks(program.job)
        self._states = [_states(rows, begun, program.device) for rows in _same_structure(program)]
        self._updates = self._updating()
        self._batches = [Batches(program, task) for task in program.tasks]
        self._steps = min(lane.job.steps - path.taken for lane, path in zip(program.lanes, begun, strict=True))
        self._leaves = {name: view.detach().requires_grad_() for name, view in self._trained().items()}
        self._written = self._descent()
        self._repeated: Step | None = None
        self._losses = self._theta.new_empty(self._steps, len(begun))
        self._kept: list[list[tuple[int, Tensor]]] = [[] for _ in begun]
        self._seconds = time.thread_time if program.device.type == "cpu" else time.perf_counter
        self._since = self._seconds()
        self.count = 0
        """The steps that each lane has taken here."""

    def advance(self, watch: Watch) -> None:
        """Take the steps until the first lane is at its end."""
        due = self._due()
        while self.count < self._steps:
            batches = [batches.at(self.clock) for batches in self._batches]
            self.clock += 1
            for update in self._updates:
                update.at(self.clock)
            self._losses[self.count] = self._step(batches)
            self.count += 1
            if self.count in due:
                self._keep(due[self.count])
            watch(self)
        self._repeated = None

    def paths(self) -> tuple[Path, ...]:
        """The paths of all lanes up to now. Their ends move on as training does."""
        theta, losses = self._theta[: len(self.lanes)].cpu(), self._losses[: self.count].cpu()
        states = [(rows, [state.cpu() for state in states]) for rows, states in self._states]
        points = {
            lane: [theta[lane], *(state[row] for state in own)]
            for rows, own in states
            for row, lane in enumerate(rows)
            if lane < len(self.lanes)
        }
        buffers = {name: tensor.cpu() for name, tensor in self._buffers.items()}
        return tuple(self._path(lane, points[lane], buffers, losses[:, lane]) for lane in range(len(self.lanes)))

    def _trained(self) -> dict[str, Tensor]:
        """The trained tensors (lanes, …), as views."""
        return self._views(self._theta)

    def _views(self, rows: Tensor) -> dict[str, Tensor]:
        """Rows (lanes, aligned P) as tensors (lanes, …)."""
        return self.program.trained.unflatten(self._cut(rows))

    def _cut(self, rows: Tensor) -> Tensor:
        """Rows without what aligns them."""
        return rows[..., : self.program.trained.dimension]

    def _updating(self) -> list[Update]:
        """The update of each group of lanes, on their slices."""
        program = self.program
        slices = [(slice(rows.start, rows.stop), states) for rows, states in self._states]
        compiled = compiles(program.device, len(program.lanes) * program.trained.dimension)
        return [
            Update(program.rules[rows], self._theta[rows], self._gradient[rows], states, program.epoch_steps, compiled)
            for rows, states in slices
        ]

    def _descent(self) -> Descent | None:
        """The gradient written out, where one dense network is learnt."""
        job = self.program.job
        layers = written_out(job, [task.layers for task in self.program.tasks])
        if layers is None:
            return None
        parameters = {**self.program.frozen, **self._trained()}
        return Descent(layers, parameters, self._views(self._gradient), job.loss, job.batch)

    def _step(self, batches: Sequence[Batch]) -> Tensor:
        """Take a step on a batch of each task; gives the losses (lanes,) before it. Where the gradient is written out,
        each step is the first one again: it finds the numbers of its batches, and all others, in the same memory."""
        if not self._writes_out(batches):
            return self._taken(batches)
        if self._repeated is None:
            moved = (self._theta, *(state for _, states in self._states for state in states))
            self._repeated = repeatable(partial(self._taken, batches), moved)
        return self._repeated()

    def _taken(self, batches: Sequence[Batch]) -> Tensor:
        losses, clip = self._differentiate(batches), self.program.job.clip
        if clip is not None:
            clip_norms(self._gradient, clip)
        for update in self._updates:
            update.apply()
        return losses

    def _writes_out(self, batches: Sequence[Batch]) -> bool:
        """Whether the gradient on these batches is written out: on whole ones, where one dense network is learnt."""
        return self._written is not None and batches[0][1].shape[1] == self.program.job.batch

    def _differentiate(self, batches: Sequence[Batch]) -> Tensor:
        """The losses (lanes,) on a batch of each task, their gradient written: by hand where it is known, and else, as
        for what a dataset leaves over, by autograd."""
        if self._written is not None and self._writes_out(batches):
            return self._written(*batches[0])
        loss = self._loss({**self.program.frozen, **self._leaves}, batches)
        gradients = torch.autograd.grad(loss, tuple(self._leaves.values()), torch.ones_like(loss))
        torch.cat([gradient.flatten(1) for gradient in gradients], dim=1, out=self._cut(self._gradient))
        return loss.detach()

    def _loss(self, parameters: Mapping[str, Tensor], batches: Sequence[Batch]) -> Tensor:
        """The losses (lanes,) on a batch of each task, at parameters (lanes, …): the sum of those of the tasks."""
        losses = (
            self._loss_of(task, *batch, parameters) for task, batch in zip(self.program.tasks, batches, strict=True)
        )
        return reduce(torch.add, losses)

    def _loss_of(self, task: Task, inputs: Tensor, labels: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        """The losses (lanes,) of a task. Buffers that tasks share follow the batch of each in turn."""
        program = self.program
        statistics = BatchStatistics({**program.frozen, **self._buffers}, self._fixed)
        # (lanes, classes, batch)
        outputs = forward_columns(task.layers, parameters, inputs.mT, self._noise(), statistics)
        self._buffers |= statistics.updated
        return LOSSES[program.job.loss](outputs, labels).mean(1)

    def _noise(self) -> Dropout:
        steps = (path.before + path.taken + self.count for path in self._begun)
        return Dropout(tuple(lane.seed for lane in self.program.lanes), tuple(steps))

    def _due(self) -> dict[int, list[int]]:
        """The lanes that have a checkpoint after each step, counted as `count` is."""
        due: dict[int, list[int]] = {}
        for position, (lane, path) in enumerate(zip(self.lanes, self._begun, strict=False)):
            every, left = lane.job.checkpoint_every, lane.job.steps - path.taken
            counts = range(every - path.taken % every, self._steps + 1, every)
            for count in dict.fromkeys((*counts, *((left,) if left == self._steps else ()))):
                due.setdefault(count, []).append(position)
        return due

    def _keep(self, lanes: Sequence[int]) -> None:
        """Keep a checkpoint of some lanes."""
        tensors = {**self.program.frozen, **self._trained(), **self._buffers}
        own = {name: tensor[: len(self.lanes)] for name, tensor in tensors.items()}
        points = self.program.network.flatten(own).cpu()
        for lane in lanes:
            self._kept[lane].append((self._begun[lane].taken + self.count, points[lane]))

    def _path(self, lane: int, point: Sequence[Tensor], buffers: Mapping[str, Tensor], losses: Tensor) -> Path:
        """The path of a lane that stands at parameters and states, with the buffers of all lanes."""
        path, kept = self._begun[lane], self._kept[lane]
        theta, *ended = map(self._cut, point)
        own = self.program.buffers.point({name: tensor[lane] for name, tensor in buffers.items()})
        return Path(
            path.before,
            Point(theta, tuple(ended), self.clock, own),
            (*path.steps, *(step for step, _ in kept)),
            torch.cat([path.checkpoints, *(point.unsqueeze(0) for _, point in kept)]),
            torch.cat([path.losses, losses]),
            path.seconds + (self._seconds() - self._since) / len(self.lanes),
        )


def clip_norms(gradients: Tensor, largest: float) -> None:
    """Scale each lane's gradient (lanes, P), in place, to a norm of at most the largest, as
    torch.nn.utils.clip_grad_norm_ does, 1e-6 included."""
    norms = torch.linalg.vector_norm(gradients, dim=1, keepdim=True)  # (lanes, 1)
    gradients.mul_((largest / (norms + 1e-6)).clamp_(max=1))


def _same_structure(program: Program) -> list[range]:
    """The neighbouring lanes whose rules have one structure."""
    groups = [
        list(group) for _, group in groupby(range(len(program.lanes)), lambda lane: program.rules[lane].structure)
    ]
    return [range(group[0], group[-1] + 1) for group in groups]


def _states(rows: range, begun: Sequence[Path], device: torch.device) -> tuple[range, tuple[Tensor, ...]]:
    """Some lanes with their stacked states."""
    columns = zip(*(begun[lane].end.states for lane in rows), strict=True)
    return rows, tuple(_stacked(column, device) for column in columns)


def _stacked(rows: Sequence[Tensor], device: torch.device) -> Tensor:
    """Points (P,) as rows (lanes, aligned P), filled up with zeros."""
    width = len(rows[0])
    stacked = torch.zeros(len(rows), width + -width % ALIGNMENT)
    torch.stack(tuple(rows), out=stacked[:, :width])
    return stacked.to(device)
