"""Runs on landscapes -> descent jobs."""

from collections.abc import Mapping

from catlearn.plan.digests import sealed
from catlearn.plan.expressions import rule_plan, to_node
from catlearn.plan.ir import (
    VERSIONS,
    DescentJob,
    LandscapePlan,
    Numerics,
    StartCheckpoint,
    StartInit,
    StartPoint,
    StartResume,
)
from catlearn.plan.naming import place
from catlearn.theory.theory import Descent, Landscape, Run, Theory


def landscape_plan(landscape: Landscape) -> LandscapePlan:
    """A landscape as it is evaluated: the ends of its box in double precision."""
    return LandscapePlan(
        name=landscape.name,
        variables=landscape.variables,
        box=tuple((float(low), float(high)) for low, high in landscape.box),
        expression=to_node(landscape.expression),
    )


def descent_job(
    theory: Theory, run: Run, name: str, parents: Mapping[str, str], replica: int, arithmetic: Numerics
) -> DescentJob:
    """The job of a run on a landscape whose predecessors are the jobs `parents`.

    Raises `ValueError` for a run of a network."""
    descent = run.descent
    if descent is None:
        raise ValueError(f"`{run.name}` is no run on a landscape")
    unsealed = DescentJob(
        version=VERSIONS["descend"],
        digest="",
        name=name,
        place=place(run.span),
        seeds=run.seeds,
        landscape=landscape_plan(theory.landscapes[descent.landscape]),
        rule=None if run.optimiser is None or descent.path else rule_plan(run.optimiser),
        steps=descent.steps,
        checkpoint_every=run.checkpoint[0],
        start=_start(run, descent, parents),
        path=tuple(tuple(map(float, vertex)) for vertex in descent.path),
        replica=replica,
    )
    return sealed(
        unsealed,
        outside={"name": True, "seeds": True, "rule": {"name": True}},
        numerics=arithmetic.on_processor.content,
    )


def _start(
    run: Run, descent: Descent, parents: Mapping[str, str]
) -> StartInit | StartPoint | StartCheckpoint | StartResume:
    if descent.start is not None:
        return StartPoint(point=tuple(map(float, descent.start)))
    if run.start_run is None:
        return StartInit()
    parent = parents[run.start_run]
    return StartCheckpoint(run=parent) if run.resume is None else StartResume(run=parent)
