"""Claims on representations, at the ends of runs and along them: verified once on a small specification.

Each measure has a claim that is supported, a sibling with one value changed that is refuted, and one that is undecided
because a run diverged or a probe has too few points."""

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
probe X { from = d.test, size = 32 }
probe Few { from = d.test, size = 8 }
map f : R[4] -> R[8] = linear(8) >> relu
map h : R[8] -> R[3] = linear(3)
category P {
  object E = params(f)
  object A = E * params(h)
  map enc : A -> E = project
  run a : A@init -> A@a { net = f >> h, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1),
                          batch = 16, epochs = 4, seeds = 0..5 }
  run b : A@init -> A@b { like = a, optimiser = heavy_ball(lr = 0.02, m = 0.8) }
  run c : A@init -> A@c { like = b, seeds = 6..11 }
  run wild : A@init -> A@wild { like = a, optimiser = sgd(lr = 1000000) }
}
category Rep {
  object Z = cloud(on = X, dim = 8, normalise = rms)
  object W = cloud(on = X, dim = 3, normalise = none)
  object S = cloud(on = Few, dim = 8, normalise = rms)
}
functor L : P -> Rep {
  object A, E |-> Z by activations(f, on = X)
  map enc |-> id(Z)
  run * |-> trace(every = 1 epoch)
}
functor Small : P -> Rep {
  object A, E |-> S by activations(f, on = Few)
  map enc |-> id(S)
  run * |-> trace(every = 1 epoch)
}
functor Out : A -> Rep { object A |-> W by activations(f >> h, on = X)  run * |-> trace(every = 2 epochs) }
"""

CLAIMS = {
    "cka": ("cka(L(A@a), L(A@b)) >= 0.9", "supported"),
    "cka-far": ("cka(L(A@a), L(A@b)) >= 0.9999", "refuted"),
    "cka-wild": ("cka(L(A@a), L(A@wild)) >= 0.9", "undecided"),
    "rbf": ("cka(L(A@a), L(A@b), kernel = rbf) >= 0.9", "supported"),
    "rbf-far": ("cka(L(A@a), L(A@b), kernel = rbf, bandwidth = 0.5) >= 0.9999", "refuted"),
    "affine": ("affine_residual(L(A@a), L(A@b)) <= 0.1", "supported"),
    "affine-far": ("affine_residual(L(A@a), L(A@b)) <= 0.000001", "refuted"),
    "affine-few": ("affine_residual(Small(A@a), Small(A@b)) <= 0.1", "undecided"),
    "layers": ("affine_residual(L(A@a), Out(A@a)) <= 0.000001", "supported"),
    "layers-back": ("affine_residual(Out(A@a), L(A@a)) <= 0.000001", "refuted"),
    "bottleneck": ("L(A@a) ~ L(A@b) by bottleneck(dims = 0..1) within 0.3", "supported"),
    "bottleneck-far": ("L(A@a) ~ L(A@b) by bottleneck(dims = 0..1) within 0.001", "refuted"),
    "bottleneck-wild": ("L(A@a) ~ L(A@wild) by bottleneck(dims = 0..1) within 0.3", "undecided"),
    "cut": ("L(A@a) ~ L(A@b) by bottleneck(dims = 0, cutoff = 0.05) within 0.3", "refuted"),
    "drawn": ("L(A@a) ~ L(A@b) by bottleneck(dims = 0..1, points = 16, seed = 3) within 0.3", "supported"),
    "wasserstein": ("L(A@a) ~ L(A@b) by wasserstein(dims = 0..1) within 0.5", "supported"),
    "wasserstein-far": ("L(A@a) ~ L(A@b) by wasserstein(dims = 0..1, order = 1) within 0.001", "refuted"),
    "wasserstein-wild": ("L(A@a) ~ L(A@wild) by wasserstein(dims = 0..1) within 0.5", "undecided"),
    "drawn-otherwise": ("L(A@a) ~ L(A@b) by bottleneck(dims = 0..1, points = 16, seed = 4) within 0.3", "supported"),
    "same-points": ("L(A@a) ~ L(A@a) by rtd(dims = 1, points = 16, seed = 3) within 0.3", "vacuous"),
    "rtd": ("L(A@a) ~ L(A@b) by rtd(dims = 1) within 0.5", "supported"),
    "rtd-far": ("L(A@a) ~ L(A@b) by rtd(dims = 1) within 0.001", "refuted"),
    "rtd-wild": ("L(A@a) ~ L(A@wild) by rtd(dims = 1) within 0.5", "undecided"),
    "procrustes": ("L(A@a) ~ L(A@b) by procrustes within 0.3", "supported"),
    "procrustes-far": ("L(A@a) ~ L(A@b) by procrustes within 0.001", "refuted"),
    "procrustes-any": ("L(A@a) ~ L(A@b) by procrustes within 1.5", "vacuous"),
    "procrustes-wild": ("L(A@a) ~ L(A@wild) by procrustes within 0.3", "undecided"),
    "betti": ("betti(L(A@a), degree = 0, scale = 0.01..0.1) >= 2", "supported"),
    "betti-far": ("betti(L(A@a), degree = 0, scale = 0.01..3) >= 2", "refuted"),
    "betti-any": ("betti(L(A@a), degree = 1, scale = 0.1..0.2) >= 0", "vacuous"),
    "betti-wild": ("betti(L(A@wild), degree = 0, scale = 0.01..0.1) >= 2", "undecided"),
    "topology": (
        "betti(L(A@a), degree = 1, scale = 0.1..1.5) == betti(L(A@b), degree = 1, scale = 0.1..1.5)",
        "supported",
    ),
    "topology-fine": (
        "betti(L(A@a), degree = 0, scale = 0.01..0.1) == betti(L(A@b), degree = 0, scale = 0.01..0.1)",
        "refuted",
    ),
    "share": ("betti(L(A@a), degree = 0, scale = 0.01..0.1) >= 2 { holds_for = 0.5, confidence = 0.9 }", "supported"),
    "share-more": ("betti(L(A@a), degree = 0, scale = 0.01..0.1) >= 2 { holds_for = 0.9 }", "undecided"),
    "difference": (
        "betti(L(A@a), degree = 0, scale = 0.01..0.1) - betti(L(A@b), degree = 0, scale = 0.02..0.1) >= -30",
        "supported",
    ),
    "mean-betti": ("betti(L(A@a), degree = 0, scale = 0.01..0.1) ~ 10 within 100", "supported"),
    "path": ("L(a) ~ L(b) by procrustes(along = max) within 0.4", "supported"),
    "path-far": ("L(a) ~ L(b) by procrustes(along = max) within 0.001", "refuted"),
    "path-first": ("L(a) ~ L(b) by procrustes(along = first) within 0.001", "supported"),
    "path-last": ("L(a) ~ L(b) by procrustes(along = last) within 0.3", "supported"),
    "path-mean": ("L(a) ~ L(b) by procrustes(along = mean) within 0.3", "supported"),
    "path-cka": ("cka(L(a), L(b), along = min) >= 0.5", "supported"),
    "path-affine": ("affine_residual(L(a), L(b), along = max) <= 0.000001", "refuted"),
    "path-rtd": ("L(a) ~ L(b) by rtd(dims = 1, points = 16, along = max) within 0.000001", "refuted"),
    "path-bottleneck": ("L(a) ~ L(b) by bottleneck(dims = 0, along = max) within 0.000001", "refuted"),
    "path-wasserstein": ("L(a) ~ L(b) by wasserstein(dims = 0, along = max) within 0.000001", "refuted"),
    "procrustes-back": ("L(A@b) ~ L(A@a) by procrustes within 0.3", "supported"),
    "path-wild": ("L(a) ~ L(wild) by procrustes(along = max) within 0.4", "undecided"),
    "still": ("cka(L(a), L(A@a), along = min) >= 0.4", "supported"),
    "still-far": ("cka(L(a), L(A@a), along = min) >= 0.9999", "refuted"),
    "more-bars": (
        "betti(L(A@a), degree = 0, scale = 0.01..0.1) > betti(L(A@b), degree = 0, scale = 0.2..0.3) "
        "{ test = permutation }",
        "supported",
    ),
    "fewer-bars": (
        "betti(L(A@a), degree = 0, scale = 0.01..0.1) < betti(L(A@b), degree = 0, scale = 0.2..0.3) "
        "{ test = permutation }",
        "refuted",
    ),
    "as-many-bars": (
        "betti(L(A@a), degree = 0, scale = 0.01..0.1) == betti(L(A@b), degree = 0, scale = 0.2..0.3) "
        "{ test = permutation }",
        "refuted",
    ),
    "alike-bars": (
        "betti(L(A@a), degree = 0, scale = 0.2..0.3) == betti(L(A@b), degree = 0, scale = 0.2..0.3) "
        "{ test = permutation }",
        "undecided",
    ),
    "own-bars": (
        "betti(L(A@a), degree = 0, scale = 0.2..0.3) == betti(L(A@a), degree = 0, scale = 0.2..0.3) "
        "{ test = permutation }",
        "vacuous",
    ),
    "few-seeds-bars": (
        "betti(L(A@a), degree = 0, scale = 0.01..0.1) > betti(L(A@b), degree = 0, scale = 0.2..0.3) "
        "{ test = permutation, confidence = 0.99 }",
        "undecided",
    ),
    "unpaired-bars": (
        "betti(L(A@a), degree = 0, scale = 0.01..0.1) > betti(L(A@c), degree = 0, scale = 0.2..0.3) "
        "{ test = permutation }",
        "supported",
    ),
    "wild-bars": (
        "betti(L(A@a), degree = 0, scale = 0.01..0.1) > betti(L(A@wild), degree = 0, scale = 0.01..0.1) "
        "{ test = permutation }",
        "undecided",
    ),
    "bars-along": ("betti(L(a), degree = 0, scale = 0.01..0.1, along = min) >= 2", "supported"),
    "itself": ("cka(L(A@a), L(A@a)) >= 0.5", "vacuous"),
    "ratio": ("affine_residual(L(A@a), L(A@b)) / affine_residual(L(A@b), L(A@a)) > 0.01", "supported"),
    "correlated": ("spearman(cka(L(A@a), L(A@b)), cka(L(A@b), L(A@a))) > 0", "supported"),
}
"""What is claimed, and what comes of it."""


@dataclass(frozen=True)
class Verified:
    """A store and the rows of its verification by claim."""

    path: Path
    store: Path
    rows: dict[str, ClaimRow]

    def finding(self, claim: str) -> dict[str, Any]:
        """What was found, as the certificate says."""
        certificate = self.store / "certificates" / f"{_name(claim)}.json"
        return dict(json.loads(certificate.read_text())["finding"])


def _name(claim: str) -> str:
    return claim.replace("-", "_")


def _text(claims: dict[str, str]) -> str:
    return "\n".join([SPECIFICATION, *(f"claim {_name(name)} : {text}" for name, text in claims.items())])


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """All claims, verified from nothing."""
    directory = tmp_path_factory.mktemp("clouds")
    path, store = directory / "clouds.cat", directory / "store"
    path.write_text(_text({name: text for name, (text, _) in CLAIMS.items()}))
    return Verified(path, store, {row.name: row for row in verify(path, store=store).claims})


@pytest.mark.parametrize("claim", CLAIMS)
def test_verdict(verified: Verified, claim: str) -> None:
    row = verified.rows[_name(claim)]
    assert row.verdict == CLAIMS[claim][1], (row.method, row.estimate, row.interval, row.evidence)


def test_everything_rechecks(verified: Verified) -> None:
    found = recheck(verified.store)
    assert found.ok, [row for row in found.rows if not row.ok]


def test_topology_and_geometry_are_said_in_different_words(verified: Verified) -> None:
    assert verified.rows["topology"].method.startswith("not distinguished in degree 1 over the scales 0.1 to 1.5")
    assert verified.rows["topology_fine"].method.startswith("distinguished in seed")
    assert any(line.startswith("pairs of different seeds: it holds in") for line in verified.rows["topology"].evidence)
    assert verified.rows["bottleneck"].method.startswith("shape-similar")
    assert not [row for row in verified.rows.values() if "homotop" in row.method]


def test_what_clouds_of_different_seeds_satisfy_too_does_not_discriminate(verified: Verified) -> None:
    assert "not discriminating" in verified.rows["procrustes_any"].method
    assert "not discriminating" in verified.rows["affine"].method
    assert "not discriminating" not in verified.rows["path"].method


def test_the_terms_of_a_measure_stand_in_its_certificate(verified: Verified) -> None:
    assert "clouds of 16 points drawn by seed 3 of 32 points, rms-normalised" in verified.rows["drawn"].method
    assert "scales up to 0.05" in verified.rows["cut"].method
    assert "rbf kernel of 0.5 median distances" in verified.rows["rbf_far"].method
    assert "over the scales 0.01 to 0.1 and in degree 0 over the scales 0.02" in verified.rows["difference"].method
    question = json.loads((verified.store / "certificates" / "drawn.json").read_text())["question"]
    assert (question["terms"]["points"], question["terms"]["seed"], question["terms"]["normalise"][0]) == (16, 3, "rms")


def values(verified: Verified, claim: str) -> list[float]:
    """The distances of a shape claim, seed by seed."""
    return [found["value"] for found in verified.finding(claim)["distances"]]


def test_points_are_drawn_by_the_seed_and_are_the_same_of_both_clouds(verified: Verified) -> None:
    assert values(verified, "drawn") != values(verified, "drawn-otherwise")
    assert values(verified, "same-points") == [0.0] * 6


def test_a_path_ends_where_its_run_does(verified: Verified) -> None:
    last, mean, most = (values(verified, f"path{kind}") for kind in ("-last", "-mean", ""))
    assert last == values(verified, "procrustes")
    assert all(average <= largest for average, largest in zip(mean, most, strict=True))
    assert mean != last


def test_all_pairs_of_different_seeds_stand_beside_a_distance(verified: Verified) -> None:
    others = verified.finding("procrustes")["other_seeds"]
    assert others["seeds"] == [0, 1, 2, 3, 4, 5]
    assert [others["values"][place][place] for place in range(6)] == values(verified, "procrustes")
    back = verified.finding("procrustes-back")["other_seeds"]["values"]
    for row, column in zip(back, zip(*others["values"], strict=True), strict=True):
        assert row == pytest.approx(list(column))
    lines = [line for line in verified.rows["procrustes"].evidence if "different seeds" in line]
    assert "jackknife over 6 seeds of the mean over their 30 pairs" in lines[0]
    mean = sum(value for row in others["values"] for value in row) - sum(values(verified, "procrustes"))
    assert f"mean {mean / 30:.4g} (" in lines[0]


def curve(verified: Verified, claim: str) -> dict[str, Any]:
    """The one curve of a claim, as `verdicts.json` has it."""
    rows = {row["name"]: row for row in json.loads((verified.store / "verdicts.json").read_text())["claims"]}
    (found,) = rows[_name(claim)]["curves"]
    return dict(found)


@pytest.mark.parametrize(
    "claim", ["path", "path-cka", "path-affine", "path-rtd", "path-bottleneck", "path-wasserstein", "bars-along"]
)
def test_a_measure_along_runs_has_a_number_for_each_checkpoint_and_seed(verified: Verified, claim: str) -> None:
    found = curve(verified, claim)
    assert (found["steps"], found["seeds"]) == ([0, 7, 14, 21, 28], [0, 1, 2, 3, 4, 5])
    means = [sum(column) / 6 for column in zip(*found["values"], strict=True)]
    assert found["mean"] == pytest.approx(means)
    assert found["mean"][0] != found["mean"][-1] or claim == "bars-along"


def test_a_claim_takes_of_each_seed_what_its_curve_has(verified: Verified) -> None:
    assert [max(row) for row in curve(verified, "path")["values"]] == values(verified, "path")
    assert [row[-1] for row in curve(verified, "path")["values"]] == values(verified, "procrustes")
    assert verified.finding("procrustes")["curves"] == []


def test_the_page_draws_measures_along_runs(verified: Verified) -> None:
    page = (verified.store / "report.html").read_text()
    assert "<title>procrustes(L(a), L(b)) along runs</title>" in page
    assert "<title>betti(L(a), degree = 0, scale = 0.01..0.1) along runs</title>" in page
    assert "<title>cka(L(a), L(b)) along runs</title>" in page


def test_infinite_bars_left_over_make_the_distance_infinite(verified: Verified) -> None:
    assert any(found["value"] == float("inf") for found in verified.finding("cut")["distances"])


def test_a_diverged_run_and_too_few_points_are_named(verified: Verified) -> None:
    assert verified.finding("cka-wild")["left"]["missing"] == [0, 1, 2, 3, 4, 5]
    assert verified.finding("affine-few")["left"]["shapeless"] == [0, 1, 2, 3, 4, 5]
    assert any("too few points" in line for line in verified.rows["affine_few"].evidence)


def tables(store: Path) -> dict[str, Any]:
    """The stored values of measures of clouds, by file."""
    found = {path.name: json.loads(path.read_text()) for path in (store / "evidence").glob("*.json")}
    return {name: content for name, content in found.items() if "rows" in content and "about" in content}


def test_what_was_computed_is_not_computed_again(verified: Verified, tmp_path: Path) -> None:
    path, store = tmp_path / "clouds.cat", tmp_path / "store"
    shutil.copytree(verified.store, store)
    kept = tables(store)
    path.write_text(_text({"again": "cka(L(A@a), L(A@b)) >= 0.5", "wider": CLAIMS["procrustes"][0]}))
    verify(path, store=store)
    assert tables(store) == kept
    path.write_text(_text({"again": "cka(L(A@a), L(A@b)) >= 0.5"}).replace("seeds = 0..5", "seeds = 0..6"))
    verify(path, store=store)
    grown = [found for found in tables(store).values() if len(found["rows"]) > 36]
    assert [len(found["rows"]) for found in grown] == [49]
    assert grown[0]["rows"][:36] in [found["rows"] for found in kept.values()]


def wrong_distance(certificate: dict[str, Any]) -> None:
    certificate["finding"]["distances"][0]["value"] /= 2


def wrong_value(certificate: dict[str, Any]) -> None:
    certificate["finding"]["left"]["values"][0] += 1


def hidden_seed(certificate: dict[str, Any]) -> None:
    certificate["finding"]["left"]["shapeless"] = []


def moved_curve(certificate: dict[str, Any]) -> None:
    certificate["finding"]["curves"][0]["values"][0][0] += 1


def hidden_null(certificate: dict[str, Any]) -> None:
    certificate["finding"]["other_seeds"] = None


@pytest.mark.parametrize(
    ("claim", "edit"),
    [
        ("procrustes", wrong_distance),
        ("path", wrong_distance),
        ("path", moved_curve),
        ("topology", wrong_value),
        ("cka", wrong_value),
        ("affine-few", hidden_seed),
        ("cka", hidden_null),
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
