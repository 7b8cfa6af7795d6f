"""Files of data -> arrays. Nothing is unpickled; bytes with another checksum than the plan's are refused."""

import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from catlearn.network.pictures import resized
from catlearn.plan.ir import DatasetPlan
from catlearn.store.contents import checksum
from catlearn.store.store import StoreError
from catlearn.theory.formats.arrays import idx_header, idx_opened, readable
from catlearn.theory.formats.flaw import Flaw
from catlearn.theory.formats.folders import array_names, picture_files

Array = np.ndarray[Any, Any]
Part = tuple[Array, Array]
"""Inputs (n, …) as the files have them, and labels int64 (n,)."""


def read(plan: DatasetPlan) -> list[Part]:
    """The parts of a dataset: the whole of it, or its own training and test part. Raises `StoreError`."""
    if plan.form == "sklearn":
        return [_bundled(plan.source.removeprefix("sklearn."))]
    folder = Path(plan.folder) if plan.folder else _downloaded(plan.source)
    for file in plan.files:
        found = checksum(folder / file.name, file.checksum.partition(":")[0])
        if found != file.checksum:
            raise StoreError(
                f"{folder / file.name} is not what the plan was made for: found {found}, required {file.checksum};"
                " run again"
            )
    with _explained(folder):
        return _READERS[plan.form](plan, folder)


def _downloaded(name: str) -> Path:
    from catlearn.network.download import official

    return official(name)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        with readable(folder):
            yield
    except Flaw as flaw:
        raise StoreError(f"cannot read the data in {folder}: {flaw}") from flaw


def _bundled(name: str) -> Part:
    import sklearn.datasets

    inputs, labels = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    return inputs, labels.astype(np.int64)


def _idx(plan: DatasetPlan, folder: Path) -> list[Part]:
    arrays = [_idx_array(folder / file.name) for file in plan.files]
    return [(images, labels.astype(np.int64)) for images, labels in zip(arrays[::2], arrays[1::2], strict=True)]


def _idx_array(path: Path) -> Array:
    with idx_opened(path) as file:
        header = idx_header(file)
        values = np.frombuffer(file.read(), f"{header.order}{header.kind}{header.width}")
        native: Array = values.reshape(header.shape).astype(values.dtype.newbyteorder("="), copy=False)
        return native


def _npz(plan: DatasetPlan, folder: Path) -> list[Part]:
    with np.load(folder / plan.files[0].name, allow_pickle=False) as archive:
        pairs = array_names(archive.files)
        return [(archive[inputs], archive[labels].astype(np.int64)) for inputs, labels in pairs]


def _pictures(plan: DatasetPlan, folder: Path) -> list[Part]:
    parts = picture_files(folder / plan.files[0].name)
    return [_decoded(plan, [(path, label) for label, paths in enumerate(part) for path in paths]) for part in parts]


def _decoded(plan: DatasetPlan, files: list[tuple[Path, int]]) -> Part:
    """Pictures (n, channels, height, width), resized one by one where the plan says so."""
    made = [_picture(plan, path) for path, _ in files]
    return np.stack(made), np.array([label for _, label in files], dtype=np.int64)


def _picture(plan: DatasetPlan, path: Path) -> Array:
    try:
        from PIL import Image
    except ImportError as failure:
        raise StoreError("pictures are read by Pillow: install catlearn[images]") from failure
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            pixels: Array = np.asarray(image.convert("L" if plan.shape[0] == 1 else "RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as failure:
        raise StoreError(f"cannot read the picture {path}: {failure}") from failure
    found: Array = pixels[np.newaxis] if plan.shape[0] == 1 else np.moveaxis(pixels, 2, 0)
    if plan.pictures.resize:
        brought: Array = resized(found[np.newaxis], plan.pictures.resize)[0]
        return brought
    if found.shape != plan.shape:
        raise StoreError(
            f"{path} is {found.shape[1]} × {found.shape[2]}, others are {plan.shape[1]} × {plan.shape[2]}:"
            " bring them to one size by `resize = [height, width]` in the dataset"
        )
    return found


def _cifar(plan: DatasetPlan, folder: Path) -> list[Part]:
    """The binary form: records of one label, or of a coarse and a fine one, and 3072 pixels."""
    with tarfile.open(folder / plan.files[0].name) as archive:
        members = sorted(member.name for member in archive if member.name.endswith(".bin"))
        test = [name for name in members if name.rpartition("/")[2].startswith("test")]
        train = [name for name in members if name not in test]
        return [_records(archive, names, 2 if plan.source == "cifar100" else 1) for names in (train, test)]


def _records(archive: tarfile.TarFile, names: list[str], labels: int) -> Part:
    files = (archive.extractfile(name) for name in names)
    content = b"".join(file.read() for file in files if file is not None)
    records = np.frombuffer(content, np.uint8).reshape(-1, labels + 3072)
    return records[:, labels:].reshape(-1, 3, 32, 32), records[:, labels - 1].astype(np.int64)


def _svhn(plan: DatasetPlan, folder: Path) -> list[Part]:
    import scipy.io

    parts = [scipy.io.loadmat(folder / file.name, variable_names=["X", "y"]) for file in plan.files]
    return [(part["X"].transpose(3, 2, 0, 1), part["y"].ravel().astype(np.int64) % 10) for part in parts]


def _svmlight(plan: DatasetPlan, folder: Path) -> list[Part]:
    """USPS as LIBSVM has it: pixels from -1 to 1, brought to 0 to 1, and labels from 1."""
    from sklearn.datasets import load_svmlight_file

    parts = [load_svmlight_file(str(folder / file.name), n_features=256) for file in plan.files]
    return [
        (((inputs.toarray() + 1) / 2).reshape(-1, 16, 16).astype(np.float32), labels.astype(np.int64) - 1)
        for inputs, labels in parts
    ]


_READERS: Mapping[str, Callable[[DatasetPlan, Path], list[Part]]] = {
    "idx": _idx,
    "npz": _npz,
    "pictures": _pictures,
    "cifar": _cifar,
    "svhn": _svhn,
    "svmlight": _svmlight,
}
