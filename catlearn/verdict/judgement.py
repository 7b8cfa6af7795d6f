"""From inferences to judgements: claims about a share of seeds, of which each has an outcome of its own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from catlearn.verdict import wording
from catlearn.verdict.certificate import Judgement
from catlearn.verdict.statistics import Inference, proportion
from catlearn.verdict.verdict import Verdict

SHOWN = 4
"""How many seeds a judgement shows."""


class Quantified(Protocol):
    """A question about a share of seeds: `holds_for` is the share asked for, None where it is about those run."""

    @property
    def holds_for(self) -> float | None: ...

    @property
    def confidence(self) -> float: ...


def judgement_of(
    inference: Inference,
    *,
    method: str,
    evidence: Sequence[str],
    verdict: Verdict | None = None,
    rests_on: tuple[str, ...] = (),
) -> Judgement:
    """What a test came to, with its numbers; `verdict` where the claim came to something else than the test."""
    return Judgement(
        verdict=(verdict or inference.verdict).value,
        estimate=inference.estimate,
        interval=inference.interval,
        confidence=inference.confidence,
        n=inference.n,
        p=inference.p,
        method=method,
        evidence=tuple(evidence),
        rests_on=rests_on,
    )


def share_of_seeds(question: Quantified, outcomes: Sequence[Verdict], missing: int, one_run: bool = False) -> Inference:
    """The share of seeds whose outcome is `supported`, the missing and the vacuous ones counted against both verdicts.

    Vacuous where every outcome is, and where the claim is supported because both sides are `one_run`."""
    supported, refuted = outcomes.count(Verdict.SUPPORTED), outcomes.count(Verdict.REFUTED)
    rest = len(outcomes) - supported - refuted + missing
    inference = proportion(supported, refuted, rest, question.holds_for, question.confidence)
    idle = bool(outcomes) and set(outcomes) == {Verdict.VACUOUS}
    if idle or (one_run and inference.verdict is Verdict.SUPPORTED):
        return replace(inference, verdict=Verdict.VACUOUS)
    return inference


def same_run(one_run: bool, inference: Inference) -> list[str]:
    """The line that says why a claim about one run and itself is vacuous."""
    return [wording.SAME_RUN] if one_run and inference.verdict is Verdict.VACUOUS else []


def worst_first(
    rows: Sequence[str], outcomes: Sequence[Verdict], order: Sequence[Verdict], missing: tuple[int, ...]
) -> list[str]:
    """The rows of seeds whose outcome is in `order`, in that order, the first few of them, and the missing seeds."""
    found = [row for kind in order for row, outcome in zip(rows, outcomes, strict=True) if outcome is kind]
    lost = [wording.missing(missing)] if missing else []
    return [*found[:SHOWN], *wording.more(len(found) - SHOWN), *lost]
