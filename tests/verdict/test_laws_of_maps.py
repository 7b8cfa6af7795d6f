"""Laws in which structural maps stand, verified once on a small specification, each beside one whose verdict flips.

`recheck` passes on the store, and fails where a trajectory of a run under a law was changed."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from catlearn.verbs import verify
from catlearn.verdict.documents import ClaimRow
from catlearn.verdict.recheck import recheck

SPECIFICATION = """
dataset d { source = sklearn.iris }
map f : R[4] -> R[8] = linear(8) >> tanh
map h : R[8] -> R[3] = linear(3)
category P {
  object E = params(f)
  object H = params(h)
  object A = E * H
  object Swapped = H * E
  map enc, again : A -> E = project
  map around : A -> Swapped = project
  map out : Swapped -> E = project
  run gd : A@init -> A@gd { net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16,
                            epochs = 2, seeds = 0..2 }
  run half : A@init -> A@mid { like = gd, epochs = 1 }
  run rest : A@mid -> A@gd { like = gd, epochs = 1, resume = half }
  run faster : A@init -> A@faster { like = gd, optimiser = sgd(lr = 0.2) }
  run short : A@init -> A@short { like = gd, epochs = 1 }
  law resume : half >> rest == gd
  law same : around >> out == enc
  law images : half >> rest >> enc == gd >> again
  law other_images : gd >> enc == faster >> enc
  law lengths : gd >> enc == short >> enc
  law still : tune >> inc >> enc == inc >> enc
  law said_first : inc >> enc == tune >> inc >> enc
  law frozen_alike : tune >> inc >> enc == quick >> inc >> enc
  law heads_alike : tune >> inc == quick >> inc
  law moves : gd >> enc == enc
}
pullback F of enc : A -> E along enc(A@gd) { leg inc : F -> A  freeze E { buffers = fixed, mode = eval } }
run tune : F@init -> F@tuned { like = gd, epochs = 1 }
run quick : F@init -> F@quick { like = tune, optimiser = sgd(lr = 0.2) }
claim same : same expect proved
claim images : images expect exact
claim other_images : other_images expect refuted
claim lengths : lengths expect refuted
claim still : still expect exact
claim said_first : said_first expect exact
claim moves : moves expect refuted
claim frozen_alike : frozen_alike expect exact
claim heads_alike : heads_alike expect refuted
"""


@dataclass(frozen=True)
class Verified:
    """A store and the rows of its verification by claim."""

    store: Path
    rows: dict[str, ClaimRow]


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    directory = tmp_path_factory.mktemp("laws")
    specification = directory / "spec.cat"
    specification.write_text(SPECIFICATION)
    rows = verify(specification, store=directory / "store").claims
    return Verified(directory / "store", {row.name: row for row in rows})


@pytest.mark.parametrize(
    ("claim", "verdict", "said"),
    [
        ("same", "proved", "on blocks"),
        ("images", "exact", "f.0 at 3 common checkpoints"),
        ("other_images", "refuted", "f.0 at 3 common checkpoints"),
        ("still", "exact", "f.0 at 2 checkpoints, against the start"),
        ("said_first", "exact", "f.0 at 2 checkpoints, against the start"),
        ("moves", "refuted", "f.0 at 3 checkpoints, against the start"),
        ("frozen_alike", "exact", "f.0 at 2 common checkpoints"),
        ("heads_alike", "refuted", "f.0, h.0 at 2 common checkpoints"),
    ],
)
def test_verdict(verified: Verified, claim: str, verdict: str, said: str) -> None:
    row = verified.rows[claim]
    assert row.verdict == verdict
    assert said in row.method


def test_paths_of_other_lengths_differ(verified: Verified) -> None:
    row = verified.rows["lengths"]
    assert row.verdict == "refuted"
    assert "14 steps against 7" in " ".join(row.evidence)


def test_what_moves_is_shown_on_its_own_side(verified: Verified) -> None:
    first, *_ = verified.rows["moves"].evidence
    assert first.startswith("seed 0, step 7: f.0.weight[0, 0] is")
    assert verified.rows["heads_alike"].evidence[0].startswith("seed 0, step 7: h.0.weight[0, 0] is")


def test_recheck_agrees(verified: Verified) -> None:
    assert recheck(verified.store).ok


def test_sides_of_a_law_share_no_run(verified: Verified) -> None:
    plan = json.loads((verified.store / "plan.json").read_text())
    question = next(job["question"] for job in plan["decide"] if job["claim"] == "images")
    assert not {image["run"] for image in question["left"]} & {image["run"] for image in question["right"]}


def test_recheck_does_not_believe_an_edited_law_of_maps(verified: Verified) -> None:
    path = verified.store / "certificates" / "same.json"
    text = path.read_text()
    path.write_text(text.replace("f.0 f.0", "f.0 h.0"))
    try:
        assert not recheck(verified.store, only="same").ok
    finally:
        path.write_text(text)
