"""Why a run would run again, what the store need not keep, and seeds that are added."""

import errno
import os
import shutil
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from catlearn import verbs
from catlearn.store.store import Store
from tests.cli.command import inside

SPEC = """dataset iris { source = sklearn.iris, test = 0.2, seed = 0 }
map body : R[4] -> R[8] = linear(8) >> tanh
map head : R[8] -> R[3] = linear(3)
category Param {
  object A = params(body) * params(head)
  run gd : A@init -> A@mid { net = body >> head, data = iris, loss = cross_entropy,
                             optimiser = sgd(lr = 0.1), batch = 32, epochs = 3, seeds = 0..3 }
  run more : A@mid -> A@end { like = gd, resume = gd }
  run ball : A@init -> A@ball { like = gd, optimiser = heavy_ball(lr = 0.01, m = 0.9) }
}
relation basin = dihomotopy { slack = 0.05 }
claim learns : accuracy(gd, on = iris.test) >= 0.1
claim more   : accuracy(more, on = iris.test) >= 0.1
claim slides : classes(gd + ball, by = basin) <= 8
"""


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The specification, verified."""
    spec = tmp_path_factory.mktemp("verified") / "small.cat"
    spec.write_text(SPEC, encoding="utf-8")
    inside("verify", spec)
    return spec


@pytest.fixture
def spec(verified: Path, tmp_path: Path) -> Path:
    """A copy of the specification with a copy of its store, which a test may change."""
    copy = tmp_path / "small.cat"
    shutil.copytree(verified.with_suffix(".catlearn"), copy.with_suffix(".catlearn"))
    shutil.copy(verified, copy)
    shutil.rmtree(copy.with_suffix(".catlearn") / "plans")
    inside("run", copy)
    return copy


def edited(spec: Path, *changes: tuple[str, str]) -> Path:
    text = spec.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    spec.write_text(text, encoding="utf-8")
    return spec


def files(spec: Path) -> dict[Path, bytes]:
    """Every file of a store but the documents that each command writes."""
    store = spec.with_suffix(".catlearn")
    folders = [folder for folder in store.iterdir() if folder.is_dir()]
    return {file: file.read_bytes() for folder in folders for file in folder.rglob("*") if file.is_file()}


# Why.


@pytest.mark.parametrize(
    ("run", "before", "after", "said"),
    [
        ("gd", "lr = 0.1)", "lr = 0.2)", "`optimiser.lr` changed from 0.1 to 0.2 since it was trained"),
        ("gd", "batch = 32", "batch = 16", "`batch` changed from 32 to 16 since it was trained"),
        ("gd", "epochs = 3", "epochs = 4", "`epochs` changed from 3 to 4 since it was trained"),
        ("gd", "test = 0.2", "test = 0.3", "`data.test` changed from 0.2 to 0.3 since it was trained"),
        ("gd", "linear(8) >> tanh", "linear(8) >> relu", "`net` changed from linear(8) >> tanh(8) >> linear(3) to"),
        ("gd", "batch = 32,", "batch = 32, last = keep,", "`last` changed from drop to keep since"),
        ("gd", "batch = 32,", "batch = 32, checkpoints = 2 steps,", "`checkpoints` changed from every 1 epochs to 2"),
        ("gd", "batch = 32,", "batch = 32, clip = 1.0,", "`clip` changed from none to 1.0 since it was trained"),
        ("ball", "m = 0.9", "m = 0.8", "`optimiser.m` changed from 0.9 to 0.8 since it was trained"),
        ("ball", "heavy_ball(lr = 0.01, m = 0.9)", "adam(lr = 0.01)", "`optimiser` changed from heavy_ball to adam"),
        ("more", "run gd :", "run gd  :", "`more` would not run again: all 4 seeds are stored"),
        ("more", "lr = 0.1)", "lr = 0.2)", "`optimiser.lr` changed from 0.1 to 0.2 and `gd.optimiser.lr` changed"),
        ("more", ", resume = gd", "", "`start` changed from resume of gd to checkpoint of gd since it was trained"),
        ("gd", "seeds = 0..3", "seeds = 0..5", "seeds 4..5 are not stored yet, the others are"),
        ("gd", "seeds = 0..3", "seeds = 0..2", "`gd` would not run again: all 3 seeds are stored"),
        ("gd", "batch = 32", "batch   =  32", "`gd` would not run again: all 4 seeds are stored."),
    ],
)
def test_why_names_what_changed(spec: Path, run: str, before: str, after: str, said: str) -> None:
    outcome = inside("why", edited(spec, (before, after)), run)
    assert outcome.status == 0, outcome.err
    assert said in outcome.out
    assert outcome.out.count("\n") == 1


def test_the_document_of_why(spec: Path) -> None:
    document = inside("why", edited(spec, ("batch = 32", "batch = 16")), "gd", "--json").document
    sentence = document.pop("sentence")
    assert sentence.startswith("`gd` would run again: ")
    assert document == {
        "schema": 1,
        "run": "gd",
        "again": True,
        "seeds": [0, 1, 2, 3],
        "changed": [{"field": "batch", "before": "32", "after": "16"}],
    }


def test_why_of_a_run_that_never_was_and_of_one_that_is_none(spec: Path) -> None:
    unheard = inside("why", edited(spec, ("run ball", "run bowl"), ("A@ball", "A@bowl"), ("+ ball", "+ bowl")), "bowl")
    assert "`bowl` would not run again" in unheard.out  # the name is not in the digest
    edited(spec, ("m = 0.9", "m = 0.7"))
    assert "this store has never had a run of that name" in inside("why", spec, "bowl").out
    wrong = inside("why", spec, "bal")
    assert wrong.status == 2
    assert "no run is named `bal`" in wrong.err


def test_why_of_a_run_under_way_and_of_one_whose_process_is_gone(spec: Path) -> None:
    store = Store(spec.with_suffix(".catlearn"))
    job = next(job for job in inside("compile", spec, "--json").document["train"] if job["name"] == "gd")["digest"]
    lock = store.lock_job(job)
    assert lock is not None
    assert "is being trained just now by another process" in inside("why", spec, "gd").out
    lock.release()  # as the system does for a process that dies
    assert "would not run again" in inside("why", spec, "gd").out


def test_why_asks_a_store_that_may_only_be_read(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def read_only(path: str, flags: int, *others: int, **named: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return opened(path, flags, *others, **named)

    monkeypatch.setattr(os, "open", read_only)
    assert inside("why", spec, "gd").out == "`gd` would not run again: all 4 seeds are stored.\n"
    assert "the file system is read-only" in inside("run", spec).err


def test_a_trained_run_is_never_said_to_change_by_the_time_of_day(spec: Path) -> None:
    inside("run", edited(spec, ("lr = 0.1)", "lr = 0.2)")))
    assert "`gd` would not run again" in inside("why", spec, "gd").out
    assert "`gd` would not run again" in inside("why", edited(spec, ("lr = 0.2)", "lr = 0.1)")), "gd").out


# Clean.


def test_nothing_is_superfluous_after_verifying(spec: Path) -> None:
    before = files(spec)
    outcome = inside("clean", spec)
    assert (outcome.status, outcome.out) == (0, "every file is needed\n")
    assert files(spec) == before


def test_what_an_edit_made_superfluous_is_listed_and_then_removed(spec: Path) -> None:
    old = set(files(spec))
    first = inside("verify", edited(spec, ("m = 0.9", "m = 0.8"), ("0.01", "0.02")), "--json").document
    every = files(spec)
    listed = inside("clean", spec, "--dry-run", "--json").document
    assert files(spec) == every
    assert listed["dry_run"] is True
    done = inside("clean", spec, "--json").document
    assert done["removed"] == listed["removed"]
    assert (done["schema"], done["dry_run"]) == (1, False)
    assert {(row["kind"], row["name"]) for row in done["removed"]} >= {("run", "ball"), ("plan", ""), ("evidence", "")}
    gone = every.keys() - files(spec).keys()
    assert gone <= old
    assert done["bytes"] == sum(len(every[file]) for file in gone)
    kept = files(spec)
    assert inside("verify", spec, "--json").document["claims"] == first["claims"]
    assert files(spec) == kept
    assert inside("recheck", spec.with_suffix(".catlearn")).status == 0


def test_seeds_beyond_the_plan_and_runs_of_other_specifications_stay(spec: Path, tmp_path: Path) -> None:
    store = spec.with_suffix(".catlearn")
    other = tmp_path / "other.cat"
    other.write_text(SPEC.replace("0.01", "0.03"), encoding="utf-8")
    inside("run", other, "--store", store)
    inside("run", spec, "--add-seeds", "4..5")
    before = {file for file in files(spec) if file.name.startswith("seed-")}
    inside("clean", spec)
    assert {file for file in files(spec) if file.name.startswith("seed-")} == before


def test_a_run_under_way_and_files_of_living_processes_stay(spec: Path) -> None:
    store = Store(spec.with_suffix(".catlearn"))
    ours, gone = (store.root / f".plan.json.{process}-00ff.tmp" for process in (os.getpid(), 2**22 + 1))
    ours.write_text("")
    gone.write_text("half a pl")
    job = next(path for path in (store.root / "runs").iterdir() if '"ball"' in (path / "job.json").read_text())
    edited(spec, ("m = 0.9", "m = 0.8"))
    lock = store.lock_job(job.name)
    assert lock is not None
    inside("clean", spec)
    assert job.is_dir()
    assert (ours.exists(), gone.exists()) == (True, False)
    lock.release()
    inside("clean", spec)
    assert not job.is_dir()


def test_a_folder_that_is_no_store_is_not_cleaned(spec: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    outcome = inside("clean", spec, "--store", tmp_path / "precious")
    assert outcome.status == 2
    assert "is not the store of a specification" in outcome.err


BUMP = """landscape l(x, y, z) on [-1.2, 1.2] * [-0.8, 0.8] * [-0.5, 0.5] = exp(-12 * (x^2 + y^2 + (z - 0.1)^2)) - x
category P {
  object A = params(l)
  run left  : A@top -> A@left  { path = [[-1, 0, 0], [0, -0.5, 0], [1, -0.5, 0]] }
  run right : A@top -> A@right { path = [[-1, 0, 0], [0, 0.5, 0], [1, 0.5, 0]] }
}
relation near = dihomotopy { slack = 0.2 }
cell over : left => right by near
relation ends = connected { level = 1.0 }
cell under : left => right by ends
claim met    : under
claim joined : over
"""


def witnesses(spec: Path) -> set[Path]:
    return {file for file in files(spec) if file.parent.name == "witnesses"}


def test_witnesses_stay_as_long_as_they_are_named(tmp_path: Path) -> None:
    spec = tmp_path / "bump.cat"
    spec.write_text(BUMP, encoding="utf-8")
    inside("verify", spec)
    (first,) = witnesses(spec)
    inside("clean", spec)
    assert witnesses(spec) == {first}
    inside("verify", edited(spec, ("exp(-12", "0.9 * exp(-12")))
    (second,) = witnesses(spec) - {first}
    Store(spec.with_suffix(".catlearn")).commit_witness({"displacements": np.zeros((1, 1), dtype=np.float32)})
    removed = inside("clean", spec, "--json").document["removed"]
    assert len([row for row in removed if row["kind"] == "witness"]) == 2
    assert witnesses(spec) == {second}
    assert inside("recheck", spec.with_suffix(".catlearn")).status == 0


def test_a_witness_of_evidence_that_stays_is_there_when_it_is_asked_for_again(tmp_path: Path) -> None:
    spec = tmp_path / "bump.cat"
    spec.write_text(BUMP, encoding="utf-8")
    first = inside("verify", spec, "--json").document
    inside("verify", edited(spec, ("claim joined : over\n", "")))
    removed = inside("clean", spec, "--json").document["removed"]
    assert {row["kind"] for row in removed} == {"certificate", "evidence", "plan"}  # evidence that it drew, alone
    assert len(witnesses(spec)) == 1
    spec.write_text(BUMP, encoding="utf-8")
    assert inside("verify", spec, "--json").document["claims"] == first["claims"]
    assert inside("recheck", spec.with_suffix(".catlearn")).status == 0


@pytest.mark.parametrize("shared", [True, False])
def test_cleaning_amid_a_verification_takes_no_witness_whose_evidence_is_not_there_yet(tmp_path, monkeypatch, shared):
    """A witness is stored before the evidence that names it. The saboteur is a verification that has no lock."""
    spec, replace, cleaned = tmp_path / "bump.cat", os.replace, []
    spec.write_text(BUMP, encoding="utf-8")

    def cleaning(source, target):
        replace(source, target)
        if Path(target).parent.name == "witnesses":
            cleaned.append(verbs.clean(spec))

    monkeypatch.setattr(os, "replace", cleaning)
    if not shared:
        monkeypatch.setattr(Store, "share_evidence", lambda _: nullcontext())
    verbs.verify(spec)
    assert len(cleaned) == 1
    assert len(witnesses(spec)) == shared
    assert (inside("recheck", spec.with_suffix(".catlearn")).status == 0) == shared


# Seeds that are added.


def test_added_seeds_are_trained_and_the_others_are_left_as_they_are(spec: Path) -> None:
    store = spec.with_suffix(".catlearn")
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in store.rglob("seed-*")}
    plan = inside("compile", spec, "--add-seeds", "4..5", "--json").document
    first = inside("compile", spec, "--json").document
    assert [job["digest"] for job in plan["train"]] == [job["digest"] for job in first["train"]]
    assert all(job["seeds"] == [0, 1, 2, 3, 4, 5] for job in plan["train"])
    rows = inside("run", spec, "--add-seeds", "4..5", "--json").document["runs"]
    assert {row["seed"] for row in rows if not row["reused"]} == {4, 5}
    assert {row["seed"] for row in rows if row["reused"]} == {0, 1, 2, 3}
    assert all((file.read_bytes(), file.stat().st_mtime_ns) == was for file, was in before.items())


def test_claims_are_about_the_added_seeds_too_and_can_be_rechecked(spec: Path) -> None:
    rows = {row["name"]: row for row in inside("verify", spec, "--add-seeds", "2..5", "--json").document["claims"]}
    assert rows["learns"]["n"] == 6
    assert inside("recheck", spec.with_suffix(".catlearn")).status == 0
    assert {row["name"]: row for row in inside("verify", spec, "--json").document["claims"]}["learns"]["n"] == 4


@pytest.mark.parametrize("wrong", ["16", "5..2", "a..b", "0..100000", "-1..3", "1...3", ""])
def test_what_is_no_range_of_seeds_is_refused(spec: Path, wrong: str) -> None:
    outcome = inside("run", spec, "--add-seeds", wrong)
    assert outcome.status == 2
    assert "is not a range of" in outcome.err


# The plan, with what is to come.


def test_compile_says_what_the_rest_will_take(spec: Path, tmp_path: Path) -> None:
    assert "disk" not in inside("compile", spec).out
    more = inside("compile", spec, "--add-seeds", "4..5").out
    assert "6 runs to train" in more
    assert "s on one core, going by what like runs took" in more
    size = sum(file.stat().st_size for file in spec.with_suffix(".catlearn").rglob("seed-3.safetensors"))
    assert f"disk    {2 * size / 1000:.4g}"[:11] in more
    nowhere = inside("compile", spec, "--store", tmp_path / "nowhere").out
    assert "time    unknown: nothing like it has been trained in this store" in nowhere
    assert not (tmp_path / "nowhere").exists()
