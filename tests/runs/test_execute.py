"""Executing a plan: what is trained, what is found, what diverges, and what interruption does."""

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from catlearn.plan.ir import FrozenBlock
from catlearn.runs.execute import execute
from catlearn.store.store import CorruptFile, Store, StoreError
from tests.runs.factory import activation, adam, checkpoint, heavy_ball, linear, plan, resume, sgd, small_job
from tests.runs.reading import bits, weights

ROOT = Path(__file__).parents[2]


# What is trained.


def test_each_seed_is_trained_once(store):
    made = small_job(seeds=(0, 1, 2))
    first = execute(plan(made), store)
    assert first.trained == (("gd", 0), ("gd", 1), ("gd", 2))
    assert (first.reused, first.failed) == ((), ())
    second = execute(plan(made), store)
    assert second.reused == first.trained
    assert (second.trained, second.failed) == ((), ())


def test_only_missing_seeds_are_trained_and_no_file_of_the_others_is_touched(store):
    execute(plan(small_job(seeds=(0, 1))), store)
    files = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in store.root.rglob("seed-*")}
    result = execute(plan(small_job(seeds=(0, 1, 2, 17))), store)
    assert result.trained == (("gd", 2), ("gd", 17))
    assert all((file.read_bytes(), file.stat().st_mtime_ns) == before for file, before in files.items())


def test_a_job_alone_brings_what_it_starts_from_and_no_more(store):
    half, other = small_job(name="half", seeds=(0, 1, 2)), small_job(name="other", rule=adam(), seeds=(0, 1, 2))
    rest = small_job(name="rest", seeds=(1, 5), start=resume(half))
    tune = small_job(name="tune", seeds=(1,), frozen=(FrozenBlock(block="encoder.0", run=rest.digest),))
    result = execute(plan(half, other, rest, tune), store, jobs=[tune.digest])
    assert result.trained == (("half", 1), ("rest", 1), ("tune", 1))
    everything = execute(plan(half, other, rest, tune), store)
    assert ("half", 5) in everything.trained
    assert ("other", 2) in everything.trained


def test_the_job_is_stored_beside_its_runs(store):
    made = small_job(seeds=(0,))
    execute(plan(made), store)
    assert json.loads(store.read_text(f"runs/{made.digest}/job.json"))["batch"] == 16


def test_progress_rises_to_its_total(store):
    calls = []
    execute(plan(small_job(seeds=(0, 20))), store, progress=lambda *call: calls.append(call))
    assert {what for what, _, _ in calls} == {"training gd"}
    done = [done for _, done, _ in calls]
    assert done == sorted(done)
    assert done[-1] == calls[-1][2] == 28


def test_an_edited_job_is_trained_and_the_old_one_kept(store):
    old, new = small_job(seeds=(0,)), small_job(seeds=(0,), rule=sgd(0.2))
    execute(plan(old), store)
    assert execute(plan(new), store).trained == (("gd", 0),)
    assert execute(plan(old), store).reused == (("gd", 0),)


# Divergence.

RELU = (linear("encoder.0", 4, 8), activation("relu", 8), linear("head.0", 8, 3))


def unbounded(**changes):
    """A job whose activations are as large as its weights make them."""
    return small_job(layers=RELU, **changes)


def steep(store, made, seed, scale):
    """Put one seed of a job into the store with its last weights scaled."""
    arrays = store.trajectory(made.digest, seed)
    scaled = {name: np.concatenate([array[:-1], array[-1:] * np.float32(scale)]) for name, array in arrays.items()}
    store.commit_run(store.run_record(made.digest, seed), scaled)


def test_a_run_that_diverges_is_recorded_up_to_its_last_finite_checkpoint(store):
    made = unbounded(seeds=(0,), rule=sgd(1e30), checkpoint_every=1)
    assert execute(plan(made), store).failed == (("gd", 0),)
    record = store.run_record(made.digest, 0)
    assert (record.status, record.reason) == ("diverged", "the loss is not finite at step 1")
    assert (record.steps, record.step) == ((0,), 0)
    assert len(record.train_loss) == len(weights(store, made, 0)["head.0.bias"]) == 1
    assert set(store.trajectory(made.digest, 0)) == set(weights(store, made, 0))
    assert execute(plan(made), store).failed == (("gd", 0),)


def test_weights_that_are_not_finite_are_seen_where_the_loss_is_not_looked_at(store):
    made = small_job(seeds=(0,), rule=sgd(1e39), steps=1, checkpoint_every=1)
    execute(plan(made), store)
    record = store.run_record(made.digest, 0)
    assert (record.reason, record.steps) == ("a weight is not finite at step 1", (0,))


