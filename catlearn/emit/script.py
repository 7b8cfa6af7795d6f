"""Plan -> script: runs as a standalone program of plain PyTorch that trains them to the same weights.

A script trains what its runs start from first. It draws, by the same keys, what the training of a plan draws, and
agrees with it up to the rounding of sums in another order: which decides, now and then, on which side of its kink a
rectifier stands.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined

from catlearn.emit.data import dataset, helpers
from catlearn.emit.layers import Network, draws, network, operations
from catlearn.emit.names import Names, escaped, literal
from catlearn.emit.refusal import NotEmitted
from catlearn.emit.rules import Rule, reads_epochs, rule
from catlearn.emit.runs import LOSSES, Parts, imported, parents, run, steps_per_epoch
from catlearn.plan.ir import DatasetPlan, LayerPlan, Plan, RulePlan, TrainJob

_T = TypeVar("_T")
_TEMPLATE = "script.py.jinja"
_ENVIRONMENT = Environment(
    loader=PackageLoader("catlearn.emit", ""),
    autoescape=False,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True)
class _Named:
    """A dataset or a run in a script: its variable, the function that gives its value, and the function's text."""

    variable: str
    function: str
    text: str


@dataclass(frozen=True)
class _Pieces:
    """What a script is made of: datasets and runs by digest, networks and update rules by what they are."""

    datasets: Mapping[str, _Named]
    networks: Mapping[tuple[LayerPlan, ...], Network]
    rules: Mapping[tuple[RulePlan, int], Rule]
    runs: Mapping[str, _Named]


def script(plan: Plan, targets: Collection[str]) -> str:
    """The program that trains some jobs of a plan, by digest, after all that they start from.

    Raises `NotEmitted` where a job uses what a script cannot express."""
    seeds = _seeds(plan, targets)
    every_job = [job for job in plan.train if seeds[job.digest]]
    jobs = [job for job in every_job if job.imported is None]
    if not jobs:
        raise NotEmitted("these runs were trained elsewhere: emit runs that are trained here")
    pieces = _pieces(plan, every_job)
    used = frozenset[str]().union(*(operations(job.layers) for job in every_job))
    read = [found for found in plan.datasets if found.digest in pieces.datasets]
    every = sorted(frozenset[int]().union(*(seeds[job.digest] for job in jobs)))
    rules = [found.text for found in pieces.rules.values()]
    jointly = _jointly(jobs)
    return _ENVIRONMENT.get_template(_TEMPLATE).render(
        title=escaped(", ".join(job.name for job in jobs if job.digest in targets)),
        specification=escaped(plan.specification),
        torch=escaped(plan.numerics.torch),
        digests=[(escaped(job.name), job.digest) for job in jobs],
        description=literal(f"Train {', '.join(job.name for job in jobs)}."),
        seeds=_numbers(every),
        math=any("math." in text for text in rules),
        operations=used,
        helpers=helpers(read) | _further_helpers(every_job),
        bundled=any(found.form in ("sklearn", "svmlight") for found in read),
        dropout=_noisy(jobs),
        joint=jointly,
        losses=sorted({LOSSES.get(job.loss, "") for job in jobs}),
        clipped=any(job.clip is not None for job in jobs),
        datasets=[found.text for found in pieces.datasets.values()],
        networks=[found.text for found in pieces.networks.values()],
        rules=rules,
        runs=[found.text for found in pieces.runs.values()],
        loading=[f"{found.variable} = {found.function}()" for found in pieces.datasets.values()],
        training=[line for job in every_job for line in _training(job, pieces, seeds[job.digest], every, jointly)],
    )


def _seeds(plan: Plan, targets: Collection[str]) -> Mapping[str, frozenset[int]]:
    """The seeds of each job that are asked for and trained here, or that such a job starts from."""
    wanted = {job.digest for job in plan.train if job.digest in targets and job.imported is None}
    asked = {job.digest: frozenset(job.seeds if job.digest in wanted else ()) for job in plan.train}
    for job in reversed(plan.train):
        for parent in parents(job):
            asked[parent] |= asked[job.digest]
    return asked


