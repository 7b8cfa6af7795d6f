"""Correlations of measures over the seeds, compared with a number."""

from catlearn.evidence.documents import CorrelationFinding
from catlearn.evidence.measure import correlation_finding
from catlearn.evidence.model import Model
from catlearn.plan.ir import CorrelationQuestion
from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.correlation import compared
from catlearn.verdict.judgement import judgement_of
from catlearn.verdict.procedure import Procedure, Progress, along_runs
from catlearn.verdict.statistics import sides
from catlearn.verdict.times import mixed
from catlearn.verdict.verdict import Verdict


def _find(model: Model, question: CorrelationQuestion, _progress: Progress) -> CorrelationFinding:
    return correlation_finding(model, question)


def judge(question: CorrelationQuestion, finding: CorrelationFinding) -> Judgement:
    """What the test says; undecided where a seed is missing, vacuous where the comparison holds of any measures."""
    columns = finding.first, finding.second, finding.given
    found = compared(question.name, columns, question.operator, question.bound, question.margin, question.confidence)
    verdict = Verdict.UNDECIDED if finding.missing or mixed(finding.sessions) else found.verdict
    if _holds_of_anything(question) or question.first == question.second:
        verdict = Verdict.VACUOUS
    return judgement_of(
        found,
        verdict=verdict,
        method=found.method + ("; a third measure held fixed" if finding.given is not None else ""),
        evidence=_lines(question, finding, verdict),
    )


def _holds_of_anything(question: CorrelationQuestion) -> bool:
    """Whether the comparison holds of every number that a correlation can be."""
    least = 0.0 if question.name == "r2" else -1.0
    holds, _ = sides(question.operator, least, 1.0, question.bound, question.margin or 0.0)
    return holds


def _lines(question: CorrelationQuestion, finding: CorrelationFinding, verdict: Verdict) -> tuple[str, ...]:
    if question.first == question.second:
        return ("both sides are the same measure",)
    lines = ["the comparison holds of every correlation"] if verdict is Verdict.VACUOUS else []
    lines += [_extremes(finding)] if verdict is Verdict.REFUTED else []
    for name, values in (("first", finding.first), ("second", finding.second), ("held fixed", finding.given)):
        if values:
            ends = f"from {wording.number(min(values))} to {wording.number(max(values))}"
            lines.append(f"{name}: {ends} over seeds {wording.seeds(finding.seeds)}")
    if question.name != "partial":
        lines.append("nothing is held fixed: what moves both measures shows as correlation too")
    return (*lines, *mixed(finding.sessions), *([wording.missing(finding.missing)] if finding.missing else []))


def _extremes(finding: CorrelationFinding) -> str:
    """The seeds at the two ends of the first measure, with what the second is there."""
    rows = sorted(zip(finding.first, finding.second, finding.seeds, strict=True))
    ends = (f"seed {seed}: {wording.number(a)} and {wording.number(b)}" for a, b, seed in (rows[0], rows[-1]))
    return f"from {' to '.join(ends)}"


CORRELATION = Procedure(
    _find,
    lambda model, question, _: correlation_finding(model, question),
    judge,
    lambda _model, _question, finding: along_runs(finding.curves),
)
