"""The dendrogram joins runs as single linkage does, and the plane holds the runs as principal components do."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from catlearn.evidence.documents import Member, RunBar, RunBarcodeEvidence, RunJoin
from catlearn.evidence.projection import projected
from catlearn.report.dendrogram import dendrogram, forks
from catlearn.report.paths import run_paths
from tests.evidence.oracles import AnalyticModel, Ball


def evidence(heights):
    """A barcode of runs with some heights between them, infinite where nothing joins two."""
    members = [Member(job="j", name="r", seed=seed) for seed in range(len(heights))]
    bars = tuple(RunBar(member=member, birth=0.0, death=None, group=0) for member in members)
    joins = tuple(
        RunJoin(left=members[i], right=members[j], height=float(heights[i, j]), relaxed=(i + j) % 2 == 0)
        for i in range(len(heights))
        for j in range(i)
        if np.isfinite(heights[i, j])
    )
    return RunBarcodeEvidence(
        relation="r", high=2.0, low=0.1, slack=0.5, bars=bars, fewest=1, most=1, comparisons=9, joins=joins
    )


@pytest.mark.parametrize("seed", range(10))
def test_forks_are_those_of_single_linkage(seed):
    generator = np.random.default_rng(seed)
    heights = squareform(generator.uniform(0.1, 1.0, 28))
    expected = linkage(squareform(heights), "single")[:, 2]
    assert [fork.height for fork in forks(evidence(heights))] == pytest.approx(expected)


def test_runs_that_nothing_joins_stay_apart():
    heights = np.full((5, 5), np.inf)
    heights[0, 1] = heights[1, 0] = heights[3, 2] = heights[2, 3] = 0.2
    assert len(forks(evidence(heights))) == 2
    (figure,) = dendrogram(evidence(heights))
    assert "2 times" in figure.picture
    assert "relaxed" not in figure.picture.split("</desc>")[1]
    assert dendrogram(evidence(np.full((5, 5), np.inf))) == ()


def test_runs_in_a_plane_are_drawn_as_they_lie_there():
    generator = np.random.default_rng(0)
    frame = np.linalg.qr(generator.normal(size=(6, 2)))[0].T
    flat = {f"r{n}": np.cumsum(generator.normal(size=(16, 2)), axis=0) for n in range(4)}
    model = AnalyticModel(Ball(np.zeros(6), 1.0, 0.0), {name: points @ frame for name, points in flat.items()})
    members = {model.member(name): number for number, name in enumerate(flat)}
    paths, explained = projected(model, members, "none")
    assert explained == pytest.approx(1.0, abs=1e-6)
    drawn, given = np.concatenate([path.points for path in paths]), np.concatenate(list(flat.values()))
    gaps = [np.linalg.norm(points[:, None] - points[None], axis=2) for points in (drawn, given)]
    assert gaps[0] == pytest.approx(gaps[1], abs=1e-2)
    whole = evidence(np.full((4, 4), np.inf)).model_copy(update={"paths": paths, "explained": explained})
    (figure,) = run_paths(whole)
    assert figure.picture.count("run-path") == 4
    assert "100 %" in figure.caption


def test_one_run_spans_no_plane():
    model = AnalyticModel(Ball(np.zeros(3), 1.0, 0.0), {"r": np.zeros((3, 3))})
    assert projected(model, {model.member("r"): 0}, "none") == ((), None)
    assert run_paths(evidence(np.zeros((1, 1)))) == ()
