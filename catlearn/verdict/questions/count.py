"""Comparisons of counts that the plan tells: decided exactly, the same for all seeds."""

from fractions import Fraction

from catlearn.evidence.counts import count_finding
from catlearn.evidence.documents import Count, CountFinding
from catlearn.evidence.model import Model
from catlearn.plan.ir import CountQuestion
from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.procedure import Procedure, Progress, draw_nothing
from catlearn.verdict.verdict import Verdict


def _find(model: Model, question: CountQuestion, _progress: Progress) -> CountFinding:
    return count_finding(model, question)


def _rational(count: Count | None) -> Fraction | None:
    return None if count is None else Fraction(count.numerator, count.denominator)


def _holds(left: Fraction, operator: str, right: Fraction) -> bool:
    return {
        "==": left == right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator]


def judge(question: CountQuestion, finding: CountFinding) -> Judgement:
    """Whether the comparison holds of the exact numbers; undecided where one of them is a division by 0, or
    counts steps that a run did not come to take."""
    left, right = _rational(finding.left), _rational(finding.right)
    if left is None or right is None or finding.missing:
        verdict = Verdict.UNDECIDED
    else:
        verdict = Verdict.SUPPORTED if _holds(left, question.operator, right) else Verdict.REFUTED
    return Judgement(
        verdict=verdict.value,
        estimate=None if left is None else float(left),
        method="counted from the plan and compared exactly: the same for every seed",
        evidence=(f"left: {_shown(left)}", f"right: {_shown(right)}", *_missing(finding)),
    )


def _missing(finding: CountFinding) -> tuple[str, ...]:
    return (wording.missing(finding.missing),) if finding.missing else ()


def _shown(value: Fraction | None) -> str:
    return "no number, a division by 0" if value is None else str(value)


COUNT = Procedure(_find, lambda model, question, _: count_finding(model, question), judge, draw_nothing)
