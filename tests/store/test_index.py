"""The index says what the records say, whatever state it was in before."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catlearn.store.index import index
from catlearn.store.store import Store, StoreError
from tests.store.records import ARRAYS, JOB, OTHER, record

DOCUMENTED = Path(__file__).parents[2] / "docs" / "store.md"


def dump(store):
    """All rows that are for queries."""
    with closing(sqlite3.connect(store.root / "index.sqlite")) as database:
        return [
            database.execute(f"SELECT * FROM {table} ORDER BY job, seed, 3").fetchall()
            for table in ("runs", "checkpoints")
        ]


def filled(root):
    store = Store.open(root)
    for seed in (0, 1, 11):
        store.commit_run(record(seed=seed), ARRAYS)
    nothing = {"steps": (), "train_loss": (), "test_loss": (), "test_accuracy": ()}
    store.commit_run(record(job=OTHER, name="wild", status="diverged", reason="not finite", **nothing), {})
    return store


@pytest.fixture
def store(tmp_path):
    return filled(tmp_path / "store")


def test_the_index_holds_each_run_and_each_checkpoint(store):
    assert index(store) == store.root / "index.sqlite"
    runs, checkpoints = dump(store)
    sha256 = store.run_record(JOB, 1).trajectory_sha256
    assert (JOB, "gd", 1, "completed", None, 21, 0.25, sha256) in runs
    assert [row[:5] for row in runs if row[0] == OTHER] == [(OTHER, "wild", 3, "diverged", "not finite")]
    assert [row for row in checkpoints if row[1] == 1] == [
        (JOB, 1, 0, 0, 2.3, 2.3, 0.1),
        (JOB, 1, 1, 21, 1.5, 1.6, 0.9),
    ]
    assert (len(runs), len(checkpoints)) == (4, 6)


def test_what_is_new_changed_or_gone_is_brought_up_to_date(store):
    index(store)
    store.commit_run(record(seed=1, name="other", seconds=9.0), ARRAYS)
    store.commit_run(record(seed=2), ARRAYS)
    store.forget_run(JOB, 0)
    index(store)
    found = dump(store)
    (store.root / "index.sqlite").unlink()
    index(store)
    assert dump(store) == found
    assert [row[1:3] for row in found[0] if row[0] == JOB] == [("other", 1), ("gd", 2), ("gd", 11)]


def test_what_is_unchanged_is_not_read_again(store, monkeypatch):
    index(store)
    before = dump(store)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    index(store)
    assert dump(store) == before


def test_a_damaged_record_is_left_out(store):
    file = store.root / "runs" / JOB / "seed-1.json"
    file.write_text(file.read_text().replace("0.9", "1.0"))
    index(store)
    assert [row[2] for row in dump(store)[0] if row[0] == JOB] == [0, 11]


@pytest.mark.parametrize(
    "statement", ["DROP TABLE runs", "DROP TABLE records", "PRAGMA user_version = 7", "ALTER TABLE runs DROP seconds"]
)
def test_an_index_with_other_tables_is_made_anew(store, statement):
    index(store)
    whole = dump(store)
    with closing(sqlite3.connect(store.root / "index.sqlite")) as database:
        database.execute(statement)
        database.execute("UPDATE records SET changed = 0") if "records" not in statement else None
        database.commit()
    index(store)
    assert dump(store) == whole


@given(content=st.binary(max_size=300))
def test_a_file_that_is_no_index_is_replaced(tmp_path_factory, content):
    store = filled(tmp_path_factory.mktemp("store"))
    (store.root / "index.sqlite").write_bytes(content)
    index(store)
    assert len(dump(store)[0]) == 4


@given(place=st.integers(0, 10**6), length=st.integers(1, 5000))
@example(place=4055, length=6)  # what sqlite says of it is no text
def test_an_index_that_was_overwritten_is_readable_again(tmp_path_factory, place, length):
    store = filled(tmp_path_factory.mktemp("store"))
    path = index(store)
    whole, content = dump(store), bytearray(path.read_bytes())
    at = place % len(content)
    content[at : at + length] = b"\xff" * len(content[at : at + length])
    path.write_bytes(content)
    index(store)
    assert len(dump(store)[0]) == len(whole[0])


def test_where_there_can_be_no_index_that_is_said(store):
    (store.root / "index.sqlite").mkdir()
    with pytest.raises(StoreError, match=r"cannot write .*index\.sqlite"):
        index(store)


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", DOCUMENTED.read_text(encoding="utf-8"), re.DOTALL))
def test_the_documented_queries_find_something(store, query):
    index(store)
    with closing(sqlite3.connect(f"file:{store.root / 'index.sqlite'}?mode=ro", uri=True)) as database:
        assert database.execute(query).fetchall()
