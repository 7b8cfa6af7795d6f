"""Decide claims: find evidence, judge it, and keep a certificate of each verdict."""

import time
from collections.abc import Iterator, Mapping, Sequence

from catlearn.evidence.documents import (
    CloudCurve,
    ConjunctionFinding,
    CorrelationFinding,
    Evidence,
    Finding,
    MeasureFinding,
    SeedCountFinding,
    ShapeFinding,
)
from catlearn.evidence.model import Model
from catlearn.plan.document import digest, parsed
from catlearn.plan.ir import VERSIONS, DecideJob, LawQuestion, Plan
from catlearn.store.store import Store
from catlearn.verdict.certificate import Certificate, Input
from catlearn.verdict.documents import ClaimRow, Verification
from catlearn.verdict.family import family
from catlearn.verdict.looks import look, looked, seeds_of
from catlearn.verdict.procedure import Progress
from catlearn.verdict.procedures import PROCEDURES
from catlearn.verdict.sample import of_sample


def _silent(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def certificate_path(claim: str) -> str:
    """The place of a claim's certificate, relative to the store."""
    return f"certificates/{claim}.json"


def inputs_of(model: Model, job: DecideJob) -> tuple[Input, ...]:
    """The stored trajectories that a claim rests on, those of its runs' starting points included."""
    records = [
        (member, model.record(member))
        for train in model.plan.runs
        if train.digest in job.needs
        for member in model.members(train.digest)
    ]
    return tuple(
        Input(run=member.name, job=member.job, seed=member.seed, sha256=record.trajectory_sha256)
        for member, record in records
        if record is not None
    )


def decided(model: Model, job: DecideJob, progress: Progress) -> Certificate:
    """The certificate of one claim, its evidence for pictures kept in the store."""
    procedure = PROCEDURES[job.question.op]
    finding = procedure.find(model, job.question, progress)
    found = look(model.plan, model.store, job, finding)
    inputs = inputs_of(model, job)
    judgement = of_sample(job, found.judgement, inputs)
    pictures = procedure.draw(model, job.question, finding)
    return Certificate(
        claim=job.claim,
        text=job.text,
        verdict=judgement.verdict,
        decision=job.digest,
        question=job.question,
        inputs=inputs,
        finding=finding,
        judgement=judgement,
        looks=found.looks,
        evidence=tuple(_kept(model, picture) for picture in pictures),
        versions=tuple(sorted(VERSIONS.items())),
        numerics=model.plan.numerics,
    ).sealed()


def _kept(model: Model, picture: Evidence) -> str:
    name = digest(picture.model_dump(mode="json"))
    model.store.commit_evidence(name, picture.to_json())
    return name


def laws_decided(plan: Plan, verdicts: Mapping[str, str]) -> dict[str, str]:
    """What came of the laws of which a claim is decided, from the verdicts of claims."""
    laws = {job.claim: job.question.law for job in plan.decide if isinstance(job.question, LawQuestion)}
    return {laws[claim]: verdict for claim, verdict in verdicts.items() if claim in laws}


def row_of(job: DecideJob, certificate: Certificate, laws: Mapping[str, str]) -> ClaimRow:
    """A certificate as a row of the verification, measured against what the author expects; `laws` are the verdicts on
    laws, by name."""
    judgement = certificate.judgement
    premises = (
        *judgement.rests_on,
        *(f"law {law}, {laws.get(law, 'untested')}" for law in job.laws),
        *(f"run {name}, which was not trained here" for name in job.elsewhere),
    )
    return ClaimRow(
        name=job.claim,
        verdict=judgement.verdict,
        expected=job.expected,
        met=judgement.verdict in job.expected,
        estimate=judgement.estimate,
        interval=judgement.interval,
        confidence=judgement.confidence,
        n=judgement.n,
        method=judgement.method,
        evidence=judgement.evidence,
        certificate=certificate_path(job.claim),
        rests_on=premises,
        p=judgement.p,
        curves=_curves(certificate.finding),
    )


def _curves(finding: Finding) -> tuple[CloudCurve, ...]:
    """The measures along runs of a finding, or of the parts of one."""
    match finding:
        case MeasureFinding() | SeedCountFinding() | CorrelationFinding() | ShapeFinding():
            return finding.curves
        case ConjunctionFinding(parts=parts):
            return tuple(dict.fromkeys(curve for part in parts for curve in _curves(part)))
    return ()


def chosen(plan: Plan, only: str | None) -> tuple[DecideJob, ...]:
    """The decide jobs of a plan, or the one of a claim."""
    return tuple(job for job in plan.decide if only is None or job.claim == only)


def kept_certificate(model: Model, job: DecideJob) -> Certificate | None:
    """The stored certificate of a claim, where it is whole and answers this question from these very trajectories."""
    found = parsed(Certificate, model.store.read_text(certificate_path(job.claim)))
    if found is None or found.digest != found.content_digest():
        return None
    same = found.decision == job.digest and found.question == job.question and found.inputs == inputs_of(model, job)
    again = looked(job, seeds_of(model.plan, job), found.finding, found.looks[:-1])
    judgement = of_sample(job, again.judgement, found.inputs)
    if not same or (judgement, again.looks) != (found.judgement, found.looks):
        return None
    for rests_on in found.inputs:
        model.verify_bytes(rests_on.job, rests_on.seed)
    return found.model_copy(update={"text": job.text}).sealed()


def decide(plan: Plan, store: Store, only: str | None = None, progress: Progress | None = None) -> Verification:
    """Decide the claims of a plan whose runs are in the store, and write certificates and `verdicts.json`.

    With `only` one claim is decided and the verdicts of the others are left as they are. A claim that was decided
    before, by the same question from the same trajectories, is not decided again. Raises `StoreError` where the store
    cannot be read or written."""
    began = time.perf_counter()
    model, jobs = Model(plan, store), chosen(plan, only)
    with store.share_evidence():
        found = dict(_certified(model, jobs, progress or _silent))
    every = _with_kept(model, found)
    laws = laws_decided(plan, {claim: certificate.verdict for claim, certificate in every.items()})
    rows = {job.claim: row_of(job, every[job.claim], laws) for job in plan.decide if job.claim in every}
    own = tuple(rows[job.claim] for job in jobs)
    seconds = round(time.perf_counter() - began, 3)
    verification = Verification(
        spec=plan.specification, store=str(store.root), claims=own, seconds=seconds, family=family(own)
    )
    kept = tuple(rows.values())
    whole = verification.model_copy(update={"claims": kept, "family": family(kept)})
    store.write_text("verdicts.json", whole.to_json())
    return verification


def _certified(model: Model, jobs: Sequence[DecideJob], progress: Progress) -> Iterator[tuple[str, Certificate]]:
    """Some claims with their certificates, each of which is written."""
    for index, job in enumerate(jobs):
        progress(f"deciding {job.claim}", index, len(jobs))
        certificate = kept_certificate(model, job) or decided(model, job, progress)
        model.store.write_text(certificate_path(job.claim), certificate.to_json())
        yield job.claim, certificate


def _with_kept(model: Model, found: Mapping[str, Certificate]) -> dict[str, Certificate]:
    """The certificates of claims, and those of the plan's other claims that still answer them."""
    others = ((job.claim, kept_certificate(model, job)) for job in model.plan.decide if job.claim not in found)
    return {**found, **{claim: certificate for claim, certificate in others if certificate is not None}}