def _numbers(seeds: Sequence[int]) -> str:
    """Seeds in ascending order as Python: a range where none is left out."""
    if len(seeds) > 1 and seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"range({seeds[0]}, {seeds[-1] + 1})"
    return repr(tuple(seeds))


def _pieces(plan: Plan, jobs: Sequence[TrainJob]) -> _Pieces:
    names = Names(_words_of_the_template())
    datasets = {found.digest: found for found in plan.datasets}
    noisy, jointly = _noisy(jobs), _jointly(jobs)
    here = [job for job in jobs if job.imported is None]
    loaded = {digest: _loaded(datasets[digest], names) for digest in _once(_each(job.datasets for job in here))}
    networks = {layers: network(layers, names, noisy) for layers in _once(_each(job.networks for job in jobs))}
    read = {job.digest: [datasets[digest] for digest in job.datasets] for job in here}
    epochs = {job.digest: max(steps_per_epoch(job, dataset) for dataset in read[job.digest]) for job in here}
    timed = {job.digest: (job.rule, epochs[job.digest] if reads_epochs(job.rule) else 0) for job in here}
    rules = {key: rule(*key, names) for key in _once(timed.values())}
    runs: dict[str, _Named] = {}
    for job in jobs:
        variable = names.new(job.name)
        function = names.new(f"{'train' if job.imported is None else 'read'}_{job.name}")
        built = [networks[layers] for layers in job.networks]
        if job.imported is not None:
            runs[job.digest] = _Named(variable, function, imported(job.imported, built[0].name, function))
            continue
        update, variables = rules[timed[job.digest]], {digest: found.variable for digest, found in runs.items()}
        made, initials = (tuple(found.name for found in built), tuple(found.initial for found in built))
        parts = Parts(made, initials, update.step, update.start, function, variables, jointly)
        runs[job.digest] = _Named(variable, function, run(job, read[job.digest], parts))
    return _Pieces(loaded, networks, rules, runs)


def _jointly(jobs: Iterable[TrainJob]) -> bool:
    """Whether one of some jobs trains several networks, which share blocks."""
    return any(job.tasks for job in jobs)


def _noisy(jobs: Iterable[TrainJob]) -> bool:
    """Whether one of some jobs drops anything out."""
    return any(draws(job.layers) for job in jobs)


def _further_helpers(jobs: Iterable[TrainJob]) -> frozenset[str]:
    """The functions of a script that its runs call beside those that train."""
    elsewhere = {name for job in jobs if job.imported is not None for name in ("elsewhere", "checked")}
    renamed = {"renamed" for job in jobs if any(block.there != block.block for block in job.frozen)}
    return frozenset(elsewhere | renamed)


def _words_of_the_template() -> Iterable[str]:
    """Every word of the template's code: none of them may be the name of anything else."""
    source, _, _ = PackageLoader("catlearn.emit", "").get_source(_ENVIRONMENT, _TEMPLATE)
    code = re.sub(r'""".*?"""|#.*?$', "", source, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"[A-Za-z_]\w*", code)


def _once(items: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(items))


def _each(many: Iterable[Iterable[_T]]) -> Iterator[_T]:
    return chain.from_iterable(many)


def _loaded(plan: DatasetPlan, names: Names) -> _Named:
    variable, function = names.new(plan.name), names.new(f"load_{plan.name}")
    return _Named(variable, function, dataset(plan, function))


def _training(
    job: TrainJob, pieces: _Pieces, seeds: Collection[int], every: Sequence[int], jointly: bool
) -> Iterator[str]:
    """The statements that train and save one seed of a job, or read it, where the job has that seed."""
    own, indent = pieces.runs[job.digest], ""
    if len(seeds) < len(every):
        yield f"if seed in {_numbers(sorted(seeds))}:"
        indent = "    "
    if job.imported is not None:
        yield f"{indent}{own.variable} = {own.function}(seed)"
        return
    read = ", ".join(pieces.datasets[digest].variable for digest in job.datasets)
    data = f"[{read}]" if jointly else read
    given = ", ".join(("seed", data, *(pieces.runs[parent].variable for parent in parents(job))))
    yield f"{indent}{own.variable} = {own.function}({given})"
    yield f"{indent}save(arguments.out, {literal(job.name)}, seed, {own.variable}, {data})"
