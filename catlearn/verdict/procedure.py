"""What it takes to decide one kind of question."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from catlearn.evidence.documents import CloudCurve, CurvesEvidence, Evidence, Finding
from catlearn.evidence.model import Model
from catlearn.verdict.certificate import Judgement

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


class Rejected(Exception):
    """A certificate's witness is not what it must be; the message says how."""


@dataclass(frozen=True)
class Procedure:
    """Four steps, each a function of the model, the question and what came before.

    `find` searches for evidence and returns what was found. `remeasure` measures the same anew from the stored
    weights, with the witnesses of a given finding in place of a search; it raises `Rejected` for a witness that is
    none. `judge` says what a finding means, from its numbers alone. `draw` returns documents for pictures."""

    find: Callable[[Model, Any, Progress], Finding]
    remeasure: Callable[[Model, Any, Any], Finding]
    judge: Callable[[Any, Any], Judgement]
    draw: Callable[[Model, Any, Any], tuple[Evidence, ...]]


def along_runs(curves: tuple[CloudCurve, ...]) -> tuple[Evidence, ...]:
    """The picture of measures along runs, where there are any."""
    return (CurvesEvidence(curves=curves),) if curves else ()


def draw_nothing(_model: Model, _question: object, _finding: object) -> tuple[Evidence, ...]:
    """The pictures of a question that has none."""
    return ()
