"""Conjunctions: each part decided by its own procedure, the verdict by the table of conjunctions (DESIGN 5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catlearn.evidence.documents import ConjunctionFinding, Evidence, PartFinding
from catlearn.evidence.model import Model
from catlearn.plan.ir import ConjunctionQuestion, PartQuestion
from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.procedure import Procedure, Progress
from catlearn.verdict.verdict import Verdict, conjunction, severity


@dataclass(frozen=True)
class _Parts:
    """The four steps of a conjunction, by the procedures of its parts."""

    procedures: Mapping[str, Procedure]

    def find(self, model: Model, question: ConjunctionQuestion, progress: Progress) -> ConjunctionFinding:
        found = [self.procedures[part.op].find(model, part, progress) for part in question.parts]
        return _conjoined(found)

    def remeasure(self, model: Model, question: ConjunctionQuestion, finding: ConjunctionFinding) -> ConjunctionFinding:
        pairs = self._pairs(question, finding)
        return _conjoined([self.procedures[part.op].remeasure(model, part, found) for part, found in pairs])

    def judge(self, question: ConjunctionQuestion, finding: ConjunctionFinding) -> Judgement:
        pairs = self._pairs(question, finding)
        return _judgement(question.texts, [self.procedures[part.op].judge(part, found) for part, found in pairs])

    def draw(self, model: Model, question: ConjunctionQuestion, finding: ConjunctionFinding) -> tuple[Evidence, ...]:
        pairs = self._pairs(question, finding)
        return tuple(drawn for part, found in pairs for drawn in self.procedures[part.op].draw(model, part, found))

    def _pairs(
        self, question: ConjunctionQuestion, finding: ConjunctionFinding
    ) -> Iterator[tuple[PartQuestion, PartFinding]]:
        """Each part with what was found of it."""
        return zip(question.parts, finding.parts, strict=True)


def _conjoined(found: Sequence[object]) -> ConjunctionFinding:
    return ConjunctionFinding.model_validate({"op": "conjunction", "parts": tuple(found)})


def _judgement(texts: Sequence[str], parts: Sequence[Judgement]) -> Judgement:
    """The verdict of all parts together, with the evidence of those that decide it first."""
    verdicts = [Verdict(part.verdict) for part in parts]
    order = sorted(range(len(parts)), key=lambda place: severity(verdicts[place]))
    return Judgement(
        verdict=conjunction(verdicts).value,
        confidence=_confidence(parts),
        method=_method(verdicts, parts),
        evidence=tuple(line for place in order for line in _lines(texts[place], parts[place])),
        rests_on=tuple(dict.fromkeys(premise for part in parts for premise in part.rests_on)),
        p=_p(conjunction(verdicts), parts),
    )


def _p(verdict: Verdict, parts: Sequence[Judgement]) -> float | None:
    """The p-value of a conjunction: the greatest of its parts where it holds, an intersection-union test (Berger,
    Technometrics 24, 1982); where it fails the least of those that fail, times the number of parts, by Bonferroni."""
    tested = [part.p for part in parts if part.p is not None]
    if verdict is not Verdict.REFUTED:
        return max(tested, default=None)
    failing = [part for part in parts if part.verdict == Verdict.REFUTED.value]
    if any(part.p is None for part in failing):
        return None
    return min(1.0, len(tested) * min(part.p for part in failing if part.p is not None))


def _confidence(parts: Sequence[Judgement]) -> float | None:
    """What is left of certainty when the error rates of all parts are added; None where no part has one."""
    doubts = [1.0 - part.confidence for part in parts if part.confidence is not None]
    return round(max(0.0, 1.0 - sum(doubts)), 12) if doubts else None


def _method(verdicts: Sequence[Verdict], parts: Sequence[Judgement]) -> str:
    counts = ", ".join(f"{verdicts.count(kind)} {kind.value}" for kind in Verdict if kind in verdicts)
    tested = sum(part.confidence is not None for part in parts)
    added = "; error rates of the parts added" if tested > 1 else ""
    return f"conjunction of {wording.counted(len(verdicts), 'part')}: {counts}{added}"


def _lines(text: str, part: Judgement) -> tuple[str, ...]:
    """What was found of one part, each line under its text."""
    numbers = [wording.number(part.estimate)] if part.estimate is not None else []
    if part.interval is not None and None not in part.interval:
        numbers.append(f"[{', '.join(wording.number(end) for end in part.interval if end is not None)}]")
    if part.n is not None:
        numbers.append(f"n = {part.n}")
    found = f"{text}: {part.verdict}, {' '.join((*numbers, part.method))}"
    return (found, *(f"{text}: {line}" for line in part.evidence))


def conjunction_of(procedures: Mapping[str, Procedure]) -> Procedure:
    """The procedure of a conjunction, from those of the kinds of question that it may join."""
    parts = _Parts(procedures)
    return Procedure(parts.find, parts.remeasure, parts.judge, parts.draw)
