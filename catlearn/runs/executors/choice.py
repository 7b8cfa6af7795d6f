"""Which executor trains: the one that is named, or else the one that is done sooner."""

from collections.abc import Collection
from importlib.util import find_spec
from math import prod

from catlearn.plan.ir import Plan, TrainJob, every_layer
from catlearn.runs.executors.inline import InlineExecutor
from catlearn.runs.executors.local import LocalExecutor, usable_cores
from catlearn.runs.executors.protocol import Executor
from catlearn.store.store import Store

NAMES = ("inline", "local", "dask")

WORTH_WORKERS = 8.0
"""Below this many predicted seconds of training, workers would still be starting when one process is done."""

STEP = 4e-4
"""Seconds that a step of a program takes however small it is, measured on one core of a server of 2024."""

SPEED = 1e10
"""Operations a second of one core in products of small matrices, measured likewise."""


class UnknownExecutor(Exception):
    """There is no executor of a name, or the library behind it is not installed."""


def choose(name: str | None, plan: Plan, store: Store, missing: Collection[tuple[str, int]]) -> Executor:
    """The executor of a name, or the faster one for some lanes. Raises `UnknownExecutor`."""
    kind, _, address = (name or _faster(plan, missing)).partition(":")
    if kind == "inline":
        return InlineExecutor(plan, store)
    if kind == "local":
        workers = min(usable_cores(), len(missing)) if plan.numerics.device == "cpu" else 1
        return LocalExecutor(store.root, store.keep_plan(plan), workers)
    if kind == "dask":
        if find_spec("distributed") is None:
            raise UnknownExecutor("the executor `dask` needs the extra `cluster`: pip install 'catlearn[cluster]'")
        from catlearn.runs.executors.cluster import ClusterExecutor

        return ClusterExecutor(store.root, store.keep_plan(plan), address or None)
    raise UnknownExecutor(f"no executor is named `{kind}`; there are {', '.join(NAMES)}")


def _faster(plan: Plan, missing: Collection[tuple[str, int]]) -> str:
    if plan.numerics.device != "cpu":
        return "local"  # what fails on a GPU may leave its process unusable, and memory is given back with the process
    return "local" if usable_cores() > 1 and predicted_seconds(plan, missing) > WORTH_WORKERS else "inline"


def predicted_seconds(plan: Plan, missing: Collection[tuple[str, int]]) -> float:
    """A rough prediction of the time that one core takes to train some lanes, from shapes and steps alone."""
    lanes = {job.digest: sum(digest == job.digest for digest, _ in missing) for job in plan.train}
    return sum(
        job.steps * (STEP + lanes[job.digest] * job.batch * 3 * _operations(job) / SPEED)
        for job in plan.train
        if lanes[job.digest]
    )


def _operations(job: TrainJob) -> int:
    """Operations of a forward pass of one example: two for each weight at each place where it is used."""
    total = 0
    for layer in every_layer(job.layers):
        places = prod(layer.output_shape[1:]) if layer.operation == "conv2d" else 1
        weights = sum(prod(tensor.shape) for tensor in layer.tensors)
        total += 2 * weights * places + 10 * prod(layer.output_shape)
    return total
