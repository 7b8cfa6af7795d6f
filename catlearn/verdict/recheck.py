"""Recheck: verify certificates from the stored weights and arrays alone.

Nothing is trained and no training code is imported; cached evidence is never read. What is vouched for is that the
verdicts follow from the weights, not how the weights arose.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from catlearn.evidence.model import Model
from catlearn.plan.foreign import completed, foreign_of
from catlearn.plan.inventory import materials_of, with_imported
from catlearn.plan.ir import VERSIONS, DecideJob, Plan
from catlearn.plan.lower import lower
from catlearn.plan.theory_document import TheoryDocument
from catlearn.store.store import CorruptFile, Store
from catlearn.theory.check import check_texts
from catlearn.verdict.certificate import Certificate
from catlearn.verdict.decide import certificate_path, inputs_of, laws_decided, row_of
from catlearn.verdict.documents import ClaimRow, Verification
from catlearn.verdict.looks import looked, seeds_of, stored
from catlearn.verdict.procedure import Rejected
from catlearn.verdict.procedures import PROCEDURES, answers
from catlearn.verdict.sample import of_sample

TOLERANCE = 1e-5
"""The relative difference allowed between a stored number and the same measured anew, on other hardware perhaps."""


@dataclass(frozen=True)
class RecheckRow:
    """The outcome for one claim, or for the store's runs; `message` says what was verified or what is wrong, and
    `evidence` are the lines of a verdict that was found again."""

    name: str
    ok: bool
    message: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rechecked:
    """The outcome of a recheck: it is `ok` when there is something to check and every row is."""

    rows: tuple[RecheckRow, ...]

    @property
    def ok(self) -> bool:
        """Whether every row passed; nothing to check is no pass."""
        return bool(self.rows) and all(row.ok for row in self.rows)


class NotAStore(Exception):
    """The directory holds no plan and verdicts; the message says what was looked for."""


def recheck(root: Path, only: str | None = None) -> Rechecked:
    """Verify every stored run and every verdict of a store, or the verdict of one claim.

    Raises `NotAStore` and `StoreError`."""
    store = Store(root)
    plan, verification = _documents(store)
    model = Model(plan, store, fresh=True)
    claims = [row for row in verification.claims if only is None or row.name == only]
    lost = _lost(model, verification) if only is None else []
    laws = laws_decided(plan, {row.name: row.verdict for row in verification.claims})
    rows = [_plan_row(model), _runs_row(model), *lost, *(_claim_row(model, row, laws) for row in claims)]
    return Rechecked(tuple(rows) if claims or lost else ())


def _lost(model: Model, verification: Verification) -> list[RecheckRow]:
    """Claims with a certificate of which `verdicts.json` says nothing."""
    told = {row.name for row in verification.claims}
    silent = [job.claim for job in model.plan.decide if job.claim not in told]
    return [
        RecheckRow(claim, False, "it has a certificate, and verdicts.json says nothing of it")
        for claim in silent
        if model.store.read_text(certificate_path(claim)) is not None
    ]


def _documents(store: Store) -> tuple[Plan, Verification]:
    texts = [store.read_text(name) for name in ("plan.json", "verdicts.json")]
    if None in texts:
        raise NotAStore(
            f"{store.root} is not the store of a verified specification: it lacks plan.json or verdicts.json"
        )
    try:
        return Plan.model_validate_json(texts[0] or ""), Verification.model_validate_json(texts[1] or "")
    except ValidationError as failure:
        raise NotAStore(
            f"plan.json or verdicts.json in {store.root} is not what catlearn writes: {_first(failure)}"
        ) from failure


def _first(failure: ValidationError) -> str:
    found = failure.errors()[0]
    return f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"


def _plan_row(model: Model) -> RecheckRow:
    """The plan against the text of the specification: both are checked and lowered again."""
    name, text = "plan", model.store.read_text("theory.json")
    try:
        theory = TheoryDocument.model_validate_json(text or "")
    except ValidationError as failure:
        return RecheckRow(name, False, f"theory.json is missing or not what catlearn writes: {_first(failure)}")
    imports = {document.path: document.text for document in theory.imports}
    materials = materials_of(theory.materials)
    checked = check_texts(theory.specification, theory.text, imports, materials, theory.added_seeds)
    if checked.theory is None:
        return RecheckRow(name, False, "the specification in theory.json has errors")
    known = completed(checked.theory, foreign_of(job.layers for job in model.plan.train))
    if lower(with_imported(known, theory.imported_runs), model.plan.numerics) != model.plan:
        return RecheckRow(name, False, "plan.json is not what the specification in theory.json asks for")
    return RecheckRow(name, True, "it is what the specification in theory.json asks for")


def _runs_row(model: Model) -> RecheckRow:
    """Every stored trajectory of the plan against its record."""
    count = 0
    for job in model.plan.runs:
        for member in model.members(job.digest):
            try:
                if model.record(member) is not None:
                    model.store.trajectory(member.job, member.seed)
                    count += 1
            except CorruptFile as failure:
                return RecheckRow("stored runs", False, str(failure))
    return RecheckRow("stored runs", True, f"{count} trajectories have the bytes that were recorded")


def _claim_row(model: Model, row: ClaimRow, laws: Mapping[str, str]) -> RecheckRow:
    job = next((job for job in model.plan.decide if job.claim == row.name), None)
    if job is None:
        return RecheckRow(row.name, False, "plan.json has no such claim")
    try:
        problem = next(_problems(model, job, row, laws), None)
    except (CorruptFile, Rejected) as failure:
        problem = str(failure)
    if problem is not None:
        return RecheckRow(row.name, False, problem)
    return RecheckRow(row.name, True, f"{row.verdict}, as certified", row.evidence)


def _problems(model: Model, job: DecideJob, row: ClaimRow, laws: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a certificate, the first thing first."""
    text = model.store.read_text(certificate_path(job.claim))
    if text is None:
        yield "its certificate is missing"
        return
    try:
        certificate = Certificate.model_validate_json(text)
    except ValidationError as failure:
        yield f"its certificate is not what catlearn writes: {_first(failure)}"
        return
    if certificate.digest != certificate.content_digest():
        yield "its certificate was changed: the digest is not that of its content"
    if (certificate.text, certificate.decision) != (
        job.text,
        job.digest,
    ) or certificate.numerics != model.plan.numerics:
        yield "its certificate is of another claim or another installation than the plan's"
    if certificate.versions != tuple(sorted(VERSIONS.items())):
        yield "its certificate is by other versions of the operations"
    if certificate.question != job.question or certificate.claim != job.claim:
        yield "its certificate answers another question than the plan's"
    if not answers(job.question, certificate.finding):
        yield "its finding is of another kind than its question asks for"
        return
    if certificate.inputs != inputs_of(model, job):
        yield "its certificate rests on other trajectories than those stored"
    yield from _differences_of_evidence(model, job, certificate)
    if row != row_of(job, certificate, laws):
        yield "verdicts.json does not say what its certificate says"


