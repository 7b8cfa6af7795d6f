"""Runs on landscapes: update rules along exact gradients in double precision, and polylines as they are given."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from catlearn.category.expression import Expression, interpret
from catlearn.network.landscape import DOUBLES, AnalyticLandscape, analytic
from catlearn.network.randomness import generator
from catlearn.network.threads import single_threaded
from catlearn.plan.expressions import pairs
from catlearn.plan.ir import DescentJob, Plan, RulePlan, StartInit, StartPoint, StartResume
from catlearn.runs.execute import Result
from catlearn.store.record import RunRecord
from catlearn.store.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where some seeds stand: points (seeds, d), optimiser states (seeds, d) by name, and the clock of the rule."""

    theta: Tensor
    states: Mapping[str, Tensor]
    clock: int


@dataclass(frozen=True, slots=True, eq=False)
class Polyline:
    """The checkpoints (checkpoints, seeds, d) of some seeds with their steps, and the state at the end."""

    checkpoints: Tensor
    steps: tuple[int, ...]
    end: State


def descend(plan: Plan, store: Store, jobs: Collection[str] | None = None) -> tuple[Result, ...]:
    """Make the runs on landscapes that a store lacks, of the jobs with these digests and of those that they start
    from; None for all. It takes milliseconds a run, so that it is done where it is asked for. Raises `StoreError`."""
    wanted = {job.digest: set(job.seeds if jobs is None or job.digest in jobs else ()) for job in plan.descend}
    for job in reversed(plan.descend):
        if not isinstance(job.start, StartInit | StartPoint):
            wanted[job.start.run] |= wanted[job.digest]
    return tuple(_result(store, job, seed) for job in plan.descend for seed in sorted(wanted[job.digest]))


def _result(store: Store, job: DescentJob, seed: int) -> Result:
    """What became of one seed, made now where the store has it not."""
    stored = store.run_record(job.digest, seed)
    if stored is None:
        store.write_text(f"runs/{job.digest}/job.json", job.to_json())
    record = stored or _committed(store, job, seed)
    return Result(job.digest, job.name, seed, record.status, record.reason, stored is not None)


def _committed(store: Store, job: DescentJob, seed: int) -> RunRecord:
    began, parent = time.perf_counter(), _parent(store, job, seed)
    if parent is not None and parent.status != "completed":
        lost = f"starts from run `{parent.name}`, seed {seed}, which diverged"
        return store.commit_run(_record(job, seed, (), torch.empty(0), lost, 0, 0.0), {})
    with single_threaded():
        begin = _begin(store, job, seed)
        polyline = _along(job) if job.path else _descended(job, begin)
    points = polyline.checkpoints[:, 0]  # (checkpoints, d)
    losses = analytic(job.landscape).loss(points)
    kept, reason = _inside(job, points, losses, polyline.steps)
    before = 0 if parent is None else parent.steps[-1]
    steps = tuple(before + step for step in polyline.steps[:kept])
    clock = polyline.end.clock if reason is None else begin.clock + (polyline.steps[kept - 1] if kept else 0)
    record = _record(job, seed, steps, losses[:kept], reason, clock, time.perf_counter() - began)
    name = f"{job.landscape.name}.point"
    arrays = {name: points[:kept].numpy()}
    if reason is None:
        arrays |= {f"state:{state}:{name}": value[0].numpy() for state, value in polyline.end.states.items()}
    return store.commit_run(record, arrays)


def _record(
    job: DescentJob, seed: int, steps: tuple[int, ...], losses: Tensor, reason: str | None, clock: int, seconds: float
) -> RunRecord:
    return RunRecord(
        job=job.digest,
        name=job.name,
        seed=seed,
        status="completed" if reason is None else "diverged",
        reason=reason,
        steps=steps,
        step=clock,
        train_loss=tuple(losses.tolist()),
        test_loss=(),
        test_accuracy=(),
        frozen=(),
        trajectory_sha256="",
        seconds=seconds,
    )


def _parent(store: Store, job: DescentJob, seed: int) -> RunRecord | None:
    return None if isinstance(job.start, StartInit | StartPoint) else store.run_record(job.start.run, seed)