def test_one_seed_that_diverges_stops_no_other(tmp_path):
    half = unbounded(name="half", seeds=(2, 3, 4))
    rest = unbounded(name="rest", seeds=(2, 3, 4), start=checkpoint(half))
    calm, rough = Store.open(tmp_path / "calm"), Store.open(tmp_path / "rough")
    execute(plan(half, rest), calm)
    execute(plan(half), rough)
    steep(rough, half, 3, 1e30)
    assert execute(plan(half, rest), rough).failed == (("rest", 3),)
    assert rough.run_record(rest.digest, 3).reason == "the loss is not finite at step 14"
    assert rough.run_record(rest.digest, 3).steps == ()
    for seed in (2, 4):
        assert bits(rough, rest, seed) == bits(calm, rest, seed)


def test_what_starts_from_a_diverged_seed_is_recorded_as_failed(store):
    half = unbounded(name="half", seeds=(0,), rule=sgd(1e30))
    rest = unbounded(name="rest", seeds=(0,), start=resume(half))
    tune = unbounded(name="tune", seeds=(0,), frozen=(FrozenBlock(block="encoder.0", run=rest.digest),))
    result = execute(plan(half, rest, tune), store)
    assert result.failed == (("half", 0), ("rest", 0), ("tune", 0))
    assert store.run_record(rest.digest, 0).reason == "starts from run `half`, seed 0, which diverged"
    assert store.run_record(tune.digest, 0).reason == "freezes a block of run `rest`, seed 0, which diverged"
    assert store.run_record(rest.digest, 0).steps == ()
    assert store.trajectory(rest.digest, 0) == {}


# Faults.


def test_a_changed_parent_is_not_trained_from(store):
    half = small_job(name="half", seeds=(0,))
    rest = small_job(name="rest", seeds=(0,), start=resume(half))
    execute(plan(half), store)
    file = store.root / "runs" / half.digest / "seed-0.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(CorruptFile, match=half.digest):
        execute(plan(half, rest), store)
    assert store.run_record(rest.digest, 0) is None


def test_a_disk_that_fills_up_keeps_what_was_stored_and_the_same_call_goes_on(tmp_path, store, monkeypatch):
    jobs = plan(small_job(seeds=(0, 1, 2)), small_job(name="ball", rule=heavy_ball(), seeds=(0, 1, 2)))
    whole = Store.open(tmp_path / "whole")
    execute(jobs, whole)
    written, replace = [], os.replace

    def fill(source, target):
        if sum(file.name.startswith("seed-") for file in map(Path, written)) == 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(target)
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", fill)
        with pytest.raises(StoreError, match="no space is left"):
            execute(jobs, store)
    stored = {file: file.read_bytes() for file in map(Path, written)}
    result = execute(jobs, store)
    assert len(result.reused) == 2
    assert len(result.trained) == 4
    assert all(file.read_bytes() == content for file, content in stored.items() if file.name.startswith("seed-"))
    assert all(bits(store, made, seed) == bits(whole, made, seed) for made in jobs.train for seed in (0, 1, 2))


INTERRUPTED = """
import sys
from catlearn.runs.execute import execute
from catlearn.store.store import Store
from tests.runs.test_execute import killed_plan
execute(killed_plan(), Store.open(sys.argv[1]))
"""


def killed_plan():
    half = small_job(name="half", seeds=tuple(range(24)), rule=heavy_ball())
    rest = small_job(name="rest", seeds=tuple(range(24)), rule=heavy_ball(), start=resume(half))
    return plan(half, rest)


def begun(root, files):
    """Execute in another process; returns it as soon as so many files, finished or not, lie in the store."""
    child = subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(root)], cwd=ROOT)
    while child.poll() is None and sum(1 for _ in root.rglob("*seed-*")) < files:
        time.sleep(0.0005)
    return child


def test_killed_again_and_again_the_same_call_ends_with_the_same_bits(tmp_path, store):
    jobs, whole = killed_plan(), Store.open(tmp_path / "whole")
    execute(jobs, whole)
    finished = {}
    for files in (1, 21, 60):
        child = begun(store.root, files)
        child.kill()
        assert child.wait() == -9
        assert all(file.read_bytes() == content for file, content in finished.items())
        finished = {file: file.read_bytes() for file in store.root.rglob("seed-*.json")}
        assert len(finished) < 48
    result = execute(jobs, store)
    assert len(result.reused) == len(finished) > 0
    assert len(result.trained) == 48 - len(finished)
    for made in jobs.train:
        for seed in made.seeds:
            assert bits(store, made, seed) == bits(whole, made, seed)


def test_two_processes_at_once_leave_one_result(tmp_path, store):
    jobs, whole = killed_plan(), Store.open(tmp_path / "whole")
    execute(jobs, whole)
    other = begun(store.root, 1)
    execute(jobs, store)
    assert other.wait() == 0
    for made in jobs.train:
        for seed in made.seeds:
            assert bits(store, made, seed) == bits(whole, made, seed)
