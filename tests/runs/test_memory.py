"""Memory that is freed stays with a process that trains: a step does not ask the system again for pages that the step
before has had."""

import json
import platform
import subprocess
import sys

import pytest

from tests.cli.command import environment

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only the C library of GNU is told to keep it"
)

COUNTED = """
import json, resource, sys

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() >> 20
"""
BARE = """
import torch
from torch.nn.functional import conv2d, relu
from catlearn.network.threads import single_threaded
from catlearn.runs.memory import keep_freed_memory

def over(steps):
    before = faults()
    for _ in range(steps):
        weight = torch.zeros(64, 64, 3, 3, requires_grad=True)
        torch.autograd.grad(relu(conv2d(relu(conv2d(inputs, weight)), weight)).sum(), weight)
    return faults() - before

with single_threaded():
    inputs = torch.ones(128, 64, 12, 12)
    over(2)
    without = over(20)
    keep_freed_memory()
    over(2)
    kept = over(20)
    blocks = [torch.ones(16 << 20) for _ in range(8)]
    held = resident()
    del blocks
    print(json.dumps({"without": without, "kept": kept, "held": held, "left": resident()}))
"""
TRAINED = """
from catlearn import verbs

at = {}
verbs.run(sys.argv[1], executor="inline", progress=lambda _, done, __: at.setdefault(done, faults()))
print(json.dumps(list(at.values())))
"""
SPEC = """
dataset digits { source = sklearn.digits, test = 0.25, seed = 0, reshape = [1, 8, 8] }
map net : R[1,8,8] -> R[10] = conv2d(32, kernel = 3) >> relu >> conv2d(32, kernel = 3) >> relu >> flatten >> linear(10)
category Param {
  object A = params(net)
  run gd : A@init -> A@gd { net = net, data = digits, loss = cross_entropy, optimiser = adam(lr = 0.001), batch = 128,
                            epochs = 8, checkpoints = 8 epoch, seeds = 0..1 }
}
"""


def counted(script, *arguments):
    """What a script in a fresh process counts."""
    command = [sys.executable, "-c", COUNTED + script, *map(str, arguments)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, env=environment(), check=True).stdout)


@pytest.fixture(scope="module")
def bare():
    """Page faults of twenty steps of torch without what is tested, and with it; and the mebibytes of the process while
    it holds 512 of them in blocks of 64, and when it has freed them."""
    return counted(BARE)


def test_steps_fault_at_a_fifth_of_the_pages_and_fewer(bare):
    assert bare["without"] > 10000
    assert bare["kept"] < bare["without"] / 5


def test_large_blocks_are_given_back_as_before(bare):
    assert bare["held"] - bare["left"] > 512 - 32


def test_steps_of_training_add_few_faults(tmp_path):
    """From the end of the first epoch to the end of the last: 70 steps. In another process than this, where nothing has
    freed large blocks before."""
    spec = tmp_path / "memory.cat"
    spec.write_text(SPEC, encoding="utf-8")
    found = counted(TRAINED, spec)
    assert len(found) >= 8
    assert found[7] - found[0] < 70 * 150
