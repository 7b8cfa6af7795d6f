"""One self-contained HTML file, drawn from a store alone: verdicts first, then evidence, then provenance.

It has no scripts, asks nothing of the network, and computes no number: what it shows stands in the store.
"""

import importlib.metadata
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from catlearn.evidence.documents import (
    CurvesEvidence,
    DiagramsEvidence,
    EndsEvidence,
    Evidence,
    PairedValues,
    PlaneEvidence,
    RunBarcodeEvidence,
    SheetsEvidence,
)
from catlearn.plan.ir import (
    CarriedLawQuestion,
    DecideJob,
    LawOfMapsQuestion,
    LawQuestion,
    MeasureQuestion,
    RelationCellQuestion,
    RunJob,
    StrictCellQuestion,
    TrainJob,
)
from catlearn.report.along import measures_along
from catlearn.report.barcode import run_barcode
from catlearn.report.curves import loss_curves
from catlearn.report.dendrogram import dendrogram
from catlearn.report.diagram import categories
from catlearn.report.ends import loss_barcode
from catlearn.report.figure import Figure
from catlearn.report.globes import strict_cells, transformations
from catlearn.report.material import Material, gather
from catlearn.report.numbers import duration, estimate, plural, ranges, significant
from catlearn.report.paired import paired_values
from catlearn.report.paths import run_paths
from catlearn.report.persistence import persistence
from catlearn.report.planes import planes
from catlearn.report.sheets import sheets
from catlearn.report.squares import naturality_squares, pullback_squares
from catlearn.report.standing import Standing, expectation, is_open, replay, standing, summary, together, truth
from catlearn.store.record import RunRecord
from catlearn.store.store import Store
from catlearn.verdict.documents import ClaimRow


@dataclass(frozen=True)
class ClaimView:
    """A claim as the page shows it; `row` is None where it was not decided."""

    name: str
    text: str
    expected: str
    standing: Standing
    badge: str
    row: ClaimRow | None
    estimate: str
    figures: Sequence[Figure]


@dataclass(frozen=True)
class JobView:
    """A family of runs as the page lists it."""

    name: str
    digest: str
    seeds: str
    steps: int
    frozen: str
    stored: str
    seconds: str


def _figures(evidence: Evidence, row: ClaimRow, job: DecideJob | None) -> Sequence[Figure]:
    match evidence:
        case SheetsEvidence():
            return sheets(evidence)
        case PlaneEvidence():
            return planes(evidence)
        case EndsEvidence():
            return (loss_barcode(evidence),)
        case RunBarcodeEvidence():
            return (run_barcode(evidence), *dendrogram(evidence), *run_paths(evidence))
        case DiagramsEvidence():
            return persistence(evidence, row.estimate, row.interval)
        case PairedValues() if job is not None and isinstance(job.question, MeasureQuestion):
            return (paired_values(evidence, job.question, row.estimate, row.interval),)
        case CurvesEvidence():
            return measures_along(evidence, job.question if job else None)
        case _:
            return ()


def _claims(material: Material) -> Iterator[ClaimView]:
    rows = {row.name: row for row in material.rows}
    jobs = {job.claim: job for job in material.plan.decide}
    for claim in material.theory.claims:
        row = rows.get(claim.name)
        pieces = material.evidence.get(claim.name, ())
        yield ClaimView(
            name=claim.name,
            text=claim.text,
            expected=expectation(claim.expected),
            standing=standing(row),
            badge="open" if row and is_open(row) else standing(row).style,
            row=row,
            estimate=estimate(row.estimate, row.interval, 5) if row else "",
            figures=[found for piece in pieces if row for found in _figures(piece, row, jobs.get(claim.name))],
        )


def _marks(material: Material) -> Mapping[str, str]:
    rows = {row.name: row for row in material.rows}
    marks = {}
    for job in material.plan.decide:
        mark = truth(rows.get(job.claim))
        match job.question:
            case (
                LawQuestion(law=name)
                | CarriedLawQuestion(law=name)
                | LawOfMapsQuestion(law=name)
                | StrictCellQuestion(cell=name)
                | RelationCellQuestion(cell=name)
            ):
                marks[name] = mark
            case _:
                pass
    return marks


def _diagrams(material: Material) -> Sequence[Figure]:
    marks = _marks(material)
    whole = categories(material.theory, marks)
    return [
        *([whole] if whole else []),
        *pullback_squares(material.theory),
        *transformations(material.theory),
        *naturality_squares(material.theory),
        *strict_cells(material.theory, marks),
    ]


def _job(job: RunJob, records: Sequence[RunRecord]) -> JobView:
    return JobView(
        name=job.name,
        digest=job.digest,
        seeds=ranges(job.seeds),
        steps=job.steps,
        frozen=", ".join(block.block for block in job.frozen) if isinstance(job, TrainJob) else "",
        stored=f"{len(records)} of {len(job.seeds)}",
        seconds=duration(sum(record.seconds for record in records)) if records else "",
    )


def _version() -> str:
    try:
        return importlib.metadata.version("catlearn")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _versions(material: Material) -> Sequence[tuple[str, str]]:
    numerics = material.plan.numerics
    return (
        ("catlearn", _version()),
        ("torch", numerics.torch),
        ("numpy", numerics.numpy),
        ("arithmetic", f"{numerics.dtype} on {numerics.device}"),
        ("drawn by", f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("catlearn.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["significant"] = significant
    environment.globals["style"] = Markup(environment.get_template("page.css").render())
    return environment.get_template("page.html")


def page(material: Material) -> str:
    """The page of a store's material, as text."""
    curves = loss_curves([(job.name, material.records[job.digest]) for job in material.plan.train])
    return _template().render(
        title=Path(material.theory.specification).name,
        theory=material.theory,
        plan=material.plan,
        claims=list(_claims(material)),
        summary=summary(material.rows) if material.rows else "nothing decided yet",
        together=together(material.verification.family)
        if material.verification and material.verification.family
        else "",
        store=material.verification.store if material.verification else "",
        replay=replay,
        diagrams=_diagrams(material),
        curves=curves,
        jobs=[_job(job, material.records[job.digest]) for job in material.plan.runs],
        datasets=material.plan.datasets,
        versions=_versions(material),
        plural=plural,
    )


def write(store: Store) -> Path:
    """Draw the report of a store into `report.html` inside it, and return its path."""
    store.write_text("report.html", page(gather(store)))
    return store.root / "report.html"
