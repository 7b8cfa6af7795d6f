"""The script of a run reads, splits and scales data as the run does, and trains on nothing else."""

import bz2
import gzip
import io
import runpy
import struct
import tarfile

import numpy as np
import pytest
import scipy.io
import torch
from PIL import Image

from catlearn import verbs
from catlearn.emit.script import script
from catlearn.network.data import load
from catlearn.store.contents import checksum
from catlearn.store.store import Store
from tests.emit.scripts import CLOSE, assert_formatted, distance, executed, saved, trained
from tests.runs.factory import DIGITS, job, plan

SPECIFICATION = """
dataset d {{ {fields} }}
map net : R{shape} -> R[{classes}] = {layers}linear({classes})
category P {{
  object A = params(net)
  run a : A@init -> A@a {{ net = net, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16,
                          epochs = 2, seeds = 3..3 }}
}}
"""

CASES = {
    "digits": ("source = sklearn.digits, train = 200, test = 100, classes = [8, 1, 3]", "[64]"),
    "unscaled": ("source = sklearn.iris, test = 0.5, transform = none", "[4]"),
    "standardised": ("source = sklearn.digits, test = 0.5, transform = standardise", "[64]"),
    "pictures": ('source = "pictures.npz", pad = [9, 8]', "[2, 9, 8]"),
    "channels": ('source = "last.npz", layout = channels_last, transform = standardise', "[2, 6, 5]"),
    "parts": ('source = "pictures.npz", train = 60, test = 11, classes = [2, 0]', "[2, 6, 5]"),
    "pooled": ('source = "pictures.npz", test = 0.25, seed = 4', "[2, 6, 5]"),
    "numbers": ('source = "numbers.npz", test = 0.25', "[3]"),
    "idx": ('source = "letters", transform = standardise', "[1, 6, 5]"),
    "shrunk": ('source = "last.npz", layout = channels_last, resize = [4, 4], pad = [5, 4]', "[2, 5, 4]"),
    "of this size": ('source = "pictures.npz", resize = [6, 5]', "[2, 6, 5]"),
    "grey": ('source = "birds", colour = grey, test = 0.25, classes = [2, 0]', "[1, 6, 5]"),
    "grey numbers": ('source = "colours.npz", colour = grey, transform = standardise', "[1, 6, 5]"),
    "folder": ('source = "birds", resize = [7, 4], colour = grey, transform = standardise', "[1, 7, 4]"),
    "folder of this size": ('source = "birds", resize = [6, 5]', "[3, 6, 5]"),
}


def write_files(directory):
    """Pictures of three classes in npz and idx files, and numbers."""
    source = np.random.default_rng(1)
    train, test = (source.integers(0, 256, (size, 2, 6, 5), dtype=np.uint8) for size in (120, 45))
    labels, answers = np.arange(120) % 3, np.arange(45) % 3
    np.savez(directory / "pictures.npz", x_train=train, y_train=labels, x_test=test, y_test=answers)
    last = {"x_train": np.moveaxis(train, 1, 3), "x_test": np.moveaxis(test, 1, 3)}
    np.savez(directory / "last.npz", y_train=labels, y_test=answers, **{k: v.copy() for k, v in last.items()})
    np.savez(directory / "numbers.npz", x=source.normal(size=(120, 3)), y=labels)
    colours, more = (source.normal(size=(size, 3, 6, 5)) for size in (120, 45))
    np.savez(directory / "colours.npz", x_train=colours, y_train=labels, x_test=more, y_test=answers)
    write_birds(directory / "birds", source)
    (directory / "letters").mkdir()
    for part, pictures, classes in (("train", train[:, 0], labels), ("t10k", test[:, 0], answers)):
        write_idx(directory / "letters" / f"{part}-images-idx3-ubyte.gz", pictures)
        write_idx(directory / "letters" / f"{part}-labels-idx1-ubyte.gz", classes.astype(np.uint8))


def write_birds(folder, source):
    """Colour pictures of three classes, to train and to test, and beside them what is none."""
    for part, number in (("train", 30), ("test", 11)):
        for name in ("crow", "finch", "wren"):
            (folder / part / name).mkdir(parents=True)
            (folder / part / name / "notes.txt").write_text("no picture")
            for position in range(number):
                pixels = source.integers(0, 256, (6, 5, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / part / name / f"{position}.PNG")


def write_idx(path, array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes()))


def written(directory, fields, shape):
    write_files(directory)
    classes = {"[8, 1, 3]": 3, "[2, 0]": 2}.get(fields.partition("classes = ")[2], 10 if "digits" in fields else 3)
    layers = "flatten >> " if "," in shape else ""
    return SPECIFICATION.format(fields=fields, shape=shape, classes=classes, layers=layers)


