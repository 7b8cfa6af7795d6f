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
    estimate: float | None = None
    interval: tuple[float | None, float | None] | None = None
    confidence: float | None = None
    n: int | None = None
    method: str
    evidence: tuple[str, ...]
    rests_on: tuple[str, ...] = ()
    p: float | None = None


class Look(Document):
    """One test of a claim: over which seeds of which jobs, at which level (the probability of a wrong verdict that it
    spent, 0 where it spent none anew), and its verdict."""

    seeds: tuple[tuple[str, tuple[int, ...]], ...]
    level: float
    verdict: str


class Looks(Document):
    """The looks at one statement, in the order in which they were taken; `sha256` is the digest of the rest."""

    schema_version: int = Field(default=1, alias="schema")
    looks: tuple[Look, ...]
    sha256: str = ""

    def sealed(self) -> "Looks":
        """The same with the digest of its content."""
        return self.model_copy(update={"sha256": self.content_digest()})

    def content_digest(self) -> str:
        """The digest of the looks."""
        return digest(self.model_dump(mode="json", exclude={"sha256"}))


class Certificate(Document):
    """The certificate of one claim: the question, the stored inputs, what was found of them, and its judgement.

    `evidence` lists digests of documents for drawing, on which nothing rests. `looks` are the tests of the statement up
    to and with this one, none where nothing is tested. `digest` covers every other field."""

    schema_version: int = Field(default=1, alias="schema")
    claim: str
    text: str
    verdict: str
    decision: str
    question: Question
    inputs: tuple[Input, ...]
    finding: Finding
    judgement: Judgement
    looks: tuple[Look, ...]
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
