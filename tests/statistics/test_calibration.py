"""The claims' tests err no more often than they say, and decide where the answer is clear.

Each check also meets wrong rules that it must catch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import betaincinv, ndtri, stdtrit

from catlearn.verdict.verdict import Verdict
from tests.statistics.calibrate import (
    CONFIDENCE,
    REPETITIONS,
    SKEWED,
    TRIALS,
    Rates,
    Trial,
    least_wrong,
    measured,
    most_wrong,
    rows,
)

ALPHA = 1 - CONFIDENCE


def named(trial: Trial) -> str:
    return f"{trial.statement}, {trial.seeds} seeds, {trial.drawn}"


@pytest.fixture(scope="module")
def rates() -> dict[str, Rates]:
    return {named(trial): measured(trial) for trial in TRIALS}


@pytest.mark.parametrize("trial", TRIALS, ids=named)
def test_wrong_verdicts_are_no_more_frequent_than_stated(trial, rates):
    assert rates[named(trial)].wrong <= most_wrong()


@pytest.mark.parametrize("trial", [trial for trial in TRIALS if trial.drawn.startswith("normal")], ids=named)
def test_tests_of_normal_means_are_no_more_cautious_than_stated(trial, rates):
    found = rates[named(trial)]
    assert min(found.supported[0], found.refuted[0]) >= least_wrong()


@pytest.mark.parametrize(
    "trial",
    [trial for trial in TRIALS if "unpaired" not in trial.statement and "accuracies" not in trial.drawn],
    ids=named,
)
def test_clear_cases_are_decided(trial, rates):
    found = rates[named(trial)]
    assert found.right >= (0.85 if trial.seeds != "14" else 0.8) * REPETITIONS


def test_a_mean_of_skewed_distances_is_supported_too_often():
    """Known and stated in docs/claims.md: Student's t takes the mean to be near normal, and a tail to the right makes
    its upper bound too low. The excess stays within twice the stated level at a skewness of 1 and eight seeds."""
    assert most_wrong() < measured(SKEWED).supported[0] <= 2 * ALPHA * REPETITIONS


def verdict(supported: bool, refuted: bool) -> Verdict:
    if supported:
        return Verdict.SUPPORTED
    return Verdict.REFUTED if refuted else Verdict.UNDECIDED


def no_significant_difference(differences):
    """A saboteur: what is not significantly different is called equivalent."""
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    significant = abs(differences.mean()) / error > stdtrit(len(differences) - 1, 1 - ALPHA / 2)
    return verdict(not significant, significant)


def close_means(differences):
    """A saboteur: the estimate is taken for the truth."""
    return verdict(abs(differences.mean()) <= 1, abs(differences.mean()) > 1)


def normal_quantile(values):
    """A saboteur: the standard deviation is taken to be known."""
    reach = ndtri(CONFIDENCE) * values.std(ddof=1) / np.sqrt(len(values))
    return verdict(values.mean() + reach <= 1, values.mean() - reach > 1)


def pooled(left, right):
    """A saboteur: both runs are taken to vary alike."""
    n, m = len(left), len(right)
    deviation = np.sqrt(((n - 1) * left.var(ddof=1) + (m - 1) * right.var(ddof=1)) / (n + m - 2))
    reach = stdtrit(n + m - 2, CONFIDENCE) * deviation * np.sqrt(1 / n + 1 / m)
    difference = left.mean() - right.mean()
    return verdict(difference + reach < 0, difference - reach >= 0)


def undecided_left_out(successes, failures, _):
    """A saboteur: undecided seeds are not counted."""
    return verdict(betaincinv(successes, failures + 1, ALPHA) >= 0.8, False)


def normal_share(successes, failures, undecided):
    """A saboteur: the normal approximation of Wald, which is sure of a share of one."""
    n = successes + failures + undecided
    share = successes / n
    reach = ndtri(CONFIDENCE) * np.sqrt(share * (1 - share) / n)
    return verdict(share - reach >= 0.8, share + reach < 0.8)


def always_undecided(*_):
    return Verdict.UNDECIDED


def sabotaged(statement: str, seeds: str, rule, **changes) -> Rates:
    (trial,) = (t for t in TRIALS if t.statement == statement and t.seeds == seeds and "some" not in t.drawn)
    return measured(replace(trial, decide=rule, **changes))


@pytest.mark.parametrize(
    ("statement", "seeds", "rule"),
    [
        ("`a ~ b within 1`", "4", no_significant_difference),
        ("`a ~ b within 1`", "16", no_significant_difference),
        ("`a ~ b within 1`", "16", close_means),
        ("`a <= 1`", "4", normal_quantile),
        ("`a < b`, unpaired", "6, 16", pooled),
        ("`x ~ y by distance within 1`", "8", normal_quantile),
        ("`holds_for = 0.8`", "14", normal_share),
    ],
)
def test_rules_that_err_too_often_are_caught(statement, seeds, rule):
    assert sabotaged(statement, seeds, rule).wrong > most_wrong()


def test_leaving_undecided_seeds_out_is_caught():
    """Where the failing seeds are those that stay undecided, leaving them out supports what is false."""

    def failures_hidden(generator, share):
        succeed = generator.random(50) < share
        return int(succeed.sum()), 0, int((~succeed).sum())

    honest = next(trial.decide for trial in TRIALS if trial.drawn == "some undecided")
    rule = {"draw": failures_hidden, "effects": (0.8, 1.0, 0.6)}
    assert sabotaged("`holds_for = 0.8`", "50", undecided_left_out, **rule).wrong > most_wrong()
    assert sabotaged("`holds_for = 0.8`", "50", honest, **rule).wrong <= most_wrong()


def test_never_deciding_is_caught():
    found = sabotaged("`a <= 1`", "16", always_undecided)
    assert found.wrong <= most_wrong()
    assert found.right == 0
    assert found.supported[0] < least_wrong()


def figures(line: str) -> list[float]:
    return [float(cell) for cell in line.split("|")[4:-1]]


def test_the_table_of_the_manual_is_what_is_measured():
    manual = Path(__file__).parents[2] / "docs" / "claims.md"
    printed = {line.rsplit("|", 5)[0]: figures(line) for line in manual.read_text().splitlines() if "| 0." in line}
    found = {line.rsplit("|", 5)[0]: figures(line) for line in list(rows())[2:]}
    assert printed.keys() == found.keys()
    assert all(np.allclose(printed[name], found[name], atol=0.02) for name in found)
