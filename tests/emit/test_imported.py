"""Scripts of runs that begin where a run that was trained elsewhere ended: they read it from its files."""

import shutil

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from catlearn import verbs
from catlearn.emit.refusal import NotEmitted
from tests.emit.scripts import CLOSE, distance, executed, saved, trained

TEXT = """
dataset iris {{ source = sklearn.iris, test = 0.2, seed = 0 }}
map encoder : R[4] -> R[8] = linear(8) >> batchnorm >> tanh
map head    : R[8] -> R[3] = linear(3)
category P {{
  object E = params(encoder)
  object A = E * params(head)
  map enc : A -> E = project
  run theirs : A@init -> A@theirs {{ source = "{source}", net = encoder >> head, data = iris, loss = cross_entropy,
                                    seeds = 0..1 }}
  run on : A@theirs -> A@on {{ net = encoder >> head, data = iris, loss = cross_entropy, seeds = 0..1, batch = 32,
                              optimiser = heavy_ball(lr = 0.01, m = 0.5), epochs = 3 }}
}}
pullback F of enc : A -> E along enc(A@theirs) {{ leg inc : F -> A  freeze E {{ buffers = fixed, mode = eval }} }}
run tune : F@init -> F@tune {{ like = on, epochs = 1 }}
"""


def write_checkpoints(folder):
    """Checkpoints of two seeds under the names of an `nn.Sequential`, its counters among them."""
    folder.mkdir()
    for seed in (0, 1):
        torch.manual_seed(seed)
        module = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 3))
        for step in (0, 70):
            module(torch.randn(20, 4))
            save_file(module.state_dict(), folder / f"seed-{seed}-step-{step}.safetensors")


@pytest.fixture(params=["an nn.Sequential", "a store"])
def runs(request, tmp_path):
    """The specification, trained; its run from elsewhere has the names and files of torch, or those of a store."""
    write_checkpoints(tmp_path / "theirs")
    first = trained(tmp_path, TEXT.format(source="theirs/seed-{seed}-step-{step}.safetensors"))
    if request.param == "an nn.Sequential":
        return first
    (tmp_path / "again").mkdir()
    store = verbs.default_store(first.specification)
    job = next(job for job in verbs.compile(first.specification).train if job.name == "on")
    shutil.copytree(store / "runs" / job.digest, tmp_path / "again" / "theirs")
    return trained(tmp_path / "again", TEXT.format(source="theirs/seed-{seed}.safetensors"))


def test_a_script_begins_where_the_other_run_ended(runs):
    text = verbs.emit(runs.specification)
    out = executed(text, runs.specification.parent, (0, 1))
    for name in ("on", "tune"):
        for seed in (0, 1):
            assert distance(runs.tensors(name, seed), saved(out, name, seed)) < CLOSE
    assert not list(out.glob("theirs-seed-*"))


def test_saboteur_another_beginning_ends_elsewhere(tmp_path):
    write_checkpoints(tmp_path / "theirs")
    runs = trained(tmp_path, TEXT.format(source="theirs/seed-{seed}-step-{step}.safetensors"))
    text = verbs.emit(runs.specification, only="on")
    spoilt = text.replace("    return {name: tensor[-1] if several else tensor", "    return {name: 1.01 * tensor")
    assert spoilt != text
    assert distance(runs.tensors("on", 0), saved(executed(spoilt, tmp_path, (0,)), "on", 0)) > 100 * CLOSE


def test_a_script_refuses_other_files(tmp_path):
    write_checkpoints(tmp_path / "theirs")
    spec = tmp_path / "spec.cat"
    spec.write_text(TEXT.format(source="theirs/seed-{seed}-step-{step}.safetensors"))
    text = verbs.emit(spec)
    files = [tmp_path / "theirs" / f"seed-{seed}-step-70.safetensors" for seed in (0, 1)]
    shutil.copy(files[1], files[0])
    with pytest.raises(SystemExit, match="is not the file that was trained on"):
        executed(text, tmp_path, (0,))


def test_of_a_run_from_elsewhere_alone_there_is_no_script(tmp_path):
    write_checkpoints(tmp_path / "theirs")
    spec = tmp_path / "spec.cat"
    spec.write_text(TEXT.format(source="theirs/seed-{seed}-step-{step}.safetensors"))
    with pytest.raises(NotEmitted, match="were trained elsewhere: emit runs that are trained here"):
        verbs.emit(spec, only="theirs")
