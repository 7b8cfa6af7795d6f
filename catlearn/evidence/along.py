"""Measures of clouds along runs: a number for each checkpoint that is read, in each seed, and their mean."""

from collections.abc import Iterable, Sequence
from statistics import fmean

from catlearn.evidence.documents import CloudCurve
from catlearn.evidence.model import Model
from catlearn.evidence.representations import checkpoints, completed, rows, sides
from catlearn.plan.ir import CloudMeasurePlan, ReadJob


def curves(model: Model, measures: Iterable[object]) -> tuple[CloudCurve, ...]:
    """Those measures, each once, that are taken along runs, in the seeds that were trained to their ends."""
    paths = [found for found in measures if isinstance(found, CloudMeasurePlan) and found.terms.along is not None]
    return tuple(found for measure in dict.fromkeys(paths) if (found := _curve(model, measure)) is not None)


def _curve(model: Model, measure: CloudMeasurePlan) -> CloudCurve | None:
    """None where no seed has a value at each checkpoint, as where nothing corresponds in paths of different lengths."""
    jobs = [model.read_job(cloud) for cloud in measure.clouds]
    seeds = [seed for seed in model.run_job(jobs[0].run).seeds if completed(model, jobs, seed)]
    steps, along = _steps(model, jobs), measure.terms.along
    found = rows(model, measure, [(seed,) * sides(measure) for seed in seeds])
    if along is None or not found or any(len(row.values) != len(steps) for row in found):
        return None
    return CloudCurve(
        measure=name_of(model, measure),
        along=along,
        steps=steps,
        seeds=tuple(seeds),
        values=tuple(row.values for row in found),
        mean=tuple(_mean(values) for values in zip(*(row.values for row in found), strict=True)),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    """None where a seed has no number."""
    known = [value for value in values if value is not None]
    return fmean(known) if len(known) == len(values) else None


def _steps(model: Model, jobs: Sequence[ReadJob]) -> tuple[int, ...]:
    """The optimiser steps since the start of the first run of which a path is read, at which it is read."""
    job = next(job for job in jobs if job.every is not None)
    steps = model.steps(job.run)
    return tuple(steps[place] - steps[0] for place in checkpoints(model, job))


def name_of(model: Model, measure: CloudMeasurePlan) -> str:
    """A measure of clouds with runs by their names: `L(gd)` of a path, `L(@gd)` of a run's end."""
    jobs = [model.read_job(cloud) for cloud in measure.clouds]
    names = [model.run_job(job.run).name for job in jobs]
    if measure.name == "layerwise_affine":
        return f"layerwise_affine({' => '.join(names[:2])})"
    read = zip(jobs, names, strict=True)
    clouds = (f"{job.functor}({'@' if job.every is None else ''}{name})" for job, name in read)
    low, high = measure.scale or (0.0, 0.0)
    homology = f", degree = {measure.degrees[0]}, scale = {low:g}..{high:g}" if measure.scale else ""
    return f"{measure.name}({', '.join(clouds)}{homology})"
