"""Every readable case gives exactly the diagnostics that stand beside its lines."""

from dataclasses import replace

import pytest

from tests.spec.runner import FOLDER, Case, cases, check_case, problems

CASES = [case for path in sorted(FOLDER.glob("*.cat")) for case in cases(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}-{case.name}")
def test_case(case: Case) -> None:
    assert not problems(case, check_case(case)), "\n".join(problems(case, check_case(case)))


def test_names_of_cases_are_unique() -> None:
    names = [(case.file, case.name) for case in CASES]
    assert len(names) == len(set(names))


def test_a_missing_an_additional_and_a_moved_diagnostic_fail() -> None:
    case = next(case for case in CASES if case.expectations)
    diagnostics = check_case(case)
    assert problems(case, diagnostics[1:])
    assert problems(case, [*diagnostics, diagnostics[0]])
    expected = case.expectations[0]
    moved = replace(expected, place=replace(expected.place, end=expected.place.end + 1))
    assert problems(replace(case, expectations=(moved, *case.expectations[1:])), diagnostics)
    reworded = replace(expected, details=(("message", "found something else"),))
    assert problems(replace(case, expectations=(reworded, *case.expectations[1:])), diagnostics)
