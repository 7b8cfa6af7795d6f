"""What a store holds that no plan needs, and its removal.

A plan needs its jobs with all their seeds, those beyond its own included, its data, the evidence about them, and the
witnesses that this evidence or its certificates name. Plans of other specifications that share the store count as
well. Nothing that another process is training is touched; nor, while one decides claims, what these may rest on: a
witness is stored before the evidence that names it, and evidence before its certificate.
"""

import json
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from catlearn.plan.document import digests_in
from catlearn.plan.ir import Plan
from catlearn.store.store import Store, StoreError

Kind = Literal["run", "data", "evidence", "certificate", "witness", "plan", "leftover"]

_DECIDED: Collection[Kind] = ("evidence", "certificate", "witness")
"""What a decision under way adds to, and may name before long."""


@dataclass(frozen=True, slots=True)
class Superfluous:
    """A file or folder, relative to the store, that no plan needs: what it is, of what name, and its size in bytes."""

    path: str
    kind: Kind
    name: str
    bytes: int


def superfluous(store: Store, plan: Plan) -> tuple[Superfluous, ...]:
    """What neither a plan nor one of another specification needs. Raises `StoreError`."""
    old, others = _plans(store, plan)
    kept = [plan.to_json(), *others]
    needed = frozenset[str]().union(*map(digests_in, kept))
    claims = {str(job.get("claim")) for text in kept for job in _object(text).get("decide", ())}
    certificates = [path for path in _in(store, "certificates") if path.stem in claims]
    evidence = _evidence(store, needed, certificates)
    return (
        *_folders(store, "run", "runs", needed),
        *_folders(store, "data", "data", needed),
        *_files(store, "evidence", _others(store, "evidence", evidence)),
        *_files(store, "certificate", _others(store, "certificates", certificates)),
        *_files(store, "witness", _unnamed_witnesses(store, [*certificates, *evidence])),
        *_files(store, "plan", old),
        *_files(store, "leftover", _leftovers(store)),
    )


def clean(store: Store, plan: Plan) -> tuple[Superfluous, ...]:
    """Remove what is superfluous; gives what was removed. A run under way stays, and while claims are being decided so
    do evidence, certificates and witnesses. Raises `StoreError`."""
    alone = store.lock_evidence()
    with alone or nullcontext():
        found = (each for each in superfluous(store, plan) if alone or each.kind not in _DECIDED)
        return tuple(each for each in found if _removed(store, each))


def _removed(store: Store, each: Superfluous) -> bool:
    path = store.root / each.path
    lock = store.lock_job(path.name) if each.kind == "run" else None
    if each.kind == "run" and lock is None:
        return False
    try:
        _remove(path)
    except OSError as failure:
        raise StoreError(f"cannot remove {path}: {failure.strerror}; allow it, or remove it by hand") from failure
    finally:
        if lock is not None:
            lock.release()
    return True


def _remove(path: Path) -> None:
    """Records go first: what is left of an interrupted removal is never a result."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for record in sorted(path.glob("*.json")):
        record.unlink()
    shutil.rmtree(path)


def _plans(store: Store, plan: Plan) -> tuple[list[Path], list[str]]:
    """The files of older plans of a specification, and the texts of plans of others."""
    old: list[Path] = []
    others: list[str] = []
    for path in _in(store, "plans"):
        text = store.read_text(f"plans/{path.name}") or ""
        if text == plan.to_json():
            continue
        if _same_file(str(_object(text).get("specification", "")), plan.specification):
            old.append(path)
        else:
            others.append(text)
    return old, others


def _same_file(one: str, other: str) -> bool:
    """Whether a specification is another, under a different path or moved here since."""
    moved = Path(one).name == Path(other).name and not Path(one).exists()
    return moved or Path(one).resolve() == Path(other).resolve()


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _in(store: Store, folder: str) -> list[Path]:
    """The documents of a folder, in the order of their names."""
    return sorted((store.root / folder).glob("*.json"))


def _folders(store: Store, kind: Kind, folder: str, needed: Collection[str]) -> Iterator[Superfluous]:
    described = "job.json" if kind == "run" else "dataset.json"
    for path in sorted((store.root / folder).glob("*/")):
        if re.fullmatch(r"[0-9a-f]{32}", path.name) and path.name not in needed:
            name = _object(store.read_text(f"{folder}/{path.name}/{described}") or "").get("name", "")
            yield Superfluous(str(path.relative_to(store.root)), kind, str(name), _bytes(path))


def _text(store: Store, path: Path) -> str:
    return store.read_text(f"{path.parent.name}/{path.name}") or ""


def _others(store: Store, folder: str, kept: Collection[Path]) -> Iterator[Path]:
    """The documents of a folder that are not kept."""
    return (path for path in _in(store, folder) if path not in kept)


def _evidence(store: Store, needed: Collection[str], certificates: Iterable[Path]) -> list[Path]:
    """Evidence that is about what is needed, or listed by a certificate."""
    listed = {str(name) for path in certificates for name in _object(_text(store, path)).get("evidence", ())}

    def is_kept(path: Path) -> bool:
        about = _object(_text(store, path)).get("about")
        return path.stem in listed or (about is not None and set(about) <= set(needed))

    return [path for path in _in(store, "evidence") if is_kept(path)]


def _unnamed_witnesses(store: Store, documents: Iterable[Path]) -> Iterator[Path]:
    """The witnesses that no document names."""
    named = {sha256 for path in documents for sha256 in re.findall(r"\b[0-9a-f]{64}\b", _text(store, path))}
    for path in sorted((store.root / "witnesses").glob("*.safetensors")):
        if path.stem not in named:
            yield path


def _files(store: Store, kind: Kind, paths: Iterable[Path]) -> Iterator[Superfluous]:
    for path in paths:
        yield Superfluous(str(path.relative_to(store.root)), kind, "", _bytes(path))


def _leftovers(store: Store) -> Iterator[Path]:
    """Unfinished files of processes that are gone."""
    for path in sorted(store.root.rglob(".*.tmp")):
        writer = re.fullmatch(r"\..*\.(\d+)-[0-9a-f]+\.tmp", path.name)
        if writer and not _lives(int(writer[1])):
            yield path


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _bytes(path: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    total = 0
    for file in path.rglob("*") if path.is_dir() else (path,):
        with suppress(FileNotFoundError):
            total += file.stat().st_size if file.is_file() else 0
    return total
