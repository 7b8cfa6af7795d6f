"""The example of representations, from text to verdicts, pictures and certificates."""

import pytest

from catlearn import verbs
from tests.end_to_end.conftest import EXAMPLES

DISCRIMINATING = {"near", "near_fast", "aligned", "far_shape", "together"}
"""The claims of geometry that pairs of different seeds fail."""

INDISCRIMINATE = {"any_two", "same_shape", "same_bars", "settles"}


@pytest.fixture(scope="module")
def verified(tmp_path_factory):
    folder = tmp_path_factory.mktemp("representations")
    path = folder / "representations.cat"
    path.write_text((EXAMPLES / "representations.cat").read_text())
    return verbs.verify(path), verbs.default_store(path)


def test_every_claim_comes_out_as_it_says(verified):
    assert [(row.name, row.verdict) for row in verified[0].claims if not row.met] == []


def test_what_networks_of_different_seeds_have_in_common_too_is_said(verified):
    methods = {row.name: row.method for row in verified[0].claims}
    assert {name for name, method in methods.items() if "not discriminating" in method} == INDISCRIMINATE
    assert not [name for name in DISCRIMINATING if "discriminat" in methods[name]]


def test_measures_along_runs_are_in_the_verdicts_and_on_the_page(verified):
    curves = {row.name: [curve.measure for curve in row.curves] for row in verified[0].claims if row.curves}
    assert curves == {
        "together": ["procrustes(L(gd), L(ball))"],
        "settles": ["cka(L(gd), L(@gd))"],
        "layers": ["layerwise_affine(gd => ball)"],
    }
    page = (verified[1] / "report.html").read_text()
    assert page.count(" along runs</title>") == 3


def test_everything_rechecks(verified):
    assert verbs.recheck(verified[1]).ok
