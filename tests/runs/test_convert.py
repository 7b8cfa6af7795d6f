"""Checkpoints of torch as safetensors files: tensors alone come through, and nothing in a file is ever called."""

import argparse
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.cli.command import inside

STATE = {"0.weight": torch.arange(6.0).reshape(2, 3), "0.bias": torch.zeros(2, dtype=torch.float64)}


class Opened:
    """An object that would leave a mark if a file of it were opened without care."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("found", [STATE, {"state_dict": STATE, "epoch": 3}, {"model": STATE, "args": {"lr": 0.1}}])
def test_the_tensors_come_through(tmp_path, found):
    torch.save(found, tmp_path / "net.pt")
    done = inside("convert", tmp_path / "net.pt", "-o", tmp_path / "made", "--json")
    assert done.status == 0, done.err
    assert done.document["files"] == [{"file": str(tmp_path / "made/net.safetensors"), "tensors": sorted(STATE)}]
    written = load_file(tmp_path / "made/net.safetensors")
    assert all(torch.equal(written[name], tensor.float()) for name, tensor in STATE.items())


def test_shared_and_transposed_tensors_are_written_out(tmp_path):
    weight = torch.arange(6.0).reshape(2, 3)
    torch.save({"a": weight, "b": weight.T, "c": weight[0]}, tmp_path / "net.pt")
    assert inside("convert", tmp_path / "net.pt").status == 0
    written = load_file(tmp_path / "net.safetensors")
    assert torch.equal(written["b"], weight.T)
    assert torch.equal(written["c"], weight[0])


@pytest.mark.parametrize("legacy", [False, True])
def test_objects_are_refused_and_never_made(tmp_path, legacy):
    mark = tmp_path / "mark"
    torch.save({**STATE, "more": Opened(mark)}, tmp_path / "net.pt", _use_new_zipfile_serialization=not legacy)
    done = inside("convert", tmp_path / "net.pt")
    assert done.status == 2
    assert "tensors alone" in done.err
    assert "save `module.state_dict()` by `torch.save`, and convert that" in done.err
    assert "weights_only" not in done.err
    assert not mark.exists()
    assert not (tmp_path / "net.safetensors").exists()


@pytest.mark.parametrize(
    "found", [[1, 2], {"epoch": 3}, {}, torch.zeros(3), {"state_dict": {"a": 1}}, argparse.Namespace(a=1)]
)
def test_what_holds_no_tensors_by_name_is_refused(tmp_path, found):
    torch.save(found, tmp_path / "net.pt")
    done = inside("convert", tmp_path / "net.pt")
    assert done.status == 2
    assert str(tmp_path / "net.pt") in done.err


@pytest.mark.parametrize("content", [b"", b"not torch", b"PK\x03\x04" + b"\0" * 50, b"\x80\x02."])
def test_damaged_files_are_refused(tmp_path, content):
    (tmp_path / "net.pt").write_bytes(content)
    done = inside("convert", tmp_path / "net.pt")
    assert done.status == 2
    assert "net.pt" in done.err


def test_a_file_that_is_not_there(tmp_path):
    done = inside("convert", tmp_path / "none.pt")
    assert done.status == 2
    assert "none.pt" in done.err


def test_of_two_files_that_would_become_one_none_is_lost(tmp_path):
    for name in ("left", "right"):
        (tmp_path / name).mkdir()
        torch.save(STATE, tmp_path / name / "net.pt")
    files = (tmp_path / "left" / "net.pt", tmp_path / "right" / "net.pt")
    done = inside("convert", *files, "-o", tmp_path / "made")
    assert done.status == 2
    assert f"would both become {tmp_path / 'made' / 'net.safetensors'}" in done.err
    assert inside("convert", *files).status == 0
    assert (tmp_path / "right" / "net.safetensors").exists()
