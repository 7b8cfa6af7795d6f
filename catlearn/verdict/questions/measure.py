"""Comparisons of measures: equivalence within a margin, and one-sided orders of means."""

from catlearn.evidence.documents import Evidence, MeasureFinding, PairedValues
from catlearn.evidence.measure import measure_finding
from catlearn.evidence.model import Model
from catlearn.plan.ir import MeasurePlan, MeasureQuestion
from catlearn.verdict import statistics, wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.procedure import Procedure, Progress
from catlearn.verdict.statistics import Inference
from catlearn.verdict.verdict import Verdict


def _find(model: Model, question: MeasureQuestion, _progress: Progress) -> MeasureFinding:
    return measure_finding(model, question)


def _inference(question: MeasureQuestion, finding: MeasureFinding) -> Inference:
    """The test of the comparator: paired where both sides have the same seeds, else unpaired."""
    left, right = finding.left, finding.right
    if right is None:
        bound = float(question.right) if isinstance(question.right, float) else 0.0
        if question.operator == "~":
            differences = [value - bound for value in left.values]
            return statistics.equivalence(differences, question.margin or 0.0, question.confidence, finding.resolution)
        return statistics.comparison(left.values, question.operator, bound, question.confidence, finding.resolution)
    if left.seeds == right.seeds:
        differences = [a - b for a, b in zip(left.values, right.values, strict=True)]
        if question.operator == "~":
            return statistics.equivalence(differences, question.margin or 0.0, question.confidence, finding.resolution)
        return statistics.comparison(differences, question.operator, 0.0, question.confidence, finding.resolution)
    if question.operator == "~":
        return statistics.unpaired_equivalence(
            left.values, right.values, question.margin or 0.0, question.confidence, finding.resolution
        )
    return statistics.unpaired_comparison(
        left.values, right.values, question.operator, question.confidence, finding.resolution
    )


def judge(question: MeasureQuestion, finding: MeasureFinding) -> Judgement:
    """What the test says; undecided where a seed is missing, since seeds are not lost by chance."""
    inference = _inference(question, finding)
    missing = finding.left.missing + (finding.right.missing if finding.right else ())
    verdict = Verdict.UNDECIDED if missing else inference.verdict
    return Judgement(
        verdict=verdict.value,
        estimate=inference.estimate,
        interval=inference.interval,
        confidence=inference.confidence,
        n=inference.n,
        method=inference.method,
        evidence=_lines(finding, verdict),
        rests_on=(),
    )


def _mean(name: str, values: tuple[float, ...]) -> str:
    if not values:
        return f"{name}: no values"
    mean = sum(values) / len(values)
    return f"{name}: mean {wording.number(mean)}, from {wording.number(min(values))} to {wording.number(max(values))}"


def _lines(finding: MeasureFinding, verdict: Verdict) -> tuple[str, ...]:
    left, right = finding.left, finding.right
    lines = []
    if verdict is Verdict.REFUTED and right is not None and left.seeds == right.seeds:
        gaps = [abs(a - b) for a, b in zip(left.values, right.values, strict=True)]
        worst = gaps.index(max(gaps))
        lines.append(
            f"seed {left.seeds[worst]}: {wording.number(left.values[worst])} on the left, "
            f"{wording.number(right.values[worst])} on the right"
        )
    lines.append(_mean("left", left.values))
    if right is not None:
        lines.append(_mean("right", right.values))
    missing = left.missing + (right.missing if right else ())
    return (*lines, *([wording.missing(missing)] if missing else []))


def _name(model: Model, measure: MeasurePlan) -> str:
    return f"{measure.name}({model.job(measure.run).name})"


def draw(model: Model, question: MeasureQuestion, finding: MeasureFinding) -> tuple[Evidence, ...]:
    """The values seed by seed, where both sides have the same seeds or one is a number."""
    left, right = finding.left, finding.right
    if not left.values or (right is not None and right.seeds != left.seeds):
        return ()
    if right is not None and isinstance(question.right, MeasurePlan):
        other, name = right.values, _name(model, question.right)
    else:
        bound = float(question.right) if isinstance(question.right, float) else 0.0
        other, name = (bound,) * len(left.values), wording.number(bound)
    values = PairedValues(
        left_name=_name(model, question.left), right_name=name, seeds=left.seeds, left=left.values, right=other
    )
    return (values,)


MEASURE = Procedure(_find, lambda model, question, _: measure_finding(model, question), judge, draw)
