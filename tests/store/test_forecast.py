"""What is predicted of runs, against what they take."""

import shutil
from collections import namedtuple

import pytest

from catlearn.plan.footprint import trajectory_bytes
from catlearn.plan.ir import FrozenBlock
from catlearn.runs.execute import execute
from catlearn.store.forecast import forecast
from catlearn.store.store import Store, StoreError
from tests.runs.factory import adam, heavy_ball, job, plan, resume, sgd, small_job


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "store")


def family():
    """Jobs with and without states and frozen blocks, and with a shorter last interval."""
    first = small_job(name="first", seeds=(0, 123456))
    return plan(
        first,
        small_job(name="ball", rule=heavy_ball(), seeds=(0,), steps=10, checkpoint_every=3),
        small_job(name="adam", rule=adam(), seeds=(0,), start=resume(first), steps=3, checkpoint_every=1),
        small_job(name="tune", rule=adam(), seeds=(0,), frozen=(FrozenBlock(block="encoder.0", run=first.digest),)),
        job(name="large", seeds=(0,), steps=3, checkpoint_every=2),
    )


def test_the_bytes_of_every_trajectory_are_predicted_exactly(store):
    jobs = family()
    predicted = forecast(jobs, store)
    execute(jobs, store)
    written = {file.parent.name: file.stat().st_size for file in sorted(store.root.glob("runs/*/seed-*.safetensors"))}
    assert {each.digest: trajectory_bytes(each) for each in jobs.train} == written
    assert predicted.bytes == sum(file.stat().st_size for file in store.root.glob("runs/*/seed-*.safetensors"))
    assert forecast(jobs, store).bytes == 0
    assert len(forecast(jobs, store).stored) == 6


def test_a_run_that_diverges_takes_less(store):
    wild = small_job(name="wild", rule=sgd(1e39), seeds=(0,))
    execute(plan(wild), store)
    (file,) = store.root.glob("runs/*/seed-0.safetensors")
    assert file.stat().st_size < trajectory_bytes(wild)


def test_the_time_is_that_of_stored_runs_that_are_alike(store):
    known = small_job(seeds=(0, 1), steps=14)
    assert forecast(plan(known), store).seconds is None
    execute(plan(known), store)
    for seed, seconds in ((0, 2.0), (1, 4.0)):
        record = store.run_record(known.digest, seed)
        store.commit_run(record.model_copy(update={"seconds": seconds}), store.trajectory(known.digest, seed))
    longer = small_job(seeds=(0, 1, 2), steps=28, rule=sgd(0.3))
    assert forecast(plan(longer), store).seconds == pytest.approx(3 * 28 * 6.0 / 28)
    other = small_job(seeds=(0,), batch=8)
    assert forecast(plan(longer, other), store).seconds is None


def test_what_cannot_fit_is_not_begun(store, monkeypatch):
    made = small_job(seeds=(0, 1))
    needed = 2 * trajectory_bytes(made)
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(needed - 1))
    with pytest.raises(StoreError, match=rf"take {needed:,}; free space, choose another directory"):
        execute(plan(made), store)
    assert not list(store.root.rglob("seed-*"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(needed))
    assert len(execute(plan(made), store).trained) == 2
