"""Checked theory -> plan: what is to be trained, frozen, read and decided, in order, with digests."""

from catlearn.plan.digests import theory_digest
from catlearn.plan.document import SCHEMA
from catlearn.plan.ir import Numerics, Plan
from catlearn.plan.questions import decide_job
from catlearn.plan.readings import readings
from catlearn.plan.training import dataset_plan, freeze_jobs, numerics, training
from catlearn.theory.theory import Theory


def lower(theory: Theory, arithmetic: Numerics | None = None) -> Plan:
    """The plan of a theory: every run is trained, every claim decided, under this machine's numerics or given ones.

    Computes no tensor and imports no library of tensors; a theory that the checker passed is lowered without error."""
    arithmetic = arithmetic or numerics()
    trained = training(theory, arithmetic)
    read = readings(theory, trained)
    datasets = map(dataset_plan, theory.datasets.values())
    return Plan(
        schema=SCHEMA,
        specification=theory.source.path,
        theory_digest=theory_digest(theory),
        numerics=arithmetic,
        datasets=tuple({dataset.digest: dataset for dataset in datasets}.values()),
        train=trained.train,
        freeze=freeze_jobs(theory, trained),
        read=read.jobs,
        decide=tuple(decide_job(theory, trained, read, claim) for claim in theory.claims.values()),
        descend=trained.descend,
    )
