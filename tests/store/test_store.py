"""The store gives back what was put in, or says that it cannot; it never gives back anything else."""

import errno
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load

from catlearn.store.record import RunRecord
from catlearn.store.store import CorruptFile, Store, StoreError, block_sha256

JOB = "0123456789abcdef0123456789abcdef"
ARRAYS = {"head.0.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "head.0.bias": np.ones((2, 3), np.float32)}


def record(seed=3, **changes):
    fields = {
        "job": JOB,
        "name": "gd",
        "seed": seed,
        "status": "completed",
        "reason": None,
        "steps": (0, 21),
        "step": 21,
        "train_loss": (2.3, 0.5),
        "test_loss": (2.3, 0.6),
        "test_accuracy": (0.1, 0.9),
        "frozen": (),
        "trajectory_sha256": "",
        "seconds": 0.25,
        **changes,
    }
    return RunRecord(**fields)


def same(left, right):
    return left.keys() == right.keys() and all(np.array_equal(left[name], right[name]) for name in left)


def attempt(call):
    """The value of a call and None, or None and the refusal of the store."""
    try:
        return call(), None
    except StoreError as failure:
        return None, failure


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "spec.catlearn")


def test_a_run_comes_back_with_the_digest_of_its_trajectory(store):
    committed = store.commit_run(record(), ARRAYS)
    file = store.root / "runs" / JOB / "seed-3.safetensors"
    assert committed.trajectory_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert store.run_record(JOB, 3) == committed
    assert same(store.trajectory(JOB, 3), ARRAYS)


def test_other_tools_can_read_a_trajectory(store):
    store.commit_run(record(), ARRAYS)
    assert same(load((store.root / "runs" / JOB / "seed-3.safetensors").read_bytes()), ARRAYS)


def test_views_are_stored_as_the_arrays_that_they_are(store):
    whole = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    views = {"a.slice": whole[:, 1], "a.transposed": whole[0].T, "a.reversed": whole[::-1, 0], "a.none": whole[:0]}
    store.commit_run(record(), views)
    assert same(store.trajectory(JOB, 3), views)


def test_what_is_not_stored_is_none(store):
    assert store.run_record(JOB, 3) is None
    assert store.dataset(JOB) is None
    assert store.evidence(JOB) is None
    assert store.read_text("verdicts.json") is None
    with pytest.raises(KeyError):
        store.trajectory(JOB, 3)


def test_seeds_and_jobs_are_told_apart(store):
    store.commit_run(record(seed=3), ARRAYS)
    assert store.run_record(JOB, 4) is None
    assert store.run_record(JOB[::-1], 3) is None


def test_a_later_commit_replaces_an_earlier_one(store):
    store.commit_run(record(), ARRAYS)
    store.commit_run(record(seconds=9.0), {})
    assert store.run_record(JOB, 3).seconds == 9.0
    assert store.trajectory(JOB, 3) == {}


def test_datasets_evidence_and_documents_come_back(store):
    store.commit_dataset(JOB, ARRAYS)
    store.commit_evidence(JOB, '{"op": "values"}\n')
    store.write_text("certificates/Param.slides.json", "γ₀ ≃ γ₁\n")
    assert same(store.dataset(JOB), ARRAYS)
    assert json.loads(store.evidence(JOB)) == {"op": "values"}
    assert store.read_text("certificates/Param.slides.json") == "γ₀ ≃ γ₁\n"


def test_evidence_that_was_changed_is_not_found(store):
    store.commit_evidence(JOB, '{"value": 1}')
    store.write_text(f"evidence/{JOB}.json", store.read_text(f"evidence/{JOB}.json").replace("1", "2", 1))
    assert store.evidence(JOB) is None


def test_a_store_is_found_again_where_it_was(store):
    store.commit_run(record(), ARRAYS)
    assert same(Store.open(store.root).trajectory(JOB, 3), ARRAYS)


# Corruption.


def flipped(path, position, bit):
    content = bytearray(path.read_bytes())
    content[position % len(content)] ^= 1 << bit
    path.write_bytes(content)


flips = given(position=st.integers(0, 10**6), bit=st.integers(0, 7))


