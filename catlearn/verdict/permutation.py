"""Tests by permutation, and a difference of two families of counts by one: of seeds drawn independently nothing else
is assumed.

If neither family's counts were greater, the two sides of a seed could be exchanged, or, where the families have seeds
of their own, their labels. All exchanges are tried where they are few, else so many that are drawn the same at every
call. Sources: Fisher, "The design of experiments" (1935), on exchanging pairs; Pitman, J. R. Statist. Soc. Suppl. 4
(1937); Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010), on counting what was seen among what was drawn."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from catlearn.plan.ir import CountComparison
from catlearn.theory.power import PERMUTATIONS
from catlearn.verdict.statistics import Inference
from catlearn.verdict.verdict import Verdict

Values = NDArray[np.float64]
Alternative = Literal["less", "greater", "two-sided"]


def difference(
    left: Sequence[float], right: Sequence[float], operator: CountComparison, confidence: float, paired: bool
) -> Inference:
    """Whether the counts on the left are `operator` those on the right, in the mean.

    `==` is refuted where a difference as large either way is improbable, and never supported: few seeds show none.
    The others are supported where so large a difference their way is improbable, refuted where one the other way is."""
    n = len(left) if paired else len(left) + len(right)
    sides = f"{n} seeds" if paired else f"{len(left)} and {len(right)} seeds"
    name = f"permutation test of a difference {operator} 0 over {sides}, {PERMUTATIONS:,} permutations at most"
    if min(len(left), len(right)) < 2:
        return Inference(Verdict.UNDECIDED, None, None, confidence, n, f"{name}: two seeds are needed on each side")
    value, doubt = float(np.mean(left) - np.mean(right)), 1.0 - confidence
    way: Alternative = "two-sided" if operator == "==" else "greater" if value > 0.0 else "less"
    p = _p(left, right, way, paired)
    holds = (value < 0.0 if operator in ("<", "<=") else value > 0.0) and operator != "=="
    reached = Verdict.SUPPORTED if holds else Verdict.REFUTED
    decided = p <= doubt and value != 0.0
    return Inference(reached if decided else Verdict.UNDECIDED, value, None, confidence, n, name, p)


def _p(left: Sequence[float], right: Sequence[float], alternative: Alternative, paired: bool) -> float:
    """The probability of a mean difference as extreme if the two sides could be exchanged."""

    def mean(first: Values, second: Values, axis: int) -> Values:
        return np.asarray(first.mean(axis=axis) - second.mean(axis=axis))

    sides = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    return p_value(sides, mean, "samples" if paired else "independent", alternative, "exchange of sides")


def p_value(
    samples: tuple[Values, ...],
    statistic: Callable[..., Values],
    permuted: Literal["samples", "independent", "pairings"],
    alternative: Alternative,
    purpose: str,
) -> float:
    """The probability that permuted samples have a statistic as extreme as these: over all permutations where they are
    at most `PERMUTATIONS`, else over what was seen and so many that are drawn by `purpose`, the same at every call.

    `samples` exchanges the observations of a pair, `independent` those of all samples with each other, `pairings` the
    places within each sample. The statistic takes stacks of samples and the axis along which each lies."""
    found = stats.permutation_test(
        samples,
        statistic,
        permutation_type=permuted,
        vectorized=True,
        n_resamples=PERMUTATIONS,
        batch=256,
        alternative=alternative,
        rng=np.random.default_rng(list(purpose.encode())),
    )
    return float(found.pvalue)
