"""The script of the quickstart, executed as a program of its own, ends where the runs do."""

import subprocess
import sys

from catlearn.plan.ir import Plan
from catlearn.store.store import Store
from tests.emit.scripts import CLOSE, distance, saved
from tests.end_to_end.conftest import catlearn

SEEDS = ("0", "1", "2", "3", "11")
FAR = 0.01
"""Beyond this are the weights of another run. Rounding decides on which side of its kink a rectifier stands that comes
within a millionth of it, so that now and then a seed parts by some ten-thousandths; most seeds do not."""


def executed(program, directory):
    """Run a program where nothing of this project can be imported from the working directory or by PYTHONPATH."""
    command = [sys.executable, "-I", program, "--seeds", *SEEDS, "--out", directory]
    return subprocess.run(command, cwd=directory.parent, capture_output=True, text=True, check=False)


def test_the_script_of_the_quickstart_trains_its_runs(quickstart, tmp_path):
    program = tmp_path / "quickstart.py"
    assert catlearn("compile", quickstart.specification, "--emit", "python", "-o", program).status == 0
    done = executed(program, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    store = Store(quickstart.store)
    jobs = [job for job in Plan.model_validate_json(store.read_text("plan.json")).train if not job.replica]
    assert sorted(job.name for job in jobs) == ["ball", "gd", "half", "rest", "tune"]
    assert len(done.stdout.splitlines()) == len(jobs) * len(SEEDS)
    for job in jobs:
        apart = sorted(
            distance(store.trajectory(job.digest, seed), saved(tmp_path / "out", job.name, seed))
            for seed in map(int, SEEDS)
        )
        assert apart[len(apart) // 2] < CLOSE
        assert apart[-1] < FAR


def test_saboteur_a_script_with_one_number_changed_ends_elsewhere(quickstart, tmp_path):
    program = tmp_path / "gd.py"
    catlearn("compile", quickstart.specification, "--emit", "python", "--only", "gd", "-o", program)
    text = program.read_text()
    assert text.count("batch=64,") == 1
    program.write_text(text.replace("batch=64,", "batch=63,"))
    assert executed(program, tmp_path / "out").returncode == 0
    store = Store(quickstart.store)
    (job,) = [found for found in Plan.model_validate_json(store.read_text("plan.json")).train if found.name == "gd"]
    assert distance(store.trajectory(job.digest, 0), saved(tmp_path / "out", "gd", 0)) > FAR
