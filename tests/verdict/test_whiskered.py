"""Cells by relation beside a run: verified once on a small specification, each with a sibling whose verdict flips.

`recheck` passes on the store and fails on certificates in which the run before the cell, or its cell, was edited."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from catlearn.evidence.documents import (
    IDENTITY,
    Alignment,
    Height,
    Levels,
    Member,
    PairFinding,
    RunWidth,
    SheetWitness,
    Whisker,
)
from catlearn.plan.ir import RelationPlan
from catlearn.verbs import verify
from catlearn.verdict.certificate import Certificate
from catlearn.verdict.documents import ClaimRow
from catlearn.verdict.questions.whiskered import height_bound, outcome
from catlearn.verdict.recheck import recheck
from catlearn.verdict.verdict import Verdict

SPECIFICATION = """
dataset d { source = sklearn.iris }
map f : R[4] -> R[8] = linear(8) >> tanh
map h : R[8] -> R[3] = linear(3)
category P {
  object A = params(f) * params(h)
  run half : A@init -> A@mid { net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1),
                               batch = 16, epochs = 3, seeds = 0..3 }
  run other : A@init -> A@mid { like = half, optimiser = sgd(lr = 0.11) }
  law false : half == other
  run rough : A@init -> A@bumpy { like = half, optimiser = sgd(lr = 6) }
  run a : A@mid -> A@a { like = half, resume = half, epochs = 6 }
  run b : A@mid -> A@b { like = half, optimiser = heavy_ball(lr = 0.03, m = 0.7), epochs = 7 }
  run c : A@bumpy -> A@c { like = half, epochs = 6 }
  run e : A@bumpy -> A@e { like = c, optimiser = heavy_ball(lr = 0.03, m = 0.7) }
  run early : A@init -> A@early { like = half, epochs = 1 }
  run u : A@early -> A@u { like = half, epochs = 12 }
  run v : A@early -> A@v { like = u, optimiser = heavy_ball(lr = 0.03, m = 0.7) }
  run fine : A@mid -> A@end { like = a }
  run coarse : A@mid -> A@end { like = fine, checkpoints = 3 epochs }
  run unlike : A@mid -> A@end { like = fine, optimiser = sgd(lr = 0.12) }
  law spacing : fine == coarse
  law untrue : fine == unlike
  run onward : A@end -> A@onward { like = half, resume = fine, epochs = 4 }
  run wild : A@end -> A@wild { like = half, optimiser = sgd(lr = 6), epochs = 4 }
}
relation basin = dihomotopy { slack = 0.05 }
relation later = dihomotopy { slack = 0.05, levels = 0.4..0.75 }
cell slide : a => b by basin
cell from_the_bump : c => e by basin
cell late : u => v by later
cell same : a => a by basin
cell spaced : fine => coarse by basin
cell bent : unlike => coarse by basin
relation middle = dihomotopy { slack = 0.05, levels = 0.45..0.6 }
cell spaced_late : fine => coarse by middle
cell before = spaced * onward
cell before_a_wild_run = spaced * wild
cell before_another_end = bent * onward
cell before_late = spaced_late * onward
cell after = half * slide
cell after_another = other * slide
cell after_a_bump = rough * from_the_bump
cell after_late = early * late
cell after_same = half * same
claim slide : slide expect supported
claim from_the_bump : from_the_bump expect supported
claim late : late expect supported
claim spaced : spaced expect supported
claim bent : bent expect supported
claim before : before expect supported
claim before_a_wild_run : before_a_wild_run expect undecided
claim before_another_end : before_another_end expect undecided
claim before_late : before_late expect undecided
claim after : after expect supported
claim after_another : after_another expect undecided
claim after_a_bump : after_a_bump expect undecided
claim after_late : after_late expect undecided
claim after_same : after_same expect vacuous
"""


@dataclass(frozen=True)
class Verified:
    """A store and the rows of its verification by claim."""

    store: Path
    rows: dict[str, ClaimRow]

    def certificate(self, claim: str) -> dict[str, Any]:
        return dict(json.loads((self.store / "certificates" / f"{claim}.json").read_text()))


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    directory = tmp_path_factory.mktemp("whiskered")
    specification = directory / "spec.cat"
    specification.write_text(SPECIFICATION)
    rows = verify(specification, store=directory / "store").claims
    return Verified(directory / "store", {row.name: row for row in rows})


def test_the_cells_by_themselves_are_supported(verified: Verified) -> None:
    assert {verified.rows[name].verdict for name in ("slide", "from_the_bump", "late", "spaced", "bent")} == {
        "supported"
    }


def test_after_a_run_that_descends_it_is_supported_and_cites_its_cell(verified: Verified) -> None:
    row = verified.rows["after"]
    assert (row.verdict, row.n, row.rests_on) == ("supported", 4, ("cell slide", "law false, untested"))


@pytest.mark.parametrize(
    ("claim", "verdict", "said"),
    [
        ("after_a_bump", "undecided", "the height is at most"),
        ("after_another", "undecided", "do not start, bit by bit, where other ends"),
        ("after_late", "undecided", "does not hold its first edge still"),
        ("after_same", "vacuous", "the same run"),
        ("before_a_wild_run", "undecided", "the height is at most"),
        ("before_another_end", "undecided", "do not end, bit by bit, where onward starts"),
        ("before_late", "undecided", "does not hold its last edge still"),
    ],
)
def test_where_it_does_not_follow(verified: Verified, claim: str, verdict: str, said: str) -> None:
    row = verified.rows[claim]
    assert row.verdict == verdict
    assert said in " ".join(row.evidence)


def test_before_a_run_that_descends_it_is_supported_too(verified: Verified) -> None:
    row = verified.rows["before"]
    assert (row.verdict, row.n, row.rests_on) == ("supported", 4, ("cell spaced", "law false, untested"))
    assert "derived from spaced before a run" in row.method


@pytest.mark.parametrize("claim", ["after", "before"])
def test_rises_add(verified: Verified, claim: str) -> None:
    for whisker, pair in _found(verified, claim):
        whole = height_bound(whisker, pair)
        assert pair.height is not None
        assert whole >= whisker.run.width.bound + pair.height.bound
        assert whole <= 0.05


def _found(verified: Verified, claim: str) -> list[tuple[Whisker, PairFinding]]:
    finding = verified.certificate(claim)["finding"]
    whiskers = [Whisker.model_validate_json(json.dumps(found)) for found in finding["whiskers"]]
    pairs = [PairFinding.model_validate_json(json.dumps(found)) for found in finding["premise"]["pairs"]]
    return list(zip(whiskers, pairs, strict=True))


def test_recheck_passes_on_what_was_found(verified: Verified) -> None:
    assert recheck(verified.store).ok


def flatter_run(certificate: dict[str, Any]) -> None:
    for whisker in certificate["finding"]["whiskers"]:
        whisker["run"]["width"]["bound"] = 0.0


def higher_level(certificate: dict[str, Any]) -> None:
    certificate["finding"]["whiskers"][0]["level"] += 0.5


def pretended_meeting(certificate: dict[str, Any]) -> None:
    for whisker in certificate["finding"]["whiskers"]:
        whisker["meets"] = True


def flatter_sheet(certificate: dict[str, Any]) -> None:
    for pair in certificate["finding"]["premise"]["pairs"]:
        pair["height"]["bound"] /= 2


def fewer_whiskers(certificate: dict[str, Any]) -> None:
    certificate["finding"]["whiskers"].pop()


def stronger_verdict(certificate: dict[str, Any]) -> None:
    certificate["judgement"]["verdict"] = certificate["verdict"] = "supported"


@pytest.mark.parametrize(
    ("claim", "change"),
    [
        ("after_a_bump", flatter_run),
        ("after", higher_level),
        ("after_another", pretended_meeting),
        ("after", flatter_sheet),
        ("after", fewer_whiskers),
        ("after_a_bump", stronger_verdict),
        ("before", higher_level),
        ("before_another_end", pretended_meeting),
    ],
)
def test_an_edited_certificate_is_refused(
    verified: Verified, tmp_path: Path, claim: str, change: Callable[[dict[str, Any]], None]
) -> None:
    store = tmp_path / "store"
    shutil.copytree(verified.store, store)
    content = verified.certificate(claim)
    change(content)
    sealed = Certificate.model_validate_json(json.dumps(content)).sealed()
    (store / "certificates" / f"{claim}.json").write_text(sealed.to_json())
    verdicts = json.loads((store / "verdicts.json").read_text())
    for row in verdicts["claims"]:
        if row["name"] == claim:
            row |= {key: value for key, value in content["judgement"].items() if key in row}
    (store / "verdicts.json").write_text(json.dumps(verdicts))
    row = next(row for row in recheck(store, claim).rows if row.name == claim)
    assert not row.ok
    assert "finding" in row.message or "the stored weights give" in row.message


# One seed by its numbers: each of the conditions alone is enough to leave it open.

RELATION = RelationPlan(name="r", kind="dihomotopy", slack=0.1, levels=None, modulo="permutations")


def width(bound: float, start: float, lowest: float, coverage: float = 1.0) -> RunWidth:
    height = Height(raw=bound, bound=bound, remainder=0.0)
    member = Member(job="j", name="r", seed=0)
    return RunWidth(member=member, width=height, start=start, lowest=lowest, coverage=coverage)


def pair(own: float = 0.01, height: float = 0.05, first: tuple[float, float] = (0.0, 0.0), **swap: Any) -> PairFinding:
    member = Member(job="j", name="r", seed=0)
    alignment, last = swap.get("alignment", IDENTITY), swap.get("last", (3.0, 3.0))
    witness = SheetWitness(left=member, right=member, alignment=alignment, rows=9, columns=(first, last))
    return PairFinding(
        levels=Levels(high=1.0, low=0.5, fixed_over=()),
        left=width(own, 1.0, 0.5),
        right=width(own, 1.0, 0.5),
        witness=witness,
        height=Height(raw=height, bound=height, remainder=0.0),
    )


def whisker(rise: float = 0.04, high: float = 2.0, meets: bool = True) -> Whisker:
    return Whisker(side="before", level=high, run=width(rise, high, 1.0), meets=meets, edge=(0.0, 0.0))


def after(rise: float = 0.04, low: float = 0.3, meets: bool = True) -> Whisker:
    return Whisker(side="after", level=low, run=width(rise, 0.5, low), meets=meets, edge=(3.0, 3.0))


@pytest.mark.parametrize(
    ("run", "cell", "verdict"),
    [
        (whisker(), pair(), Verdict.SUPPORTED),
        (whisker(rise=0.051), pair(), Verdict.UNDECIDED),
        (whisker(), pair(own=0.07), Verdict.UNDECIDED),
        (whisker(), pair(height=0.2), Verdict.UNDECIDED),
        (whisker(), pair(own=0.2), Verdict.UNDECIDED),
        (whisker(meets=False), pair(), Verdict.UNDECIDED),
        (whisker(), pair(first=(0.0, 0.25)), Verdict.UNDECIDED),
        (whisker(), pair(first=(0.25, 0.0)), Verdict.UNDECIDED),
        (whisker(), pair(alignment=Alignment(blocks=(("f.0", (1, 0)),))), Verdict.UNDECIDED),
        (whisker(high=0.65), pair(), Verdict.VACUOUS),
        (None, pair(), Verdict.UNDECIDED),
        (after(), pair(first=(0.0, 0.25)), Verdict.SUPPORTED),
        (after(rise=0.051), pair(), Verdict.UNDECIDED),
        (after(), pair(own=0.07), Verdict.UNDECIDED),
        (after(meets=False), pair(), Verdict.UNDECIDED),
        (after(), pair(last=(3.0, 2.75)), Verdict.UNDECIDED),
        (after(), pair(last=(2.0, 3.0)), Verdict.UNDECIDED),
        (after(), pair(alignment=Alignment(blocks=(("f.0", (1, 0)),))), Verdict.UNDECIDED),
        (after(low=0.85), pair(), Verdict.VACUOUS),
    ],
)
def test_one_seed(run: Whisker | None, cell: PairFinding, verdict: Verdict) -> None:
    assert outcome(run, cell, RELATION)[0] is verdict