@pytest.mark.parametrize("name", CASES)
def test_a_script_trains_on_the_data_of_its_run(tmp_path, name):
    runs = trained(tmp_path, written(tmp_path, *CASES[name]))
    executed(verbs.emit(runs.specification), tmp_path, (3,))
    assert distance(runs.tensors("a", 3), saved(tmp_path, "a", 3)) < CLOSE


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("digits", "order[100:300]", "order[101:301]"),
        ("standardised", "deviation[deviation == 0] = 1.0", "deviation[deviation == 0] = 2.0; deviation *= 1.01"),
        ("pictures", "255.0", "256.0"),
        ("parts", "(2, 0)", "(0, 2)"),
        ("pooled", "order[41:165]", "order[:124]"),
        ("channels", "np.moveaxis(pictures, 3, 1)", "np.moveaxis(pictures, 3, 2)"),
        ("shrunk", "antialias=True", "antialias=False"),
        ("grey", "19595, 38470, 7471", "7471, 38470, 19595"),
        ("grey numbers", "19595, 38470, 7471", "19505, 38470, 7561"),
        ("folder", "convert(mode)", 'convert("L").convert(mode)'),
    ],
)
def test_saboteur_other_data_give_other_weights(tmp_path, name, before, after):
    runs = trained(tmp_path, written(tmp_path, *CASES[name]))
    text = verbs.emit(runs.specification)
    assert before in text
    executed(text.replace(before, after), tmp_path, (3,))
    assert distance(runs.tensors("a", 3), saved(tmp_path, "a", 3)) > CLOSE


# Official files in the forms that are downloaded, made small.


def recorded(form, source, folder, *names):
    """A plan on files in a folder, whatever they are."""
    files = tuple({"name": name, "checksum": checksum(folder / name)} for name in names)
    sizes = {"train_size": 6, "test_size": 2, "classes": 10, "test": None, "pooled": False, "transform": "scale"}
    fields = {"source": source, "form": form, "folder": str(folder), "files": files, "seed": 3, **sizes}
    return type(DIGITS).model_validate(DIGITS.model_dump() | fields)


def write_cifar(folder, labels):
    records = np.random.default_rng(2).integers(0, 10, (8, labels + 3072), dtype=np.uint8)
    batches = {"a/test_batch.bin": records[6:], "a/data_1.bin": records[:3], "a/data_2.bin": records[3:6]}
    with tarfile.open(folder / "set.tar.gz", "w:gz") as archive:
        for name, part in batches.items():
            entry = tarfile.TarInfo(name)
            entry.size = part.size
            archive.addfile(entry, io.BytesIO(part.tobytes()))
    return ("set.tar.gz",)


def write_svhn(folder):
    source, parts = np.random.default_rng(2), {"train.mat": 6, "test.mat": 2}
    for name, size in parts.items():
        pixels, labels = source.integers(0, 256, (32, 32, 3, size), dtype=np.uint8), source.integers(1, 11, (size, 1))
        scipy.io.savemat(folder / name, {"X": pixels, "y": labels})
    return tuple(parts)


def write_usps(folder):
    source, parts = np.random.default_rng(2), {"usps.bz2": 6, "usps.t.bz2": 2}
    for name, size in parts.items():
        rows = source.integers(-1000, 1000, (size, 256)) / 1000
        pixels = (" ".join(f"{place}:{value}" for place, value in enumerate(row, 1)) for row in rows)
        lines = (f"{label % 10 + 1} {line}" for label, line in enumerate(pixels))
        (folder / name).write_bytes(bz2.compress("\n".join(lines).encode() + b"\n"))
    return tuple(parts)


FORMS = {
    "cifar10": ("cifar", lambda folder: write_cifar(folder, 1), "- 1]", "- 1] * 0"),
    "cifar100": ("cifar", lambda folder: write_cifar(folder, 2), "- 1]", "- 2]"),
    "svhn": ("svhn", write_svhn, "% 10", "- 1"),
    "usps": ("svmlight", write_usps, "+ 1) / 2", "+ 2) / 3"),
}


def loads_the_same(text, directory, expected):
    """Whether the function of a script that loads its only dataset gives these data."""
    (directory / "script.py").write_text(text, encoding="utf-8")
    found = runpy.run_path(str(directory / "script.py"))["load_digits"]()
    splits = ("train_inputs", "train_labels", "test_inputs", "test_labels")
    pairs = [(getattr(found, split).double(), getattr(expected, split).double()) for split in splits]
    return all(own.shape == other.shape and torch.allclose(own, other) for own, other in pairs)


@pytest.mark.parametrize("source", FORMS)
def test_a_script_reads_official_files_as_its_run_does(tmp_path, source):
    form, write, before, after = FORMS[source]
    dataset, made = recorded(form, source, tmp_path, *write(tmp_path)), job()
    text = script(plan(made).model_copy(update={"datasets": (dataset,)}), {made.digest})
    expected = load(dataset, Store.open(tmp_path / "store"))
    assert loads_the_same(text, tmp_path, expected)
    assert text.count(before) == 1
    assert not loads_the_same(text.replace(before, after), tmp_path, expected)
    assert_formatted(text, tmp_path)


def test_scripts_on_pictures_are_formatted(tmp_path):
    spec = tmp_path / "spec.cat"
    spec.write_text(written(tmp_path, *CASES["folder"]))
    assert_formatted(verbs.emit(spec), tmp_path)


def test_a_script_refuses_another_folder_of_pictures(tmp_path):
    spec = tmp_path / "spec.cat"
    spec.write_text(written(tmp_path, *CASES["folder"]))
    text = verbs.emit(spec)
    (tmp_path / "birds/test/wren/0.PNG").rename(tmp_path / "birds/test/wren/00.PNG")
    with pytest.raises(SystemExit, match="birds is not the folder that was trained on"):
        executed(text, tmp_path, (3,))


def test_a_script_refuses_other_files_than_its_run_was_trained_on(tmp_path):
    spec = tmp_path / "spec.cat"
    spec.write_text(written(tmp_path, *CASES["idx"]))
    text = verbs.emit(spec)
    path = tmp_path / "letters" / "train-images-idx3-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[40] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(SystemExit, match="is not the file that was trained on"):
        executed(text, tmp_path, (3,))
