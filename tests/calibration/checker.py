"""The checker on cases with known answers: verdicts of the real procedures, with runs held in memory."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from catlearn.evidence.documents import Bend, Member
from catlearn.evidence.model import Model
from catlearn.plan.lower import lower
from catlearn.source import Source
from catlearn.store.store import Store
from catlearn.syntax.parse import parse
from catlearn.theory.check import check
from catlearn.verdict.procedures import PROCEDURES
from tests.calibration.case import Case
from tests.calibration.kinds import cases
from tests.calibration.networks import OneUnit, Permuted


class InMemory(Model):
    """A model whose runs are the paths of its plan; nothing is stored or found again."""

    def completed(self, _: Member) -> bool:
        return True

    def keep_bend(self, _: Bend | None) -> None:
        pass

    def points(self, member: Member) -> torch.Tensor:
        return torch.tensor(self.run_job(member.job).path, dtype=torch.float64)


def opened(text: str) -> InMemory:
    """The runs of a specification, which are paths."""
    checked = check(parse(Source("case.cat", text)))
    assert checked.theory is not None, [found.message for found in checked.diagnostics]
    return InMemory(lower(checked.theory), Store(Path("nowhere")), fresh=True)


def verdicts(text: str) -> dict[str, str]:
    """The verdicts on the claims of a specification whose runs are paths, by name."""
    model, found = opened(text), {}
    for job in model.plan.decide:
        procedure = PROCEDURES[job.question.op]
        finding = procedure.find(model, job.question, lambda *_: None)
        found[job.claim] = str(procedure.judge(job.question, finding).verdict)
    return found


def verdict(case: Case | Permuted | OneUnit) -> str:
    """The verdict on a case."""
    if isinstance(case, Permuted | OneUnit):
        return case.verdict()
    (found,) = verdicts(case.text).values()
    return found


DISTANCES = (0.02, 0.1)
"""Undecided cases are counted by how far what is asked lies from the answer: up to each of these, and beyond."""


@dataclass(frozen=True)
class Tally:
    """How the verdicts on some cases came out; wrong ones are outside the margin of what is known."""

    supported: int = 0
    refuted: int = 0
    vacuous: int = 0
    undecided: tuple[int, ...] = (0,) * (len(DISTANCES) + 1)
    wrong_yes: int = 0
    wrong_no: int = 0


def wrong_yes(case: Case | Permuted | OneUnit, found: str) -> bool:
    """Whether a case is supported below what is known of its height."""
    return found == "supported" and bool(case.asked < case.known[0] - case.margin)


def wrong_no(case: Case | Permuted | OneUnit, found: str) -> bool:
    """Whether a case is refuted above what is known of its height."""
    return found == "refuted" and bool(case.asked > case.known[1] + case.margin)


def distance(case: Case | Permuted | OneUnit) -> float:
    """How far what is asked lies from what is known of the height."""
    least, most = case.known
    return max(0.0, least - case.asked, case.asked - most)


def tally(kind: str, count: int, seed: int) -> Tally:
    """The verdicts on so many cases of a kind."""
    decided = [(case, verdict(case)) for case in cases(kind, count, seed)]
    open_cases = [int(np.searchsorted(DISTANCES, distance(case))) for case, found in decided if found == "undecided"]
    verdicts_found = Counter(found for _, found in decided)
    return Tally(
        supported=verdicts_found["supported"],
        refuted=verdicts_found["refuted"],
        vacuous=verdicts_found["vacuous"],
        undecided=tuple(np.bincount(open_cases, minlength=len(DISTANCES) + 1).tolist()),
        wrong_yes=sum(wrong_yes(case, found) for case, found in decided),
        wrong_no=sum(wrong_no(case, found) for case, found in decided),
    )
