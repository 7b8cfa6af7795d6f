"""What pairs of different seeds say beside a claim about pairs of one seed: a distance is no finding where two runs
that have nothing in common are as near.

Each seed is in many pairs, so that these are not independent. The mean over all of them is bounded by the jackknife
over seeds; that seeds satisfy the claim no better with themselves than with each other is tested by permuting those of
one side. Sources: those of `verdict.means`; Mantel, Cancer Res. 27 (1967), on permuting one side of a table of
distances."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catlearn.evidence.documents import OtherSeeds
from catlearn.plan.ir import Comparison
from catlearn.verdict import statistics, wording
from catlearn.verdict.means import Mean, Unbounded, over_pairs
from catlearn.verdict.permutation import Alternative, p_value
from catlearn.verdict.statistics import Inference
from catlearn.verdict.verdict import Verdict

Values = NDArray[np.float64]

CAVEATS = {Verdict.SUPPORTED: "not discriminating", Verdict.UNDECIDED: "not shown to discriminate"}
"""What stands in the method line where pairs of different seeds satisfy a claim, or are not shown to fail it."""

AT_RANDOM = "seeds paired at random satisfy it as well"


@dataclass(frozen=True)
class Beside:
    """The claim's comparison over pairs of different seeds. `by_chance` is the probability that seeds paired at random
    satisfy it as well as with themselves; None where some pair has no number."""

    of: OtherSeeds
    mean: Mean | Unbounded
    inference: Inference
    by_chance: float | None

    @property
    def caveat(self) -> str:
        """What the method line has to say; empty where pairs of different seeds are shown to fail the claim."""
        return CAVEATS.get(self.inference.verdict, "")

    @property
    def lines(self) -> tuple[str, ...]:
        """The mean over the pairs, with its bounds, and the probability under permutations."""
        drawn, available = len(self.of.seeds), self.of.available
        few = f"; {drawn} of {available} seeds drawn" if drawn < available else ""
        outcome = {Verdict.SUPPORTED: "which satisfies the claim too", Verdict.REFUTED: "which fails the claim"}.get(
            self.inference.verdict, "which is not shown to fail the claim"
        )
        caveat = f": {self.caveat}" if self.caveat else ""
        return (
            f"pairs of different seeds: mean {self._numbers}, {outcome}{caveat}; {self.mean.method}{few}",
            *([] if self.by_chance is None else [f"{AT_RANDOM}: p = {self.by_chance:.3g}"]),
        )

    @property
    def _numbers(self) -> str:
        """The mean and its bounds."""
        if self.mean.value is None:
            return "without a value"
        if isinstance(self.mean, Unbounded):
            return wording.number(self.mean.value)
        lower, upper = self.mean.bounds(self.inference.confidence)
        return f"{wording.number(self.mean.value)} ({wording.number(lower)} to {wording.number(upper)})"


def beside(
    of: OtherSeeds | None, operator: Comparison, bound: float, margin: float, confidence: float
) -> Beside | None:
    """The comparison of a mean with a bound, within a margin for `~`, over pairs of different seeds; None without
    any."""
    if of is None:
        return None
    rows = [[np.nan if value is None else value for value in row] for row in of.values]
    table: Values = np.array(rows, dtype=np.float64)
    mean = over_pairs(table)
    if operator == "~":
        inference = statistics.within(over_pairs(table - bound), margin, confidence)
    else:
        inference = statistics.ordered(mean, operator, bound, confidence)
    return Beside(of, mean, inference, by_chance(table, operator, bound))


def by_chance(table: Values, operator: Comparison, bound: float) -> float | None:
    """The probability that seeds paired at random, each side once, have a mean as far to the side that satisfies the
    comparison as the diagonal of a table; None where some pair has no number."""
    if np.isnan(table).any():
        return None
    left = np.arange(len(table))

    def miss(right: Values, axis: int) -> Values:
        means = table[left, right.astype(int)].mean(axis=axis)
        return np.asarray(np.abs(means - bound) if operator == "~" else means)

    alternative: Alternative = "greater" if operator in (">", ">=") else "less"
    return p_value((left.astype(np.float64),), miss, "pairings", alternative, "pairs of seeds")
