"""The number of classes of runs on landscapes: told apart from below, joined from above, against known answers."""

import itertools
import json

import numpy as np
import pytest

from catlearn import verbs
from catlearn.evidence.classes import fewest_classes
from catlearn.evidence.documents import Member, Obstruction, RunsApart
from catlearn.verdict.questions.classes import CLASSES
from tests.calibration.checker import opened, verdicts

SLOPE, ACROSS = 0.45, 0.1
CENTRES = (-1.2, 1.2)


def height(size, centre, other_size, other_centre):
    """The height of going round a bump on either side: of the losses along the line through both bumps (DESIGN 4)."""
    x = np.linspace(-2.7, 2.7, 54001)
    losses = -SLOPE * x + size * np.exp(-8 * (x - centre) ** 2) + other_size * np.exp(-8 * (x - other_centre) ** 2)
    near = np.abs(x - centre) < 1
    turns = np.flatnonzero(np.diff(np.sign(np.diff(losses[near])))) + 1
    saddle, peak = losses[near][turns[0]], losses[near][turns[1]]
    return max(0.0, min(peak - saddle, losses[0] - saddle, saddle - losses[-1]))


def runs():
    """Four runs, above or below either bump."""
    right = [[-2.7, 0], [-1.8, 0.8], [-1.2, 0.9], [0, 0.9], [1.2, 0.9], [1.8, 0.8], [2.7, 0]]
    for name, first, second in (("uu", 1, 1), ("ud", 1, -1), ("du", -1, 1), ("dd", -1, -1)):
        signs = (1, first, first, 0, second, second, 1)
        path = [[x, y * sign] for (x, y), sign in zip(right, signs, strict=True)]
        yield f"  run {name} : A@s -> A@{name} {{ path = {path} }}"


def specification(sizes, slack, claims):
    bumps = " + ".join(f"{size:.9f} * exp(-8 * ((x - ({c}))^2 + y^2))" for size, c in zip(sizes, CENTRES, strict=True))
    lines = "\n".join(runs())
    asked = "\n".join(f"claim k{n} : classes(uu + ud + du + dd, by = r) {claim}" for n, claim in enumerate(claims))
    return f"""landscape l(x, y) on [-3, 3] * [-1.5, 1.5] = {bumps} + {ACROSS} * y^2 - {SLOPE} * x
category C {{
  object A = params(l)
{lines}
}}
relation r = dihomotopy {{ slack = {slack:.9f} }}
{asked}
"""


def heights(sizes):
    return sorted(height(sizes[n], CENTRES[n], sizes[1 - n], CENTRES[1 - n]) for n in (0, 1))


@pytest.mark.parametrize("seed", range(2))
def test_two_bumps_part_runs_into_four_classes_two_or_one(seed):
    sizes = np.random.default_rng(seed).permutation([0.62, 0.85]) + np.random.default_rng(seed).uniform(0, 0.05)
    low, high = heights(sizes)
    for slack, classes in ((0.6 * low, 4), ((low + high) / 2, 2), (high + 0.1, 1)):
        assert high - low > 0.1
        found = verdicts(specification(sizes, slack, (f"== {classes}", f"== {classes % 4 + 1}")))
        assert found == {"k0": "supported", "k1": "refuted"}


CASE = specification((0.7, 0.8), 0.1, ("== 4", ">= 3", "<= 2"))


@pytest.fixture(scope="module")
def verified(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    (folder / "case.cat").write_text(CASE)
    rows = verbs.verify(folder / "case.cat", store=folder / "store").claims
    return {row.name: row for row in rows}, folder / "store"


def test_the_verdict_says_by_what_each_end_is_bounded(verified):
    rows, _ = verified
    assert [row.verdict for row in rows.values()] == ["supported", "supported", "refuted"]
    assert rows["k0"].interval == (4.0, 4.0)
    assert "lower end by obstructions between 6 pairs of runs" in rows["k0"].method
    assert "told apart, each from every other: uu[0], ud[0], du[0], dd[0]" in " ".join(rows["k0"].evidence)


def test_certificates_are_rechecked_and_a_pair_put_in_is_refused(verified):
    _, store = verified
    assert verbs.recheck(store).ok
    path = store / "certificates" / "k1.json"
    document = json.loads(path.read_text())
    pairs = document["finding"]["apart"]
    assert len(pairs) == 6
    pairs[0]["right"] = pairs[0]["left"]
    path.write_text(json.dumps(document))
    assert not {row.name: row for row in verbs.recheck(store).rows}["k1"].ok


def test_saboteur_runs_told_apart_that_are_not_are_found_out_when_measured_again():
    model = opened(specification((0.7, 0.8), max(heights((0.7, 0.8))) + 0.1, ("== 1",)))
    (job,) = model.plan.decide
    question = job.question
    finding = CLASSES.find(model, question, lambda *_: None)
    assert (CLASSES.judge(question, finding).verdict, finding.apart) == ("supported", ())
    pair = [width.member for width in finding.widths][:2]
    reason = Obstruction(kind="winding", slack=0.4, cells=256, level=0.0, point=(0.0, 0.0), number=1, in_box=False)
    forged = finding.model_copy(
        update={"joins": (), "apart": (RunsApart(left=pair[0], right=pair[1], obstruction=reason),)}
    )
    assert CLASSES.judge(question, forged).interval == (2.0, 4.0)
    assert CLASSES.remeasure(model, question, forged).apart == ()


def test_only_runs_of_which_any_two_are_told_apart_are_counted():
    members = [Member(job="job", name="a", seed=seed) for seed in range(4)]
    reason = Obstruction(kind="ends", slack=0.1, cells=9, level=0.0, point=(), number=0, in_box=False)
    every = [
        RunsApart(left=left, right=right, obstruction=reason) for left, right in itertools.combinations(members, 2)
    ]
    assert fewest_classes([]) == 1
    assert fewest_classes(every) == 4
    assert fewest_classes(every[1:]) == 3
    assert fewest_classes([every[0], every[5]]) == 2
