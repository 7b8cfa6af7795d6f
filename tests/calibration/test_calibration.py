"""Zero wrong YES and zero wrong NO on landscapes with known answers, and saboteurs of the checker that are caught.

A few cases of each quick kind here; `make nightly` draws 300 of each kind. Each rung of the ladder is replaced by one
that always says yes, and each obstruction by one that is always found: the count of wrong verdicts sees it."""

import dataclasses
from itertools import islice

import numpy as np
import pytest

from catlearn.evidence import connection, deformation, dihomotopy, obstruction, relaxed, sheet, skeleton, tube, wall
from catlearn.evidence.documents import IDENTITY, Alignment, Height
from catlearn.evidence.symmetry import units_of
from tests.calibration.checker import Tally, distance, tally, verdict, wrong_no, wrong_yes
from tests.calibration.kinds import KINDS, cases
from tests.calibration.triangulated import width
from tests.evidence.networks import layers_of

QUICK = {
    "bumps": 4,
    "speeds": 4,
    "products": 3,
    "triangulated": 1,
    "ends": 6,
    "product ends": 6,
    "periodic ends": 6,
    "three parameters": 1,
    "windings": 4,
    "commutators": 4,
    "permuted copies": 4,
    "walls": 3,
    "loops, declared": 3,
    "one unit": 3,
}
"""Kinds of which a case takes less than a second, with how many are drawn here."""


def faultless(found: Tally) -> bool:
    return found.wrong_yes == found.wrong_no == 0


@pytest.mark.parametrize("kind", QUICK)
def test_a_few_cases_are_decided_without_a_wrong_verdict(kind):
    found = tally(kind, QUICK[kind], seed=1)
    assert faultless(found)
    assert found.supported + found.refuted > 0
    assert found.supported + found.refuted + found.vacuous + sum(found.undecided) == QUICK[kind]


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_three_hundred_cases_are_decided_without_a_wrong_verdict(kind):
    assert faultless(tally(kind, 300, seed=1))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_asked_lies_on_either_side_of_the_answer(kind):
    """And is not so far off that nothing could be wrong; the height of a ball is 0, so that no yes can be."""
    drawn = list(cases(kind, 12, seed=2))
    below = sum(case.asked < case.known[0] - case.margin for case in drawn)
    above = sum(case.asked > case.known[1] + case.margin for case in drawn)
    assert above >= 1
    assert below >= 1 or kind == "balls"
    assert all(distance(case) < 2.5 for case in drawn)


def test_a_width_by_a_plain_loop():
    assert width([3.0, 1.0, 2.5, 0.5], 3.2, 0.1) == pytest.approx(1.5)
    assert width([1.0, 0.5], 3.0, 0.0) == pytest.approx(2.0)


# Saboteurs: yes.


JOINED = Height(raw=0.0, bound=0.0, remainder=0.0)
"""A height that no slack is below."""


def below(kind, count, seed=3):
    """Cases that are asked well below what is known of their height."""
    drawn = (case for case in cases(kind, 40, seed) if case.asked < case.known[0] - case.margin - 0.03)
    return list(islice(drawn, count))


def caught(kind, count=4, seed=3):
    """How many wrong yes there are among some cases of a kind."""
    return sum(wrong_yes(case, verdict(case)) for case in below(kind, count, seed))


def always_joined(model, left, right, alignment, levels, slack):
    """A straight sheet as it is, with another height."""
    witness, _ = STRAIGHT(model, left, right, alignment, levels, slack)
    return witness.model_copy(update={"rows": sheet.LEAST_ROWS}), JOINED


STRAIGHT = dihomotopy.straight_sheet


def test_a_straight_sheet_that_always_joins_is_caught(monkeypatch):
    monkeypatch.setattr(dihomotopy, "straight_sheet", always_joined)
    assert caught("bumps") > 0


def test_a_relaxed_sheet_that_always_joins_is_caught(monkeypatch):
    def joined(model, drafts, slack, _):
        return [always_joined(model, one.left, one.right, one.alignment, one.levels, slack) for one in drafts]

    monkeypatch.setattr(relaxed, "sheets", joined)
    assert caught("bumps") > 0


