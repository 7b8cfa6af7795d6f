"""The script of a run reads, splits and scales data as the run does, and trains on nothing else."""

import gzip
import struct

import numpy as np
import pytest

from catlearn import verbs
from tests.emit.scripts import CLOSE, distance, executed, saved, trained

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
    (directory / "letters").mkdir()
    for part, pictures, classes in (("train", train[:, 0], labels), ("t10k", test[:, 0], answers)):
        write_idx(directory / "letters" / f"{part}-images-idx3-ubyte.gz", pictures)
        write_idx(directory / "letters" / f"{part}-labels-idx1-ubyte.gz", classes.astype(np.uint8))


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
    ],
)
def test_saboteur_other_data_give_other_weights(tmp_path, name, before, after):
    runs = trained(tmp_path, written(tmp_path, *CASES[name]))
    text = verbs.emit(runs.specification)
    assert before in text
    executed(text.replace(before, after), tmp_path, (3,))
    assert distance(runs.tensors("a", 3), saved(tmp_path, "a", 3)) > CLOSE


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
