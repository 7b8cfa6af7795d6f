"""The checker on cases with known answers: verdicts of the real procedures, with runs held in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from catlearn.evidence.documents import Bend, Member
from catlearn.evidence.model import Model
from catlearn.plan.lower import lower
from catlearn.source import Source
from catlearn.store.store import Store
from catlearn.syntax.parse import parse
from catlearn.theory.check import check
from catlearn.verdict.procedures import PROCEDURES
from tests.calibration.landscapes import Case, cases


class InMemory(Model):
    """A model whose runs are the paths of its plan; nothing is stored or found again."""

    def completed(self, _: Member) -> bool:
        return True

    def keep_bend(self, _: Bend | None) -> None:
        pass

    def points(self, member: Member) -> torch.Tensor:
        return torch.tensor(self.run_job(member.job).path, dtype=torch.float64)


def verdicts(text: str) -> dict[str, str]:
    """The verdicts on the claims of a specification whose runs are paths, by name."""
    checked = check(parse(Source("case.cat", text)))
    assert checked.theory is not None, [found.message for found in checked.diagnostics]
    plan = lower(checked.theory)
    model = InMemory(plan, Store(Path("nowhere")), fresh=True)
    found = {}
    for job in plan.decide:
        procedure = PROCEDURES[job.question.op]
        finding = procedure.find(model, job.question, lambda *_: None)
        found[job.claim] = str(procedure.judge(job.question, finding).verdict)
    return found


def verdict(case: Case) -> str:
    """The verdict on a case."""
    (found,) = verdicts(case.text).values()
    return found


@dataclass(frozen=True)
class Tally:
    """How the verdicts on some cases came out; wrong ones are outside the margin of what is known."""

    supported: int = 0
    refuted: int = 0
    undecided: int = 0
    wrong_yes: int = 0
    wrong_no: int = 0
    undecided_far: int = 0


FAR = 0.1
"""An undecided case whose question is further than this from the answer is counted as one of these as well."""


def outcome(case: Case, found: str) -> Mapping[str, int]:
    """What a verdict on a case counts as."""
    row = {found if found in ("supported", "refuted") else "undecided": 1}
    if found == "supported" and case.asked < case.height - case.margin:
        row["wrong_yes"] = 1
    if found == "refuted" and case.asked > case.height + case.margin:
        row["wrong_no"] = 1
    if found not in ("supported", "refuted") and abs(case.asked - case.height) > FAR:
        row["undecided_far"] = 1
    return row


def tally(kind: str, count: int, seed: int) -> Tally:
    """The verdicts on so many cases of a kind."""
    total: dict[str, int] = {}
    for case in cases(kind, count, seed):
        for name, number in outcome(case, verdict(case)).items():
            total[name] = total.get(name, 0) + number
    return Tally(**total)
