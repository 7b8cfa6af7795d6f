"""The loss barcode of ends: against gudhi's persistence and the least levels of pairs, and as it is said and kept."""

import json
from itertools import combinations

import gudhi
import numpy as np
import pytest

from catlearn import verbs
from catlearn.evidence.cells import merge_level
from catlearn.evidence.documents import EndBar, EndsEvidence, Member
from catlearn.evidence.elder_rule import Merge, deaths
from catlearn.evidence.minima import grid_merges
from catlearn.report.ends import loss_barcode


def test_a_path_by_a_third_minimum_counts():
    """The direct saddle of A and B is at 1, by C it is at 0.35."""
    merges = [Merge(1.0, 0, 1), Merge(0.3, 0, 2), Merge(0.35, 2, 1)]
    assert deaths([0.0, 0.1, 0.2], merges) == [np.inf, 0.35, 0.3]
    assert deaths([0.0, 0.1, 0.2], merges[:2]) == [np.inf, 1.0, 0.3]


def least_levels(count, merges):
    """The least level at which two of so many ends are joined, by relaxing over every third one."""
    levels = np.full((count, count), np.inf)
    for level, left, right in merges:
        levels[left, right] = levels[right, left] = min(level, levels[left, right])
    for by in range(count):
        levels = np.minimum(levels, np.maximum(levels[:, by, None], levels[None, by]))
    return levels


@pytest.mark.parametrize("seed", range(6))
def test_an_end_dies_where_it_first_meets_one_born_before(seed):
    random = np.random.default_rng(seed)
    births = sorted(random.random(7))
    merges = [
        Merge(1 + random.random(), *map(int, pair)) for pair in combinations(range(7), 2) if random.random() < 0.4
    ]
    levels = least_levels(7, merges)
    for place, death in enumerate(deaths(births, merges)):
        assert death == (levels[place, :place].min() if place else np.inf)


@pytest.mark.parametrize("shape", [(40,), (9, 11), (5, 6, 7)])
@pytest.mark.parametrize("seed", range(3))
def test_cells_of_a_grid_are_joined_where_pairs_of_them_are(shape, seed):
    random = np.random.default_rng(seed)
    levels = random.integers(0, 12, shape) / 4  # with ties
    cells = [tuple(int(random.integers(0, side)) for side in shape) for _ in range(6)]
    joined = least_levels(6, grid_merges(levels, cells))
    for left, right in combinations(range(6), 2):
        assert joined[left, right] == merge_level(levels, cells[left], cells[right])


@pytest.mark.parametrize("shape", [(60,), (14, 17), (6, 7, 8)])
def test_the_barcode_of_all_minima_is_the_persistence_in_degree_0(shape):
    levels = np.random.default_rng(4).random(shape)
    complex_of_cells = gudhi.CubicalComplex(top_dimensional_cells=levels)
    complex_of_cells.compute_persistence()
    bars = complex_of_cells.persistence_intervals_in_dimension(0)
    ends = [tuple(map(int, np.argwhere(levels == birth)[0])) for birth, _ in bars]
    found = deaths([levels[end] for end in ends], grid_merges(levels, ends))
    assert found == pytest.approx([death for _, death in bars])


CAMEL = """
landscape camel(x, y) on [-2, 2]^2 = 2 * x^2 - 1.05 * x^4 + x^6 / 6 + x * y + {cross} * y^2
category C {{
  object A = params(camel)
  run west : A@w -> A@west {{ path = [[-1.9, 1.2], [-1.747552, 0.873776]] }}
  run mid  : A@m -> A@mid  {{ path = [[0.5, 0.5], [0, 0]] }}
}}
relation r = connected {{ level = 0.5 }}
cell c : west => mid by r
claim k : c
"""


@pytest.mark.parametrize(("cross", "known"), [(1, 0.877362), (2, None)])
def test_the_three_hump_camel(tmp_path, cross, known):
    """Its minima at 0 and 0.298638 join at 0.877362; with another coefficient they do elsewhere."""
    path = tmp_path / "camel.cat"
    path.write_text(CAMEL.format(cross=cross))
    (row,) = verbs.verify(path, store=tmp_path / "store").claims
    certificate = tmp_path / "store" / "certificates" / "k.json"
    document = json.loads(certificate.read_text())
    lowest, other = document["finding"]["bars"]
    assert (lowest["member"]["name"], lowest["least"], lowest["most"]) == ("mid", None, None)
    assert 0 < other["most"] - other["least"] < 0.01
    assert (other["birth"] == pytest.approx(0.298638, abs=1e-5)) is (known is not None)
    assert (known is not None and other["least"] <= known <= other["most"]) is (known is not None)
    assert "loss barcode of 2 ends: the lowest, mid[0]" in " ".join(row.evidence)
    assert "Loss barcode of the ends under r" in (tmp_path / "store" / "report.html").read_text()
    assert verbs.recheck(tmp_path / "store").ok
    other["most"] += 0.001
    certificate.write_text(json.dumps(document))
    assert not verbs.recheck(tmp_path / "store").ok


def bars(*deaths_of):
    return tuple(
        EndBar(member=Member(job="j", name="gd", seed=seed), birth=0.1 * seed, least=least, most=most)
        for seed, (least, most) in enumerate(deaths_of)
    )


def test_a_bar_is_drawn_to_where_it_stops():
    found = bars((None, None), (0.4, 0.5), (0.3, None))
    figure = loss_barcode(EndsEvidence(relation="r", level=0.35, certified=True, bars=found))
    assert str(figure.picture).count("arrowhead") == 2
    assert str(figure.picture).count('class="death') == 1
    assert "1 of them surely go on beyond the level" in str(figure.picture)
