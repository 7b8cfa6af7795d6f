"""Runs that were trained elsewhere: which files hold their checkpoints, and whether these fit their networks.

`check` opens none of the files. They are looked into, no further than their headers, before anything is trained.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from catlearn.diagnostics import Diagnostic
from catlearn.theory.formats.checkpoints import Shapes, checkpoints, matching, ours, tensor_shapes
from catlearn.theory.formats.flaw import Flaw
from catlearn.theory.formats.patterns import Named
from catlearn.theory.names import bare
from catlearn.theory.rules import missing_data, shape_mismatch
from catlearn.theory.sources import File
from catlearn.theory.theory import Block, CheckpointFile, Run, Theory


class Resolved(NamedTuple):
    """A theory whose imported runs have their files, and what is wrong with those of others."""

    theory: Theory
    diagnostics: tuple[Diagnostic, ...]


def resolved(theory: Theory) -> Resolved:
    """The theory with the files of its imported runs, from the folder of the specification."""
    project = Path(theory.source.path).parent
    wrong: list[Diagnostic] = []
    runs = dict(theory.runs)
    for name, run in theory.runs.items():
        if run.source is not None:
            found = _files(theory, run, project)
            if isinstance(found, Diagnostic):
                wrong.append(found)
            else:
                runs[name] = replace(run, files=found, folder=str(project))
    return Resolved(replace(theory, runs=runs), tuple(wrong))


def _files(theory: Theory, run: Run, project: Path) -> tuple[CheckpointFile, ...] | Diagnostic:
    name = bare(run.name)
    try:
        files = _of_seeds(run, matching(project, run.source or ""))
    except Flaw as flaw:
        return missing_data.at(f"of the run `{name}`: {flaw}", run.span)
    try:
        return _measured(files, project, theory.spaces[run.space].blocks)
    except Flaw as flaw:
        return shape_mismatch.at(f"of the run `{name}`: {flaw}", run.span)


def _of_seeds(run: Run, found: list[Named]) -> list[Named]:
    """The files of the seeds of a run. Raises `Flaw` where a seed has none, or other steps than the first."""
    files = [file._replace(seed=run.seeds[0]) if file.seed is None and len(run.seeds) == 1 else file for file in found]
    steps = {seed: [file.step for file in files if file.seed == seed] for seed in run.seeds}
    lacking = next((seed for seed, own in steps.items() if not own), None)
    if lacking is not None:
        raise Flaw(f"found no file of seed {lacking}, required `{run.source}`, in which `{{seed}}` stands for the seed")
    other = next((seed for seed, own in steps.items() if own != steps[run.seeds[0]]), None)
    if other is not None:
        raise Flaw(f"found other steps of seed {other} than of seed {run.seeds[0]}, required the same checkpoints")
    return [file for file in files if file.seed in steps]


def _measured(files: list[Named], project: Path, blocks: Iterable[Block]) -> tuple[CheckpointFile, ...]:
    """The files with the number of their checkpoints. Raises `Flaw` where one does not fit."""
    named, wanted = wanted_of(blocks)
    made = []
    for file in files:
        shapes = tensor_shapes(project / file.name)
        count = checkpoints(shapes, ours(shapes, named), wanted)
        if count is not None and file.step is not None:
            raise Flaw(f"found {count} checkpoints in `{file.name}`, required one in a file whose name says its step")
        made.append(CheckpointFile(File(file.name), file.seed or 0, file.step, count))
    other = next((file for file in made if file.count != made[0].count), None)
    if other is not None:
        raise Flaw(f"found another number of checkpoints in `{other.file.name}` than in `{made[0].file.name}`")
    return tuple(made)


def wanted_of(blocks: Iterable[Block]) -> tuple[Mapping[str, tuple[str, ...]], Shapes]:
    """The names of the tensors and buffers of each block, and the shape of each as `block.tensor`."""
    tensors = {block.path: (*block.tensors, *block.buffers) for block in blocks}
    names = {path: tuple(name for name, _ in own) for path, own in tensors.items() if own}
    return names, {f"{path}.{name}": shape for path, own in tensors.items() for name, shape in own}
