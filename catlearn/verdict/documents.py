"""The documents of verification: one row a claim, and the whole.

Certificates are in `verdict.certificate`. Absent numbers are null.
"""

from pydantic import Field

from catlearn.evidence.documents import CloudCurve
from catlearn.plan.document import Document


class ClaimRow(Document):
    """One decided claim, as `verify --json` prints it.

    `estimate`, `interval` and `n` are in the units of the claim's measure; `method` names the test or construction
    with its qualifications; `evidence` lists what was looked at, one line each, counterexample first where the
    verdict is refuted; `certificate` is a path relative to the store; `rests_on` names untested laws and
    assumptions. `p` is the p-value of the verdict where it is that of a test. `curves` are measures of representations
    along runs, a number for each checkpoint that is read."""

    name: str
    verdict: str
    expected: tuple[str, ...]
    met: bool
    estimate: float | None
    interval: tuple[float | None, float | None] | None
    confidence: float | None
    n: int | None
    method: str
    evidence: tuple[str, ...]
    certificate: str | None
    rests_on: tuple[str, ...]
    p: float | None = None
    curves: tuple[CloudCurve, ...] = ()


class AdjustedClaim(Document):
    """A tested claim with its p-value adjusted for the family, and whether its verdict passes at the family's level."""

    name: str
    p: float
    holds: bool


class Family(Document):
    """The tested claims of a specification, taken together by Holm's procedure: with probability `confidence` no
    verdict among those that hold is wrong."""

    method: str = "Holm"
    confidence: float
    claims: tuple[AdjustedClaim, ...]


class Verification(Document):
    """What `catlearn verify` returns and prints."""

    schema_version: int = Field(default=1, alias="schema")
    spec: str
    store: str
    claims: tuple[ClaimRow, ...]
    seconds: float
    family: Family | None = None
