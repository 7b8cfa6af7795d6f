"""The checksums of the files on which a theory rests: of these, and not of their names, digests are made."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from catlearn.store.store import StoreError
from catlearn.theory.sources import REMOTES, File, Material
from catlearn.theory.theory import Run, Theory


def with_contents(theory: Theory) -> Theory:
    """The theory with the checksum of every file that it rests on. Raises `StoreError` where one
    cannot be read, or has the name of an official file and not its bytes."""
    known: dict[str, Material] = {}
    for dataset in theory.datasets.values():
        if dataset.source not in known:
            known[dataset.source] = _with_checksums(dataset.source, dataset.material)
    datasets = {name: replace(dataset, material=known[dataset.source]) for name, dataset in theory.datasets.items()}
    return replace(theory, datasets=datasets, runs={name: _run(run) for name, run in theory.runs.items()})


def _run(run: Run) -> Run:
    """A run with the checksums of its files, where it was trained elsewhere."""
    files = ((found, checksum(Path(run.folder) / found.file.name)) for found in run.files)
    return replace(run, files=tuple(replace(found, file=File(found.file.name, sha)) for found, sha in files))


def _with_checksums(source: str, material: Material) -> Material:
    if not material.folder:
        return material
    official = {file.name: file for file in REMOTES[source].files} if source in REMOTES else {}
    return replace(material, files=tuple(_with_checksum(material, file, official) for file in material.files))


def _with_checksum(material: Material, file: File, official: dict[str, File]) -> File:
    path = Path(material.folder) / file.name
    expected = official.get(file.name)
    found = checksum(path, expected.checksum.partition(":")[0] if expected else "sha256")
    if expected and found != expected.checksum:
        raise StoreError(
            f"{path} is not the official file: found {found}, required {expected.checksum}; put the official one there,"
            " or name your own by its path"
        )
    return File(file.name, found)


def checksum(path: Path, algorithm: str = "sha256") -> str:
    """The checksum of a file, or of a folder: of the names and the checksums of all its files. Raises `StoreError`."""
    try:
        if not path.is_dir():
            return f"{algorithm}:{_digest(path, algorithm)}"
        hashed = hashlib.new(algorithm)
        for name in _files(path):
            hashed.update(os.fsencode(name) + f"\0{_digest(path / name, algorithm)}\n".encode())
    except OSError as failure:
        raise StoreError(f"cannot read the data {path}: {failure.strerror or failure}") from failure
    return f"{algorithm}:{hashed.hexdigest()}"


def checksum_of(content: bytes) -> str:
    """The checksum of the bytes of a file."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _files(folder: Path) -> Iterator[str]:
    """The files below a folder, by their paths from it, in order."""
    found = (Path(inside) / name for inside, _, names in os.walk(folder) for name in names)
    yield from sorted(path.relative_to(folder).as_posix() for path in found)
