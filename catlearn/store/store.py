"""The store: trajectories, data, evidence and documents as files that other tools can read.

Every file is committed whole: written beside its place under another name, flushed to the disk, renamed, and the
directory flushed. What a killed process leaves behind is never a result. A file is verified against its SHA-256
when it is read; nothing is ever unpickled or executed.
"""

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from safetensors.numpy import load

from catlearn.plan.document import digest
from catlearn.plan.ir import Plan
from catlearn.store.lock import Lock, is_held, shared_lock, try_lock
from catlearn.store.record import RunRecord
from catlearn.store.tensors import serialised

_NAME = re.compile(r"\w+([.-]\w+)*")

_ELSEWHERE = "choose another directory with --store DIR"
_REASONS = {
    errno.ENOSPC: ("no space is left on the device", f"free space or {_ELSEWHERE}"),
    errno.EDQUOT: ("the disk quota is used up", f"free space or {_ELSEWHERE}"),
    errno.EROFS: ("the file system is read-only", _ELSEWHERE),
    errno.EACCES: ("permission is denied", f"allow it or {_ELSEWHERE}"),
    errno.EPERM: ("permission is denied", f"allow it or {_ELSEWHERE}"),
    errno.ENOTDIR: ("a part of the path is not a directory", _ELSEWHERE),
    errno.EEXIST: ("it is not a directory", _ELSEWHERE),
    errno.EISDIR: ("it is a directory", "move it away"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name"),
}


class StoreError(Exception):
    """The store cannot be read or written. The message names the path, the reason and what to do; whatever is
    already stored is intact."""


class CorruptFile(StoreError):
    """A stored file is not what was stored."""


@dataclass(frozen=True, slots=True)
class Store:
    """A directory of results, addressed by the digests of the jobs that produce them.

    Every method raises `StoreError` where the file system refuses, and `ValueError` for a digest or name that is
    not a file name.
    """

    root: Path

    @staticmethod
    def open(root: str | Path) -> "Store":
        """The store in a directory, which is created where it is missing."""
        with _explained(Path(root), "open the store"):
            Path(root).mkdir(parents=True, exist_ok=True)
        return Store(Path(root))

    def run_record(self, job: str, seed: int) -> RunRecord | None:
        """The record of one seed of a job, None where that seed is not trained. Raises `CorruptFile`."""
        path = self._path("runs", job, f"seed-{seed}.json")
        text = self._read(path)
        return None if text is None else _unsealed(path, text)

    def records(self) -> Iterator[tuple[str, int, Path]]:
        """The job, the seed and the file of every record, in the order of their names."""
        for path in sorted(self.root.glob("runs/*/seed-*.json")):
            seed = path.stem.removeprefix("seed-")
            if seed.isascii() and seed.isdecimal() and _NAME.fullmatch(path.parent.name):
                yield path.parent.name, int(seed), path

    def commit_run(self, record: RunRecord, arrays: Mapping[str, np.ndarray[Any, Any]]) -> RunRecord:
        """Store a run; the record is returned with the digest of its trajectory. Only a committed record counts."""
        payload = serialised(arrays)
        sealed = record.model_copy(update={"trajectory_sha256": hashlib.sha256(payload).hexdigest()})
        self._commit(self._path("runs", record.job, f"seed-{record.seed}.safetensors"), payload)
        self._commit(self._path("runs", record.job, f"seed-{record.seed}.json"), _sealed(sealed))
        return sealed

    def trajectory(self, job: str, seed: int) -> dict[str, np.ndarray[Any, Any]]:
        """The tensors of a recorded run, as `RunRecord` describes them. Raises `CorruptFile` where the bytes are not
        those of the record, and `KeyError` where the seed is not recorded."""
        record = self.run_record(job, seed)
        if record is None:
            raise KeyError((job, seed))
        return self._arrays(self._path("runs", job, f"seed-{seed}.safetensors"), record.trajectory_sha256)

    def verify_trajectory(self, job: str, seed: int) -> None:
        """Raises `CorruptFile` where the bytes of a recorded trajectory are not those of its record."""
        record = self.run_record(job, seed)
        if record is not None:
            self._verified(self._path("runs", job, f"seed-{seed}.safetensors"), record.trajectory_sha256)

    def forget_run(self, job: str, seed: int) -> None:
        """Remove the record of a run, then its trajectory."""
        for suffix in ("json", "safetensors"):
            path = self._path("runs", job, f"seed-{seed}.{suffix}")
            with _explained(path, "remove"):
                path.unlink(missing_ok=True)

    def lock_job(self, job: str) -> Lock | None:
        """The right to train seeds of a job, which one process has at a time; None while another has it."""
        path = self._path("runs", job, "lock")
        with _explained(path, "lock"):
            path.parent.mkdir(parents=True, exist_ok=True)
            return try_lock(path)

    def is_locked(self, job: str) -> bool:
        """Whether a living process trains seeds of a job."""
        path = self._path("runs", job, "lock")
        with _explained(path, "read"):
            return is_held(path)

    def share_evidence(self) -> Lock:
        """The right to rest on what evidence the store holds and to add to it, which many processes have at a time.
        Waits while one removes evidence."""
        path = self._evidence_lock()
        with _explained(path, "lock"):
            return shared_lock(path)

    def lock_evidence(self) -> Lock | None:
        """The right to remove evidence, which one process has alone; None while another adds to it."""
        path = self._evidence_lock()
        with _explained(path, "lock"):
            return try_lock(path)

    def _evidence_lock(self) -> Path:
        path = self._path("evidence", "lock")
        with _explained(path, "lock"):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def keep_plan(self, plan: Plan) -> str:
        """Store a plan under a name that no other plan has, and give the name, relative to the store."""
        name = f"plans/{digest(plan.model_dump(mode='json'))}.json"
        if self.read_text(name) is None:
            self.write_text(name, plan.to_json())
        return name

    def has_dataset(self, dataset: str) -> bool:
        """Whether the arrays of a dataset are stored."""
        return self._path("data", dataset, "arrays.sha256").is_file()

    def free_bytes(self) -> int:
        """The space that is left on the device of the store, or on that where the store would be made."""
        place = next((place for place in (self.root, *self.root.absolute().parents) if place.is_dir()), self.root)
        with _explained(place, "read"):
            return shutil.disk_usage(place).free

    def dataset(self, digest: str) -> dict[str, np.ndarray[Any, Any]] | None:
        """The arrays of a dataset, None where they are not stored. Raises `CorruptFile`."""
        path = self._path("data", digest, "arrays.safetensors")
        listed = self._read(path.with_suffix(".sha256"))
        return None if listed is None else self._arrays(path, listed.decode("ascii", "replace").partition(" ")[0])

    def commit_dataset(self, digest: str, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Store the arrays of a dataset, with their SHA-256 beside them in the format of `sha256sum`."""
        payload = serialised(arrays)
        path = self._path("data", digest, "arrays.safetensors")
        self._commit(path, payload)
        self._commit(path.with_suffix(".sha256"), f"{hashlib.sha256(payload).hexdigest()}  {path.name}\n".encode())

    def evidence(self, digest: str) -> str | None:
        """The JSON text of a piece of evidence, None where it is not stored or is not what was stored."""
        text = self.read_text(f"evidence/{digest}.json")
        return None if text is None else _opened(text)

    def commit_evidence(self, digest: str, text: str, about: Sequence[str] | None = None) -> None:
        """Store a piece of evidence, the JSON text of an object, sealed by its SHA-256. It is of use as long as the
        jobs and data whose digests are in `about` are, or, where that is None, as long as a certificate lists it."""
        document = json.loads(text) if about is None else {**json.loads(text), "about": [*about]}
        self.write_text(f"evidence/{digest}.json", json.dumps({**document, "sha256": _seal(document)}, indent=1) + "\n")

    def witness(self, sha256: str) -> dict[str, np.ndarray[Any, Any]]:
        """The arrays of a witness by their `arrays_sha256`. Raises `CorruptFile` where they are missing or others."""
        return self._arrays(self._witness_path(sha256), sha256)

    def commit_witness(self, arrays: Mapping[str, np.ndarray[Any, Any]]) -> str:
        """Store the arrays of a witness; returned is their `arrays_sha256`, by which certificates name them."""
        payload = serialised(arrays)
        sha256 = hashlib.sha256(payload).hexdigest()
        self._commit(self._witness_path(sha256), payload)
        return sha256

    def _witness_path(self, sha256: str) -> Path:
        return self._path("witnesses", f"{sha256}.safetensors")

    def read_text(self, relative: str) -> str | None:
        """A stored document, None where there is none. Raises `CorruptFile` where it is not UTF-8."""
        path = self._path(*relative.split("/"))
        content = self._read(path)
        try:
            return None if content is None else content.decode("utf-8")
        except UnicodeDecodeError as failure:
            raise _corrupt(path, "it is not UTF-8 text") from failure

    def write_text(self, relative: str, text: str) -> None:
        """Store a document under a path relative to the store, replacing what was there."""
        self._commit(self._path(*relative.split("/")), text.encode("utf-8"))

    def read_bytes(self, relative: str) -> bytes | None:
        """The bytes of a file under a path relative to the store, None where there is none."""
        return self._read(self._path(*relative.split("/")))

    def write_bytes(self, relative: str, content: bytes) -> None:
        """Store a file under a path relative to the store, replacing what was there."""
        self._commit(self._path(*relative.split("/")), content)

    def remove(self, relative: str) -> None:
        """Remove a directory of files under a path relative to the store, where there is one."""
        folder = self._path(*relative.split("/"))
        with _explained(folder, "remove"):
            for file in folder.iterdir() if folder.is_dir() else ():
                file.unlink(missing_ok=True)
            if folder.is_dir():
                folder.rmdir()

    def _path(self, *parts: str) -> Path:
        for part in parts:
            if not _NAME.fullmatch(part):
                raise ValueError(f"`{part}` is not a file name")
        return self.root.joinpath(*parts)

    def _arrays(self, path: Path, sha256: str) -> dict[str, np.ndarray[Any, Any]]:
        return load(self._verified(path, sha256))

    def _verified(self, path: Path, sha256: str) -> bytes:
        payload = self._read(path)
        if payload is None:
            raise _corrupt(path, "it is missing")
        if hashlib.sha256(payload).hexdigest() != sha256:
            raise _corrupt(path, "its bytes are not those that were stored")
        return payload

    def _read(self, path: Path) -> bytes | None:
        with _explained(path, "read"):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def _commit(self, path: Path, content: bytes) -> None:
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        with _explained(path, "write"):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                _write(temporary, content)
                os.replace(temporary, path)
            except OSError:
                with suppress(OSError):
                    temporary.unlink()
                raise
            _flush(path.parent)


def block_sha256(tensors: Mapping[str, np.ndarray[Any, Any]]) -> str:
    """The SHA-256 of a block: the name, shape and bytes of each of its tensors, in the order of their names."""
    hashed = hashlib.sha256()
    for name in sorted(tensors):
        tensor = np.ascontiguousarray(tensors[name])
        hashed.update(f"{name} {tensor.dtype.str} {tensor.shape}\n".encode())
        hashed.update(tensor.tobytes())
    return hashed.hexdigest()


def arrays_sha256(arrays: Mapping[str, np.ndarray[Any, Any]]) -> str:
    """The SHA-256 of some arrays as they lie in a file."""
    return hashlib.sha256(serialised(arrays)).hexdigest()


@contextmanager
def _explained(path: Path, action: str) -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        why, remedy = _REASONS.get(failure.errno or 0, (failure.strerror or str(failure), _ELSEWHERE))
        message = f"cannot {action} {path}: {why}; {remedy}; what is already stored is intact"
        raise StoreError(message) from failure


def _corrupt(path: Path, why: str) -> CorruptFile:
    return CorruptFile(f"{path} is corrupt: {why}; delete it and its record and run again to make it anew")


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _seal(document: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode("ascii")).hexdigest()


def _opened(text: str) -> str | None:
    """A sealed JSON object without its seal, None where the seal is not that of its content."""
    try:
        document = json.loads(text)
        seal = document.pop("sha256")
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
    if seal != _seal(document):
        return None
    document.pop("about", None)
    return json.dumps(document)


def _sealed(record: RunRecord) -> bytes:
    document = json.loads(record.to_json())
    return (json.dumps({**document, "sha256": _seal(document)}, indent=1) + "\n").encode("ascii")


def _unsealed(path: Path, text: bytes) -> RunRecord:
    try:
        document = json.loads(text)
        seal = document.pop("sha256")
        record = RunRecord.model_validate_json(json.dumps(document))
    except (ValueError, AttributeError, KeyError, TypeError, ValidationError) as failure:
        raise _corrupt(path, "it is not the record of a run") from failure
    if seal != _seal(document):
        raise _corrupt(path, "its content is not what was stored")
    return record
