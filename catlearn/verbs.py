"""The verbs of catlearn as functions. Each returns the value that its command prints.

A store is by default the directory `<stem>.catlearn` beside the specification. `progress`, where it is taken, is
called with what is done, how much of it, and how much there is in all; `say` with a sentence that should be read at
once. What reads or writes a store raises
`catlearn.store.store.StoreError` where the file system refuses or a stored file is damaged.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from catlearn.diagnostics import Diagnostic, errors, in_order, nearest, render

if TYPE_CHECKING:
    from catlearn.plan.foreign import ForeignModule
    from catlearn.plan.ir import DecideJob, Device, Numerics, Plan, RunJob, TrainJob
    from catlearn.report.cleaned import Cleaned
    from catlearn.report.reason import Reason
    from catlearn.report.run_document import RunDocument
    from catlearn.store.store import Store
    from catlearn.theory.check import Checked
    from catlearn.theory.theory import Layer, Theory
    from catlearn.verdict.documents import Verification
    from catlearn.verdict.recheck import Rechecked

Progress = Callable[[str, int, int], None]
Say = Callable[[str], None]


class SpecificationError(Exception):
    """A specification with errors; `diagnostics` are all that was found, warnings included."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n\n".join(render(found) for found in errors(self.diagnostics)))


class UnknownClaim(Exception):
    """A claim was asked for by a name that the specification does not have."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        hint = nearest(name, known) or (f"the claims are {', '.join(known)}" if known else "there are no claims",)
        super().__init__(f"no claim is named `{name}`; {hint[0]}")


class UnknownDiagram(Exception):
    """A diagram was asked for by a name that no category, functor, pullback, cell or law has."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        hint = nearest(name, known) or (f"there are {', '.join(known)}" if known else "there is nothing to draw",)
        super().__init__(f"nothing that can be drawn is named `{name}`; {hint[0]}")


