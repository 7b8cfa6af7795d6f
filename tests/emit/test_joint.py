"""Scripts of joint runs: networks that share a block, trained by plain PyTorch to the weights of the runs."""

import pytest

from catlearn import verbs
from tests.emit.scripts import CLOSE, distance, executed, saved, trained

TEXT = """
dataset low  {{ source = sklearn.digits, classes = [0, 1, 2, 3, 4], test = 0.25, seed = 0 }}
dataset few  {{ source = sklearn.digits, classes = [5, 6, 7, 8, 9], train = 200, test = 100, seed = 1 }}
map encoder : R[64] -> R[16] = {encoder}
map head    : R[16] -> R[5] = linear(5)
category Param {{
  object E = params(encoder)
  object H = params(head)
  object A = E * H
  object B = E * H
  map of_a : A -> E = project
  map of_b : B -> E = project
  run alone : A@init -> A@alone {{ net = encoder >> head, data = low, loss = cross_entropy, optimiser = {rule},
                                  batch = 64, epochs = 1, {more}seeds = 0..1 }}
}}
pullback P of of_a : A -> E along of_b : B -> E {{ leg p : P -> A, leg q : P -> B }}
run both : P@init -> P@both {{
  net = [encoder >> head, encoder >> head], data = [low, few], loss = cross_entropy, optimiser = {rule},
  batch = 64, epochs = 2, {more}seeds = 0..1
}}
run on : P@both -> P@on {{ like = both, resume = both }}
"""
SMOOTH = "linear(16) >> tanh"
CASES = {
    "smooth": (SMOOTH, "heavy_ball(lr = 0.05, m = 0.5)", ""),
    "a rate that falls with the epochs": (SMOOTH, "sgd(lr = 0.1 / (1 + epoch))", ""),
    "clipped": (SMOOTH, "sgd(lr = 0.1)", "clip = 0.5, "),
    "normalised": ("linear(16) >> batchnorm >> tanh", "sgd(lr = 0.05)", ""),
    "noisy": ("linear(16) >> tanh >> dropout(0.2)", "sgd(lr = 0.05)", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_a_script_of_joint_runs_ends_where_they_do(tmp_path, case):
    encoder, rule, more = CASES[case]
    made = trained(tmp_path, TEXT.format(encoder=encoder, rule=rule, more=more))
    out = executed(verbs.emit(made.specification), tmp_path, (0, 1))
    for name in ("alone", "both", "on"):
        for seed in (0, 1):
            assert distance(made.tensors(name, seed), saved(out, name, seed)) < CLOSE


def test_saboteur_a_script_that_shares_nothing_ends_elsewhere(tmp_path):
    made = trained(tmp_path, TEXT.format(encoder=SMOOTH, rule="sgd(lr = 0.1)", more=""))
    text = verbs.emit(made.specification, only="both")
    line = "self.set_submodule(block(own), self.get_submodule(block(first)))"
    assert text.count(line) == 1
    out = executed(text.replace(line, "pass"), tmp_path, (0,))
    assert distance(made.tensors("both", 0), saved(out, "both", 0)) > 100 * CLOSE


INSIDE = """
  map same : B -> B = project
  run right : B@init -> B@right { like = alone, data = few }
"""
AFTER = """
pullback Q of q : P -> B along same(B@right) { leg j : Q -> P  freeze B { } }
run others : Q@init -> Q@others { like = both }
"""


def test_blocks_are_frozen_that_have_another_name_where_they_come_from(tmp_path):
    """Of the second of two joint networks, whose head is the other's of the same name in the run of one network."""
    text = TEXT.format(encoder=SMOOTH, rule="sgd(lr = 0.1)", more="")
    made = trained(tmp_path, text.replace("  run alone", f"{INSIDE}  run alone") + AFTER)
    script = verbs.emit(made.specification, only="others")
    out = executed(script, tmp_path, (0, 1))
    for seed in (0, 1):
        assert distance(made.tensors("others", seed), saved(out, "others", seed)) < CLOSE
    line = """{"encoder.0": "encoder.0", "head.0": "head.0'"}"""
    assert script.count(line) == 1
    spoilt = executed(script.replace(line, line.replace("'", "")), tmp_path, (0,))
    assert distance(made.tensors("others", 0), saved(spoilt, "others", 0)) > 100 * CLOSE
