"""From the text of the example to its plan: what an edit of the text makes run again."""

import re
from pathlib import Path

import pytest

from catlearn.plan.ir import Plan
from catlearn.plan.lower import lower
from catlearn.theory.check import check_file

EXAMPLE = (Path(__file__).parents[2] / "examples" / "quickstart.cat").read_text(encoding="utf-8")
RUNS = {"gd", "ball", "half", "rest", "tune"}


def plan_of(text: str, folder: Path) -> Plan:
    path = folder / "edited.cat"
    path.write_text(text, encoding="utf-8")
    checked = check_file(path)
    assert checked.theory is not None, checked.diagnostics
    return lower(checked.theory)


def train(plan: Plan) -> dict[str, str]:
    return {job.name: job.digest for job in plan.train}


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("seeds = 0..15", "seeds = 0..16", set()),
        ("sgd(lr = 0.1)", "sgd(lr = 0.10)", set()),
        ("sgd(lr = 0.1)", "sgd(lr = 0.2)", RUNS - {"ball"}),
        ("lr = 0.01", "lr = 0.02", {"ball"}),
        ("v'     = m * v + g", "v'     = m * v + 2 * g", {"ball"}),
        ("batch = 64", "batch = 32", RUNS),
        ("epochs = 5", "epochs = 6", {"tune"}),
        ("seed = 0 }", "seed = 1 }", RUNS),
        ("slack = 0.05", "slack = 0.06", set()),
    ],
)
def test_an_edit_runs_again_what_it_touches(tmp_path: Path, old: str, new: str, again: set[str]) -> None:
    assert EXAMPLE.count(old) == 1
    before, after = train(plan_of(EXAMPLE, tmp_path)), train(plan_of(EXAMPLE.replace(old, new), tmp_path))
    assert {name for name in before if before[name] != after[name]} == again


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param("\n\n# moved down\n" + EXAMPLE, id="further down"),
        pytest.param(re.sub(r"#.*", "", EXAMPLE), id="without comments"),
        pytest.param(re.sub(r" +", " ", EXAMPLE), id="narrower"),
        pytest.param(
            "\n".join(sorted(EXAMPLE.splitlines(), key=lambda line: not line.startswith("claim"))), id="claims first"
        ),
    ],
)
def test_layout_changes_no_digest(tmp_path: Path, edited: str) -> None:
    before, after = plan_of(EXAMPLE, tmp_path), plan_of(edited, tmp_path)
    assert after.theory_digest == before.theory_digest
    assert train(after) == train(before)
    assert {job.claim: job.digest for job in after.decide} == {job.claim: job.digest for job in before.decide}
