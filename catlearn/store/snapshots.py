"""Partial progress of one seed of a job: segments, appended one by one, each committed whole.

A segment is sealed by the SHA-256 of all that follows the seal, names the job, the seed and its own number, and holds
the seal of the segment before it. What does not fit is no progress: it is ignored, and written over in time.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from catlearn.store.store import Store
from catlearn.store.tensors import serialised

Arrays = Mapping[str, np.ndarray[Any, Any]]

SCHEMA = 1


@dataclass(frozen=True, slots=True, eq=False)
class Snapshots:
    """The segments of one seed of a job, oldest first, and the seal of the last one."""

    job: str
    seed: int
    segments: tuple[Arrays, ...]
    seal: str


def read(store: Store, job: str, seed: int) -> Snapshots:
    """The segments that are whole and follow each other. Raises `StoreError` where the file system refuses."""
    found = Snapshots(job, seed, (), "")
    while (content := store.read_bytes(_place(found))) is not None:
        longer = _continued(found, content)
        if longer is None:
            return found
        found = longer
    return found


def append(store: Store, before: Snapshots, arrays: Arrays) -> Snapshots:
    """Store one more segment. Raises `StoreError`."""
    body = _header(before) + serialised(arrays)
    seal = hashlib.sha256(body).hexdigest()
    store.write_bytes(_place(before), f"{seal}\n".encode() + body)
    return Snapshots(before.job, before.seed, (*before.segments, arrays), seal)


def drop(store: Store, job: str, seed: int) -> None:
    """Remove all segments. Raises `StoreError`."""
    store.remove(_folder(job, seed))


def _folder(job: str, seed: int) -> str:
    return f"runs/{job}/partial-{seed}"


def _place(found: Snapshots) -> str:
    """Where the next segment lies."""
    return f"{_folder(found.job, found.seed)}/segment-{len(found.segments)}"


def _header(before: Snapshots) -> bytes:
    """The line that ties the next segment to its run and to the segments before it."""
    fields = {
        "schema": SCHEMA,
        "job": before.job,
        "seed": before.seed,
        "segment": len(before.segments),
        "after": before.seal,
    }
    return f"{json.dumps(fields, sort_keys=True)}\n".encode("ascii")


def _continued(before: Snapshots, content: bytes) -> Snapshots | None:
    """The segments with one more; None where the content is not that one, or not as it was stored."""
    line, _, body = content.partition(b"\n")
    header = _header(before)
    seal = hashlib.sha256(body).hexdigest()
    if line != seal.encode() or not body.startswith(header):
        return None
    try:
        arrays = load(body[len(header) :])
    except SafetensorError:
        return None
    return Snapshots(before.job, before.seed, (*before.segments, arrays), seal)