def _differences_of_evidence(model: Model, job: DecideJob, certificate: Certificate) -> Iterator[str]:
    procedure = PROCEDURES[job.question.op]
    finding = procedure.remeasure(model, job.question, certificate.finding)
    stored, anew = certificate.finding.model_dump(mode="json"), finding.model_dump(mode="json")
    yield from differences("finding", stored, anew)
    again = looked(job, seeds_of(model.plan, job), finding, certificate.looks[:-1])
    judgement = of_sample(job, again.judgement, certificate.inputs)
    if again.looks != certificate.looks or not _stored_before(model, job, certificate):
        yield "its looks are not those that the store and its finding tell of"
    if judgement.verdict != certificate.judgement.verdict or judgement.verdict != certificate.verdict:
        yield f"the stored weights give {judgement.verdict}, the certificate says {certificate.verdict}"
    yield from differences(
        "judgement", certificate.judgement.model_dump(mode="json"), judgement.model_dump(mode="json")
    )


def _stored_before(model: Model, job: DecideJob, certificate: Certificate) -> bool:
    """Whether the looks of a certificate are the first of those in the store, and spent no more."""
    taken = stored(model.store, job)[: len(certificate.looks)]
    return len(taken) == len(certificate.looks) and all(
        kept.seeds == looked_at.seeds and kept.level >= looked_at.level
        for kept, looked_at in zip(taken, certificate.looks, strict=True)
    )


def differences(name: str, stored: object, anew: object) -> Iterator[str]:
    """Where two JSON values differ by more than rounding, by path, with both values."""
    if isinstance(stored, dict) and isinstance(anew, dict) and stored.keys() == anew.keys():
        for key in stored:
            yield from differences(f"{name}.{key}", stored[key], anew[key])
    elif isinstance(stored, list) and isinstance(anew, list) and len(stored) == len(anew):
        for index, (ours, theirs) in enumerate(zip(stored, anew, strict=True)):
            yield from differences(f"{name}[{index}]", ours, theirs)
    elif not _same(stored, anew):
        yield f"{name} is {_short(stored)} in the certificate and {_short(anew)} from the stored weights"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."


def _same(stored: object, anew: object) -> bool:
    if isinstance(stored, float) and isinstance(anew, float):
        return _near(stored, anew, TOLERANCE)
    if isinstance(stored, str) and isinstance(anew, str):
        return _same_words(stored, anew)
    return type(stored) is type(anew) and stored == anew


def _near(stored: float, anew: float, tolerance: float) -> bool:
    return stored == anew or math.isclose(stored, anew, rel_tol=tolerance, abs_tol=TOLERANCE)


_NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?:e[+-]?\d+)?")


def _same_words(stored: str, anew: str) -> bool:
    """Whether two texts have the same words and the same decimal fractions up to the rounding of their last digit."""
    numbers = [[float(found) for found in _NUMBER.findall(text)] for text in (stored, anew)]
    words = [_NUMBER.split(text) for text in (stored, anew)]
    return words[0] == words[1] and all(_near(a, b, 2e-3) for a, b in zip(*numbers, strict=True))
