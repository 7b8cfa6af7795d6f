"""The claims' tests err no more often than they say, and decide where the answer is clear.

Each check also meets wrong rules that it must catch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import betaincinv, ndtri, stdtrit

from catlearn.verdict.questions import class_measure
from catlearn.verdict.verdict import Verdict
from tests.statistics.calibrate import (
    CONFIDENCE,
    CORRELATED,
    FEW,
    OVER_CLASSES,
    PAIRS,
    PERMUTED,
    REPETITIONS,
    RESAMPLED,
    SHARED,
    SKEWED,
    SLOW,
    STOPPED,
    TRIALS,
    Rates,
    Trial,
    at_most_one,
    least_wrong,
    measured,
    most_wrong,
    near_zero,
    rows,
)

ALPHA = 1 - CONFIDENCE


def named(trial: Trial) -> str:
    return f"{trial.statement}, {trial.seeds} seeds, {trial.drawn}"


QUICK = (*TRIALS, *PAIRS)


@pytest.fixture(scope="module")
def rates() -> dict[str, Rates]:
    return {named(trial): measured(trial) for trial in QUICK}


@pytest.mark.parametrize("trial", QUICK, ids=named)
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


@pytest.mark.parametrize("trial", SKEWED, ids=named)
def test_a_mean_of_skewed_distances_is_supported_too_often(trial):
    """Known and stated in docs/claims.md: Student's t takes the mean to be near normal, and a tail to the right makes
    its upper bound too low. The excess stays within twice the stated level at a skewness of 1 and eight seeds."""
    assert most_wrong() < measured(trial).supported[0] <= 2 * ALPHA * REPETITIONS


@pytest.mark.parametrize("repetitions", [FEW, pytest.param(REPETITIONS, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("trial", RESAMPLED, ids=named)
def test_the_bootstrap_errs_no_more_often_than_stated(trial, repetitions):
    found = measured(trial, repetitions)
    assert found.wrong <= most_wrong(repetitions)
    assert found.right >= 0.85 * repetitions


@pytest.mark.parametrize("repetitions", [FEW, pytest.param(REPETITIONS, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("trial", [*CORRELATED, *PERMUTED, *OVER_CLASSES, *STOPPED], ids=named)
def test_correlations_permutations_and_further_looks_err_no_more_often_than_stated(trial, repetitions):
    found = measured(trial, repetitions)
    assert found.wrong <= most_wrong(repetitions)
    assert found.right >= 0.75 * repetitions or "==" in trial.statement
    assert found.refuted[2] >= 0.75 * repetitions


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


def pairs_as_seeds(distances):
    """A saboteur: every pair of seeds is taken for a seed."""
    apart = distances[np.triu_indices(len(distances), 1)]
    reach = stdtrit(len(apart) - 1, CONFIDENCE) * apart.std(ddof=1) / np.sqrt(len(apart))
    return verdict(apart.mean() + reach <= 1, apart.mean() - reach > 1)


def resampled_too_large(values):
    """A saboteur: each resample is of ten times as many seeds as there are."""
    drawn = np.random.default_rng(1).choice(values, (500, 10 * len(values))).mean(1)
    return verdict(np.quantile(drawn, CONFIDENCE) <= 1, np.quantile(drawn, ALPHA) > 1)


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
    trial = next(t for t in QUICK if t.statement == statement and t.seeds == seeds and "some" not in t.drawn)
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
        ("mean distance over pairs `<= 1`", "8", pairs_as_seeds),
    ],
)
def test_rules_that_err_too_often_are_caught(statement, seeds, rule):
    assert sabotaged(statement, seeds, rule).wrong > most_wrong()


@pytest.mark.parametrize("place", range(2))
def test_looking_again_at_the_whole_error_is_caught(place):
    rules = at_most_one(1), near_zero(1)
    assert measured(replace(STOPPED[place], decide=rules[place]), FEW * 3).wrong > most_wrong(FEW * 3)


def test_exchanging_nothing_is_caught():
    """A saboteur: any difference that is seen is taken for one of the families."""
    seen = replace(
        PERMUTED[0], decide=lambda left, right: verdict(left.mean() > right.mean(), left.mean() < right.mean())
    )
    assert measured(seen, FEW).wrong > most_wrong(FEW)


@pytest.mark.parametrize("trial", OVER_CLASSES, ids=named)
def test_classes_without_a_null_are_caught(trial):
    """A saboteur: what holds of the classes is supported, though classes drawn at random do as well."""
    name, bound = ("spread", 10.0) if "spread" in trial.statement else ("separation", 0.01)

    def seen(groups, _):
        found = class_measure.statistic(name, [group for group in groups if len(group)]) if all(map(len, groups)) else 0
        return verdict(*((found <= bound, found > bound) if name == "spread" else (found >= bound, found < bound)))

    assert measured(replace(trial, decide=seen), FEW).wrong > most_wrong(FEW)


@pytest.mark.parametrize("trial", [trial for trial in OVER_CLASSES if trial.drawn == SHARED], ids=named)
def test_exchanging_runs_across_the_seeds_that_they_share_is_caught(trial):
    """A saboteur: each run is taken to have a seed of its own, so that any two are exchanged."""
    forgetful = replace(trial, decide=lambda groups, seeds: trial.decide(groups, np.arange(len(seeds))))
    assert measured(forgetful, FEW * 2).wrong > most_wrong(FEW * 2)


def test_resampling_more_seeds_than_there_are_is_caught():
    for trial in RESAMPLED:
        if "unpaired" not in trial.statement:
            assert measured(replace(trial, decide=resampled_too_large), FEW).wrong > most_wrong(FEW)


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


def lines(rows) -> dict[str, list[float]]:
    return {line.rsplit("|", 5)[0]: figures(line) for line in rows if "| 0." in line}


def printed() -> dict[str, list[float]]:
    manual = (Path(__file__).parents[2] / "docs" / "claims.md").read_text()
    return lines(manual.partition("## Error rates as measured")[2].splitlines())


def agree(trials) -> bool:
    found, shown = lines(rows(trials)), printed()
    return all(np.allclose(shown[name], found[name], atol=0.02) for name in found)


def test_the_table_of_the_manual_is_what_is_measured():
    assert agree((*QUICK, *SKEWED))
    assert len(printed()) == len((*QUICK, *SKEWED, *SLOW))


@pytest.mark.nightly
def test_the_table_of_the_manual_is_what_is_measured_of_slow_tests():
    assert agree(SLOW)
