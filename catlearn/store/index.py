"""The index of a store: `index.sqlite`, the metrics of every run by seed and checkpoint, for other tools to query.

It is made from the records of runs, never the other way round, and nothing here reads it but to bring it up to date:
deleting it loses nothing. Records that changed since are read again; an index that is not sound is made anew.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from catlearn.store.record import RunRecord
from catlearn.store.store import CorruptFile, Store, StoreError

VERSION = 1
"""The version of the tables, kept as `user_version`."""

TABLES = """
CREATE TABLE runs (
    job TEXT, name TEXT, seed INTEGER, status TEXT, reason TEXT, steps INTEGER, seconds REAL, trajectory_sha256 TEXT,
    PRIMARY KEY (job, seed)
);
CREATE TABLE checkpoints (
    job TEXT, seed INTEGER, checkpoint INTEGER, step INTEGER, train_loss REAL, test_loss REAL, test_accuracy REAL,
    PRIMARY KEY (job, seed, checkpoint)
);
CREATE TABLE records (job TEXT, seed INTEGER, changed INTEGER, bytes INTEGER, PRIMARY KEY (job, seed));
"""
"""`runs` and `checkpoints` are for queries; `records` tells which files they were made from, and how those were."""

_REFUSED = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
}
"""Codes that mean that the system refuses, and not that the index is unsound."""

_Look = tuple[str, int, int, int]
"""A record: its job and seed, when its file was changed, in nanoseconds, and its size in bytes."""


def index(store: Store) -> Path:
    """Bring the index of a store up to date, and give its place. Raises `StoreError` where the system refuses."""
    path = store.root / "index.sqlite"
    with _explained(path):
        try:
            _update(path, store)
        except (
            sqlite3.DatabaseError,
            UnicodeDecodeError,
        ) as unsound:  # its own words about the file may be damaged too
            if _code(unsound) in _REFUSED:
                raise
            _remove(path)
            _update(path, store)
    return path


def _code(error: Exception) -> int | None:
    """The primary code of an error of sqlite, without what extends it."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as failure:
        remedy = "free space or choose another directory with --store DIR"
        raise StoreError(f"cannot write {path}: {failure}; {remedy}; what is already stored is intact") from failure


def _remove(path: Path) -> None:
    for file in (path, path.with_name(f"{path.name}-journal")):
        file.unlink(missing_ok=True)


def _update(path: Path, store: Store) -> None:
    """Read the records that are new or changed, and forget those that are gone, in one transaction."""
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        _prepare(database)
        now = {look[:2]: look for look in _looks(store)}
        before = {look[:2]: look for look in database.execute("SELECT job, seed, changed, bytes FROM records")}
        for run in before.keys() - now.keys():
            _forget(database, run)
        for run, look in now.items():
            if before.get(run) != look:
                _forget(database, run)
                _enter(database, store, look)
        database.execute("COMMIT")


def _prepare(database: sqlite3.Connection) -> None:
    """Make the tables, where they are not there. Raises `DatabaseError` where they are not sound."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for statement in filter(str.strip, TABLES.split(";")):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {VERSION}")
    elif version != VERSION or database.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("the index is of another version, or damaged")


def _looks(store: Store) -> Iterable[_Look]:
    for job, seed, path in store.records():
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        yield job, seed, found.st_mtime_ns, found.st_size


def _forget(database: sqlite3.Connection, run: tuple[str, int]) -> None:
    for table in ("runs", "checkpoints", "records"):
        database.execute(f"DELETE FROM {table} WHERE job = ? AND seed = ?", run)


def _enter(database: sqlite3.Connection, store: Store, look: _Look) -> None:
    """A record that is damaged is left out: whoever needs it is told so."""
    try:
        record = store.run_record(*look[:2])
    except CorruptFile:
        return
    if record is not None:
        database.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _run(record))
        database.executemany("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?)", _checkpoints(record))
        database.execute("INSERT INTO records VALUES (?, ?, ?, ?)", look)


def _run(record: RunRecord) -> tuple[object, ...]:
    steps = record.steps[-1] if record.steps else None
    return (
        *(record.job, record.name, record.seed, record.status, record.reason),
        *(steps, record.seconds, record.trajectory_sha256),
    )


def _checkpoints(record: RunRecord) -> Iterator[tuple[object, ...]]:
    none = (None,) * len(record.steps)  # a run on a landscape is tested on nothing
    tested = record.test_loss or none, record.test_accuracy or none
    curves = zip(record.steps, record.train_loss, *tested, strict=True)
    for number, metrics in enumerate(curves):
        yield record.job, record.seed, number, *metrics
