"""Runs of a theory -> train and freeze jobs: which work is done once, and which twice although it is the same.

Generators with the same content and the same seeds are one job. The two sides of a law are not: a law that compared
a result with itself would hold of anything. Along each side of a law a run starts from the run before it on that
side, and a job of the right side that the left side has already is done once more, as another replica.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from graphlib import TopologicalSorter
from importlib.metadata import version
from itertools import chain, count
from typing import cast

from catlearn.plan.descents import descent_job
from catlearn.plan.digests import sealed
from catlearn.plan.document import digest
from catlearn.plan.expressions import rule_plan
from catlearn.plan.ir import (
    VERSIONS,
    CheckpointPlan,
    DatasetPlan,
    DescentJob,
    Device,
    FilePlan,
    Form,
    FreezeJob,
    FrozenBlock,
    ImportedPlan,
    LayerPlan,
    Loss,
    Numerics,
    Operation,
    PicturesPlan,
    RulePlan,
    RunJob,
    Start,
    StartCheckpoint,
    StartInit,
    StartResume,
    TaskPlan,
    TensorPlan,
    TrainJob,
    Transform,
)
from catlearn.plan.naming import place, shown_names
from catlearn.theory.layers.table import blocks_of
from catlearn.theory.pullbacks import Held, held
from catlearn.theory.sources import Material
from catlearn.theory.theory import Block, Dataset, Layer, Pullback, Run, Theory

GPU_LANES = 64
"""Lanes of a program on a GPU where no number is given: with fewer of a small network a step costs its launches."""


@dataclass(frozen=True)
class Training:
    """The jobs of runs by digest, in an order in which each follows what it starts from, and what they stand for.

    `of_run` gives the job of each run of the theory, `of_law` the jobs of the runs of the two sides of each law; `runs`
    gives back the run that a job trains."""

    jobs: Mapping[str, RunJob]
    runs: Mapping[str, Run]
    of_run: Mapping[str, str]
    of_law: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]

    @property
    def train(self) -> tuple[TrainJob, ...]:
        """Those of networks."""
        return tuple(job for job in self.jobs.values() if isinstance(job, TrainJob))

    @property
    def descend(self) -> tuple[DescentJob, ...]:
        """Those on landscapes."""
        return tuple(job for job in self.jobs.values() if isinstance(job, DescentJob))


def numerics(device: Device = "cpu", lanes: int | None = None) -> Numerics:
    """The arithmetic of this installation on a device, by the versions of its libraries; imports none of them. On a GPU
    `lanes` is the number of lanes of a program, by default `GPU_LANES`."""
    of_gpu = None if device == "cpu" else lanes or GPU_LANES
    return Numerics(device=device, lanes=of_gpu, torch=version("torch"), numpy=version("numpy"))


def dataset_plan(dataset: Dataset) -> DatasetPlan:
    """A dataset with the digest of its content."""
    material = dataset.material
    unsealed = DatasetPlan(
        digest="",
        name=dataset.name,
        source=dataset.source,
        test=None if dataset.test is None else float(dataset.test),
        seed=dataset.seed,
        train_size=dataset.train_size,
        test_size=dataset.test_size,
        classes=dataset.classes,
        form=cast(Form, material.form),
        shape=material.input_shape,
        pooled=dataset.pooled,
        chosen=dataset.chosen,
        transform=cast(Transform, dataset.transform),
        pictures=PicturesPlan.model_validate(asdict(dataset.pictures)),
        folder=material.folder,
        files=tuple(FilePlan(name=file.name, checksum=file.checksum) for file in material.files),
    )
    return unsealed.model_copy(update={"digest": _dataset_digest(unsealed, material)})


def _dataset_digest(plan: DatasetPlan, material: Material) -> str:
    """The digest of what a dataset's arrays come from: source, split and seed; and whatever else it says, and the
    checksums of its files."""
    content = {
        "version": VERSIONS["data"],
        "source": plan.source if plan.named else "",
        "test": plan.test,
        "seed": plan.seed,
        "classes": plan.classes,
    }
    further = plan.model_dump(mode="json", include={"form", "chosen", "pictures", "pooled"}, exclude_defaults=True)
    if plan.files:
        further["files"] = [file.checksum for file in plan.files]
    if plan.transform != material.transform:
        further["transform"] = plan.transform
    if plan.test is None or plan.train_size + plan.test_size < material.rows:
        further["sizes"] = [plan.train_size, plan.test_size]
    return digest({**content, "further": further} if further else content)


def training(theory: Theory, arithmetic: Numerics) -> Training:
    """All train jobs of a theory, those of its generators first, then those that only a side of a law needs."""
    names = shown_names(theory)
    jobs: dict[str, RunJob] = {}
    runs: dict[str, Run] = {}

    def settle(run: Run, parents: Mapping[str, str], apart_from: Sequence[str] = ()) -> str:
        job = _first_free(
            lambda replica: _job(theory, run, names[run.name], parents, replica, arithmetic),
            lambda job: job.digest not in apart_from and jobs.get(job.digest, job).seeds == job.seeds,
        )
        jobs.setdefault(job.digest, job)
        runs.setdefault(job.digest, run)
        return job.digest

    of_run: dict[str, str] = {}
    for name in _in_dependency_order(theory):
        of_run[name] = settle(theory.runs[name], of_run)

    def side(path: Sequence[str], apart_from: Sequence[str]) -> tuple[str, ...]:
        parents, trained = dict(of_run), list[str]()
        for name in path:
            if name not in theory.runs:
                continue
            run = theory.runs[name]
            if trained and run.start_run is not None:
                parents[run.start_run] = trained[-1]
            parents[name] = settle(run, parents, apart_from)
            trained.append(parents[name])
        return tuple(trained)

    of_law = {}
    for law in theory.laws.values():
        if not theory.categories[law.category].interpreted:
            continue
        left = side(law.left, ())
        of_law[law.name] = (left, side(law.right, left))
    return Training(jobs, runs, of_run, of_law)


def _first_free(job: Callable[[int], RunJob], is_free: Callable[[RunJob], bool]) -> RunJob:
    """The job of the least replica that is free."""
    return next(found for found in map(job, count()) if is_free(found))


def freeze_jobs(theory: Theory, trained: Training) -> tuple[FreezeJob, ...]:
    """One job for each trained family on the object of a pullback."""
    return tuple(
        _freeze_job(job, pullback)
        for job in trained.train
        if (pullback := _pullback(theory, trained.runs[job.digest])) is not None
    )


def _freeze_job(job: TrainJob, pullback: Pullback) -> FreezeJob:
    unsealed = FreezeJob(
        version=VERSIONS["freeze"],
        digest="",
        pullback=pullback.name,
        place=place(pullback.span),
        run=job.digest,
        blocks=job.frozen,
    )
    return sealed(unsealed, outside={"pullback": True})


def _pullback(theory: Theory, run: Run) -> Pullback | None:
    name = theory.spaces[run.space].pullback
    return None if name is None else theory.pullbacks[name]


def _predecessors(theory: Theory, run: Run) -> frozenset[str]:
    """The runs that a run starts from or takes frozen blocks from."""
    names = (run.start_run, *(value.run for value in _held(theory, run).values()))
    return frozenset(name for name in names if name is not None)


def _held(theory: Theory, run: Run) -> Mapping[str, Held]:
    """The frozen blocks of a run; none on a landscape."""
    return held(theory, run.space) if run.space in theory.spaces else {}


def _in_dependency_order(theory: Theory) -> tuple[str, ...]:
    """The runs, each after its predecessors: first those that wait for none.

    Raises `CycleError` where the theory has a cycle."""
    graph = {name: sorted(_predecessors(theory, run)) for name, run in theory.runs.items()}
    return tuple(TopologicalSorter(graph).static_order())


def _job(theory: Theory, run: Run, name: str, parents: Mapping[str, str], replica: int, arithmetic: Numerics) -> RunJob:
    """The job of a run whose predecessors are the jobs `parents`."""
    kind = _train_job if run.descent is None else descent_job
    return kind(theory, run, name, parents, replica, arithmetic)


def _train_job(
    theory: Theory, run: Run, name: str, parents: Mapping[str, str], replica: int, arithmetic: Numerics
) -> TrainJob:
    """The job of a run whose predecessors are the jobs `parents`."""
    imported = imported_plan(run)
    datasets = [theory.datasets[name] for name in run.data]
    epoch = max(steps_per_epoch(dataset, run) for dataset in datasets)
    digests, networks = [dataset_plan(dataset).digest for dataset in datasets], _networks(theory, run)
    tasks = (TaskPlan(dataset=own, depth=len(layers)) for own, layers in zip(digests, networks, strict=True))
    spacing, unit = run.checkpoint
    unsealed = TrainJob(
        version=VERSIONS["train"],
        digest="",
        name=name,
        place=place(run.span),
        seeds=run.seeds,
        layers=tuple(chain.from_iterable(networks)),
        dataset="" if run.tasks else digests[0],
        loss=cast(Loss, run.loss),
        rule=_rule(run),
        batch=run.batch,
        keep_last=run.keep_last,
        clip=None if run.clip is None else float(run.clip),
        steps=run.epochs * epoch if imported is None else max(imported.steps, default=0),
        checkpoint_every=spacing * (epoch if unit == "epoch" else 1),
        start=_start(run, parents),
        frozen=frozen_blocks(theory, run.space, parents),
        replica=replica,
        imported=imported,
        tasks=tuple(tasks) if run.tasks else (),
    )
    places: Mapping[str, object] = {"folder": True, "files": {"__all__": {"name": True}}}
    return sealed(
        unsealed,
        outside={"name": True, "seeds": True, "rule": {"name": True}, "imported": imported is None or places},
        numerics=(arithmetic if imported is None else arithmetic.on_processor).content,
    )


def imported_plan(run: Run) -> ImportedPlan | None:
    """The files of a run that was trained elsewhere."""
    if run.source is None:
        return None
    files = tuple(
        CheckpointPlan(
            name=found.file.name, checksum=found.file.checksum, seed=found.seed, step=found.step, count=found.count
        )
        for found in run.files
    )
    return ImportedPlan(folder=run.folder, steps=run.steps, files=files)


def _rule(run: Run) -> RulePlan:
    """Raises `ValueError` for a run without a rule: only paths on landscapes have none."""
    if run.optimiser is None:
        raise ValueError(f"`{run.name}` has no update rule")
    return rule_plan(run.optimiser)


def steps_per_epoch(dataset: Dataset, run: Run) -> int:
    """Whole batches in the training split, and one more for the remainder where the run keeps it.

    Raises `ValueError` where there is none: a run that takes no step is not a run."""
    whole, remainder = divmod(dataset.train_size, run.batch)
    steps = whole + (1 if run.keep_last and remainder else 0)
    if steps == 0:
        raise ValueError(f"`{run.name}` has batches of {run.batch} of {dataset.train_size} examples: no step")
    return steps


def _start(run: Run, parents: Mapping[str, str]) -> Start:
    if run.start_run is None:
        return StartInit()
    parent = parents[run.start_run]
    return StartCheckpoint(run=parent) if run.resume is None else StartResume(run=parent)


def frozen_blocks(theory: Theory, space: str, jobs: Mapping[str, str]) -> tuple[FrozenBlock, ...]:
    """The frozen blocks of a space in the order of their names, given the jobs of runs."""
    return tuple(
        FrozenBlock(block=block, run=jobs[value.run], source=None if value.block == block else value.block)
        for block, value in sorted(held(theory, space).items())
    )


def _networks(theory: Theory, run: Run) -> tuple[tuple[LayerPlan, ...], ...]:
    """The layers of each network of a run, on the blocks of its space."""
    reads = [dict(task.reads) for task in run.tasks] or [{}]
    return tuple(_network(theory, run, *task) for task in zip(run.networks, reads, strict=True))


def _network(theory: Theory, run: Run, names: Sequence[str], reads: Mapping[str, str]) -> tuple[LayerPlan, ...]:
    """The layers of a network, whose blocks may have other names in the run's space; a map whose blocks are all frozen
    is in eval mode, in which nothing drops out."""
    blocks = {block.path: block for block in theory.spaces[run.space].blocks}
    fixed = _held(theory, run).keys()
    layers: list[LayerPlan] = []
    for name in names:
        own = {reads.get(block.path, block.path) for block in blocks_of(theory.maps[name].layers)}
        still = bool(own) and own <= fixed
        layers += (_layer(layer, blocks, reads, still) for layer in theory.maps[name].layers)
    return tuple(layers)


def _layer(layer: Layer, blocks: Mapping[str, Block], reads: Mapping[str, str], still: bool) -> LayerPlan:
    path = None if layer.block is None else reads.get(layer.block, layer.block)
    block = blocks.get(path or "", Block("", ()))
    return LayerPlan(
        operation=cast(Operation, layer.operation),
        block=path,
        tensors=_tensors(block.tensors),
        input_shape=layer.input_shape,
        output_shape=layer.output_shape,
        buffers=_tensors(block.buffers),
        attributes=(("p", 0.0),) if still and layer.operation == "dropout" else _attributes(layer),
        inner=tuple(_layer(inner, blocks, reads, still) for inner in layer.inner),
    )


def _tensors(shapes: Iterable[tuple[str, tuple[int, ...]]]) -> tuple[TensorPlan, ...]:
    return tuple(TensorPlan(name=name, shape=shape) for name, shape in shapes)


def _attributes(layer: Layer) -> tuple[tuple[str, int | float | str], ...]:
    return tuple((name, float(value) if isinstance(value, Fraction) else value) for name, value in layer.attributes)