class UnknownRun(Exception):
    """A run was asked for by a name that the specification does not have."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        hint = nearest(name, known) or (f"the runs are {', '.join(known)}" if known else "there are no runs",)
        super().__init__(f"no run is named `{name}`; {hint[0]}")


class NotConverted(Exception):
    """A checkpoint that holds more than tensors, or cannot be read or written. The message names it."""


class UnknownExecutor(Exception):
    """An executor was asked for by a name that none has, or one whose library is not installed."""


class UnknownDevice(Exception):
    """A device was asked for that torch cannot use here, or lanes of a GPU without one."""


class NotAStore(Exception):
    """A directory that holds no results of catlearn. The message says what was looked for."""


def check(path: str | Path, *, data: str | Path | None = None) -> "Checked":
    """Parse and check a specification; trains nothing. The theory is None where there are errors.

    Datasets are looked for in the directory `data`, by default that of `CATLEARN_DATA`."""
    from catlearn.theory.check import check_file

    return check_file(path, _data_directory(data))


def _data_directory(data: str | Path | None) -> str | Path | None:
    """The directory in which datasets are looked for, where one is named."""
    return data or os.environ.get("CATLEARN_DATA") or None


def watch(
    paths: Sequence[str | Path], pause: float = 0.2, *, data: str | Path | None = None
) -> "Iterator[tuple[Checked, ...]]":
    """Check some specifications, and again whenever one of them or a file that it imports has changed.

    Files are looked at every `pause` seconds. Where there are errors their folders are looked at as well, so that an
    imported file that was missing is noticed."""
    before: dict[Path, Look] = {Path(path): None for path in paths}
    while True:
        now = {path: _look(path) for path in before}
        checked = tuple(check(path, data=data) for path in paths)
        before = {path: now[path] if path in now else _look(path) for path in _watched(paths, checked)}
        yield checked
        while {path: _look(path) for path in before} == before:
            time.sleep(pause)


def _watched(paths: Sequence[str | Path], checked: "Sequence[Checked]") -> set[Path]:
    found = {Path(path) for path in paths} | {Path(source.path) for each in checked for source in each.sources}
    return found | {Path(path).parent for path, each in zip(paths, checked, strict=True) if each.theory is None}


Look = tuple[int, int] | None
"""When a file was changed, in nanoseconds, and its size in bytes; None where it is not there."""


def _look(path: Path) -> Look:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def initialise(directory: str | Path) -> Path:
    """Write a commented starter specification, `starter.cat`, into a directory, and return its path.

    Raises `FileExistsError` where it is there already, and other `OSError`s where the file system refuses."""
    from importlib.resources import files

    text = (files("catlearn.theory") / "std" / "starter.cat").read_text(encoding="utf-8")
    path = Path(directory) / "starter.cat"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return path


def compile(
    path: str | Path,
    *,
    store: str | Path | None = None,
    data: str | Path | None = None,
    add_seeds: Sequence[int] = (),
    device: "Device | None" = None,
    lanes: int | None = None,
    allow_extern: bool = False,
) -> "Plan":
    """The plan of a specification, as if its runs had some seeds more, on the device of `run`.

    Raises `SpecificationError` and `UnknownDevice`."""
    from catlearn.plan.lower import lower

    theory = _executable(path, data, add_seeds, allow_extern)
    return lower(theory, _arithmetic(_place(path, store), device, lanes))


def why(
    path: str | Path,
    name: str,
    *,
    store: str | Path | None = None,
    data: str | Path | None = None,
    allow_extern: bool = False,
) -> "Reason":
    """Why a run would be trained again, or would not, and which of its inputs changed.

    Raises `SpecificationError` and `UnknownRun`."""
    from catlearn.plan.lower import lower
    from catlearn.plan.naming import shown_names
    from catlearn.plan.training import training
    from catlearn.report.reason import reason
    from catlearn.store.history import history
    from catlearn.store.store import Store

    theory, place = _executable(path, data, (), allow_extern), _place(path, store)
    plan, names = lower(theory, _arithmetic(place)), shown_names(theory)
    of_run = training(theory, plan.numerics).of_run
    jobs = {**{names[run]: digest for run, digest in of_run.items()}, **of_run}
    if name not in jobs:
        raise UnknownRun(name, tuple(names[run] for run in of_run))
    job = next(job for job in plan.runs if job.digest == jobs[name])
    return reason(name, history(plan, Store(place), job))


def clean(
    path: str | Path,
    *,
    store: str | Path | None = None,
    data: str | Path | None = None,
    dry_run: bool = False,
    allow_extern: bool = False,
) -> "Cleaned":
    """Remove from a store what neither the specification nor another that shares the store needs; with `dry_run` only
    say what that is. Raises `SpecificationError` and `NotAStore`."""
    from catlearn.report.cleaned import cleaned
    from catlearn.store import cleaning
    from catlearn.store.index import index
    from catlearn.store.store import Store

    place = _place(path, store)
    plan = compile(path, store=place, data=data, allow_extern=allow_extern)
    _require(place, "plan.json")
    opened = Store(place)
    if dry_run:
        return cleaned(str(place), cleaning.superfluous(opened, plan), dry_run)
    found = cleaning.clean(opened, plan)
    index(opened)
    return cleaned(str(place), found, dry_run)


def emit(
    path: str | Path, *, data: str | Path | None = None, only: str | None = None, allow_extern: bool = False
) -> str:
    """A standalone PyTorch script that trains the runs of a specification, or one of them and what that starts from.

    Raises `SpecificationError`, `UnknownRun`, and `catlearn.emit.refusal.NotEmitted` for what no script can express."""
    from catlearn.emit.script import script
    from catlearn.plan.lower import lower
    from catlearn.plan.naming import shown_names
    from catlearn.plan.training import training

    with _extern(allow_extern):
        theory = _executable(path, data, (), allow_extern)
    plan, names = lower(theory), shown_names(theory)
    jobs = {names[run]: digest for run, digest in training(theory, plan.numerics).of_run.items()}
    if only is not None and only not in jobs:
        raise UnknownRun(only, tuple(jobs))
    return script(plan, frozenset(jobs.values() if only is None else (jobs[only],)))


def graph(path: str | Path, *, form: str = "svg", only: str | None = None) -> str:
    """The diagrams of a specification, or of what has a name in it, as `svg`, `dot`, `mermaid` or `tikz-cd`.

    Raises `SpecificationError` and `UnknownDiagram`."""
    from catlearn.plan.describe import describe
    from catlearn.report.graph.formats import FORMATS
    from catlearn.report.graph.selection import select, selectable

    theory = describe(_theory(path))
    known = selectable(theory)
    if only is not None and only not in known:
        raise UnknownDiagram(only, tuple(known))
    return FORMATS[form](select(theory, only))


def run(
    path: str | Path,
    *,
    store: str | Path | None = None,
    data: str | Path | None = None,
    only: str | None = None,
    add_seeds: Sequence[int] = (),
    executor: str | None = None,
    device: "Device | None" = None,
    lanes: int | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
    allow_extern: bool = False,
) -> "RunDocument":
    """Train what a specification, or one of its claims, asks for and its store lacks.

    `add_seeds` are trained beside the seeds that the runs say; `executor` is one of `inline`, `local`, `dask` and
    `dask:ADDRESS`; `device` is `cpu` or `cuda`, by default that of the plan in the store, and `lanes` how many runs
    train side by side on a GPU, on which their last bits depend; `say` is told at once of what fails.

    Raises `SpecificationError`, `UnknownClaim`, `UnknownExecutor` and `UnknownDevice`."""
    with _extern(allow_extern):
        theory = _asked(path, data, only, add_seeds, allow_extern)
        prepared = _prepared(theory, _place(path, store), add_seeds, device, lanes)
        return _executed(*prepared, only, _Way(executor, progress, say))


def verify(
    path: str | Path,
    *,
    store: str | Path | None = None,
    data: str | Path | None = None,
    only: str | None = None,
    add_seeds: Sequence[int] = (),
    executor: str | None = None,
    device: "Device | None" = None,
    lanes: int | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
    allow_extern: bool = False,
) -> "Verification":
    """Check a specification, train what is missing, decide its claims or one of them, and write the report. The
    arguments are those of `run`.

    Raises `SpecificationError`, `UnknownClaim`, `UnknownExecutor` and `UnknownDevice`."""
    return model(
        path,
        store=store,
        data=data,
        only=only,
        add_seeds=add_seeds,
        executor=executor,
        device=device,
        lanes=lanes,
        progress=progress,
        say=say,
        allow_extern=allow_extern,
    )[1]


def model(
    path: str | Path,
    *,
    store: str | Path | None = None,
    data: str | Path | None = None,
    only: str | None = None,
    add_seeds: Sequence[int] = (),
    executor: str | None = None,
    device: "Device | None" = None,
    lanes: int | None = None,
    progress: Progress | None = None,
    say: Say | None = None,
    allow_extern: bool = False,
) -> "tuple[RunDocument, Verification]":
    """What `verify` does, with what became of the runs beside the verdicts."""
    began = time.perf_counter()
    from catlearn.report.html import write
    from catlearn.report.notebook import Shown
    from catlearn.verdict.decide import decide

    with _extern(allow_extern):
        theory = _asked(path, data, only, add_seeds, allow_extern)
        plan, opened = _prepared(theory, _place(path, store), add_seeds, device, lanes)
        runs = _executed(plan, opened, only, _Way(executor, progress, say))
        decided = decide(plan, opened, only, progress)
    write(opened)
    return runs, Shown.model_construct(**{**dict(decided), "seconds": _since(began)})


def convert(files: Sequence[str | Path], directory: str | Path | None = None) -> list[tuple[Path, tuple[str, ...]]]:
    """Write torch checkpoints as safetensors files, beside them or into a directory, and return each new file with the
    names of its tensors. Raises `NotConverted`."""
    from catlearn.runs import convert as checkpoints

    written: list[tuple[Path, tuple[str, ...]]] = []
    sources: dict[Path, Path] = {}
    for file in map(Path, files):
        target = (file.parent if directory is None else Path(directory)) / f"{file.stem}.safetensors"
        if sources.setdefault(target, file) != file:
            raise NotConverted(
                f"{sources[target]} and {file} would both become {target}: convert one by one, with -o DIR"
            )
        try:
            written.append((target, checkpoints.convert(file, target)))
        except checkpoints.NotAStateDict as error:
            raise NotConverted(str(error)) from error
        except OSError as error:
            raise NotConverted(f"cannot convert {file}: {error.strerror or error}") from error
    return written


def recheck(directory: str | Path, *, only: str | None = None, allow_extern: bool = False) -> "Rechecked":
    """Verify the certificates of a store, or that of one claim, from the stored weights. Raises `NotAStore`."""
    _require(directory, "plan.json", "verdicts.json")

    from catlearn.verdict import recheck as certificates

    try:
        with _extern(allow_extern):
            return certificates.recheck(Path(directory), only)
    except certificates.NotAStore as error:
        raise NotAStore(str(error)) from error


def report(directory: str | Path) -> Path:
    """Draw `report.html` inside a store from what the store holds, and return its path. Raises `NotAStore`."""
    _require(directory, "plan.json", "theory.json")

    from catlearn.report.html import write
    from catlearn.store.store import Store

    return write(Store(Path(directory)))


def default_store(path: str | Path) -> Path:
    """The store of a specification where none is named."""
    return Path(path).with_suffix(".catlearn")


def _place(path: str | Path, store: str | Path | None) -> Path:
    """The store that is named, or the default one."""
    return Path(store or default_store(path))


def _theory(path: str | Path, data: str | Path | None = None, added_seeds: Sequence[int] = ()) -> "Theory":
    from catlearn.theory.check import check_file

    checked = check_file(path, _data_directory(data), tuple(added_seeds))
    if checked.theory is None:
        raise SpecificationError(checked.diagnostics)
    return checked.theory


def _executable(
    path: str | Path, data: str | Path | None, added_seeds: Sequence[int] = (), allow_extern: bool = False
) -> "Theory":
    """A checked theory that can be trained and decided as a whole, as if its runs had some seeds more, with the
    checksums of the files that it names and the tensors of the modules that it imports.

    Raises `SpecificationError`, and `StoreError` where a file cannot be read."""
    from catlearn.plan.executable import unavailable
    from catlearn.plan.foreign import completed, foreign_layers
    from catlearn.store.contents import with_contents
    from catlearn.theory.elsewhere import resolved

    found = resolved(_theory(path, data, added_seeds))
    refused = in_order((*unavailable(found.theory, allow_extern), *found.diagnostics))
    if refused:
        raise SpecificationError(refused)
    layers = tuple(foreign_layers(found.theory))
    return with_contents(completed(found.theory, _signatures(layers)) if layers else found.theory)


def _signatures(layers: "Iterable[Layer]") -> "dict[str, ForeignModule]":
    """The modules of a user's own that some layers name, imported. Raises `ExternError`."""
    from catlearn.network.extern import allowed, signature

    named = {str(dict(layer.attributes)["factory"]): layer for layer in layers}
    with allowed():
        return {name: signature(name, layer.input_shape, layer.output_shape) for name, layer in named.items()}


