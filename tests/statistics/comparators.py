"""The comparators of claims as `measure` and `other_seeds` put them together: a mean, and a test of it."""

from catlearn.verdict.means import one_sample, over_pairs, two_samples
from catlearn.verdict.statistics import Inference, ordered, within


def equivalence(differences, margin, confidence, resolution, test="t") -> Inference:
    """`a ~ b within margin` of runs that share seeds, from the differences seed by seed."""
    return within(one_sample(differences, resolution, test), margin, confidence)


def unpaired_equivalence(left, right, margin, confidence, resolution, test="t") -> Inference:
    """`a ~ b within margin` of runs with different seeds."""
    return within(two_samples(left, right, resolution, test), margin, confidence)


def comparison(values, operator, bound, confidence, resolution, test="t") -> Inference:
    """`mean(values) operator bound`."""
    return ordered(one_sample(values, resolution, test), operator, bound, confidence)


def unpaired_comparison(left, right, operator, confidence, resolution, test="t") -> Inference:
    """`mean(left) operator mean(right)` of runs with different seeds."""
    return ordered(two_samples(left, right, resolution, test), operator, 0.0, confidence)


def pairs_at_most(distances, margin, confidence) -> Inference:
    """`mean <= margin` of distances over all pairs of different seeds."""
    return ordered(over_pairs(distances), "<=", margin, confidence)
