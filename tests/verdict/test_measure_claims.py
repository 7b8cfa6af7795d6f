"""Claims on arithmetic of measures, on counts and of several parts: verified once on a small specification.

Each kind of claim has a sibling that differs in one value and whose verdict flips; `recheck` passes on the store and
fails on a certificate in which one value was edited."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from catlearn.verbs import verify
from catlearn.verdict.certificate import Certificate
from catlearn.verdict.documents import ClaimRow
from catlearn.verdict.recheck import recheck

SPECIFICATION = """
dataset d { source = sklearn.iris }
map f : R[4] -> R[8] = linear(8) >> relu
map h : R[8] -> R[3] = linear(3)
category P {
  object E = params(f)
  object A = E * params(h)
  map enc : A -> E = project
  run a : A@init -> A@a { net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.3),
                          batch = 16, epochs = 8, seeds = 0..3 }
  run b : A@init -> A@b { like = a, epochs = 1 }
  run again : A@init -> A@a { like = a }
  law same : a == again
}
run many : A@init -> A@many { like = b, seeds = 0..11 }
pullback F of enc : A -> E along enc(A@a) { leg inc : F -> A, freeze E { buffers = fixed, mode = eval } }
run tune : F@init -> F@tuned { like = a, epochs = 1 }
run late : F@init -> F@late { like = tune, seeds = 1..3 }
"""

CLAIMS = {
    "ratio": ("accuracy(a, on = d.test) / accuracy(b, on = d.test) >= 1.05", "supported"),
    "ratio-far": ("accuracy(a, on = d.test) / accuracy(b, on = d.test) >= 3", "refuted"),
    "ratio-near": ("accuracy(a, on = d.test) / accuracy(b, on = d.test) >= 1.25", "undecided"),
    "plain": ("accuracy(a, on = d.test) ~ accuracy(b, on = d.test) within 90%", "supported"),
    "moved": ("accuracy(a, on = d.test) - accuracy(b, on = d.test) ~ 0 within 90%", "supported"),
    "moved-far": ("accuracy(a, on = d.test) - accuracy(b, on = d.test) + 2 ~ 0 within 90%", "refuted"),
    "gap": ("gap(a) <= 0.2", "supported"),
    "gap-far": ("gap(a) >= 0.2", "refuted"),
    "gap-defined": ("gap(a) - accuracy(a, on = d.train) + accuracy(a, on = d.test) ~ 0 within 0.1", "supported"),
    "norm": ("norm(tune) < norm(a)", "supported"),
    "norm-half": ("norm(tune) < 0.1 * norm(a)", "refuted"),
    "unpaired": ("norm(late) < norm(a)", "supported"),
    "unpaired-far": ("norm(late) > norm(a)", "refuted"),
    "mirrored": ("0.2 >= gap(a)", "supported"),
    "by-zero": ("norm(a) / (gap(a) - gap(a)) > 1", "undecided"),
    "count": ("trained_parameters(tune) == 27", "supported"),
    "count-off": ("trained_parameters(tune) == 28", "refuted"),
    "steps": ("steps(a) / steps(b) == 8", "supported"),
    "third": ("trained_parameters(tune) / 81 == 1 / 3", "supported"),
    "count-by-zero": ("1 / (steps(a) - steps(again)) == 1", "undecided"),
    "both": ("same and accuracy(a, on = d.test) > 0.6 and gap(a) < 0.2", "supported"),
    "both-far": ("same and accuracy(a, on = d.test) > 0.99 and gap(a) < 0.2", "refuted"),
    "open": ("same and accuracy(a, on = d.test) / accuracy(b, on = d.test) >= 1.25", "undecided"),
    "bits": ("same and constant(enc, along = tune)", "exact"),
    "any-accuracy": ("accuracy(a, on = d.test) >= 0", "vacuous"),
    "some-accuracy": ("accuracy(a, on = d.test) >= 0.5", "supported"),
    "any-difference": ("accuracy(a, on = d.test) ~ accuracy(b, on = d.test) within 100%", "vacuous"),
    "any-loss": ("1 + loss(a, on = d.test) > 0.5", "vacuous"),
    "itself": ("gap(a) ~ gap(a) within 10%", "vacuous"),
    "together": ("r2(norm(many), norm(many) - norm(many) / 2) > 0.9", "supported"),
    "together-far": ("r2(norm(many), 2 * norm(many)) < 0.9", "refuted"),
    "ranked": ("spearman(norm(many), 3 * norm(many)) > 0", "supported"),
    "ranked-against": ("kendall(norm(many), 0 - norm(many)) > 0", "refuted"),
    "ranked-open": ("kendall(norm(many), gap(many)) ~ 0 within 0.01", "undecided"),
    "confounded": ("partial(norm(many), 2 * norm(many), given = norm(many)) > 0", "undecided"),
    "resampled": ("norm(many) < 100 { test = bootstrap }", "supported"),
    "resampled-far": ("norm(many) > 100 { test = bootstrap }", "refuted"),
    "resampled-few": ("norm(a) < 100 { test = bootstrap }", "undecided"),
    "any-correlation": ("spearman(norm(many), gap(many)) >= -1", "vacuous"),
    "self-correlation": ("spearman(norm(many), norm(many)) > 0.5", "vacuous"),
    "few": ("spearman(norm(a), 3 * norm(a)) > 0", "undecided"),
    "no-bits": ("same and constant(enc, along = a)", "refuted"),
}
"""What is claimed, and what comes of it."""


@dataclass(frozen=True)
class Verified:
    """A store and the rows of its verification by claim."""

    store: Path
    rows: dict[str, ClaimRow]

    def finding(self, claim: str) -> dict[str, Any]:
        """What was found, as the certificate says."""
        path = self.store / "certificates" / f"{_name(claim)}.json"
        return dict(json.loads(path.read_text())["finding"])


def _name(claim: str) -> str:
    return claim.replace("-", "_")


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """All claims, verified from nothing."""
    directory = tmp_path_factory.mktemp("measures")
    path, store = directory / "measures.cat", directory / "store"
    claims = [f"claim {_name(name)} : {text}{' { }' * ('{' not in text)}" for name, (text, _) in CLAIMS.items()]
    path.write_text("\n".join([SPECIFICATION, *claims]))
    return Verified(store, {row.name: row for row in verify(path, store=store).claims})


@pytest.mark.parametrize("claim", CLAIMS)
def test_verdict(verified: Verified, claim: str) -> None:
    row = verified.rows[_name(claim)]
    assert row.verdict == CLAIMS[claim][1], row.method


def test_everything_rechecks(verified: Verified) -> None:
    found = recheck(verified.store)
    assert found.ok, [row for row in found.rows if not row.ok]
    assert len(found.rows) == len(CLAIMS) + 2


def test_a_difference_is_compared_with_nothing_as_its_sides_with_each_other(verified: Verified) -> None:
    plain, moved = verified.rows["plain"], verified.rows["moved"]
    assert (plain.estimate, plain.interval, plain.method) == (moved.estimate, moved.interval, moved.method)


def test_a_gap_is_the_difference_of_two_accuracies(verified: Verified) -> None:
    assert verified.finding("gap-defined")["left"]["values"] == pytest.approx([0.0] * 4, abs=1e-12)


def test_the_least_difference_is_one_example_times_its_coefficient(verified: Verified) -> None:
    test_size = 37
    assert verified.finding("plain")["resolution"] == 1 / test_size
    assert verified.finding("moved")["resolution"] == 1 / test_size
    assert verified.finding("norm")["resolution"] == 0.0
    assert verified.finding("ratio")["resolution"] == 0.0
    assert "least difference" in verified.rows["ratio"].method
    assert "least difference" not in verified.rows["moved"].method


def test_runs_that_share_their_seeds_are_paired(verified: Verified) -> None:
    assert verified.rows["norm"].n == 4
    assert "unpaired" in verified.rows["unpaired"].method


def test_a_test_by_name_is_the_one_that_is_used(verified: Verified) -> None:
    assert "bootstrap" in verified.rows["resampled"].method
    assert "Student" in verified.rows["norm"].method
    assert "12 are needed" in verified.rows["resampled_few"].method


def test_a_refuted_comparison_names_the_seed(verified: Verified) -> None:
    assert verified.rows["ratio_far"].evidence[0].startswith("seed ")


def test_a_division_by_zero_has_no_value(verified: Verified) -> None:
    left = verified.finding("by-zero")["left"]
    assert (left["seeds"], left["values"], left["undefined"]) == ([], [], [0, 1, 2, 3])
    assert "no value, a division by 0: seeds 0..3" in verified.rows["by_zero"].evidence


def test_a_conjunction_names_its_parts_and_its_worst_first(verified: Verified) -> None:
    row = verified.rows["both_far"]
    assert (row.estimate, row.interval, row.n) == (None, None, None)
    assert row.confidence == pytest.approx(0.9)
    assert row.evidence[0].startswith("accuracy(a, on = d.test) > 0.99: refuted")
    assert row.evidence[-1].startswith("same: ")
    assert "1 exact, 1 supported, 1 refuted" in row.method


def wrong_value(certificate: dict[str, Any]) -> None:
    certificate["finding"]["left"]["values"][0] += 0.5


def wrong_resolution(certificate: dict[str, Any]) -> None:
    certificate["finding"]["resolution"] /= 2


def wrong_count(certificate: dict[str, Any]) -> None:
    certificate["finding"]["left"]["numerator"] += 1


def hidden_seed(certificate: dict[str, Any]) -> None:
    certificate["finding"]["left"]["undefined"] = []


def wrong_part(certificate: dict[str, Any]) -> None:
    certificate["finding"]["parts"][1]["left"]["values"][0] += 0.5


def lost_part(certificate: dict[str, Any]) -> None:
    certificate["finding"]["parts"].pop()


def swapped_parts(certificate: dict[str, Any]) -> None:
    certificate["finding"]["parts"].reverse()


def stronger_verdict(certificate: dict[str, Any]) -> None:
    certificate["judgement"]["verdict"] = certificate["verdict"] = "exact"


@pytest.mark.parametrize(
    ("claim", "edit"),
    [
        ("ratio", wrong_value),
        ("gap", wrong_value),
        ("norm", wrong_value),
        ("moved", wrong_resolution),
        ("by-zero", hidden_seed),
        ("count", wrong_count),
        ("both", wrong_part),
        ("both", lost_part),
        ("both", swapped_parts),
        ("both", stronger_verdict),
    ],
)
def test_an_edited_value(
    verified: Verified, tmp_path: Path, claim: str, edit: Callable[[dict[str, Any]], None]
) -> None:
    store = tmp_path / "store"
    shutil.copytree(verified.store, store)
    path = store / "certificates" / f"{_name(claim)}.json"
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(Certificate.model_validate_json(json.dumps(content)).sealed().to_json())
    row = next(row for row in recheck(store, _name(claim)).rows if row.name == _name(claim))
    assert not row.ok