def _extern(allow: bool) -> "AbstractContextManager[None]":
    """The permission to import modules of a user's own, where it is given."""
    if not allow:
        return nullcontext()
    from catlearn.network.extern import allowed

    return allowed()


def _asked(
    path: str | Path, data: str | Path | None, only: str | None, add_seeds: Sequence[int], allow_extern: bool
) -> "Theory":
    """The theory of a specification that can be trained and decided, in which a claim that is named is stated."""
    theory = _executable(path, data, add_seeds, allow_extern)
    if only is not None and only not in theory.claims:
        raise UnknownClaim(only, tuple(theory.claims))
    return theory


def _prepared(
    theory: "Theory", place: Path, add_seeds: Sequence[int], device: "Device | None", lanes: int | None
) -> "tuple[Plan, Store]":
    """The plan of a theory and its store, in which both are written."""
    from catlearn.plan.describe import describe
    from catlearn.plan.lower import lower
    from catlearn.store.store import Store

    plan, opened = lower(theory, _arithmetic(place, device, lanes)), Store.open(place)
    opened.write_text("theory.json", describe(theory, tuple(add_seeds)).to_json())
    opened.write_text("plan.json", plan.to_json())
    opened.keep_plan(plan)
    return plan, opened


def _arithmetic(place: Path, device: "Device | None" = None, lanes: int | None = None) -> "Numerics":
    """The numerics that are asked for: by default those on the device for which the plan of a store was made, and on
    the processor where there is none. Raises `UnknownDevice`."""
    from catlearn.plan.training import numerics
    from catlearn.store.history import last_numerics
    from catlearn.store.store import Store

    last = last_numerics(Store(place))
    kind = device or (last.device if last else "cpu")
    if lanes is not None and kind == "cpu":
        raise UnknownDevice("a number of lanes is for training on a GPU: ask for the device `cuda` too")
    return numerics(kind, lanes or (last.lanes if last and last.device == kind else None))


