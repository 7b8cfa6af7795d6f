"""The table of codes against its cases: for each code one that fails with it, and one beside it that passes.

`codes/codes.cat` holds, for every code of `catlearn.diagnostics.DESCRIPTIONS`, a case of its name that gives one
diagnostic, of that code and at its place, and a near miss, `CODE-near-miss`, which differs in one place and gives none.
A code without both fails here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import pytest

from catlearn.diagnostics import DESCRIPTIONS
from tests.spec.runner import FOLDER, Case, Expectation, cases, check_case, problems

CODES = {case.name: case for case in cases(FOLDER / "codes" / "codes.cat")}

BESIDE = {"broken-import": ("syntax",)}
"""What has to stand beside a code: the file that does not parse has an error of its own."""

MOST_CHANGED = 2
"""Lines in which a near miss may differ: a declaration, and what is claimed of it."""


def near_miss(code: str) -> str:
    return f"{code}-near-miss"


def changed_lines(one: Case, other: Case) -> int:
    """In how many lines two cases differ."""
    left, right = ("".join([case.text, *case.files.values()]).splitlines() for case in (one, other))
    same = sum(block.size for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks())
    return max(len(left), len(right)) - same


def shortcomings(codes: Iterable[str], known: Mapping[str, Case]) -> list[str]:
    """What is missing of the cases for some codes, in words."""
    found = []
    for code in codes:
        fails, passes = known.get(code), known.get(near_miss(code))
        if fails is None or passes is None:
            found.append(f"{code}: no case and near miss")
            continue
        expected = [expectation.code for expectation in fails.expectations]
        if sorted(expected) != sorted((code, *BESIDE.get(code, ()))):
            found.append(f"{code}: the case expects {expected}")
        if passes.expectations:
            found.append(f"{code}: the near miss expects something")
        if not 0 < changed_lines(fails, passes) <= MOST_CHANGED:
            found.append(f"{code}: the near miss differs in {changed_lines(fails, passes)} lines")
    return found


def strangers(codes: Iterable[str], known: Iterable[str]) -> set[str]:
    """Cases of no code."""
    return set(known) - {name for code in codes for name in (code, near_miss(code))}


def test_every_code_has_a_case_and_a_near_miss_and_no_other_has() -> None:
    assert shortcomings(DESCRIPTIONS, CODES) == []
    assert strangers(DESCRIPTIONS, CODES) == set()


@pytest.mark.parametrize("name", CODES)
def test_a_case_gives_exactly_what_stands_beside_its_lines(name: str) -> None:
    assert not problems(CODES[name], check_case(CODES[name]))


def test_saboteur_a_code_without_cases_is_found_out() -> None:
    assert shortcomings([*DESCRIPTIONS, "new-code"], CODES) == ["new-code: no case and near miss"]
    assert strangers([code for code in DESCRIPTIONS if code != "cone"], CODES) == {"cone", "cone-near-miss"}


def _with(name: str, **changes: object) -> Mapping[str, Case]:
    return {**CODES, name: replace(CODES[name], **changes)}  # type: ignore[arg-type]


def _recoded(expectations: Sequence[Expectation], code: str) -> tuple[Expectation, ...]:
    return tuple(replace(expectation, code=code) for expectation in expectations)


@pytest.mark.parametrize("code", ["cone", "unused", "broken-import"])
def test_saboteurs_cases_that_show_nothing_are_found_out(code: str) -> None:
    case, near = CODES[code], CODES[near_miss(code)]
    without = {name: each for name, each in CODES.items() if name != near.name}
    other = "syntax" if code != "syntax" else "cone"
    assert shortcomings([code], without)
    assert shortcomings([code], _with(code, expectations=()))
    assert shortcomings([code], _with(code, expectations=_recoded(case.expectations, other)))
    assert shortcomings([code], _with(near.name, expectations=case.expectations))
    assert shortcomings([code], _with(near.name, text=case.text, files=case.files))
    assert shortcomings([code], _with(near.name, text=CODES["syntax"].text + "claim\n" * 9))
