"""Runs as functions of a script: where each begins, and its steps."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catlearn.emit.names import call, literal
from catlearn.emit.refusal import NotEmitted, refuse_others
from catlearn.plan.ir import (
    CheckpointPlan,
    DatasetPlan,
    ImportedPlan,
    StartCheckpoint,
    StartInit,
    StartResume,
    TrainJob,
)

LOSSES = {"cross_entropy": "functional.cross_entropy", "mse": "squared_error", "hinge": "functional.multi_margin_loss"}
"""The losses by the names that they have in a script."""


@dataclass(frozen=True)
class Parts:
    """What a run is made of, by the names that it has in a script; `parents` gives the names of runs by digest.
    `jointly` holds in a script that trains several networks at once somewhere: then each run has a list of them."""

    networks: tuple[str, ...]
    initials: tuple[str, ...]
    rule: str
    first_states: str
    function: str
    parents: Mapping[str, str]
    jointly: bool


def parents(job: TrainJob) -> tuple[str, ...]:
    """The digests of the jobs that a job starts from or takes frozen blocks from."""
    started = () if isinstance(job.start, StartInit) else (job.start.run,)
    return tuple(dict.fromkeys((*started, *(block.run for block in job.frozen))))


_FOLLOWED = (
    "layers",
    "dataset",
    "tasks",
    "loss",
    "rule",
    "batch",
    "keep_last",
    "steps",
    "checkpoint_every",
    "start",
    "frozen",
)
KNOWN = frozenset((*_FOLLOWED, "clip", "op", "version", "digest", "name", "place", "seeds", "replica"))
"""The fields of a job that a script follows, or that say nothing about training."""


def run(job: TrainJob, datasets: Sequence[DatasetPlan], parts: Parts) -> str:
    """The function that trains one seed of a job, from the runs that it starts from. Raises `NotEmitted`."""
    refuse_others(job, KNOWN, f"the run `{job.name}`")
    for block in job.frozen:
        refuse_others(block, ("block", "run", "source"), f"the frozen block `{block.block}` of the run `{job.name}`")
    if job.loss not in LOSSES:
        raise NotEmitted(f"the loss `{job.loss}` has no standalone form: emit runs with {' or '.join(LOSSES)}")
    names = [parts.parents[digest] for digest in parents(job)]
    blocks = [literal(block.block) for block in job.frozen]
    frozen = (f"frozen=({', '.join(blocks)}{',' if len(blocks) == 1 else ''})",) if blocks else ()
    numbers = (
        f"batch={job.batch}",
        _epochs([steps_per_epoch(job, dataset) for dataset in datasets], parts.jointly),
        f"steps={job.steps}",
        f"every={job.checkpoint_every}",
        f"loss={LOSSES[job.loss]}",
        *(() if job.clip is None else (f"clip={job.clip}",)),
    )
    made = ", ".join(f"{network}()" for network in parts.networks)
    network = f"Joint({made})" if parts.jointly else made
    arguments = (network, "data", parts.rule, parts.first_states, "seed", "start", *numbers, *frozen)
    return "\n".join(
        (
            f"def {parts.function}({', '.join(('seed', 'data', *names))}):",
            f'    """{_description(job, names)}"""',
            f"    start = {call('Start', *_start(job, parts))}",
            f"    return {call('train', *arguments)}",
        )
    )


def _epochs(steps: Sequence[int], jointly: bool) -> str:
    """The argument that says how many steps are one pass over the data."""
    return f"epochs={list(steps)}" if jointly else f"epoch={steps[0]}"


def _description(job: TrainJob, names: Iterable[str]) -> str:
    begins = {"init": "@init", "resume": "where `{}` stopped", "checkpoint": "the end of `{}`, with fresh states"}
    start = begins[job.start.op].format(*names)
    held = f", with {', '.join(block.block for block in job.frozen)} frozen" if job.frozen else ""
    return f"{job.steps} steps from {start}{held}."


def _start(job: TrainJob, parts: Parts) -> Iterator[str]:
    """The arguments of `Start`: tensors, later ones in place of earlier ones, then states and counts of steps."""
    tensors = [f"**{initial}(seed)" for initial in parts.initials]
    if not isinstance(job.start, StartInit):
        tensors.append(f"**{parts.parents[job.start.run]}.tensors()")
    for digest in dict.fromkeys(block.run for block in job.frozen):
        held = {block.block: block.there for block in job.frozen if block.run == digest}
        tensors.append(f"**{_tensors_of(parts.parents[digest], held)}")
    yield f"{{{', '.join(tensors)}}}" if len(tensors) > 1 else f"{parts.initials[0]}(seed)"
    if isinstance(job.start, StartResume):
        parent = parts.parents[job.start.run]
        yield from (f"{parent}.states", f"{parent}.clock", f"{parent}.taken")
    elif isinstance(job.start, StartCheckpoint):
        yield from ("{}", f"taken={parts.parents[job.start.run]}.taken")
    else:
        yield "{}"


def _tensors_of(run: str, held: Mapping[str, str]) -> str:
    """The tensors of some blocks at the end of a run, where they may have other names."""
    blocks = ", ".join(map(literal, held.values()))
    if all(name == there for name, there in held.items()):
        return f"{run}.tensors({blocks})"
    names = ", ".join(f"{literal(there)}: {literal(name)}" for name, there in held.items())
    return f"renamed({run}.tensors({blocks}), {{{names}}})"


def imported(plan: ImportedPlan, network: str, function: str) -> str:
    """The function that reads the end of one seed of a run that was trained elsewhere, of the class of its network."""
    last = {file.seed: file for file in plan.files}  # files of a seed are in the order of their steps
    return "\n".join(
        (
            f"def {function}(seed):",
            f'    """The end, after {plan.steps[-1]} steps, of a run that was trained elsewhere."""',
            "    files = {",
            *(line for seed, file in last.items() for line in _described(seed, file)),
            "    }",
            "    name, checksum, several = files[seed]",
            f"    path = checked(Path({literal(plan.folder)}) / name, checksum)",
            f"    return Run(None, {{}}, 0, {plan.steps[-1]}, [elsewhere(path, {network}.TENSORS, several)], None)",
        )
    )


def _described(seed: int, file: CheckpointPlan) -> tuple[str, ...]:
    """The file of a seed: its name, its checksum, and whether it has several checkpoints."""
    several = file.count is not None
    items = (literal(file.name), literal(file.checksum), str(several))
    return f"        {seed}: (", *(f"            {item}," for item in items), "        ),"


def steps_per_epoch(job: TrainJob, dataset: DatasetPlan) -> int:
    """Whole batches, and one more for the remainder where the job keeps it."""
    whole, remainder = divmod(dataset.train_size, job.batch)
    return whole + (1 if job.keep_last and remainder else 0)
