"""The commands on a small specification, from nothing to verdicts: statuses, results, and what stays in the store."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.command import Outcome, catlearn, environment, inside

SPEC = """dataset iris { source = sklearn.iris, test = 0.2, seed = 0 }
map body : R[4] -> R[8] = linear(8) >> tanh
map head : R[8] -> R[3] = linear(3)
category Param {
  object A = params(body) * params(head)
  run gd : A@init -> A@gd { net = body >> head, data = iris, loss = cross_entropy,
                            optimiser = sgd(lr = 0.1), batch = 32, epochs = 3, seeds = 0..3 }
  run wild : A@init -> A@wild { like = gd, optimiser = sgd(lr = 10000000000000000000000000000000000000000) }
}
relation basin = dihomotopy { slack = 0.05 }
claim learns    : accuracy(gd, on = iris.test) >= 0.1
claim perfect   : accuracy(gd, on = iris.test) > 0.999
claim imperfect : accuracy(gd, on = iris.test) > 0.999 expect refuted
claim one_class : classes(gd, by = basin) == 1
claim wild      : accuracy(wild, on = iris.test) >= 0.0
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "small.cat"
    path.write_text(SPEC, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def everything(spec: Path) -> Outcome:
    """The first `verify`, of everything."""
    return inside("verify", spec, "--json")


def test_a_run_that_diverges_is_named_and_stops_nothing(everything: Outcome) -> None:
    assert everything.status == 4
    assert "error: wild, seed 0, diverged" in everything.err
    assert "Traceback" not in everything.err
    verdicts = {row["name"]: row["verdict"] for row in everything.document["claims"]}
    assert verdicts.keys() == {"learns", "perfect", "imperfect", "one_class", "wild"}
    assert verdicts["learns"] == "supported"
    assert verdicts["wild"] not in {"proved", "exact", "supported"}


def test_the_document_of_verify(spec: Path, everything: Outcome) -> None:
    document = everything.document
    assert document.keys() == {"schema", "spec", "store", "claims", "seconds", "family"}
    assert (document["schema"], document["spec"]) == (1, str(spec))
    assert document["store"] == str(spec.with_suffix(".catlearn"))
    for row in document["claims"]:
        names = "name verdict expected met estimate interval confidence n method evidence certificate rests_on p curves"
        assert row.keys() == set(names.split())
        assert (Path(document["store"]) / row["certificate"]).is_file()


@pytest.mark.parametrize(("claim", "status"), [("learns", 0), ("perfect", 1), ("imperfect", 0), ("one_class", 3)])
@pytest.mark.usefixtures("everything")
def test_the_status_is_that_of_the_claim(claim: str, status: int, spec: Path) -> None:
    outcome = inside("verify", spec, "--only", claim)
    assert (outcome.status, outcome.err) == (status, "")
    assert claim in outcome.out
    assert "\x1b" not in outcome.out


@pytest.mark.usefixtures("everything")
def test_run_reuses_what_is_stored(spec: Path) -> None:
    document = inside("run", spec, "--only", "learns", "--json").document
    assert document.keys() == {"schema", "spec", "store", "runs", "seconds"}
    assert [(row["name"], row["seed"], row["status"], row["reused"]) for row in document["runs"]] == [
        ("gd", seed, "completed", True) for seed in range(4)
    ]


@pytest.mark.usefixtures("everything")
def test_the_report_is_drawn_again(spec: Path) -> None:
    store = spec.with_suffix(".catlearn")
    (store / "report.html").unlink()
    outcome = inside("report", store)
    assert (outcome.status, outcome.out) == (0, f"{store / 'report.html'}\n")
    assert "<title>small.cat: 5 claims" in (store / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("everything")
def test_a_flipped_byte_fails_the_recheck(spec: Path) -> None:
    store = spec.with_suffix(".catlearn")
    sound = inside("recheck", store, "--json")
    assert (sound.status, sound.document["ok"]) == (0, True)
    trajectory = next(store.glob("runs/*/seed-2.safetensors"))
    content = trajectory.read_bytes()
    trajectory.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    broken = inside("recheck", store)
    trajectory.write_bytes(content)
    assert broken.status == 1
    assert "✗" in broken.out


def test_compile_shows_the_plan_and_makes_no_store(tmp_path: Path) -> None:
    spec = tmp_path / "small.cat"
    spec.write_text(SPEC, encoding="utf-8")
    plan = tmp_path / "plan.json"
    outcome = inside("compile", spec, "-o", plan)
    assert outcome.status == 0
    assert "8 runs to train" in outcome.out
    assert [job["name"] for job in json.loads(plan.read_text(encoding="utf-8"))["train"]] == ["gd", "wild"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.json", "small.cat"]


def test_an_interruption_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    spec = tmp_path / "long.cat"
    spec.write_text(SPEC.replace("epochs = 3", "epochs = 300000"), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "catlearn", "verify", str(spec), "--only", "learns"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    plan = spec.with_suffix(".catlearn") / "plan.json"
    while not plan.exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err
    assert "Traceback" not in err


def test_a_broken_installation_is_our_mistake_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "a.cat").write_text(SPEC, encoding="utf-8")
    broken = "import sys; sys.modules['catlearn.theory.check'] = None; from catlearn.cli import main; main()"
    finished = subprocess.run(
        [sys.executable, "-c", broken, "check", "a.cat", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(TMPDIR=str(tmp_path)),
        check=False,
    )
    assert finished.returncode == 70
    assert finished.stderr.startswith("internal error: ")
    assert len(finished.stderr.splitlines()) == 1
    assert json.loads(finished.stdout)["error"]["kind"] == "internal"
    (kept,) = tmp_path.glob("catlearn-traceback-*.txt")
    assert "Traceback" in kept.read_text(encoding="utf-8")
    assert str(kept) in finished.stderr


def test_explain_shows_the_page() -> None:
    outcome = catlearn("explain", "shape-mismatch")
    assert outcome.status == 0
    assert "shape" in outcome.out


def test_help_names_every_command() -> None:
    outcome = catlearn("--help")
    assert outcome.status == 0
    commands = ("check", "compile", "run", "verify", "recheck", "report", "explain")
    assert all(f"  {name} " in outcome.out for name in commands)


HEAVY = ("torch", "gudhi", "sympy", "scipy", "pydantic", "networkx", "numpy", "sklearn", "jinja2", "rich")


def test_check_imports_nothing_heavy(spec: Path) -> None:
    looked = (
        "import sys; from catlearn.cli import status; status(['check', sys.argv[1]]); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", looked, str(spec)], capture_output=True, text=True, env=environment(), check=True
    )
    assert finished.stdout.splitlines()[-1] == "[]"


def test_importing_the_package_imports_nothing_of_it() -> None:
    looked = "import catlearn, sys; print([name for name in sys.modules if name.startswith('catlearn.')])"
    finished = subprocess.run(
        [sys.executable, "-c", looked], capture_output=True, text=True, env=environment(), check=True
    )
    assert finished.stdout == "[]\n"
