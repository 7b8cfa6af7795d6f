"""Data in files, as `check` sees them: headers and labels only; whatever a file holds, a diagnostic at worst."""

import gzip
import io
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catlearn.diagnostics import errors
from catlearn.theory.check import check_file
from catlearn.theory.formats.arrays import idx_header, npy_header
from catlearn.theory.formats.flaw import Flaw
from catlearn.theory.formats.pictures import picture_shape

RNG = np.random.default_rng(0)


def npz(path, **arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    return path


def idx(path, values):
    """Writes an idx file, as MNIST's are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    content = head + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def dataset(folder, source, data=None, **fields):
    """The dataset of a specification in a folder, or the codes and messages of what is wrong with it."""
    lines = "".join(f", {key} = {value}" for key, value in fields.items())
    (folder / "spec.cat").write_text(f"dataset d {{ source = {source}{lines} }}\n")
    checked = check_file(folder / "spec.cat", data)
    if wrong := errors(checked.diagnostics):
        return [(found.code, found.message) for found in wrong]
    return checked.partial.datasets["d"]


def test_an_npz_file_says_its_sizes(tmp_path):
    npz(
        tmp_path / "data/mine.npz",
        x=RNG.random((12, 5)),
        y=np.arange(12) % 3,
        x_test=RNG.random((4, 5)),
        y_test=[0] * 4,
    )
    found = dataset(tmp_path, '"data/mine.npz"')
    assert (found.input_shape, found.classes, found.train_size, found.test_size) == ((5,), 3, 12, 4)
    assert found.transform == "none"


def test_bytes_are_pixels_and_channels_can_be_last(tmp_path):
    npz(tmp_path / "mine.npz", x=np.zeros((8, 6, 7, 3), np.uint8), y=np.arange(8, dtype=np.uint8) % 2)
    assert dataset(tmp_path, '"mine.npz"').input_shape == (6, 7, 3)
    found = dataset(tmp_path, '"mine.npz"', layout="channels_last", colour="grey", test="0.25")
    assert (found.input_shape, found.train_size, found.test_size, found.transform) == ((1, 6, 7), 6, 2, "scale")


def test_a_path_is_relative_to_the_file_that_names_it(tmp_path):
    npz(tmp_path / "parts/data/mine.npz", x=RNG.random((12, 5)), y=np.arange(12) % 3)
    (tmp_path / "parts/data.cat").write_text('dataset d { source = "data/mine.npz" }\n')
    (tmp_path / "spec.cat").write_text('import "parts/data.cat"\nprobe X { from = d.test, size = 3 }\n')
    assert check_file(tmp_path / "spec.cat").partial.datasets["d"].source == "./parts/data/mine.npz"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_files(tmp_path, suffix):
    for part, size in (("train", 20), ("t10k", 10)):
        idx(tmp_path / f"set/{part}-images-idx3-ubyte{suffix}", RNG.integers(0, 256, (size, 9, 8)))
        idx(tmp_path / f"set/{part}-labels-idx1-ubyte{suffix}", np.arange(size) % 5)
    found = dataset(tmp_path, '"set"', classes="[1, 4]")
    assert (found.input_shape, found.classes, found.train_size, found.test_size) == ((1, 9, 8), 2, 8, 4)


def test_pictures(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for name, count in (("ape", 3), ("bee", 5)):
        (tmp_path / "birds" / name).mkdir(parents=True)
        for number in range(count):
            image.new("RGB", (7, 6)).save(tmp_path / "birds" / name / f"{number}.{'png' if number else 'jpg'}")
    found = dataset(tmp_path, '"birds"')
    assert (found.input_shape, found.classes, found.train_size, found.test_size) == ((3, 6, 7), 2, 6, 2)


EMBEDDED = """
map f : R[6] -> R[2] = embedding(50, 4) >> flatten >> linear(2)
category Param {
  object A = params(f)
  run r : A@init -> A@r { net = f, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 2, epochs = 1,
                          seeds = 0..1 }
}
"""


@pytest.mark.parametrize(
    ("kind", "fields", "codes"),
    [
        (np.int64, "", []),
        (np.uint8, ", transform = none", []),
        (np.uint8, "", ["field-type"]),
        (np.float32, "", ["field-type"]),
        (np.int64, ", transform = standardise", ["field-type"]),
    ],
)
def test_words_are_whole_numbers(tmp_path, kind, fields, codes):
    np.savez(tmp_path / "mine.npz", x=RNG.integers(0, 50, (8, 6)).astype(kind), y=np.arange(8) % 2)
    (tmp_path / "spec.cat").write_text(f'dataset d {{ source = "mine.npz"{fields} }}{EMBEDDED}')
    assert [found.code for found in errors(check_file(tmp_path / "spec.cat").diagnostics)] == codes


@pytest.mark.parametrize("name", ["mine.npz", "mine"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    (tmp_path / "spec.cat").write_text(f'dataset d {{ source = "{name}" }}')
    (found,) = errors(check_file(tmp_path / "spec.cat").diagnostics)
    assert found.code == "missing-data"
    assert f"found `{name}`, a pipe or a device" in found.message


# In a directory of data.


def test_sizes_are_what_the_files_in_the_directory_say(tmp_path):
    npz(tmp_path / "data/CIFAR-10/few.npz", x_train=np.zeros((30, 32, 32, 3), np.uint8), y_train=np.arange(30) % 10)
    found = dataset(tmp_path, "cifar10", tmp_path / "data", test="0.5")
    assert (found.input_shape, found.train_size, found.test_size) == ((3, 32, 32), 15, 15)
    assert dataset(tmp_path, "cifar10", tmp_path / "elsewhere").train_size == 50000


def test_a_directory_that_holds_something_else_is_refused(tmp_path):
    npz(tmp_path / "data/mnist/few.npz", x=np.zeros((30, 27, 28), np.uint8), y=np.arange(30) % 10)
    ((code, message),) = dataset(tmp_path, "mnist", tmp_path / "data")
    assert code == "missing-data"
    assert "27" in message


# What cannot be read.


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.array([{}, 1], dtype=object), "y": [0, 1]}, "pickled objects"),
        ({"x": np.zeros((2, 3)), "y": np.array([{}, 1], dtype=object)}, "pickled objects"),
        ({"x": np.array(["a", "b"]), "y": [0, 1]}, "required one of numbers"),
        ({"x": np.zeros((2, 3)), "y": [0.5, 1.0]}, "required whole numbers"),
        ({"x": np.zeros((2, 3)), "y": [0, -1]}, "outside 0"),
        ({"x": np.zeros((2, 3)), "y": [0, 1, 1]}, "one input a label"),
        ({"x": np.zeros((2, 3)), "y": [[0], [1]]}, "one an example"),
        ({"x": np.zeros((2, 0)), "y": [0, 1]}, "one input a label"),
        ({"x": np.asfortranarray(np.zeros((2, 3))), "y": [0, 1]}, "Fortran"),
        ({"x": np.zeros((2, 3))}, "no labels"),
        ({"images": np.zeros((2, 3)), "y": [0, 1]}, "required x and y"),
        ({"x": np.zeros((2, 3)), "y": [0, 1], "x_test": np.zeros((2, 4)), "y_test": [0, 1]}, "different shapes"),
    ],
)
def test_an_npz_file_of_another_kind_is_refused(tmp_path, arrays, said):
    np.savez(tmp_path / "mine.npz", **arrays)
    ((code, message),) = dataset(tmp_path, '"mine.npz"')
    assert code == "missing-data"
    assert said in message


def test_an_archive_that_is_packed_in_an_unusual_way_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "mine.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.npy", b"x" * 100)
    ((code, message),) = dataset(tmp_path, '"mine.npz"')
    assert (code, "unusual" in message) == ("missing-data", True)


def test_links_are_not_followed(tmp_path):
    npz(tmp_path / "secret/mine.npz", x=np.zeros((4, 2)), y=[0, 1, 0, 1])
    (tmp_path / "project").mkdir()
    (tmp_path / "project/data").symlink_to(tmp_path / "secret")
    assert [code for code, _ in dataset(tmp_path / "project", '"data/mine.npz"')] == ["import-outside"]


def test_links_inside_a_folder_are_not_followed_either(tmp_path):
    idx(tmp_path / "secret/labels", np.arange(20) % 5)
    idx(tmp_path / "project/set/train-images-idx3-ubyte", RNG.integers(0, 256, (20, 9, 8)))
    (tmp_path / "project/set/train-labels-idx1-ubyte").symlink_to(tmp_path / "secret/labels")
    ((code, message),) = dataset(tmp_path / "project", '"set"')
    assert (code, "no labels" in message) == ("missing-data", True)


@pytest.mark.parametrize("path", ["../secret/mine.npz", "data/../../secret/mine.npz", "/etc/passwd", "..", "."])
def test_paths_stay_inside_the_project(tmp_path, path):
    npz(tmp_path / "secret/mine.npz", x=np.zeros((4, 2)), y=[0, 1, 0, 1])
    (tmp_path / "project").mkdir()
    codes = [code for code, _ in dataset(tmp_path / "project", f'"{path}"')]
    assert codes == (["missing-data"] if path == "." else ["import-outside"])


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_header_or_a_flaw(content):
    beginnings = (b"", b"\x93NUMPY\x01\x00", b"\x89P", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xd8", b"\0\0\x08\x03")
    for beginning in beginnings:
        for reader in (idx_header, npy_header, picture_shape):
            try:
                shape = reader(io.BytesIO(beginning + content))
            except (Flaw, EOFError, struct.error):
                continue
            assert all(isinstance(size, int) for size in getattr(shape, "shape", shape))


@pytest.mark.parametrize(
    "name", ["mine.npz", "set/train-images-idx3-ubyte", "set/train-images-idx3-ubyte.gz", "set/a/1.png"]
)
@settings(deadline=None, max_examples=25)
@given(content=st.binary(max_size=300), cut=st.integers(0, 400), flipped=st.integers(0, 2000))
def test_any_file_gives_a_dataset_or_a_diagnostic(tmp_path_factory, name, content, cut, flipped):
    folder = tmp_path_factory.getbasetemp() / f"any-{name.replace('/', '-')}"
    folder.mkdir(exist_ok=True)
    whole = io.BytesIO()
    np.savez_compressed(whole, x=np.zeros((5, 4)), y=[0, 1, 0, 1, 0])
    damaged = bytearray(whole.getvalue())
    damaged[flipped % len(damaged)] ^= 1 + flipped % 255
    for bytes_ in (content, whole.getvalue()[:cut], bytes(damaged), gzip.compress(content)[:cut]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes_)
        path.with_name(path.name.replace("images-idx3", "labels-idx1")).write_bytes(bytes_)
        source = name if name == "mine.npz" else "set"
        found = dataset(folder, f'"{source}"')
        assert not isinstance(found, list) or {code for code, _ in found} <= {"missing-data", "field-type"}


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["<f4", ">f8", "|u1", "<i8", ">i2", "|b1", "<f2"]),
    st.lists(st.integers(0, 5), max_size=5),
    st.sampled_from([(1, 0), (2, 0), (3, 0)]),
)
def test_npy_headers_are_read_as_numpy_reads_them(kind, shape, version):
    """The oracle is numpy itself."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.zeros(shape, kind), version=version)
    file.seek(0)
    found = npy_header(file)
    assert (found.shape, np.dtype(f"{found.order}{found.kind}{found.width}")) == (tuple(shape), np.dtype(kind))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from(["L", "RGB", "P", "RGBA", "LA", "1"]))
def test_pictures_are_measured_as_pillow_measures_them(width, height, mode):
    """The oracle is Pillow."""
    image = pytest.importorskip("PIL.Image")
    for form in ("PNG", "JPEG") if mode in ("L", "RGB") else ("PNG",):
        file = io.BytesIO()
        image.new(mode, (width, height)).save(file, form)
        file.seek(0)
        channels = 1 if mode in ("L", "LA", "1") else 3
        assert picture_shape(file) == (channels, height, width)


def test_headers_are_read_without_numpy(tmp_path):
    npz(tmp_path / "mine.npz", x=np.zeros((9, 2)), y=np.arange(9) % 2)
    dataset(tmp_path, '"mine.npz"')
    script = f"import sys; from catlearn.theory.check import check_file; check_file({str(tmp_path / 'spec.cat')!r})"
    ending = "; assert not {'numpy', 'PIL', 'pooch', 'torch', 'pydantic'} & sys.modules.keys(), sys.modules.keys()"
    subprocess.run([sys.executable, "-c", script + ending], check=True, cwd=Path(__file__).parents[2])
