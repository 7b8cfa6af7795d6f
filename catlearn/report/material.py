"""What a report is made of: everything that a store says about one specification, read and checked, nothing added."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from catlearn.evidence.documents import Evidence
from catlearn.plan.ir import Plan
from catlearn.plan.theory_document import TheoryDocument
from catlearn.store.record import RunRecord
from catlearn.store.store import CorruptFile, Store
from catlearn.verdict.documents import ClaimRow, Verification

_EVIDENCE: TypeAdapter[Evidence] = TypeAdapter(Evidence)

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Material:
    """The documents of one store. `evidence` is keyed by claim; `records` by a train job's digest, seeds in order.

    `verification` is None where nothing was decided yet."""

    theory: TheoryDocument
    plan: Plan
    verification: Verification | None
    evidence: Mapping[str, tuple[Evidence, ...]]
    records: Mapping[str, tuple[RunRecord, ...]]

    @property
    def rows(self) -> tuple[ClaimRow, ...]:
        """The rows of the claims that were decided."""
        return self.verification.claims if self.verification else ()


def _read(store: Store, name: str) -> str | None:
    try:
        return store.read_text(name)
    except ValueError as error:
        raise CorruptFile(f"`{name}` is not the name of a file of {store.root}") from error


def _validated(model: type[Model], store: Store, name: str) -> Model | None:
    text = _read(store, name)
    if text is None:
        return None
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise CorruptFile(f"`{store.root / name}` is not what catlearn wrote: {error.errors()[0]['msg']}") from error


def _required(model: type[Model], store: Store, name: str) -> Model:
    found = _validated(model, store, name)
    if found is None:
        raise CorruptFile(f"`{store.root / name}` is not there: run `catlearn verify` on the specification again")
    return found


def _digests(store: Store, certificate: str | None) -> tuple[str, ...]:
    text = _read(store, certificate) if certificate else None
    if text is None:
        return ()
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise CorruptFile(f"`{store.root / str(certificate)}` is not JSON: {error}") from error
    return tuple(str(digest) for digest in content.get("evidence", ()))


def _evidence(store: Store, row: ClaimRow) -> tuple[Evidence, ...]:
    documents = []
    for digest in _digests(store, row.certificate):
        text = store.evidence(digest)
        if text is None:
            raise CorruptFile(f"the evidence {digest} of claim `{row.name}` is not in the store")
        try:
            documents.append(_EVIDENCE.validate_json(text))
        except ValidationError as error:
            raise CorruptFile(f"the evidence {digest} of claim `{row.name}` is not what catlearn wrote") from error
    return tuple(documents)


def gather(store: Store) -> Material:
    """Read the documents of a store. Raises `CorruptFile` for what is missing or not what catlearn writes."""
    plan = _required(Plan, store, "plan.json")
    verification = _validated(Verification, store, "verdicts.json")
    records = {
        job.digest: tuple(found for seed in job.seeds if (found := store.run_record(job.digest, seed)))
        for job in plan.runs
    }
    rows = verification.claims if verification else ()
    return Material(
        theory=_required(TheoryDocument, store, "theory.json"),
        plan=plan,
        verification=verification,
        evidence={row.name: _evidence(store, row) for row in rows},
        records=records,
    )
