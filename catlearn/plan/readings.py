"""Claims of a theory -> read jobs: what is read of which runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from catlearn.plan.digests import sealed
from catlearn.plan.ir import VERSIONS, Normalisation, ReadJob, RunJob, Split, TrainJob
from catlearn.plan.naming import place
from catlearn.plan.training import Training, dataset_plan
from catlearn.theory.functors import trace_steps
from catlearn.theory.measures import parts_of
from catlearn.theory.settings import network_layers
from catlearn.theory.theory import (
    ClassMeasure,
    ClassMeasureProposition,
    CloudMeasure,
    CloudRead,
    Combination,
    Correlation,
    CorrelationProposition,
    Functor,
    LayerwiseMeasure,
    MeasureProposition,
    Proposition,
    Quantity,
    SeedCountProposition,
    ShapeProposition,
    Theory,
)


@dataclass(frozen=True)
class LayerRead:
    """What is seen after some layers of a run's network, at its end or at every checkpoint."""

    run: str
    depth: int
    probe: str
    path: bool = False


@dataclass(frozen=True)
class Readings:
    """The read jobs of a theory: `of_run` gives the job of what a functor reads of a run."""

    of_run: Mapping[CloudRead | LayerRead, ReadJob]

    @property
    def jobs(self) -> tuple[ReadJob, ...]:
        """Each job once: runs that are one job are read once."""
        return tuple({job.digest: job for job in self.of_run.values()}.values())


def readings(theory: Theory, trained: Training) -> Readings:
    """One read job for each cloud and path of clouds that a claim is about."""
    parts = (part for claim in theory.claims.values() for part in parts_of(claim.proposition))
    clouds = dict.fromkeys(cloud for part in parts for cloud in _clouds_read(theory, part))
    return Readings({cloud: _job_of(theory, trained, cloud) for cloud in clouds})


def _job_of(theory: Theory, trained: Training, read: CloudRead | LayerRead) -> ReadJob:
    """What a functor reads, or what is seen after some layers, as a job."""
    if isinstance(read, LayerRead):
        return _layer_job(theory, trained, read)
    return _read_job(theory, trained, read)


def _layer_job(theory: Theory, trained: Training, read: LayerRead) -> ReadJob:
    probe = theory.probes[read.probe]
    unsealed = ReadJob(
        version=VERSIONS["read"],
        digest="",
        functor=f"layer {read.depth}",
        place=place(probe.span),
        run=trained.of_run[read.run],
        depth=read.depth,
        dataset=dataset_plan(theory.datasets[probe.dataset]).digest,
        split=cast(Split, probe.split),
        size=probe.size,
        normalise="none",
        every=_spacing(trained.jobs[trained.of_run[read.run]]) if read.path else None,
    )
    return sealed(unsealed, outside={"functor": True})


def _spacing(job: RunJob) -> int:
    """The steps between two checkpoints; of a run that was trained elsewhere every one is read."""
    return 1 if isinstance(job, TrainJob) and job.imported is not None else job.checkpoint_every


def layers_read(theory: Theory, measure: LayerwiseMeasure) -> tuple[LayerRead, ...]:
    """Both runs after the first layer, after the second, and so on."""
    depth = len(network_layers(theory, theory.runs[measure.left].network))
    runs = measure.left, measure.right
    path = measure.along is not None
    return tuple(LayerRead(run, layer, measure.probe, path) for layer in range(1, depth + 1) for run in runs)


def _clouds_read(theory: Theory, part: Proposition) -> Iterator[CloudRead | LayerRead]:
    """The clouds that a proposition is about."""
    match part:
        case ShapeProposition():
            yield from part.clouds
        case MeasureProposition(left, _, right) | SeedCountProposition(left, _, right):
            yield from (*_clouds_measured(theory, left), *_clouds_measured(theory, right))
        case CorrelationProposition(correlation):
            yield from _clouds_measured(theory, correlation)
        case ClassMeasureProposition(quantity=ClassMeasure(_, CloudMeasure() as measure, runs)):
            yield from (cloud for run in runs for cloud in clouds_of(measure, run))


def _clouds_measured(theory: Theory, quantity: Quantity) -> Iterator[CloudRead | LayerRead]:
    match quantity:
        case CloudMeasure(clouds=clouds):
            yield from clouds
        case LayerwiseMeasure():
            yield from layers_read(theory, quantity)
        case Combination(_, left, right):
            yield from (*_clouds_measured(theory, left), *_clouds_measured(theory, right))
        case Correlation(_, first, second, given):
            for inner in (first, second, given):
                yield from _clouds_measured(theory, inner) if inner is not None else ()


def clouds_of(measure: CloudMeasure, run: str) -> tuple[CloudRead, ...]:
    """The cloud of a measure as it is read of another run."""
    return tuple(replace(cloud, run=run) for cloud in measure.clouds)


def _read_job(theory: Theory, trained: Training, cloud_read: CloudRead) -> ReadJob:
    functor, run = theory.functors[cloud_read.functor], cloud_read.run
    probe = theory.probes[functor.probe]
    cloud = theory.clouds[dict(functor.object_images)[theory.runs[run].space]]
    unsealed = ReadJob(
        version=VERSIONS["read"],
        digest="",
        functor=functor.name,
        place=place(functor.span),
        run=trained.of_run[run],
        depth=depth_of(theory, functor, run),
        dataset=dataset_plan(theory.datasets[probe.dataset]).digest,
        split=cast(Split, probe.split),
        size=probe.size,
        normalise=cast(Normalisation, cloud.normalise),
        every=trace_steps(theory, functor, run) if cloud_read.path else None,
    )
    return sealed(unsealed, outside={"functor": True})


def depth_of(theory: Theory, functor: Functor, run: str) -> int:
    """The number of layers that make up a functor's reading, which is where a run's network begins.

    Raises `ValueError` where the network does not begin with the reading."""
    network = theory.runs[run].networks[0]
    if network[: len(functor.reading)] != functor.reading:
        raise ValueError(f"`{functor.name}` reads {functor.reading}, with which the network of `{run}` does not begin")
    return sum(len(theory.maps[name].layers) for name in functor.reading)
