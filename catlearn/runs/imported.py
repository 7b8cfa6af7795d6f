"""Runs that were trained elsewhere: their checkpoints, read from files, become records like those of training.

What is recorded is what the files hold, evaluated here; nothing is known of how it arose.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load as tensors_of

from catlearn.network.data import Data, load
from catlearn.network.landscape import NetworkLandscape
from catlearn.plan.ir import CheckpointPlan, ImportedPlan, LayerPlan, Plan, TrainJob, every_layer
from catlearn.store.contents import checksum_of
from catlearn.store.record import RunRecord
from catlearn.store.store import Store, StoreError
from catlearn.theory.formats.checkpoints import ours

Array = np.ndarray[Any, Any]


def import_runs(plan: Plan, store: Store) -> None:
    """Record every seed of the imported runs of a plan that the store lacks. Raises `StoreError`."""
    for job in plan.train:
        missing = [seed for seed in job.seeds if job.imported and store.run_record(job.digest, seed) is None]
        if missing:
            data = load(next(dataset for dataset in plan.datasets if dataset.digest == job.dataset), store)
            store.write_text(f"runs/{job.digest}/job.json", job.to_json())
        for seed in missing:
            arrays = checkpoints(job, seed)
            store.commit_run(_record(job, seed, data, arrays), arrays)


def checkpoints(job: TrainJob, seed: int) -> dict[str, Array]:
    """The tensors `block.tensor` (checkpoints, …) of one seed, from its files.

    Raises `StoreError` where they are not those that the plan was made for, or not finite."""
    imported = job.imported
    assert imported is not None
    files = [_tensors(imported, file, job.layers) for file in imported.files if file.seed == seed]
    if not files:
        raise StoreError(f"there is no file of seed {seed} of {job.name}, which was trained elsewhere")
    arrays = {name: np.concatenate([tensors[name] for tensors in files]) for name in files[0]}
    spoilt = next((name for name, array in arrays.items() if not np.isfinite(array).all()), None)
    if spoilt is not None:
        raise StoreError(f"the files of {job.name}, seed {seed}, hold numbers in {spoilt} that are not finite")
    return arrays


def _tensors(imported: ImportedPlan, file: CheckpointPlan, layers: tuple[LayerPlan, ...]) -> dict[str, Array]:
    """The tensors of a file with an axis of checkpoints, under our names."""
    path = Path(imported.folder) / file.name
    try:
        content = path.read_bytes()
        if checksum_of(content) != file.checksum:
            raise StoreError(f"{path} is not what the plan was made for; run again")
        found = tensors_of(content)
    except (OSError, SafetensorError) as failure:
        raise StoreError(f"cannot read {path}: {failure}") from failure
    names = ours(found, _names(layers))
    return {own: found[theirs] if file.count else found[theirs][np.newaxis] for own, theirs in names.items()}


def _names(layers: tuple[LayerPlan, ...]) -> Mapping[str, tuple[str, ...]]:
    """The names of the tensors and buffers of each block."""
    every = ((layer.block, (*layer.tensors, *layer.buffers)) for layer in every_layer(layers))
    return {block: tuple(tensor.name for tensor in tensors) for block, tensors in every if block and tensors}


def _record(job: TrainJob, seed: int, data: Data, arrays: Mapping[str, Array]) -> RunRecord:
    """The record of one seed, with its losses and accuracies as they are measured here."""
    assert job.imported is not None
    train = NetworkLandscape(job.layers, data.train_inputs, data.train_labels, loss=job.loss)
    test = NetworkLandscape(job.layers, data.test_inputs, data.test_labels, loss=job.loss)
    points = train.flatten({name: torch.from_numpy(array) for name, array in arrays.items()})
    return RunRecord(
        job=job.digest,
        name=job.name,
        seed=seed,
        status="completed",
        reason=None,
        steps=job.imported.steps,
        step=job.imported.steps[-1],
        train_loss=tuple(train.loss(points).tolist()),
        test_loss=tuple(test.loss(points).tolist()),
        test_accuracy=tuple(test.accuracy(points).tolist()),
        frozen=(),
        trajectory_sha256="",
        seconds=0.0,
    )
