"""Modules of a user's own: imported where that is allowed and nowhere else, trained lane by lane, and refused where
what is promised about runs could not be kept."""

import os
import sys

import pytest
import torch
from torch import nn

from catlearn import verbs
from catlearn.network.extern import PERMISSION, ExternError, allowed, signature
from catlearn.network.randomness import initial_parameters
from catlearn.network.stacked import forward
from catlearn.plan.ir import LayerPlan
from catlearn.theory.spaces import kind
from catlearn.theory.theory import Block
from tests.cli.command import inside
from tests.laws.test_lane_invariance import law, ours

MODULE = """
import numpy
import torch
from torch import nn

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten())
        self.head = nn.Linear(256, 10)

    def forward(self, images):
        return self.head(self.body(images))

class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(64, 10)
        self.register_buffer("scale", torch.full((10,), 2.0))

    def forward(self, images):
        return self.linear(images.flatten(1)) * self.scale

def Noisy():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.Dropout(0.5))

def Moving():
    return nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 10))

def Narrow():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 9))

def Wrong():
    return nn.Linear(64, 10)

def Elsewhere():
    made = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    made[1].weight.data.fill_(float(numpy.random.rand()))
    return made

def Double():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10)).double()

def Needy(width):
    return nn.Linear(width, 10)

def Nothing():
    return 3

class Broken(nn.Linear):
    def forward(self, inputs):
        raise KeyError("of its author")

def Made():
    return Broken(64, 10)

def Unmade():
    return undefined_name
"""

SPECIFICATION = """
dataset digits { source = sklearn.digits, reshape = [1, 8, 8] }
map body : R[1, 8, 8] -> R[10] = extern("MODULE:Network")
category P {
  object A = params(body)
  run a : A@init -> A@a { net = body, data = digits, loss = cross_entropy, optimiser = adam(lr = 0.01), batch = 64,
                          epochs = 2, seeds = 0..1 }
  run half : A@init -> A@mid { like = a, epochs = 1 }
  run rest : A@mid -> A@a { like = half, resume = half }
  law whole : half >> rest == a
}
claim resumes : whole                         expect exact
claim counted : trained_parameters(a) == 2610 expect supported
claim halved  : trained_parameters(a) == 1305 expect refuted
"""


