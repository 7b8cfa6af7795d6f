"""Shape claims: are two representations close, in the mean over seeds, by their diagrams or point by point?"""

from catlearn.evidence.documents import Evidence, ShapeFinding
from catlearn.evidence.model import Model
from catlearn.evidence.shape import diagrams_evidence, shape_finding
from catlearn.plan.ir import ShapeQuestion
from catlearn.verdict import statistics, wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.judgement import judgement_of
from catlearn.verdict.other_seeds import Beside, beside
from catlearn.verdict.procedure import Procedure, Progress, along_runs
from catlearn.verdict.verdict import Verdict


def _find(model: Model, question: ShapeQuestion, _progress: Progress) -> ShapeFinding:
    return shape_finding(model, question)


def judge(question: ShapeQuestion, finding: ShapeFinding) -> Judgement:
    """Whether the mean distance is at most the margin; undecided where a cloud has no shape or nothing was compared."""
    compared = [found.value for found in finding.distances if found is not None and found.bars != 0]
    inference = statistics.mean_at_most(compared, question.margin, question.confidence, question.test)
    verdict = inference.verdict
    if verdict is Verdict.SUPPORTED and _holds_of_anything(question, finding):
        verdict = Verdict.VACUOUS
    complete = len(compared) == len(finding.distances) and not finding.missing
    words = _words(question, finding, verdict)
    return judgement_of(
        inference,
        verdict=(verdict if complete else Verdict.UNDECIDED),
        method=f"{words}; {_terms(question)}; {inference.method}",
        evidence=_lines(question, finding),
    )


def _terms(question: ShapeQuestion) -> str:
    """The distance, and on what terms it is taken."""
    first, last = question.dimensions[:1], question.dimensions[-1:]
    degrees = "..".join(str(degree) for degree in dict.fromkeys((*first, *last)))
    name = f"{question.distance} distance{f' in degrees {degrees}' if degrees else ''}"
    of_its_own = {
        "wasserstein": (f"order {question.terms.order} in the {question.terms.ground} norm",),
        "rtd": ("distances in units of their 0.9-quantile",) if question.terms.unit == "quantile" else (),
    }
    return ", ".join((name, *of_its_own.get(question.distance, ()), *wording.cloud_terms(question.terms)))


def _holds_of_anything(question: ShapeQuestion, finding: ShapeFinding) -> bool:
    """Whether any two runs, or any run and itself, would satisfy the claim."""
    return finding.same or (finding.farthest is not None and question.margin >= finding.farthest)


def _beside(question: ShapeQuestion, finding: ShapeFinding) -> Beside | None:
    """What pairs of different seeds come to."""
    return beside(finding.other_seeds, "<=", question.margin, 0.0, question.confidence)


def _words(question: ShapeQuestion, finding: ShapeFinding, verdict: Verdict) -> str:
    """Shape-similar at most; and not discriminating where different seeds lie within the margin as well."""
    words = "shape-similar" if verdict is Verdict.SUPPORTED else "shapes compared"
    others = _beside(question, finding)
    return f"{words}, {others.caveat}" if others and others.caveat else words


def _lines(question: ShapeQuestion, finding: ShapeFinding) -> tuple[str, ...]:
    lines = []
    if finding.same:
        lines.append(wording.SAME_RUN)
    elif _holds_of_anything(question, finding):
        lines.append(
            f"no two clouds of so many points are further apart than {wording.number(finding.farthest or 0.0)}"
        )
    values = [(found.value, seed) for found, seed in zip(finding.distances, finding.seeds, strict=True) if found]
    if values:
        worst, seed = max(values)
        lines.append(
            f"seed {seed}: distance {wording.number(worst)}, the largest; margin {wording.number(question.margin)}"
        )
    shapeless = [
        seed for found, seed in zip(finding.distances, finding.seeds, strict=True) if found is None or found.bars == 0
    ]
    if shapeless:
        lines.append(f"seeds {wording.seeds(shapeless)}: nothing to compare, the clouds or their diagrams are empty")
    others = _beside(question, finding)
    lines += others.lines if others else ()
    return (*lines, *([wording.missing(finding.missing)] if finding.missing else []))


def draw(model: Model, question: ShapeQuestion, finding: ShapeFinding) -> tuple[Evidence, ...]:
    """The diagrams of the first seeds, and all distances."""
    drawn = (diagrams_evidence(model, question, finding),) if finding.seeds else ()
    return (*drawn, *along_runs(finding.curves))


SHAPE = Procedure(_find, lambda model, question, _: shape_finding(model, question), judge, draw)
