"""Certificates: what a verdict rests on, in a form that can be checked from the stored weights alone (DESIGN 4)."""

from pydantic import Field

from catlearn.evidence.documents import Finding
from catlearn.plan.document import Document, digest
from catlearn.plan.ir import Numerics, Question


class Input(Document):
    """A stored trajectory that the verdict rests on."""

    run: str
    job: str
    seed: int
    sha256: str


class Judgement(Document):
    """What a finding means for a claim: a verdict with its numbers and words (the fields of `ClaimRow`)."""

    verdict: str
    estimate: float | None
    interval: tuple[float | None, float | None] | None
    confidence: float | None
    n: int | None
    method: str
    evidence: tuple[str, ...]
    rests_on: tuple[str, ...]
    p: float | None = None


class Certificate(Document):
    """The certificate of one claim: the question, the stored inputs, what was found of them, and its judgement.

    `evidence` lists digests of documents for drawing, on which nothing rests. `digest` covers every other field."""

    schema_version: int = Field(default=1, alias="schema")
    claim: str
    text: str
    verdict: str
    decision: str
    question: Question
    inputs: tuple[Input, ...]
    finding: Finding
    judgement: Judgement
    evidence: tuple[str, ...]
    versions: tuple[tuple[str, int], ...]
    numerics: Numerics
    digest: str = ""

    def sealed(self) -> "Certificate":
        """The certificate with the digest of its content."""
        return self.model_copy(update={"digest": self.content_digest()})

    def content_digest(self) -> str:
        """The digest of every field but the digest."""
        return digest(self.model_dump(mode="json", exclude={"digest"}))
