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
    assert "times of one core, measured while training: they are not reproduced" in row.method
    jobs = {job.name: job for job in Plan.model_validate_json(store.read_text("plan.json")).train}
    seconds = {
        name: [store.run_record(jobs[name].digest, seed).seconds for seed in range(4)] for name in ("frozen", "tuned")
    }
    assert min(seconds["frozen"] + seconds["tuned"]) > 0
    difference = sum(seconds["frozen"]) / 4 - sum(seconds["tuned"]) / 4 - 3600
    assert row.estimate == pytest.approx(difference)


def test_times_are_in_no_digest_and_recheck_finds_them_again(verified):
    assert verbs.recheck(verified[1].root).ok
