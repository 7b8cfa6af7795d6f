"""Transfer by pullback on a small scale: digits below five to digits above, from text to verdicts."""

import pytest

from catlearn import verbs
from catlearn.plan.ir import Plan
from catlearn.store.store import Store

TEXT = """
dataset low  { source = sklearn.digits, classes = [0, 1, 2, 3, 4], test = 0.25, seed = 0 }
dataset high { source = sklearn.digits, classes = [5, 6, 7, 8, 9], test = 0.25, seed = 0 }
map encoder : R[64] -> R[32] = linear(32) >> relu
map head    : R[32] -> R[5] = linear(5)
category Param {
  object E = params(encoder)
  object A = E * params(head)
  map enc : A -> E = project
  run source  : A@init -> A@source { net = encoder >> head, data = low, loss = cross_entropy,
                                     optimiser = adam(lr = 0.005), batch = 32, epochs = 5, seeds = 0..3 }
  run tuned   : A@source -> A@tuned { like = source, data = high }
  run scratch : A@init -> A@scratch { like = source, data = high }
}
pullback F of enc : A -> E along enc(A@source) { leg i : F -> A  freeze E { } }
run frozen : F@init -> F@frozen { like = source, data = high }
claim kept    : constant(enc, along = frozen) expect exact
claim near    : accuracy(frozen, on = high.test) >= 0.5 * accuracy(tuned, on = high.test)
claim far     : accuracy(frozen, on = high.test) >= 1.5 * accuracy(tuned, on = high.test) expect refuted
claim scratch : accuracy(scratch, on = high.test) >= 0.5
claim work    : flops(frozen) <= 0.25 * flops(tuned)
claim as_much : flops(scratch) == flops(tuned)
claim more    : flops(frozen) >= flops(tuned) expect refuted
claim hours   : train_time(frozen) <= 3600 + train_time(tuned)
claim longer  : train_time(frozen) >= 3600 + train_time(tuned) expect refuted
"""


@pytest.fixture(scope="module")
def verified(tmp_path_factory):
    path = tmp_path_factory.mktemp("transfer") / "transfer.cat"
    path.write_text(TEXT.replace("claim scratch ", "claim alone "))
    return verbs.verify(path), Store(verbs.default_store(path))


def test_every_claim_is_decided_as_it_says(verified):
    assert [row.name for row in verified[0].claims if not row.met] == []


def test_a_claim_on_time_says_what_it_rests_on_and_is_that_of_the_records(verified):
    verification, store = verified
    row = next(row for row in verification.claims if row.name == "hours")
    assert "times of one core, measured while training, and not reproduced" in row.method
    jobs = {job.name: job for job in Plan.model_validate_json(store.read_text("plan.json")).train}
    seconds = {
        name: [store.run_record(jobs[name].digest, seed).seconds for seed in range(4)] for name in ("frozen", "tuned")
    }
    assert min(seconds["frozen"] + seconds["tuned"]) > 0
    difference = sum(seconds["frozen"]) / 4 - sum(seconds["tuned"]) / 4 - 3600
    assert row.estimate == pytest.approx(difference)


SMALL = """
dataset d { source = sklearn.iris }
map f : R[4] -> R[3] = linear(3)
category P { object A = params(f)
  run a : A@init -> A@a { net = f, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 28, epochs = 1,
                          seeds = SEEDS }
  run b : A@init -> A@b { like = a, optimiser = adam(lr = 0.01) }
}
claim sooner : train_time(a) <= 3600 + train_time(b)
claim later  : train_time(a) >= 3600 + train_time(b)
claim ratio  : train_time(a) / train_time(b) <= 3600
claim single : train_time(a) <= 3600
claim ranks  : spearman(train_time(a), accuracy(a, on = d.test)) <= 0.99999
"""


def verdicts(folder, seeds):
    path = folder / "times.cat"
    path.write_text(SMALL.replace("SEEDS", seeds))
    found = verbs.verify(path).claims
    assert verbs.recheck(verbs.default_store(path)).ok
    return {row.name: row for row in found}


def test_times_of_one_call_are_compared(tmp_path):
    found = verdicts(tmp_path, "0..4")
    names = ("sooner", "later", "ratio", "single")
    assert [found[name].verdict for name in names] == ["supported", "refuted", "supported", "supported"]


def test_times_of_two_calls_are_not_compared(tmp_path):
    path = tmp_path / "times.cat"
    path.write_text(SMALL.replace("SEEDS", "0..4").replace("  run b", "# run b").partition("claim")[0])
    verbs.run(path)
    found = verdicts(tmp_path, "0..4")
    assert {name: row.verdict for name, row in found.items() if name != "ranks"} == {
        "sooner": "undecided",
        "later": "undecided",
        "ratio": "undecided",
        "single": "supported",
    }
    assert any("no one call measured on one machine" in line for line in found["sooner"].evidence)


def test_seeds_that_were_added_are_compared_within_their_own_call(tmp_path):
    verdicts(tmp_path, "0..4")
    found = verdicts(tmp_path, "0..9")
    assert found["sooner"].verdict == "supported"
    assert found["ranks"].verdict == "undecided"
    assert any("no one call measured on one machine" in line for line in found["ranks"].evidence)


def test_times_are_in_no_digest_and_recheck_finds_them_again(verified):
    assert verbs.recheck(verified[1].root).ok