@pytest.fixture
def name(tmp_path, monkeypatch, request):
    """A module of a name that no other test uses, in a folder where modules are looked for."""
    made = f"users_{abs(hash(request.node.name))}"
    (tmp_path / f"{made}.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv(PERMISSION, raising=False)
    return made


def specification(tmp_path, name):
    path = tmp_path / "own.cat"
    path.write_text(SPECIFICATION.replace("MODULE", name))
    return path


def layer(name, factory="Network"):
    with allowed():
        found = signature(f"{name}:{factory}", (1, 8, 8), (10,))
    attributes = (("factory", f"{name}:{factory}"), ("code", found.code))
    return LayerPlan(
        operation="extern",
        block="f.0",
        tensors=found.tensors,
        input_shape=(1, 8, 8),
        output_shape=(10,),
        attributes=attributes,
    )


def test_checking_imports_nothing_and_running_needs_permission(tmp_path, name):
    path = specification(tmp_path, name)
    assert verbs.check(path).theory is not None
    for verb in (verbs.compile, verbs.run, verbs.verify):
        with pytest.raises(verbs.SpecificationError, match="permission"):
            verb(path)
    assert name not in sys.modules


def test_it_trains_resumes_and_is_rechecked(tmp_path, name):
    path = specification(tmp_path, name)
    found = verbs.verify(path, allow_extern=True)
    assert {row.name: row.verdict for row in found.claims} == {
        "resumes": "exact",
        "counted": "supported",
        "halved": "refuted",
    }
    plan = verbs.compile(path, allow_extern=True)
    assert PERMISSION not in os.environ
    store = verbs.default_store(path)
    assert verbs.recheck(store, allow_extern=True).ok
    (tmp_path / f"{name}.py").write_text(MODULE + "\n# changed\n")
    changed = verbs.compile(path, allow_extern=True)
    assert not {job.digest for job in changed.train} & {job.digest for job in plan.train}


def test_lanes_are_the_module_alone(name):
    plan = layer(name)
    with allowed():
        drawn = [initial_parameters([plan], seed) for seed in (0, 1)]
        again = initial_parameters([plan], 0)
        parameters = {key: torch.stack([lane[key] for lane in drawn]).requires_grad_() for key in drawn[0]}
        inputs = torch.randn(5, 64)
        outputs = forward((plan,), parameters, inputs)
        outputs.square().sum().backward()
        assert law(ours, (plan,), [0, 1, 2], 7)
    assert all(torch.equal(drawn[0][key], again[key]) for key in again)
    assert not torch.equal(drawn[0]["f.0.head/weight"], drawn[1]["f.0.head/weight"])
    for lane in (0, 1):
        module = sys.modules[name].Network()
        module.load_state_dict(
            {key.removeprefix("f.0.").replace("/", "."): value for key, value in drawn[lane].items()}
        )
        expected = module(inputs.view(5, 1, 8, 8))
        torch.testing.assert_close(outputs[lane], expected, rtol=1e-5, atol=1e-6)
        expected.square().sum().backward()
        for key, value in module.named_parameters():
            found = parameters[f"f.0.{key.replace('.', '/')}"].grad[lane]
            torch.testing.assert_close(found, value.grad, rtol=1e-4, atol=1e-4)


def test_buffers_of_a_module_are_where_its_parameters_are(name):
    plan = layer(name, "Scaled")
    with allowed():
        parameters = {key: torch.stack([value] * 2) for key, value in initial_parameters([plan], 3).items()}
        scaled = forward([plan], parameters, torch.ones(5, 64))
        moved = {key: value.to("meta") for key, value in parameters.items()}
        there = forward([plan], moved, torch.ones(5, 64, device="meta"))
    bare = torch.nn.functional.linear(
        torch.ones(5, 64), *(parameters[f"f.0.linear/{of}"][0] for of in ("weight", "bias"))
    )
    assert torch.allclose(scaled[1], 2 * bare)
    assert there.device.type == "meta"


@pytest.mark.parametrize(
    ("factory", "reason"),
    [
        ("Noisy", "draws numbers in training"),
        ("Moving", "changes its buffers"),
        ("Narrow", "declares"),
        ("Wrong", "does not take inputs"),
        ("Elsewhere", "another source than torch"),
        ("Double", "float32"),
        ("Needy", "without arguments"),
        ("Nothing", "makes no"),
        ("Absent", "cannot be imported"),
        ("Unmade", "without arguments: NameError: name 'undefined_name'"),
    ],
)
def test_what_could_not_be_kept_is_refused(name, factory, reason):
    with allowed(), pytest.raises(ExternError, match=reason):
        signature(f"{name}:{factory}", (1, 8, 8), (10,))


def test_code_that_changed_after_the_plan_is_not_run(name, tmp_path):
    plan = layer(name)
    (tmp_path / f"{name}.py").write_text(MODULE + "\n# changed\n")
    with allowed():
        drawn = initial_parameters([plan], 0)
        with pytest.raises(ExternError, match="the plan was made"):
            forward((plan,), {key: value.unsqueeze(0) for key, value in drawn.items()}, torch.zeros(1, 64))


def test_blocks_of_unknown_tensors_are_never_taken_for_each_other():
    assert kind(Block("f.0", ())) != kind(Block("g.0", ()))
    assert kind(Block("f.0", ())) == kind(Block("f.0", ()))


def test_torch_is_left_as_it_was(name):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    layer(name)
    assert torch.equal(torch.get_rng_state(), before)
    assert isinstance(sys.modules[name].Network(), nn.Module)


def test_a_mistake_in_code_of_its_author_is_none_of_catlearn(tmp_path, name):
    with allowed(), pytest.raises(ExternError, match=r"does not take inputs of .*: KeyError: 'of its author'"):
        signature(f"{name}:Made", (1, 8, 8), (10,))
    spoilt = tmp_path / f"{name}_spoilt.py"
    spoilt.write_text("raise ZeroDivisionError('while it is imported')")
    with allowed(), pytest.raises(ExternError, match="cannot be imported: ZeroDivisionError: while it is imported"):
        signature(f"{name}_spoilt:Network", (1, 8, 8), (10,))


def test_a_run_beside_one_of_a_module_has_a_script_where_that_may_be_imported(tmp_path, name):
    path = specification(tmp_path, name)
    more = """
map plain : R[1, 8, 8] -> R[10] = flatten >> linear(10)
category Q {
  object B = params(plain)
  run b : B@init -> B@b { net = plain, data = digits, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 64,
                          epochs = 1, seeds = 0..1 }
}
"""
    path.write_text(path.read_text() + more)
    command = ("compile", path, "--emit", "python", "--only")
    assert "required the permission to import it" in inside(*command, "b").err
    assert "def train_b" in inside(*command, "b", "--allow-extern").out
    assert "has no standalone form" in inside(*command, "a", "--allow-extern").err
