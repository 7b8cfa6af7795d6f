"""The example of classes, on MNIST where it is, and heights between networks as they grow wider: minutes each."""

import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from catlearn import verbs
from catlearn.evidence import classes, dihomotopy, relaxed
from catlearn.evidence.alignment import alignments_between
from catlearn.evidence.model import Model
from catlearn.plan.ir import Plan, RelationPlan
from catlearn.store.store import Store
from tests.end_to_end.conftest import EXAMPLES

SLACK = 0.05
VERDICTS = {
    "rolls_along": "supported",
    "leaps_along": "supported",
    "by_seed": "supported",
    "one_class": "supported",
    "inside": "refuted",
    "between": "undecided",
    "nothing": "vacuous",
}


@pytest.mark.nightly
def test_the_example_of_classes_comes_out_as_it_says(tmp_path: Path) -> None:
    if not (Path(os.environ.get("CATLEARN_DATA", "")) / "mnist").is_dir():
        pytest.skip("CATLEARN_DATA names no folder with mnist")
    specification = tmp_path / "classes.cat"
    specification.write_text((EXAMPLES / "classes.cat").read_text())
    rows = verbs.verify(specification).claims
    assert {row.name: row.verdict for row in rows} == VERDICTS
    assert all(row.met for row in rows)
    assert verbs.recheck(specification.with_suffix(".catlearn")).ok


WIDTHS = (4, 16, 64, 256)
SWEEP = """dataset digits {{ source = sklearn.digits, test = 0.25, seed = 0 }}
map net : R[64] -> R[10] = linear({width}) >> relu >> linear(10)
category P {{
  object A = params(net)
  run gd   : A@init -> A@gd   {{ net = net, data = digits, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 64,
                                epochs = 15, seeds = 0..3 }}
  run ball : A@init -> A@ball {{ like = gd, optimiser = heavy_ball(lr = 0.01, m = 0.9) }}
  run adam : A@init -> A@adam {{ like = gd, optimiser = adam(lr = 0.002) }}
}}
relation near = dihomotopy {{ slack = 0.05, effort = low }}
cell rolls : gd => ball by near
cell leaps : gd => adam by near
claim rolls_along : rolls
claim leaps_along : leaps
"""


@pytest.mark.nightly
@pytest.mark.parametrize("width", WIDTHS)
def test_one_initialisation_is_one_class_and_alignment_and_relaxation_lower_heights(tmp_path: Path, width: int) -> None:
    specification = tmp_path / "sweep.cat"
    specification.write_text(SWEEP.format(width=width))
    verdicts = {row.name: row.verdict for row in verbs.verify(specification).claims}
    assert verdicts == {"rolls_along": "supported", "leaps_along": "undecided" if width == 16 else "supported"}
    plain, aligned, relaxed = sweep(specification)
    assert np.median(aligned) < np.median(plain)
    assert np.median(relaxed) < np.median(aligned)


def sweep(specification: Path) -> tuple[list[float], list[float], list[float]]:
    """The widths, at mesh points, of sheets between runs of gradient descent from different initialisations: straight
    ones, straight ones after alignment, and those relaxed for 200 steps."""
    store = Store(specification.with_suffix(".catlearn"))
    model = Model(Plan.model_validate_json(store.read_text("plan.json") or ""), store, fresh=True)
    members = model.members(next(job for job in model.plan.train if job.name == "gd").digest)
    relation = RelationPlan(name="r", kind="dihomotopy", slack=SLACK, levels=None, modulo="permutations", effort=200)
    levels = classes.levels_of(model, members, relation)
    ends, pairs = (levels.high, levels.low), list(combinations(members, 2))
    elements = [alignments_between(model, members, pair, relation.modulo) for pair in pairs]
    straight = [
        [dihomotopy.straight_sheet(model, *pair, element, ends, SLACK)[1].raw for element in tried]
        for pair, tried in zip(pairs, elements, strict=True)
    ]
    drafts = [relaxed.Draft(*pair, tried[-1], ends) for pair, tried in zip(pairs, elements, strict=True)]
    bent = [found[1].raw for found in relaxed.sheets(model, drafts, SLACK, relation.effort) if found]
    return [tried[0] for tried in straight], [tried[-1] for tried in straight], bent