def _trained(plan: "Plan", only: str | None) -> "list[RunJob]":
    """The jobs of runs that a claim needs, all of a plan where none is named."""
    asked: list[DecideJob] = [job for job in plan.decide if job.claim == only]
    needed = {digest for job in asked for digest in job.needs}
    return [job for job in plan.runs if only is None or job.digest in needed]


@dataclass(frozen=True, slots=True)
class _Way:
    """How a plan is executed: where, and who is told."""

    executor: str | None
    progress: Progress | None
    say: Say | None


def _executed(plan: "Plan", store: "Store", only: str | None, way: _Way) -> "RunDocument":
    from catlearn.network.device import NoSuchDevice
    from catlearn.report.run_document import RunDocument, RunRow
    from catlearn.runs.descend import descend
    from catlearn.runs.execute import execute
    from catlearn.runs.executors.choice import UnknownExecutor as NoExecutor
    from catlearn.runs.imported import import_runs
    from catlearn.store.index import index

    began = time.perf_counter()
    jobs = _trained(plan, only)
    _load_data(plan, store, [job for job in plan.train if job in jobs])
    before = {(job.digest, seed) for job in jobs for seed in job.seeds if store.run_record(job.digest, seed)}
    import_runs(plan, store)
    imported = {job.digest for job in plan.train if job.imported}
    asked = {job.digest for job in jobs}
    try:
        executed = execute(plan, store, asked, way.progress, way.executor, way.say)
    except NoExecutor as error:
        raise UnknownExecutor(str(error)) from error
    except NoSuchDevice as error:
        raise UnknownDevice(f"{error}; ask for the device `cpu` to train anew on the processor") from error
    descended = descend(plan, store, asked)
    index(store)
    rows = tuple(
        RunRow(
            name=result.name,
            job=result.job,
            seed=result.seed,
            status=result.status,
            reason=result.reason,
            reused=result.reused if result.job not in imported else (result.job, result.seed) in before,
        )
        for result in (*executed.results, *descended)
        if result.job in asked
    )
    return RunDocument(spec=plan.specification, store=str(store.root), runs=rows, seconds=_since(began))


def _load_data(plan: "Plan", store: "Store", jobs: "Iterable[TrainJob]") -> None:
    """Bring the data of runs into the store, from which alone they are read then."""
    from catlearn.network.data import load, require_words

    datasets = {dataset.digest: dataset for dataset in plan.datasets}
    learnt = sorted(
        ((digest, layers) for job in jobs for digest, layers in zip(job.datasets, job.networks, strict=True)),
        key=lambda pair: pair[0],
    )
    for digest, needing in groupby(learnt, lambda pair: pair[0]):
        data = load(datasets[digest], store)
        for _, layers in needing:
            require_words(layers, datasets[digest], data)


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)


def _require(directory: str | Path, *names: str) -> None:
    """Raises `NotAStore` where a file that every store has is missing."""
    place = Path(directory)
    missing = [name for name in names if not (place / name).is_file()]
    if missing:
        what = "there is no such directory" if not place.exists() else f"it lacks {' and '.join(missing)}"
        hint = f"; the store of {place} is {default_store(place)}" if place.suffix == ".cat" else ""
        raise NotAStore(f"{place} is not the store of a specification: {what}{hint}")
