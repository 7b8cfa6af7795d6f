"""Partial progress comes back bit for bit, and what is not exactly what was stored is no progress."""

import numpy as np
import pytest

from catlearn.store.snapshots import append, drop, read
from catlearn.store.store import Store


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "store")


def segments(count, start=0):
    return [{"theta": np.array([at, -0.0, np.nan], dtype=np.float32)} for at in range(start, start + count)]


def stored(store, wanted, job="a", seed=3):
    found = read(store, job, seed)
    for arrays in wanted:
        found = append(store, found, arrays)
    return found


def encoded(arrays):
    return [{name: array.tobytes() for name, array in segment.items()} for segment in arrays]


def contents(found):
    return encoded(found.segments)


def test_segments_come_back_as_they_were_in_order(store):
    written = stored(store, segments(3))
    assert contents(read(store, "a", 3)) == contents(written)
    assert read(store, "a", 3).seal == written.seal
    longer = stored(store, segments(1, start=7))
    assert contents(read(store, "a", 3)) == contents(longer)
    assert len(longer.segments) == 4


def test_no_progress_is_no_segments(store):
    stored(store, segments(1))
    assert read(store, "a", 4).segments == read(store, "b", 3).segments == ()


def test_dropped_progress_is_gone_and_dropping_twice_is_nothing(store):
    stored(store, segments(2))
    drop(store, "a", 3)
    drop(store, "a", 3)
    assert read(store, "a", 3).segments == ()
    assert [file for file in store.root.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("byte", [0, 64, 70, 200, -1])
def test_a_flipped_bit_ends_the_progress_before_it(store, byte):
    stored(store, segments(3))
    file = store.root / "runs" / "a" / "partial-3" / "segment-1"
    content = bytearray(file.read_bytes())
    content[byte] ^= 1
    file.write_bytes(content)
    assert contents(read(store, "a", 3)) == encoded(segments(1))


@pytest.mark.parametrize("length", [0, 10, 64, 65, -1])
def test_a_file_cut_short_is_no_progress(store, length):
    stored(store, segments(1))
    file = store.root / "runs" / "a" / "partial-3" / "segment-0"
    file.write_bytes(file.read_bytes()[:length])
    assert read(store, "a", 3).segments == ()


@pytest.mark.parametrize(("job", "seed"), [("b", 3), ("a", 4)])
def test_progress_of_another_run_is_no_progress(store, job, seed):
    """A file moved to where another run looks for its own."""
    stored(store, segments(1), job, seed)
    source = store.root / "runs" / job / f"partial-{seed}" / "segment-0"
    stored(store, segments(1, start=5))
    target = store.root / "runs" / "a" / "partial-3" / "segment-0"
    assert len(read(store, "a", 3).segments) == 1
    target.write_bytes(source.read_bytes())
    assert read(store, "a", 3).segments == ()


def test_a_segment_after_others_than_it_was_written_after_is_no_progress(store):
    stored(store, segments(2))
    later = store.root / "runs" / "a" / "partial-3" / "segment-1"
    kept = later.read_bytes()
    drop(store, "a", 3)
    stored(store, segments(1, start=5))
    later.write_bytes(kept)
    assert contents(read(store, "a", 3)) == encoded(segments(1, start=5))
