"""Folders and archives of data: which files of them are read, and what their headers say together."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from catlearn.theory.formats.arrays import (
    Header,
    counted,
    idx_header,
    idx_opened,
    npy_header,
    npz_opened,
    readable,
)
from catlearn.theory.formats.flaw import Flaw
from catlearn.theory.formats.pictures import SUFFIXES, picture_shape
from catlearn.theory.sources import File, Material, is_form_of

MOST_PICTURES = 1_000_000


def named_material(folder: Path, official: Material) -> Material | None:
    """A dataset of the table in a folder: its official files, idx files, or one npz file; None where there is none.

    Raises `Flaw`."""
    if all((folder / file.name).is_file() for file in official.files):
        return replace(official, folder=str(folder))
    for inner in (folder, folder / "raw"):
        found = _idx_material(inner) if inner.is_dir() else None
        archives = sorted(inner.glob("*.npz"))
        if found is None and len(archives) == 1:
            found = _npz_material(archives[0])
        if found is not None:
            return _as(official, found)
    return None


def _as(official: Material, found: Material) -> Material:
    """Files of another form as a dataset of the table. Raises `Flaw` where they hold something else."""
    shape = official.input_shape
    if not is_form_of(found.input_shape, shape) or found.classes > official.classes:
        raise Flaw(f"found examples of shape {found.input_shape} in {found.classes} classes, required {shape}")
    last = found.input_shape == (*shape[1:], shape[0]) != shape
    return Material(shape, found.counts, found.form, official.transform, found.files, found.folder, last)


def own_material(place: Path) -> Material:
    """The material of a file or a folder of the user's own. Raises `Flaw`."""
    if place.suffix == ".npz":
        return _npz_material(place)
    if not place.is_dir():
        what = "no such file or folder" if not place.exists() else "a file of another kind"
        raise Flaw(f"found {what}, required an npz file, or a folder of idx files or of pictures")
    return _idx_material(place) or _pictures_material(place)


# npz files.

_TRAIN, _TEST = (("x", "y"), ("x_train", "y_train")), ("x_test", "y_test")


def array_names(names: Iterable[str]) -> list[tuple[str, str]]:
    """The names of inputs and labels among those of an archive: of the training part, and of a test part that there is.

    Raises `Flaw` where there is no training part."""
    known = set(names)
    train = next((pair for pair in _TRAIN if pair[0] in known), None)
    if train is None:
        raise Flaw(f"found the arrays {', '.join(sorted(known)) or 'none'}, required x and y")
    return [train, *([_TEST] if _TEST[0] in known else [])]


def _npz_material(path: Path) -> Material:
    with readable(path), npz_opened(path) as archive:
        names = set(archive.namelist())
        pairs = array_names(name.removesuffix(".npy") for name in names)
        heads: list[Header] = []
        counts = []
        for inputs, labels in pairs:
            if f"{labels}.npy" not in names:
                raise Flaw(f"found no labels `{labels}` beside `{inputs}`")
            with archive.open(f"{inputs}.npy") as member:
                heads.append(npy_header(member))
            with archive.open(f"{labels}.npy") as member:
                counts.append(counted(member, npy_header(member), labels))
    return _material("npz", heads, counts, path.parent, [path.name])


def _material(
    form: str, heads: list[Header], counts: list[tuple[int, ...]], folder: Path, names: list[str]
) -> Material:
    """The material of arrays of examples with their counted labels. Raises `Flaw` where they do not fit."""
    shape = heads[0].shape[1:]
    for head, count in zip(heads, counts, strict=True):
        if head.shape[1:] != shape or (head.kind, head.width) != (heads[0].kind, heads[0].width):
            raise Flaw("found training and test examples of different shapes or types")
        if not head.shape or not shape or 0 in head.shape or head.shape[0] != sum(count):
            raise Flaw(f"found inputs of shape {head.shape} for {sum(count)} labels, required one input a label")
    classes = max(map(len, counts))
    even = tuple(count + (0,) * (classes - len(count)) for count in counts)
    transform = "scale" if heads[0].bytes else "none"
    files = tuple(map(File, names))
    return Material(shape, even, form, transform, files, str(folder), whole=heads[0].whole)


# Folders of idx files.


def _idx_material(folder: Path) -> Material | None:
    """The material of idx files named as MNIST's are, packed or not; None where there are none."""
    pairs = [pair for pair in (_idx_pair(folder, train=True), _idx_pair(folder, train=False)) if pair]
    if not pairs:
        return None
    heads, counts = [], []
    for images, labels in pairs:
        with readable(folder / images), idx_opened(folder / images) as file:
            heads.append(idx_header(file))
        with readable(folder / labels), idx_opened(folder / labels) as file:
            counts.append(counted(file, idx_header(file), labels))
    found = _material("idx", heads, counts, folder, [name for pair in pairs for name in pair])
    shape = found.input_shape
    return replace(found, input_shape=(1, *shape) if len(shape) == 2 else shape)


def _idx_pair(folder: Path, train: bool) -> tuple[str, str] | None:
    """The images and the labels of a part: those of the test part are named `t10k-` or `test-`."""
    images = [name for name in _names(folder) if "-images-idx3-ubyte" in name and _is_test(name) is not train]
    if len(images) > 1:
        raise Flaw(f"found {' and '.join(f'`{name}`' for name in images)}, required one file of images a part")
    labels = [name.replace("-images-idx3-", "-labels-idx1-") for name in images]
    if not set(labels) <= set(_names(folder)):
        raise Flaw(f"found no labels `{labels[0]}` beside `{images[0]}`")
    return (images[0], labels[0]) if images else None


def _is_test(name: str) -> bool:
    return "t10k-" in name or "test-" in name


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))


# Folders of pictures.


def _pictures_material(folder: Path) -> Material:
    """The material of pictures, one subfolder a class, in `train` and `test` where both are there. Their shape is that
    of the first picture; the classes are the subfolders in the order of their names."""
    files = picture_files(folder)
    first = next((path for part in files for inside in part for path in inside), None)
    if first is None:
        raise Flaw("found no picture, required PNG or JPEG files, one subfolder a class")
    with readable(first), first.open("rb") as file:
        shape = picture_shape(file)
    counts = tuple(tuple(map(len, part)) for part in files)
    return Material(shape, counts, "pictures", "scale", (File(folder.name),), str(folder.parent))


def picture_files(folder: Path) -> list[list[list[Path]]]:
    """The pictures of each class of each part. Raises `Flaw` where there are no classes."""
    split = {"train", "test"} <= set(_subfolders(folder))
    parts = [folder / "train", folder / "test"] if split else [folder]
    classes = [_subfolders(part) for part in parts]
    if not classes[0] or classes[0] != classes[-1]:
        raise Flaw("found no subfolders with pictures, or other ones to test than to train, required one a class")
    return [[list(_pictures(part / name)) for name in classes[0]] for part in parts]


def _subfolders(folder: Path) -> list[str]:
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))


def _pictures(folder: Path) -> Iterator[Path]:
    names = [name for name in _names(folder) if name.lower().endswith(SUFFIXES)]
    if len(names) > MOST_PICTURES:
        raise Flaw(f"found {len(names)} pictures in `{folder.name}`, required at most {MOST_PICTURES}")
    return (folder / name for name in names)