@flips
def test_a_flipped_bit_of_a_trajectory_is_found(tmp_path_factory, position, bit):
    store = Store.open(tmp_path_factory.mktemp("store"))
    store.commit_run(record(), ARRAYS)
    flipped(store.root / "runs" / JOB / "seed-3.safetensors", position, bit)
    with pytest.raises(CorruptFile, match=r"seed-3\.safetensors"):
        store.trajectory(JOB, 3)


@flips
def test_a_flipped_bit_of_a_dataset_is_found(tmp_path_factory, position, bit):
    store = Store.open(tmp_path_factory.mktemp("store"))
    store.commit_dataset(JOB, ARRAYS)
    flipped(store.root / "data" / JOB / "arrays.safetensors", position, bit)
    with pytest.raises(CorruptFile, match=r"arrays\.safetensors"):
        store.dataset(JOB)


@flips
def test_a_flipped_bit_of_a_record_changes_nothing_or_is_found(tmp_path_factory, position, bit):
    store = Store.open(tmp_path_factory.mktemp("store"))
    committed = store.commit_run(record(), ARRAYS)
    flipped(store.root / "runs" / JOB / "seed-3.json", position, bit)
    found, failure = attempt(lambda: store.run_record(JOB, 3))
    assert found == committed if failure is None else "seed-3.json" in str(failure)


def test_an_edited_number_of_a_record_is_found(store):
    store.commit_run(record(), ARRAYS)
    path = store.root / "runs" / JOB / "seed-3.json"
    path.write_text(path.read_text().replace("0.9", "1.0"))
    with pytest.raises(CorruptFile):
        store.run_record(JOB, 3)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'{"schema": 1}', b"\xff\x00", b'{"sha256": 0}'])
def test_what_is_no_record_is_not_read_as_one(store, content):
    store.commit_run(record(), ARRAYS)
    (store.root / "runs" / JOB / "seed-3.json").write_bytes(content)
    with pytest.raises(CorruptFile):
        store.run_record(JOB, 3)


def test_a_missing_trajectory_is_found(store):
    store.commit_run(record(), ARRAYS)
    (store.root / "runs" / JOB / "seed-3.safetensors").unlink()
    with pytest.raises(CorruptFile, match="missing"):
        store.trajectory(JOB, 3)


def test_a_document_that_is_not_text_is_found(store):
    store.write_text("plan.json", "{}")
    (store.root / "plan.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CorruptFile, match=r"plan\.json"):
        store.read_text("plan.json")


# Interruption: what was not committed is not there.


def test_leftovers_of_a_killed_process_are_not_results(store):
    store.commit_run(record(), ARRAYS)
    directory = store.root / "runs" / JOB
    (directory / ".seed-4.json.99-abcd.tmp").write_bytes((directory / "seed-3.json").read_bytes())
    (directory / "seed-5.safetensors").write_bytes((directory / "seed-3.safetensors").read_bytes())
    assert store.run_record(JOB, 4) is None
    assert store.run_record(JOB, 5) is None


class FullDisk:
    """Lets so many calls of one system call through, then fails with ENOSPC."""

    def __init__(self, call, allowed):
        self.call, self.allowed = call, allowed

    def __call__(self, *arguments, **keywords):
        self.allowed -= 1
        if self.allowed < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.call(*arguments, **keywords)


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
@pytest.mark.parametrize("allowed", range(4))
def test_a_full_disk_loses_nothing_and_says_what_to_do(store, monkeypatch, call, allowed):
    before = store.commit_run(record(seed=3), ARRAYS)
    with monkeypatch.context() as patched:
        patched.setattr(os, call, FullDisk(getattr(os, call), allowed))
        committed, failure = attempt(lambda: store.commit_run(record(seed=4), ARRAYS))
    assert (failure is None) == (allowed >= {"open": 4, "write": 2, "fsync": 4, "replace": 2}[call])
    if failure is not None:
        assert str(failure).startswith(f"cannot write {store.root}")
        assert "no space is left on the device; free space or choose another directory with --store DIR" in str(failure)
        assert "what is already stored is intact" in str(failure)
    assert store.run_record(JOB, 3) == before
    assert same(store.trajectory(JOB, 3), ARRAYS)
    assert failure or committed == store.run_record(JOB, 4)
    assert store.run_record(JOB, 4) is None or same(store.trajectory(JOB, 4), ARRAYS)
    assert not list(store.root.rglob("*.tmp"))


def test_short_writes_are_continued(store, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:7]))
    store.commit_run(record(), ARRAYS)
    assert same(store.trajectory(JOB, 3), ARRAYS)


