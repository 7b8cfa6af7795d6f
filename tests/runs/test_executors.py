"""Executors: the same bits wherever training takes place, whoever dies meanwhile, and however many are at it."""

import json
import os
import resource
import signal

import pytest

import catlearn
from catlearn.runs.execute import execute
from catlearn.runs.executors.choice import UnknownExecutor
from catlearn.store.store import Store
from tests.runs.factory import adam, plan, resume, small_job
from tests.runs.processes import alive, begin, children, end_all, kill, trajectories, until
from tests.runs.reading import bits

SPEC = """dataset iris {{ source = sklearn.iris, test = 0.2, seed = 0 }}
map body : R[4] -> R[8] = linear(8) >> tanh
map head : R[8] -> R[3] = linear(3)
category Param {{
  object A = params(body) * params(head)
  run half : A@init -> A@mid {{ net = body >> head, data = iris, loss = cross_entropy,
                               optimiser = sgd(lr = 0.1), batch = 32, epochs = 2, seeds = 0..3 }}
  run gd : A@init -> A@gd {{ like = half, epochs = {epochs} }}
  run ball : A@init -> A@ball {{ like = gd, optimiser = heavy_ball(lr = 0.01, m = 0.9) }}
  run rest : A@mid -> A@far {{ like = gd, epochs = 3, resume = half }}
}}
claim learns : accuracy(gd, on = iris.test) >= 0.1
claim others : accuracy(ball, on = iris.test) >= 0.0
claim resumed : accuracy(rest, on = iris.test) >= 0.0
"""
LONG = 500


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A specification that trains for seconds, with what it comes to where nothing disturbs it."""
    folder = tmp_path_factory.mktemp("long")
    spec = folder / "long.cat"
    spec.write_text(SPEC.format(epochs=LONG), encoding="utf-8")
    process = begin("run", spec, "--executor", "inline", "--store", folder / "whole")
    process.communicate()
    assert process.returncode == 0
    return spec, trajectories(folder / "whole")


@pytest.fixture(autouse=True)
def _nothing_left():
    yield
    end_all()


def family():
    """Jobs of which some start from others."""
    half = small_job(name="half", seeds=(0, 1, 2, 17))
    rest = small_job(name="rest", seeds=(0, 1, 17), start=resume(half))
    return plan(half, rest, small_job(name="adam", rule=adam(), seeds=(1, 2)))


@pytest.mark.parametrize("executor", ["local", "dask"])
def test_every_executor_gives_the_bits_of_training_in_one_process(tmp_path, executor):
    if executor == "dask":
        pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    jobs, whole, other = family(), Store.open(tmp_path / "whole"), Store.open(tmp_path / "other")
    expected = execute(jobs, whole, executor="inline")
    found = execute(jobs, other, executor=executor)
    assert found == expected
    assert len(found.trained) == 9
    for job in jobs.train:
        assert all(bits(other, job, seed) == bits(whole, job, seed) for seed in job.seeds)
    assert execute(jobs, other, executor=executor).reused == found.trained


def test_another_name_is_no_executor(store):
    with pytest.raises(UnknownExecutor, match="no executor is named `slurm`; there are inline, local, dask"):
        execute(plan(small_job(seeds=(0,))), store, executor="slurm")


# Death.


def test_a_worker_that_is_killed_is_replaced_and_nothing_changes(long, tmp_path):
    spec, whole = long
    process = begin("run", spec, "--executor", "local", "--store", tmp_path / "store", "--json")
    victim = until(lambda: (tmp_path / "store" / "runs").exists() and children(process.pid))[0]
    kill(victim)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert "killed by SIGKILL" in err
    assert {row["status"] for row in json.loads(out)["runs"]} == {"completed"}
    assert trajectories(tmp_path / "store") == whole


def test_seeds_whose_workers_always_die_are_recorded_and_tried_again_by_the_next_command(long, tmp_path):
    spec, whole = long
    command = ("run", spec, "--executor", "local", "--store", tmp_path / "store", "--only", "learns", "--json")
    process = begin(*command)
    while process.poll() is None:
        for victim in children(process.pid):
            kill(victim)
    out, err = process.communicate()
    assert process.returncode == 4, err
    rows = json.loads(out)["runs"]
    assert [(row["seed"], row["status"]) for row in rows] == [(seed, "failed") for seed in range(4)]
    assert all(f"error: gd, seed {seed}, failed: its process was killed by SIGKILL" in err for seed in range(4))
    again = begin(*command)
    out, err = again.communicate()
    assert again.returncode == 0, err
    found = trajectories(tmp_path / "store")
    assert len(found) == 4
    assert found.items() <= whole.items()


def test_workers_die_with_their_supervisor(long, tmp_path):
    process = begin("run", long[0], "--executor", "local", "--store", tmp_path / "store")
    workers = until(lambda: children(process.pid))
    process.kill()
    process.communicate()
    until(lambda: not any(map(alive, workers)))


def test_an_interruption_ends_the_workers_and_the_same_command_goes_on(long, tmp_path):
    spec, whole = long
    command = ("run", spec, "--executor", "local", "--store", tmp_path / "store")
    process = begin(*command, start_new_session=True)
    workers = until(lambda: len(trajectories(tmp_path / "store")) > 0 and children(process.pid))
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert "interrupted; what is stored is kept" in err
    assert "Traceback" not in err
    until(lambda: not any(map(alive, workers)))
    kept = trajectories(tmp_path / "store")
    again = begin(*command)
    again.communicate()
    assert again.returncode == 0
    assert kept.items() <= trajectories(tmp_path / "store").items()
    assert trajectories(tmp_path / "store") == whole


def test_a_cluster_of_which_a_worker_is_killed_gives_the_same_and_repeats_nothing(long, tmp_path):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    spec, whole = long
    store = tmp_path / "store"
    process = begin("run", spec, "--executor", "dask", "--store", store, "--json")
    until(lambda: len(trajectories(store)) > 0)
    stamps = {file: file.stat().st_mtime_ns for file in store.rglob("seed-*.json")}
    kill(children(process.pid, "multiprocessing.spawn")[0])
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert "its worker in the cluster died" in err
    assert {row["status"] for row in json.loads(out)["runs"]} == {"completed"}
    assert trajectories(store) == whole
    assert all(file.stat().st_mtime_ns == stamp for file, stamp in stamps.items())


# Memory.

FAT = """dataset digits { source = sklearn.digits, test = 0.25, seed = 0, reshape = [1, 8, 8] }
map thin : R[1,8,8] -> R[10] = conv2d(2, kernel = 3) >> avgpool(6) >> flatten >> linear(10)
map fat  : R[1,8,8] -> R[10] = conv2d(60000, kernel = 3) >> avgpool(6) >> flatten >> linear(10)
category Param {
  object A = params(thin)
  object B = params(fat)
  run slim : A@init -> A@slim { net = thin, data = digits, loss = cross_entropy, optimiser = sgd(lr = 0.1),
                                batch = 1300, epochs = 1, seeds = 0..1 }
  run huge : B@init -> B@huge { like = slim, net = fat }
}
claim slim : accuracy(slim, on = digits.test) >= 0.0
claim huge : accuracy(huge, on = digits.test) >= 0.0
"""


@pytest.mark.parametrize("executor", [pytest.param("inline", marks=pytest.mark.nightly), "local"])
def test_a_run_for_which_memory_does_not_suffice_stops_no_other(tmp_path, executor):
    spec = tmp_path / "fat.cat"
    spec.write_text(FAT, encoding="utf-8")
    limit = 8 * 2**30
    process = begin(
        *("run", spec, "--executor", executor, "--json"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    out, err = process.communicate()
    assert process.returncode == 4, err
    rows = [(row["name"], row["status"], row["reason"]) for row in json.loads(out)["runs"]]
    memory = "there was not enough memory"
    assert rows == [("slim", "completed", None)] * 2 + [("huge", "failed", memory)] * 2
    assert f"error: huge, seed 0, failed: {memory}" in err


# Several at once.


def test_two_commands_at_once_train_each_seed_once(long, tmp_path):
    spec, whole = long
    command = ("run", spec, "--executor", "inline", "--store", tmp_path / "store", "--json")
    first, second = begin(*command), begin(*command)
    (out, _), (other, _) = first.communicate(), second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    rows = [{(row["name"], row["seed"]): row["reused"] for row in json.loads(text)["runs"]} for text in (out, other)]
    assert len(rows[0]) == 16
    assert rows[0].keys() == rows[1].keys()
    assert all(rows[0][lane] != rows[1][lane] for lane in rows[0])
    assert trajectories(tmp_path / "store") == whole


def test_a_command_waits_for_another_says_so_and_goes_on(long, tmp_path):
    spec, _ = long
    store = Store.open(tmp_path / "store")
    locks = [store.lock_job(job.digest) for job in catlearn.compile(spec).train]
    process = begin("run", spec, "--executor", "inline", "--store", store.root, "--only", "resumed")
    assert process.stderr.readline() == "waiting for another process, which trains half in this store\n"
    assert not trajectories(store.root)
    for lock in locks:
        lock.release()
    process.communicate()
    assert process.returncode == 0
    assert len(trajectories(store.root)) == 8


@pytest.mark.nightly
def test_a_command_that_waits_goes_on_when_the_other_is_killed(long, tmp_path):
    spec, whole = long
    command = ("run", spec, "--executor", "inline", "--store", tmp_path / "store")
    first = begin(*command)
    until(lambda: list((tmp_path / "store").rglob("job.json")))
    second = begin(*command)
    kill(first.pid)
    second.communicate()
    assert second.returncode == 0
    assert trajectories(tmp_path / "store") == whole


def test_a_lock_is_held_by_one_and_given_back(store):
    lock, other = store.lock_job("job"), store.lock_job("other")
    assert lock is not None
    assert other is not None
    assert store.lock_job("job") is None
    lock.release()
    again = store.lock_job("job")
    assert again is not None
    again.release()
    other.release()
