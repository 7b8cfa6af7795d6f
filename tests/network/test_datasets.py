"""Datasets from files: what is in the arrays, against independent readers; downloads; the real files where they are."""

import gzip
import hashlib
import io
import os
import tarfile
import threading
from contextlib import nullcontext
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from catlearn.network.data import load, require_words
from catlearn.network.download import fetched
from catlearn.network.pictures import grey, padded, resized
from catlearn.network.readers import read
from catlearn.plan.ir import LayerPlan, TensorPlan
from catlearn.plan.training import dataset_plan
from catlearn.store.contents import checksum, with_contents
from catlearn.store.store import Store, StoreError
from catlearn.theory.check import check_file
from catlearn.theory.sources import REMOTES, SOURCES, File
from tests.runs.factory import IRIS

RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (40, 6, 5, 3), dtype=np.uint8)
LABELS = np.arange(40) % 4


def plan_of(folder, source, data=None, **fields):
    """The plan of a dataset as `compile` makes it."""
    lines = "".join(f", {key} = {value}" for key, value in fields.items())
    (folder / "spec.cat").write_text(f"dataset d {{ source = {source}{lines} }}\n")
    return dataset_plan(with_contents(check_file(folder / "spec.cat", data).partial).datasets["d"])


def loaded(folder, source, data=None, **fields):
    return load(plan_of(folder, source, data, **fields), Store.open(folder / "store"))


@pytest.fixture
def mine(tmp_path):
    np.savez_compressed(tmp_path / "mine.npz", x=IMAGES, y=LABELS)
    return tmp_path


def test_every_example_keeps_its_label(mine):
    data = loaded(mine, '"mine.npz"', test=10, transform="none")
    pairs = [(data.train_inputs, data.train_labels), (data.test_inputs, data.test_labels)]
    assert [len(inputs) for inputs, _ in pairs] == [30, 10]
    found = {
        tuple(row.tolist()): label.item() for inputs, labels in pairs for row, label in zip(inputs, labels, strict=True)
    }
    assert found == {tuple(image.ravel().tolist()): label for image, label in zip(IMAGES, LABELS.tolist(), strict=True)}


def test_smaller_splits_lie_in_larger_ones(mine):
    small, large = (loaded(mine, '"mine.npz"', test=8, train=size) for size in (5, 20))
    assert torch.equal(small.train_inputs, large.train_inputs[:5])
    assert torch.equal(small.test_inputs, large.test_inputs)


def test_classes_are_kept_and_named_anew(mine):
    data = loaded(mine, '"mine.npz"', classes="[3, 1]", test="0.5", transform="none")
    originals = {tuple(IMAGES[place].ravel().tolist()): LABELS[place] for place in range(40)}
    for inputs, labels in ((data.train_inputs, data.train_labels), (data.test_inputs, data.test_labels)):
        assert [originals[tuple(row.tolist())] for row in inputs] == [(3, 1)[label] for label in labels]


def test_an_official_test_part_stays_apart(tmp_path):
    np.savez(tmp_path / "mine.npz", x=IMAGES[:30], y=LABELS[:30], x_test=IMAGES[30:], y_test=LABELS[30:])
    data = loaded(tmp_path, '"mine.npz"')
    assert torch.equal(data.test_inputs, torch.from_numpy(IMAGES[30:].reshape(10, -1)).float() / 255)
    fewer = loaded(tmp_path, '"mine.npz"', test=4)
    rows = {tuple(row.tolist()) for row in data.test_inputs}
    assert all(tuple(row.tolist()) in rows for row in fewer.test_inputs)


def test_pictures_are_standardised_by_channel_and_numbers_one_by_one(mine):
    data = loaded(mine, '"mine.npz"', layout="channels_last", transform="standardise")
    channels = data.train_inputs.double().reshape(-1, 3, 30)
    assert channels.mean((0, 2)).abs().max() < 1e-5
    assert (channels.std((0, 2), correction=0) - 1).abs().max() < 1e-5
    np.savez(mine / "numbers.npz", x=RNG.normal(3, 2, (40, 7)).astype(np.float32), y=LABELS)
    numbers = loaded(mine, '"numbers.npz"', transform="standardise")
    assert numbers.train_inputs.mean(0).abs().max() < 1e-5


def test_tokens_stay_whole_numbers(tmp_path):
    tokens = RNG.integers(0, 500, (40, 9))
    np.savez(tmp_path / "words.npz", x=tokens, y=LABELS)
    data = loaded(tmp_path, '"words.npz"')
    assert sorted(map(tuple, torch.cat([data.train_inputs, data.test_inputs]).tolist())) == sorted(
        map(tuple, tokens.tolist())
    )