def test_every_file_and_its_directory_are_flushed_before_and_after_the_rename(store, monkeypatch):
    calls = []
    for call in ("fsync", "replace"):
        original = getattr(os, call)
        monkeypatch.setattr(os, call, lambda *a, call=call, original=original: (calls.append(call), original(*a))[1])
    store.write_text("plan.json", "{}")
    assert calls == ["fsync", "replace", "fsync"]


# Places where there can be no store.


def test_a_store_cannot_be_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file: it is not a directory; choose another directory with --store DIR"):
        Store.open(tmp_path / "file")


def test_a_store_cannot_lie_in_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="not a directory"):
        Store.open(tmp_path / "file" / "store")


@pytest.mark.parametrize(
    ("code", "reason"), [(errno.EROFS, "read-only"), (errno.EACCES, "permission"), (errno.EIO, "Input/output error")]
)
def test_the_reason_of_a_refusal_is_told(store, monkeypatch, code, reason):
    def refuse(*_arguments, **_keywords):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreError, match=reason):
        store.write_text("plan.json", "{}")


def test_a_directory_in_the_place_of_a_file_is_told(store):
    (store.root / "plan.json").mkdir()
    with pytest.raises(StoreError, match="directory"):
        store.write_text("plan.json", "{}")
    with pytest.raises(StoreError, match="directory"):
        store.read_text("plan.json")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", ".hidden", "a b", "a/", "/etc/passwd", "a\0", "a..b", "-x"])
def test_names_cannot_leave_the_store(store, name):
    for call in (
        lambda: store.write_text(f"certificates/{name}", ""),
        lambda: store.read_text(f"{name}/x"),
        lambda: store.run_record(name, 0),
        lambda: store.dataset(name),
        lambda: store.commit_evidence(f"{name}/..", "{}"),
    ):
        with pytest.raises(ValueError, match="is not a file name"):
            call()


@pytest.mark.parametrize("name", ["slides.json", "Param.slides.json", "same_rule.json", "straße.json", "a-b.json"])
def test_names_of_claims_are_file_names(store, name):
    store.write_text(f"certificates/{name}", "{}")
    assert store.read_text(f"certificates/{name}") == "{}"


# Several writers.


def test_writers_of_one_run_do_not_disturb_readers(store):
    expected = store.commit_run(record(), ARRAYS)

    def write_and_read(_):
        store.commit_run(record(), ARRAYS)
        return store.run_record(JOB, 3) == expected and same(store.trajectory(JOB, 3), ARRAYS)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write_and_read, range(64)))
    assert sorted(file.name for file in (store.root / "runs" / JOB).iterdir()) == ["seed-3.json", "seed-3.safetensors"]


# Hashes of blocks.

block = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "bias": np.zeros(2, np.float32)}


def test_the_hash_of_a_block_is_of_its_values_and_not_of_their_layout():
    other = {"bias": block["bias"].copy(), "weight": np.asfortranarray(block["weight"])}
    assert block_sha256(block) == block_sha256(other)


@pytest.mark.parametrize(
    "changed",
    [
        {"weight": block["weight"], "bias": np.array([0.0, -0.0], np.float32)},
        {"weight": block["weight"].reshape(3, 2), "bias": block["bias"]},
        {"weight": block["weight"]},
        {"weight": block["weight"], "offset": block["bias"]},
    ],
)
def test_the_hash_of_a_block_sees_every_bit_shape_and_name(changed):
    assert block_sha256(block) != block_sha256(changed)


def test_the_root_may_be_a_string(tmp_path):
    assert Store.open(str(tmp_path / "a" / "b")).root == Path(tmp_path / "a" / "b")
