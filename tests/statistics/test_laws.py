"""Laws that any honest test of claims obeys, each with a wrong rule that breaks it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.verdict.statistics import proportion
from catlearn.verdict.verdict import Verdict
from tests.statistics.comparators import comparison, equivalence

ORDER = {Verdict.REFUTED: 0, Verdict.UNDECIDED: 1, Verdict.SUPPORTED: 2}
CONTRARY = dict(zip(ORDER, reversed(ORDER), strict=True))
OPERATORS = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}

values = st.lists(st.integers(-40, 40).map(lambda step: step / 8), min_size=2, max_size=9)
confidences = st.sampled_from([0.6, 0.8, 0.9, 0.95, 0.99])
counts = st.tuples(*[st.integers(0, 12)] * 3).filter(any)
shares = st.sampled_from([0.1, 0.25, 0.5, 0.8, 0.9, 1.0])
margins = st.integers(0, 24).map(lambda step: step / 8)


def tost(differences, margin, confidence, resolution=0.125):
    return equivalence(differences, margin, confidence, resolution).verdict


def compare(found, operator, bound, confidence, resolution=0.125):
    return comparison(found, operator, bound, confidence, resolution).verdict


def share(successes, failures, undecided, holds_for, confidence):
    return proportion(successes, failures, undecided, holds_for, confidence).verdict


# Laws: each takes the rule first, then a case.


def a_wider_margin_never_lowers(rule, case):
    differences, margin, wider, confidence = case
    return ORDER[rule(differences, margin, confidence)] <= ORDER[rule(differences, margin + wider, confidence)]


def more_confidence_never_decides_otherwise(rule, case):
    differences, margin, first, second = case
    low, high = rule(differences, margin, min(first, second)), rule(differences, margin, max(first, second))
    return high in (low, Verdict.UNDECIDED)


def a_coarser_resolution_never_decides_otherwise(rule, case):
    differences, margin, confidence, coarser = case
    fine = rule(differences, margin, confidence, 0.125)
    return rule(differences, margin, confidence, 0.125 * coarser) in (fine, Verdict.UNDECIDED)


def sides_may_be_exchanged(rule, case):
    differences, margin, confidence = case
    return rule(differences, margin, confidence) is rule([-value for value in differences], margin, confidence)


def the_unit_does_not_matter(rule, case):
    differences, margin, confidence, unit = case
    scaled = rule([value * unit for value in differences], margin * unit, confidence, 0.125 * unit)
    return rule(differences, margin, confidence, 0.125) is scaled


def contraries_have_contrary_verdicts(rule, case):
    found, operator, bound, confidence = case
    return rule(found, operator, bound, confidence) is CONTRARY[rule(found, OPERATORS[operator], bound, confidence)]


def moving_the_bound_is_moving_the_values(rule, case):
    found, operator, bound, confidence = case
    moved = [value - bound for value in found]
    return rule(found, operator, bound, confidence) is rule(moved, operator, 0.0, confidence)


def a_success_more_never_lowers(rule, case):
    (successes, failures, undecided), holds_for, confidence = case
    before = rule(successes, failures, undecided, holds_for, confidence)
    return ORDER[before] <= ORDER[rule(successes + 1, failures, undecided, holds_for, confidence)]


def undecided_lies_between(rule, case):
    (successes, failures, undecided), holds_for, confidence = case
    found = [
        rule(successes, failures + undecided + 1, 0, holds_for, confidence),
        rule(successes, failures, undecided + 1, holds_for, confidence),
        rule(successes + undecided + 1, failures, 0, holds_for, confidence),
    ]
    open_question = rule(successes, failures, undecided + 1, holds_for, confidence)
    return sorted(found, key=ORDER.get) == found and (open_question is Verdict.UNDECIDED or len(set(found)) == 1)


def a_larger_share_never_raises(rule, case):
    (successes, failures, undecided), (first, second), confidence = case
    found = (rule(successes, failures, undecided, holds_for, confidence) for holds_for in sorted((first, second)))
    return ORDER[next(found)] >= ORDER[next(found)]


# Wrong rules.


def not_significant(differences, _, confidence):
    return Verdict.REFUTED if tost(differences, 0.0, confidence) is Verdict.REFUTED else Verdict.SUPPORTED


def confidence_reversed(differences, margin, confidence):
    return equivalence(differences, margin, 1.59 - confidence, 0.125).verdict


def lopsided_mean(differences, margin, _, resolution=0.125):
    mean = sum(differences) / len(differences)
    return Verdict.SUPPORTED if -0.5 * margin <= mean <= margin and resolution < 0.5 else Verdict.REFUTED


def decreasing_in_margin(differences, margin, confidence, resolution=0.125):
    return equivalence(differences, 3.0 - margin, confidence, resolution).verdict


def strictness_forgotten(found, operator, bound, confidence):
    found_verdict = comparison(found, operator, bound, confidence, 0.0).verdict
    return Verdict.SUPPORTED if sum(found) / len(found) == bound else found_verdict


def bound_as_ratio(found, _, bound, __):
    mean = sum(found) / len(found)
    return Verdict.SUPPORTED if mean > 2 * bound else Verdict.REFUTED


def undecided_left_out(successes, failures, _, holds_for, confidence):
    return proportion(successes, failures, 0, holds_for, confidence).verdict


def failures_counted(successes, failures, undecided, holds_for, confidence):
    return proportion(failures, successes, undecided, holds_for, confidence).verdict


def share_reversed(successes, failures, undecided, holds_for, confidence):
    return proportion(successes, failures, undecided, 1.0 - holds_for, confidence).verdict


LAWS = [
    (a_wider_margin_never_lowers, st.tuples(values, margins, margins, confidences), tost, decreasing_in_margin),
    (
        more_confidence_never_decides_otherwise,
        st.tuples(values, margins, confidences, confidences),
        tost,
        confidence_reversed,
    ),
    (
        a_coarser_resolution_never_decides_otherwise,
        st.tuples(values, margins, confidences, st.sampled_from([2, 4, 64])),
        tost,
        lopsided_mean,
    ),
    (sides_may_be_exchanged, st.tuples(values, margins, confidences), tost, lopsided_mean),
    (
        the_unit_does_not_matter,
        st.tuples(values, margins, confidences, st.sampled_from([0.25, 4, 1024])),
        tost,
        lopsided_mean,
    ),
    (
        contraries_have_contrary_verdicts,
        st.tuples(values, st.sampled_from([*OPERATORS]), margins, confidences),
        compare,
        strictness_forgotten,
    ),
    (
        moving_the_bound_is_moving_the_values,
        st.tuples(values, st.sampled_from([*OPERATORS]), margins, confidences),
        compare,
        bound_as_ratio,
    ),
    (a_success_more_never_lowers, st.tuples(counts, shares, confidences), share, failures_counted),
    (undecided_lies_between, st.tuples(counts, shares, confidences), share, undecided_left_out),
    (a_larger_share_never_raises, st.tuples(counts, st.tuples(shares, shares), confidences), share, share_reversed),
]


def holds(law, cases, rule):
    """Search for a case that breaks a law; `AssertionError` where one is found."""

    @given(cases)
    @settings(max_examples=150, deadline=None, database=None, derandomize=True, report_multiple_bugs=False)
    def search(case):
        assert law(rule, case)

    search()


@pytest.mark.parametrize(("law", "cases", "rule", "wrong"), LAWS, ids=[law[0].__name__ for law in LAWS])
def test_the_law_holds_and_catches_a_wrong_rule(law, cases, rule, wrong):
    holds(law, cases, rule)
    with pytest.raises(AssertionError):
        holds(law, cases, wrong)


def test_not_significant_is_not_equivalent():
    """Noise cannot support equivalence, and a rule that lets it breaks no law above but this one."""
    noise = [5.0, -4.0]
    assert tost(noise, 0.5, 0.95) is Verdict.UNDECIDED
    assert not_significant(noise, 0.5, 0.95) is Verdict.SUPPORTED
