"""Faults of the file system at every call of every write: nothing succeeds silently, nothing stored is lost."""

import errno
import os
import resource

import pytest

from catlearn.runs.execute import execute
from catlearn.store.store import Store, StoreError
from tests.runs.factory import checkpoint, heavy_ball, plan, small_job
from tests.runs.processes import begin
from tests.runs.reading import bits

CALLS = ("open", "write", "fsync", "replace")
FAULTS = (errno.ENOSPC, errno.EIO, errno.EROFS)


def jobs():
    half = small_job(name="half", seeds=(0, 1), rule=heavy_ball(), steps=2, checkpoint_every=1)
    return plan(half, small_job(name="rest", seeds=(0, 1), start=checkpoint(half), steps=2, checkpoint_every=2))


class Faulty:
    """A system call that fails when it is made for the n-th time, and from then on if the fault is there to stay. A
    write that fails has written a part."""

    def __init__(self, call, number, code):
        self.call, self.number, self.code, self.made = call, number, code, 0

    def __call__(self, *arguments, **keywords):
        self.made += 1
        lasting = self.code == errno.ENOSPC
        if self.made == self.number or (lasting and self.made > self.number):
            if self.call is WRITE:
                WRITE(arguments[0], arguments[1][: len(arguments[1]) // 2])
            raise OSError(self.code, os.strerror(self.code))
        return self.call(*arguments, **keywords)


WRITE = os.write


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What the jobs come to, and how often they make each call."""
    store, counted = Store.open(tmp_path_factory.mktemp("whole")), {}
    with pytest.MonkeyPatch.context() as patched:
        for call in CALLS:
            counted[call] = Faulty(getattr(os, call), 0, 0)
            patched.setattr(os, call, counted[call])
        execute(jobs(), store)
    return store, {call: counter.made for call, counter in counted.items()}


@pytest.mark.parametrize("code", FAULTS, ids=errno.errorcode.get)
@pytest.mark.parametrize("call", CALLS)
def test_a_fault_at_any_call_is_said_and_nothing_is_lost(tmp_path, whole, call, code):
    expected, made = whole
    store, faults = Store.open(tmp_path / "store"), 0
    every = 3 if code != errno.ENOSPC else 1
    for number in range(1, made[call] + 1, every):
        with pytest.MonkeyPatch.context() as patched:
            faulty = Faulty(getattr(os, call), number, code)
            patched.setattr(os, call, faulty)
            before = {file: file.read_bytes() for file in store.root.rglob("seed-*.json")}
            refused = refusal(store)
        if faulty.made < number:
            break
        faults += 1
        assert refused is not None, f"the fault at {call} number {number} was not said"
        assert str(store.root) in refused
        assert "what is already stored is intact" in refused
        assert all(file.read_bytes() == content for file, content in before.items())
        assert not list(store.root.rglob("*.tmp"))
    assert faults
    execute(jobs(), store)
    for job in jobs().train:
        assert all(bits(store, job, seed) == bits(expected, job, seed) for seed in job.seeds)


def refusal(store):
    """What the store says when the jobs are executed, None where all went well."""
    try:
        execute(jobs(), store)
    except StoreError as refused:
        return str(refused)
    return None


SPEC = """dataset iris { source = sklearn.iris, test = 0.2, seed = 0 }
map net : R[4] -> R[3] = linear(3)
category Param {
  object A = params(net)
  run gd : A@init -> A@gd { net = net, data = iris, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 32,
                            epochs = 2, seeds = 0..1 }
}
claim learns : accuracy(gd, on = iris.test) >= 0.1
"""


def test_a_file_that_the_kernel_lets_grow_no_further_stops_the_command_with_a_reason(tmp_path):
    spec = tmp_path / "small.cat"
    spec.write_text(SPEC, encoding="utf-8")
    limits = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))}
    process = begin("run", spec, **limits)
    out, err = process.communicate()
    assert (process.returncode, out) == (4, "")
    assert "error: cannot write " in err
    assert "File too large" in err
    assert "Traceback" not in err
    assert not list(tmp_path.rglob("*.tmp"))
    again = begin("run", spec)
    again.communicate()
    assert again.returncode == 0