def test_an_alignment_that_takes_more_than_permutations_is_caught(monkeypatch):
    """One that changes the signs of hidden units takes a run to its image, which is apart from it modulo permutations;
    the alignments that are tried do not."""

    def signs(_model, members, member, _modulo):
        factors = tuple((units.name, (-1.0,)) for units in units_of(layers_of(case.family)))
        return Alignment(blocks=(), scales=factors) if member != members[0] else IDENTITY

    case = next(case for case in cases("one unit", 40, seed=3) if case.paths[1][0] == (-1.0, 1.0))
    case = dataclasses.replace(case, asked=0.1)
    assert verdict(case) == "undecided"
    monkeypatch.setattr(skeleton, "element_of", signs)
    assert wrong_yes(case, verdict(case))


def test_a_path_that_never_rises_is_caught(monkeypatch):
    """Where there is no grid: in up to three dimensions that would refute all the same."""
    monkeypatch.setattr(connection, "path_height", lambda *_: JOINED)
    deep = [case for case in below("ends", 30) if len(case.left[0]) > 3]
    assert deep
    assert all(wrong_yes(case, verdict(case)) for case in deep)


def test_a_word_that_is_always_trivial_is_caught(monkeypatch):
    monkeypatch.setattr(deformation, "_word", lambda *_: ())
    assert caught("commutators") > 0


def test_a_sheet_of_a_loop_that_is_always_low_is_caught(monkeypatch):
    case = list(cases("tori", 6, seed=5))[5]
    assert case.asked < case.known[0] - 0.1
    monkeypatch.setattr(deformation, "sheet_top", lambda *_: JOINED)
    assert wrong_yes(case, verdict(case))


# Saboteurs: no.


def above(kind, count, off=0.004, seed=3):
    """Cases that are asked a little above their height, where no rung says yes at once."""
    drawn = [case for case in cases(kind, 40, seed) if case.known[1] > 0.05]
    return [dataclasses.replace(case, asked=case.known[1] + case.margin + off) for case in drawn[:count]]


def test_a_tube_that_tells_everything_apart_is_caught(monkeypatch):
    """The obstruction replaced by one that is always found refutes pairs that only a finer search would join."""
    found = obstruction.Apart("crossing", 0.0, (), 0, True)
    monkeypatch.setattr(obstruction, "most_told_apart", lambda *given: (given[-1], found))
    assert any(wrong_no(case, verdict(case)) for case in above("bumps", 6))


def test_a_wall_that_is_believed_as_declared_is_caught(monkeypatch):
    """The certificate that a declared function has no zero in the band replaced by one that is always found, beside a
    search for sheets that gives up at once."""
    monkeypatch.setattr(dihomotopy, "ROUNDS", 1)
    monkeypatch.setattr(tube, "HALVINGS", 0)
    case = next(case for case in above("walls", 40) if len(case.left[0]) == 3)
    case = dataclasses.replace(case, box=case.box.replace("0.1", "0.01"))
    assert verdict(case) == "undecided"
    monkeypatch.setattr(wall, "bars", lambda *_: True)
    assert wrong_no(case, verdict(case))


def test_zeros_that_are_taken_to_be_high_are_caught(monkeypatch):
    """The bound of the losses at the zeros of a declared pair replaced by one that no level reaches."""
    case = next(case for case in above("loops, declared", 8) if verdict(case) == "undecided")
    monkeypatch.setattr(deformation, "lowest", lambda *_: np.inf)
    assert wrong_no(case, verdict(case))


def test_ends_that_are_never_joined_are_caught(monkeypatch):
    monkeypatch.setattr(connection, "merging", lambda *_: (np.inf, False))
    assert any(wrong_no(case, verdict(case)) for case in above("ends", 4))


def test_a_word_that_is_never_trivial_is_caught(monkeypatch):
    monkeypatch.setattr(deformation, "_word", lambda *_: (1,))
    assert any(wrong_no(case, verdict(case)) for case in above("commutators", 4))


def test_a_loop_that_is_never_filled_is_caught(monkeypatch):
    monkeypatch.setattr(deformation, "fill_level", lambda *_, **__: np.inf)
    assert any(wrong_no(case, verdict(case)) for case in above("rings", 2, 0.1))
