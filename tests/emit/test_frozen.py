"""The script of a run with frozen blocks keeps them, their statistics and their mode, as the run does."""

from catlearn import verbs
from tests.emit.scripts import CLOSE, distance, executed, saved, trained

SPECIFICATION = """
dataset digits { source = sklearn.digits, reshape = [1, 8, 8] }
map body : R[1, 8, 8] -> R[16] = conv2d(4, 3) >> batchnorm >> tanh >> avgpool(3) >> flatten >> dropout(0.2)
map head : R[16] -> R[10] = linear(12) >> batchnorm >> tanh >> dropout(0.1) >> linear(10)
category P {
  object E = params(body)
  object A = E * params(head)
  map enc : A -> E = project
  run a : A@init -> A@a { net = body >> head, data = digits, loss = cross_entropy, batch = 64, epochs = 1, seeds = 0..0,
                          optimiser = heavy_ball(lr = 0.02, m = 0.9) }
}
pullback F of enc : A -> E along enc(A@a) {
  leg inc : F -> A
  freeze E { buffers = fixed, mode = eval }
}
run tune : F@init -> F@tuned { like = a }
run more : F@tuned -> F@more { like = tune, resume = tune }
"""


def test_a_script_freezes_what_its_run_freezes(tmp_path):
    runs = trained(tmp_path, SPECIFICATION)
    text = verbs.emit(runs.specification, only="more")
    assert text.count('frozen=("body.0", "body.1")') == 2
    executed(text, tmp_path, (0,))
    for name in ("a", "tune", "more"):
        assert distance(runs.tensors(name, 0), saved(tmp_path, name, 0)) < CLOSE
    still = saved(tmp_path, "more", 0)["body.1.running_mean"]
    assert (still == still[0]).all()
    executed(text.replace("block(name) not in frozen)\n    parameters", "True)\n    parameters"), tmp_path, (0,))
    assert distance(runs.tensors("tune", 0), saved(tmp_path, "tune", 0)) > CLOSE
