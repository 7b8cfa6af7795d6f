"""The model of a theory: its trained runs as a store holds them, read with their digests checked.

`verify` decides whether the model satisfies the theory. Everything that evidence rests on is read through here, and
what was computed before is found again by its digest, unless the model is opened afresh, as `recheck` does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray

from catlearn.evidence.documents import Bend, Member
from catlearn.network.data import Data, load
from catlearn.network.landscape import JointLandscape, Landscape, NetworkLandscape, analytic
from catlearn.network.parameters import parameter_space, whole_space
from catlearn.plan.document import Document, digest, digests_in, parsed
from catlearn.plan.ir import (
    DatasetPlan,
    DescentJob,
    EvaluationPlan,
    FrozenBlock,
    LayerPlan,
    Plan,
    ReadJob,
    RunJob,
    StartInit,
    StartPoint,
    TrainJob,
)
from catlearn.store.record import RunRecord
from catlearn.store.store import CorruptFile, Store, arrays_sha256

Found = TypeVar("Found", bound=Document)
Kept = TypeVar("Kept")
Arrays = dict[str, NDArray[np.generic]]
Weights = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Model:
    """The runs of a plan in a store. `fresh` models find nothing again that was computed before.

    Losses are means over the whole of `evaluation`, a split of a dataset, or of each run's own training split."""

    plan: Plan
    store: Store
    fresh: bool = False
    evaluation: EvaluationPlan | None = None
    _kept: dict[str, object] = field(default_factory=dict, repr=False)

    def evaluated_on(self, evaluation: EvaluationPlan | None) -> "Model":
        """The same runs with their losses over another split; what is read is still read once."""
        return self if evaluation == self.evaluation else replace(self, evaluation=evaluation)

    def job(self, job: str) -> TrainJob:
        """The train job of a digest."""
        return next(found for found in self.plan.train if found.digest == job)

    def run_job(self, job: str) -> RunJob:
        """The job of a digest, of a network or on a landscape."""
        return next(found for found in self.plan.runs if found.digest == job)

    def descent(self, job: str) -> DescentJob | None:
        """The job of a digest where it is one on a landscape."""
        found = self.run_job(job)
        return found if isinstance(found, DescentJob) else None

    def layers(self, job: str) -> tuple[LayerPlan, ...]:
        """The layers of a job's network, none on a landscape."""
        found = self.run_job(job)
        return found.layers if isinstance(found, TrainJob) else ()

    def frozen(self, job: str) -> tuple[FrozenBlock, ...]:
        """The frozen blocks of a job, none on a landscape."""
        found = self.run_job(job)
        return found.frozen if isinstance(found, TrainJob) else ()

    def read_job(self, job: str) -> ReadJob:
        """The read job of a digest."""
        return next(found for found in self.plan.read if found.digest == job)

    def dataset_plan(self, dataset: str) -> DatasetPlan:
        """The dataset of a digest."""
        return next(found for found in self.plan.datasets if found.digest == dataset)

    def members(self, job: str) -> tuple[Member, ...]:
        """The seeds of a job, in order."""
        found = self.run_job(job)
        return tuple(Member(job=job, name=found.name, seed=seed) for seed in found.seeds)

    def record(self, member: Member) -> RunRecord | None:
        """The record of one seed, None where it was not trained."""
        return self.once(f"record {member.job} {member.seed}", lambda: self.store.run_record(member.job, member.seed))

    def verify_bytes(self, job: str, seed: int) -> None:
        """Raises `CorruptFile` where the bytes of a recorded trajectory are not those of its record; read once."""
        self.once(f"bytes {job} {seed}", lambda: self.store.verify_trajectory(job, seed))

    def completed(self, member: Member) -> bool:
        """Whether the seed was trained to its end."""
        record = self.record(member)
        return record is not None and record.status == "completed"

    def trajectory(self, member: Member) -> Arrays:
        """All tensors of a trajectory, read once. Raises `CorruptFile` where they are not what was recorded, or not
        what the job makes: names, shapes, steps, finite numbers."""

        def read() -> Arrays:
            arrays = self.store.trajectory(member.job, member.seed)
            flaw = self._flaw(member, arrays)
            if flaw is not None:
                raise CorruptFile(
                    f"the trajectory of {member.name}, seed {member.seed}, is not that of its job: {flaw}"
                )
            return arrays

        return self.once(f"trajectory {member.job} {member.seed}", read)

    def steps(self, job: str) -> tuple[int, ...]:
        """The steps from `@init` at which a completed run of a job has its checkpoints."""
        found = self.run_job(job)
        if isinstance(found, TrainJob) and found.imported is not None:
            return found.imported.steps
        before = 0 if isinstance(found.start, StartInit | StartPoint) else self.steps(found.start.run)[-1]
        return tuple(before + step for step in (*range(0, found.steps, found.checkpoint_every), found.steps))

    def _flaw(self, member: Member, arrays: Arrays) -> str | None:
        """Why the tensors of a completed run, or its record, are not what its job makes; None where they are."""
        record, steps = self.record(member), self.steps(member.job)
        if record is None or (record.job, record.seed) != (member.job, member.seed):
            return "its record is of another run"
        if record.status != "completed":
            return None
        if record.steps != steps:
            return "its checkpoints are not at the steps of its job"
        precision = np.float32 if self.descent(member.job) is None else np.float64
        for name, shape in self._shapes(member.job).items():
            found = arrays.get(name)
            if found is None or found.dtype != precision or found.shape != (len(steps), *shape):
                return f"{name} is not {precision.__name__} of {len(steps)} checkpoints"
            if not np.isfinite(found).all():
                return f"{name} has entries that are not finite"
        return None

    def _shapes(self, job: str) -> dict[str, tuple[int, ...]]:
        """The shapes of the tensors of a point, by `block.tensor`."""
        descent = self.descent(job)
        if descent is not None:
            return {f"{descent.landscape.name}.point": (len(descent.landscape.variables),)}
        return dict(whole_space(self.layers(job)).tensors)

    def weights(self, member: Member) -> dict[str, Weights]:
        """The weights and the buffers at every checkpoint, by `block.tensor`, of shape (checkpoints, ...).

        They are float32, and float64 on a landscape."""
        arrays = self.trajectory(member)
        return {name: cast(Weights, arrays[name]) for name in self._shapes(member.job)}

    def state(self, member: Member) -> Arrays:
        """The optimiser state at the run's end, by `state:<name>:block.tensor`."""
        return {name: array for name, array in self.trajectory(member).items() if name.startswith("state:")}

    def end(self, member: Member) -> dict[str, Weights]:
        """The weights and the buffers at the run's end, by `block.tensor`."""
        return {name: array[-1] for name, array in self.weights(member).items()}

    def points(self, member: Member) -> torch.Tensor:
        """The checkpoints (checkpoints, parameters) of one seed as points of its parameter space."""
        return self.once(
            f"points {member.job} {member.seed}", lambda: self.landscape(member.job).flatten(self.weights(member))
        )

    def data(self, dataset: str) -> Data:
        """The arrays of a dataset."""
        if self.fresh and self.store.dataset(dataset) is None:
            raise CorruptFile(f"the arrays of the dataset {self.dataset_plan(dataset).name} are missing from the store")
        return self.once(f"data {dataset}", lambda: load(self.dataset_plan(dataset), self.store))

    def split(self, dataset: str, split: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs (examples, features) and labels (examples,) of the `train` or `test` split."""
        data = self.data(dataset)
        return (data.train_inputs, data.train_labels) if split == "train" else (data.test_inputs, data.test_labels)

    def landscape(self, job: str) -> Landscape:
        """The loss that a landscape is, or the mean over the whole of the evaluation's split, or else of the training
        split of a job's data: a function of the parameters alone, statistics of batches being those of that split. Of a
        joint job it is the sum of the losses of its networks, each on its own training split."""

        def make() -> Landscape:
            found, evaluation = self.run_job(job), self.evaluation
            if isinstance(found, DescentJob):
                return analytic(found.landscape)
            if found.tasks:
                learnt = zip(found.networks, found.datasets, strict=True)
                splits = [(layers, *self.split(dataset, "train")) for layers, dataset in learnt]
                parts = [NetworkLandscape(layers, own, labels, own, found.loss) for layers, own, labels in splits]
                return JointLandscape(parts, parameter_space(found.layers))
            calibration, _ = self.split(found.dataset, "train")
            dataset, split = (evaluation.dataset, evaluation.split) if evaluation else (found.dataset, "train")
            return NetworkLandscape(found.layers, *self.split(dataset, split), calibration, found.loss)

        return self.once(f"landscape {job} {self.evaluation}", make)

    def bend(self, bend: Bend) -> NDArray[np.floating[Any]]:
        """The stored displacements (knots, parameters) of a sheet, in the precision of its points. Raises `CorruptFile`
        where they are not what was stored."""

        def read() -> NDArray[np.floating[Any]]:
            found = self.store.witness(bend.sha256).get("displacements")
            if found is None or found.dtype.kind != "f" or found.ndim != 2 or len(found) != len(bend.knots):
                raise CorruptFile(f"the witness {bend.sha256} holds no displacements for {len(bend.knots)} knots")
            return found

        return self.once(f"bend {bend.sha256}", read)

    def new_bend(self, knots: tuple[float, ...], displacements: NDArray[np.floating[Any]]) -> Bend:
        """Displacements (knots, parameters), not stored yet."""
        bend = Bend(knots=knots, sha256=arrays_sha256({"displacements": displacements}))
        self._kept[f"bend {bend.sha256}"] = displacements
        return bend

    def keep_bend(self, bend: Bend | None) -> None:
        """Store displacements on which a finding rests; nothing where there are none."""
        if bend is not None:
            self.store.commit_witness({"displacements": self.bend(bend)})

    def remembered(self, key: Mapping[str, object], kind: type[Found], compute: Callable[[], Found]) -> Found:
        """A document of evidence by the digest of what determines it: found in the store, or computed and kept."""
        name = digest({"kind": kind.__name__, **key})

        def find() -> Found:
            stored = None if self.fresh else parsed(kind, self.store.evidence(name))
            if stored is not None:
                return stored
            found = compute()
            if not self.fresh:
                self.store.commit_evidence(name, found.to_json(), sorted(digests_in(repr(key))))
            return found

        return self.once(f"evidence {name}", find)

    def extended(
        self, key: Mapping[str, object], kind: type[Found], complete: Callable[[Found | None], Found]
    ) -> Found:
        """A document of evidence that grows: what is stored of it, if anything, as `complete` makes it whole."""
        name = digest({"kind": kind.__name__, **key})
        kept = cast(Found | None, self._kept.get(f"evidence {name}"))
        before = kept or (None if self.fresh else parsed(kind, self.store.evidence(name)))
        found = complete(before)
        self._kept[f"evidence {name}"] = found
        if found != before and not self.fresh:
            self.store.commit_evidence(name, found.to_json(), sorted(digests_in(repr(key))))
        return found

    def once(self, key: str, compute: Callable[[], Kept]) -> Kept:
        """What `compute` gives, computed once in the life of the model."""
        if key not in self._kept:
            self._kept[key] = compute()
        return cast(Kept, self._kept[key])