@pytest.mark.parametrize(("vocabulary", "fits"), [(500, True), (499, False)])
def test_words_outside_a_vocabulary_are_refused(tmp_path, vocabulary, fits):
    tokens = RNG.integers(0, 499, (40, 9))
    tokens[31, 4] = 499
    np.savez(tmp_path / "words.npz", x=tokens, y=LABELS)
    plan = plan_of(tmp_path, '"words.npz"')
    table = TensorPlan(name="weight", shape=(vocabulary, 4))
    layer = LayerPlan(operation="embedding", block="f.0", tensors=(table,), input_shape=(9,), output_shape=(9, 4))
    data = load(plan, Store.open(tmp_path / "store"))
    with nullcontext() if fits else pytest.raises(StoreError, match="0 to 498"):
        require_words((layer,), plan, data)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e9])
def test_numbers_that_single_precision_does_not_hold_are_refused(tmp_path, value):
    numbers = RNG.random((40, 3))
    numbers[7, 1] = value
    np.savez(tmp_path / "mine.npz", x=numbers, y=LABELS)
    with pytest.raises(StoreError, match="finite"):
        loaded(tmp_path, '"mine.npz"')


def test_bytes_are_stored_as_bytes_and_read_again_without_their_source(mine):
    plan, store = plan_of(mine, '"mine.npz"'), Store.open(mine / "store")
    first = load(plan, store)
    (mine / "mine.npz").unlink()
    assert store.dataset(plan.digest)["train_inputs"].dtype == np.uint8
    assert torch.equal(load(plan, store).train_inputs, first.train_inputs)


# Digests.


def test_other_bytes_are_other_data_and_another_name_is_not(mine):
    before = plan_of(mine, '"mine.npz"').digest
    (mine / "mine.npz").rename(mine / "renamed.npz")
    assert plan_of(mine, '"renamed.npz"').digest == before
    np.savez_compressed(mine / "renamed.npz", x=IMAGES, y=LABELS[::-1])
    assert plan_of(mine, '"renamed.npz"').digest != before


@pytest.mark.parametrize(
    "fields",
    [
        {"seed": 1},
        {"train": 20},
        {"test": 4},
        {"test": "0.5"},
        {"classes": "[0, 1]"},
        {"classes": "[1, 0]"},
        {"transform": "none"},
        {"pad": "[8, 8]", "layout": "channels_last"},
        {"resize": "[8, 8]", "layout": "channels_last"},
        {"colour": "grey", "layout": "channels_last"},
        {"layout": "channels_last"},
    ],
)
def test_whatever_changes_the_arrays_changes_the_digest(mine, fields):
    assert plan_of(mine, '"mine.npz"', **fields).digest != plan_of(mine, '"mine.npz"').digest


def test_a_shape_that_only_a_network_sees_changes_no_digest(mine):
    assert plan_of(mine, '"mine.npz"', reshape="[90]").digest == plan_of(mine, '"mine.npz"').digest


def test_a_file_changed_since_its_plan_is_refused(mine):
    plan = plan_of(mine, '"mine.npz"')
    np.savez_compressed(mine / "mine.npz", x=IMAGES, y=LABELS[::-1])
    with pytest.raises(StoreError, match="not what the plan was made for"):
        load(plan, Store.open(mine / "store"))


# Pictures.


def test_grey_is_pillows():
    image = pytest.importorskip("PIL.Image")
    colours = np.moveaxis(IMAGES, 3, 1)
    expected = np.stack([np.asarray(image.fromarray(picture).convert("L")) for picture in IMAGES])
    assert np.array_equal(grey(colours)[:, 0], expected)


def test_padding_is_zeros_around_the_picture():
    found = padded(IMAGES[:, np.newaxis, :, :, 0], (9, 8))
    assert found.shape == (40, 1, 9, 8)
    assert np.array_equal(found[:, 0, 1:7, 1:6], IMAGES[..., 0])
    assert found.sum(dtype=int) == IMAGES[..., 0].sum(dtype=int)


def test_resizing_keeps_constants_and_ramps():
    """Linear interpolation between pixel centres: a ramp stays a ramp, away from the edges."""
    ramp = np.broadcast_to(np.arange(16.0), (2, 1, 16, 16))
    found = resized(ramp, (28, 28))
    centres = (np.arange(28) + 0.5) * 16 / 28 - 0.5
    assert np.allclose(found[0, 0, :, 2:-2], centres[2:-2], atol=1e-5)
    assert np.array_equal(resized(np.full((3, 1, 4, 4), 7.0), (9, 2)), np.full((3, 1, 9, 2), 7.0))