# Where runs begin.


def initial_point(landscape: AnalyticLandscape, name: str, seed: int) -> Tensor:
    """`@init` of one seed, float64 (d,): uniform in the box, keyed by seed and the landscape's name."""
    low, high = torch.tensor(landscape.box, dtype=torch.float64).unbind(1)
    drawn = torch.rand(len(low), dtype=torch.float64, generator=generator("initial values", seed, name))
    return low + (high - low) * drawn


def _begin(store: Store, job: DescentJob, seed: int) -> State:
    if isinstance(job.start, StartInit):
        return _fresh(job, initial_point(analytic(job.landscape), job.landscape.name, seed))
    if isinstance(job.start, StartPoint):
        return _fresh(job, torch.tensor(job.start.point, dtype=torch.float64))
    arrays, name = store.trajectory(job.start.run, seed), f"{job.landscape.name}.point"
    fresh = _fresh(job, torch.from_numpy(np.array(arrays[name][-1])))
    if not isinstance(job.start, StartResume):
        return fresh
    record = store.run_record(job.start.run, seed)
    kept = {state: torch.from_numpy(np.array(arrays[f"state:{state}:{name}"]))[None] for state in fresh.states}
    return State(fresh.theta, kept, 0 if record is None else record.step)


def _fresh(job: DescentJob, point: Tensor) -> State:
    """A point (d,) with the rule's states as they are before its first step."""
    theta = point[None]
    if job.rule is None:
        return State(theta, {}, 0)
    values = {"theta": theta, **_arguments(job.rule)}
    states = {name: _value(value, values).expand_as(theta).clone() for name, value in pairs(job.rule.states)}
    return State(theta, states, 0)


# How they go on.


def _along(job: DescentJob) -> Polyline:
    vertices = torch.tensor(job.path, dtype=torch.float64)[:, None]
    return Polyline(vertices, tuple(range(len(job.path))), State(vertices[-1], {}, job.steps))


def _descended(job: DescentJob, state: State) -> Polyline:
    """Take the steps of a job. Raises `ValueError` for one without a rule."""
    if job.rule is None:
        raise ValueError(f"`{job.name}` has neither a rule nor a path")
    landscape, equations = analytic(job.landscape), pairs(job.rule.equations)
    arguments = _arguments(job.rule)
    steps, checkpoints = [0], [state.theta]
    for step in range(1, job.steps + 1):
        state = _step(landscape, equations, arguments, state)
        if step % job.checkpoint_every == 0 or step == job.steps:
            steps.append(step)
            checkpoints.append(state.theta)
    return Polyline(torch.stack(checkpoints), tuple(steps), state)


def _step(
    landscape: AnalyticLandscape,
    equations: Sequence[tuple[str, Expression]],
    arguments: Mapping[str, Tensor],
    state: State,
) -> State:
    clock = torch.tensor(float(state.clock + 1), dtype=torch.float64)
    values = {"theta": state.theta, "g": landscape.gradient(state.theta), "t": clock, **arguments, **state.states}
    for name, equation in equations:
        values[name if name.endswith("'") else f"{name}'"] = _value(equation, values).expand_as(state.theta)
    return State(values["theta'"], {name: values[f"{name}'"] for name in state.states}, state.clock + 1)


def _arguments(rule: RulePlan) -> dict[str, Tensor]:
    values: dict[str, Tensor] = {}
    for name, value in pairs(rule.arguments):
        values[name] = _value(value, values)
    return values


def _value(expression: Expression, values: Mapping[str, Tensor]) -> Tensor:
    return interpret(DOUBLES, expression, values)


def _inside(job: DescentJob, points: Tensor, losses: Tensor, steps: Sequence[int]) -> tuple[int, str | None]:
    """How many checkpoints come before the run leaves its box or the finite numbers, and where it does."""
    finite, inside = losses.isfinite(), analytic(job.landscape).inside(points)
    fine = (finite & inside).tolist()
    if all(fine):
        return len(fine), None
    kept = fine.index(False)
    what = "the loss is not finite" if inside[kept] else f"it leaves the box of `{job.landscape.name}`"
    return kept, f"{what} at step {steps[kept]}"