def test_folders_of_pictures(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for number, (pixels, label) in enumerate(zip(IMAGES, LABELS, strict=True)):
        place = tmp_path / "set" / ("train" if number < 28 else "test") / f"class-{label}"
        place.mkdir(parents=True, exist_ok=True)
        image.fromarray(pixels).save(place / f"{number:02}.png")
    data = loaded(tmp_path, '"set"', transform="none")
    expected = sorted(range(28), key=lambda number: (LABELS[number], number))
    assert torch.equal(data.train_inputs, torch.from_numpy(np.moveaxis(IMAGES, 3, 1)[expected].reshape(28, -1)).float())
    assert data.train_labels.tolist() == LABELS[expected].tolist()
    image.new("RGB", (9, 9)).save(tmp_path / "set/train/class-3/99.png")
    with pytest.raises(StoreError, match="resize"):
        loaded(tmp_path, '"set"')
    assert loaded(tmp_path, '"set"', resize="[6, 5]").train_inputs.shape == (29, 90)


@pytest.mark.parametrize("place", [0, 20, 30, 45, 60, -20])
def test_a_damaged_picture_is_refused(tmp_path, place):
    image = pytest.importorskip("PIL.Image")
    for name in ("a", "b"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(3):
            image.fromarray(IMAGES[number]).save(tmp_path / "set" / name / f"{number}.png")
    damaged = bytearray((tmp_path / "set/b/1.png").read_bytes())
    damaged[place] ^= 255
    (tmp_path / "set/b/1.png").write_bytes(damaged)
    with pytest.raises(StoreError, match="set/b/1"):
        loaded(tmp_path, '"set"')


# Official files in the forms that are downloaded, made small.


def recorded(form, source, folder, *names):
    """A plan on files in a folder, whatever they are."""
    files = tuple({"name": name, "checksum": checksum(folder / name)} for name in names)
    fields = {"source": source, "form": form, "folder": str(folder), "files": files, "test": None, "pooled": False}
    return type(IRIS).model_validate(IRIS.model_dump() | fields)


@pytest.mark.parametrize(("source", "labels"), [("cifar10", 1), ("cifar100", 2)])
def test_the_binary_form_of_cifar(tmp_path, source, labels):
    records = RNG.integers(0, 10, (8, labels + 3072), dtype=np.uint8)
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as archive:
        for name, part in (
            ("a/test_batch.bin", records[6:]),
            ("a/data_batch_1.bin", records[:3]),
            ("a/data_batch_2.bin", records[3:6]),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = part.size
            archive.addfile(entry, io.BytesIO(part.tobytes()))
    (train, train_labels), (test, _) = read(recorded("cifar", source, tmp_path, "set.tar.gz"))
    assert np.array_equal(train.reshape(6, -1), records[:6, labels:])
    assert train_labels.tolist() == records[:6, labels - 1].tolist()
    assert test.shape == (2, 3, 32, 32)


def test_the_form_of_svhn(tmp_path):
    import scipy.io

    pixels, digits = RNG.integers(0, 256, (32, 32, 3, 8), dtype=np.uint8), np.array([1, 2, 10, 4, 5, 6, 7, 10])
    for name, part in (("train.mat", slice(6)), ("test.mat", slice(6, 8))):
        scipy.io.savemat(tmp_path / name, {"X": pixels[..., part], "y": digits[part, np.newaxis]}, do_compression=True)
    (train, train_labels), (_, test_labels) = read(recorded("svhn", "svhn", tmp_path, "train.mat", "test.mat"))
    assert train_labels.tolist() + test_labels.tolist() == [1, 2, 0, 4, 5, 6, 7, 0]
    assert np.array_equal(train[3, :, 5, 6], pixels[5, 6, :, 3])


def test_the_form_of_usps(tmp_path):
    import bz2

    values = RNG.integers(-1000, 1000, (8, 256)) / 1000
    for name, part in (("usps.bz2", slice(6)), ("usps.t.bz2", slice(6, 8))):
        lines = (
            f"{k % 10 + 1} " + " ".join(f"{j + 1}:{v}" for j, v in enumerate(row)) for k, row in enumerate(values[part])
        )
        (tmp_path / name).write_bytes(bz2.compress("\n".join(lines).encode() + b"\n"))
    (train, train_labels), _ = read(recorded("svmlight", "usps", tmp_path, "usps.bz2", "usps.t.bz2"))
    assert np.allclose(train.reshape(6, 256), (values[:6] + 1) / 2)
    assert train_labels.tolist() == [0, 1, 2, 3, 4, 5]


# Downloads, from this machine.


class Silent(SimpleHTTPRequestHandler):
    """A server of files that says nothing."""

    def log_message(self, format, *args):
        """Says nothing."""


@pytest.fixture
def server(tmp_path):
    """The address of a server of the files in `tmp_path / "there"`, on this machine."""
    (tmp_path / "there").mkdir()
    serving = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(tmp_path / "there")))
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}/"
    serving.shutdown()
    serving.server_close()
    thread.join()


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_a_download_is_verified_and_made_once(tmp_path, server, algorithm):
    content = RNG.bytes(1000)
    (tmp_path / "there/file.gz").write_bytes(content)
    files = (File("file.gz", f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"),)
    folder = fetched("mine", server, files, tmp_path / "cache")
    assert (folder / "file.gz").read_bytes() == content
    (tmp_path / "there/file.gz").unlink()
    assert fetched("mine", server, files, tmp_path / "cache") == folder


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_a_flipped_bit_in_a_download_is_refused_and_not_kept(tmp_path, server, algorithm):
    content = bytearray(RNG.bytes(1000))
    files = (File("file.gz", f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"),)
    content[500] ^= 1
    (tmp_path / "there/file.gz").write_bytes(content)
    with pytest.raises(StoreError, match=r"cannot download file\.gz of mine"):
        fetched("mine", server, files, tmp_path / "cache")
    assert not (tmp_path / "cache/file.gz").exists()


def test_a_file_that_is_not_there_says_what_to_do(tmp_path, server):
    with pytest.raises(StoreError, match="CATLEARN_DATA"):
        fetched("mine", server, (File("none.gz", "md5:" + "0" * 32),), tmp_path / "cache")


def test_every_official_file_has_a_whole_checksum():
    lengths = {"md5": 32, "sha256": 64}
    for remote in REMOTES.values():
        for file in remote.files:
            algorithm, _, digits = file.checksum.partition(":")
            assert len(digits) == lengths[algorithm]
            assert int(digits, 16)


# The real files, where CATLEARN_DATA has them.

REAL = Path(os.environ.get("CATLEARN_DATA", "/nonexistent"))


def needs(name):
    """Skips a test where the directory of data lacks a folder."""
    return pytest.mark.skipif(not (REAL / name).is_dir(), reason=f"CATLEARN_DATA names no folder with {name}")


@pytest.mark.parametrize(
    "name", [pytest.param("mnist", marks=needs("mnist")), pytest.param("fashion_mnist", marks=needs("fashion-mnist"))]
)
def test_official_idx_files_are_what_the_table_says(tmp_path, name):
    plan = plan_of(tmp_path, name, REAL)
    assert tuple(File(file.name, file.checksum) for file in plan.files) == REMOTES[name].files
    parts = read(plan)
    assert tuple(tuple(np.bincount(labels).tolist()) for _, labels in parts) == SOURCES[name].counts
    with gzip.open(Path(plan.folder) / "train-images-idx3-ubyte.gz") as file:
        assert parts[0][0].tobytes() == file.read()[16:]


@needs("mnist")
def test_a_changed_official_file_is_refused(tmp_path):
    (tmp_path / "mnist").mkdir()
    for file in (REAL / "mnist").glob("*.gz"):
        content = bytearray(file.read_bytes())
        content[-1] ^= file.name.startswith("t10k-labels")
        (tmp_path / "mnist" / file.name).write_bytes(content)
    with pytest.raises(StoreError, match="not the official file"):
        plan_of(tmp_path, "mnist", tmp_path)


@needs("usps")
@needs("mnist")
def test_usps_can_take_the_place_of_mnist(tmp_path):
    theirs = loaded(tmp_path, "usps", REAL, resize="[20, 20]", pad="[28, 28]", train=300, test=100)
    ours = loaded(tmp_path, "mnist", REAL, train=300, test=100)
    assert theirs.train_inputs.shape == ours.train_inputs.shape == (300, 784)
    margins = theirs.train_inputs.reshape(-1, 28, 28)
    assert margins[:, :4].abs().max() == margins[:, :, 24:].abs().max() == 0
    assert 0 <= margins.min() <= margins.max() <= 1
    (tmp_path / "other").mkdir()
    again = loaded(tmp_path / "other", "usps", REAL, resize="[20, 20]", pad="[28, 28]", train=300, test=100)
    assert torch.equal(again.train_inputs, theirs.train_inputs)


@needs("cifar-10")
def test_a_subset_of_cifar_is_as_large_as_it_is(tmp_path):
    plan = plan_of(tmp_path, "cifar10", REAL, transform="none")
    data = load(plan, Store.open(tmp_path / "store"))
    assert (plan.train_size, plan.test_size) == (4000, 1000)
    with np.load(next((REAL / "cifar-10").glob("*.npz")), allow_pickle=False) as archive:
        expected = archive["x_train"][17].transpose(2, 0, 1)
    assert torch.equal(data.train_inputs[17], torch.from_numpy(expected.ravel()).float())
