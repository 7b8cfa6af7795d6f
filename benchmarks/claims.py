"""How long fifty claims over thirty-two seeds take to decide once their runs exist."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks import engine
from benchmarks.harness import Figure, row, timed
from catlearn.plan.ir import Plan
from catlearn.store.store import Store
from catlearn.verdict.decide import decide

SPECIFICATION = """
dataset digits { source = sklearn.digits, test = 0.25, seed = 0 }
probe X { from = digits.test, size = 64 }
map encoder : R[64] -> R[32] = linear(32) >> relu
map head    : R[32] -> R[10] = linear(10)
category Param {
  object A = params(encoder) * params(head)
  run plain : A@init -> A@plain { net = encoder >> head, data = digits, loss = cross_entropy,
                                  optimiser = sgd(lr = 0.1), batch = 64, epochs = 10, seeds = 0..31 }
  run ball  : A@init -> A@ball  { like = plain, optimiser = heavy_ball(lr = 0.01, m = 0.9) }
  run adam_ : A@init -> A@adam  { like = plain, optimiser = adam(lr = 0.002) }
  run lion_ : A@init -> A@lion  { like = plain, optimiser = lion(lr = 0.001, b1 = 0.9, b2 = 0.99) }
}
category Rep { object Z = cloud(on = X, dim = 32, normalise = rms) }
functor L : Param -> Rep { object A |-> Z by activations(encoder, on = X)  run * |-> trace(every = 1 epoch) }
relation basin = dihomotopy { slack = 0.05 }
cell slide : plain => ball by basin
cell rule_of_balls : heavy_ball(lr, m) => sutskever(lr, m) strict { v |-> lr * v, assume constant(lr) }
"""

RUNS = {"plain": "plain", "ball": "ball", "adam_": "adam", "lion_": "lion"}
"""Runs and the points at which they end."""

OTHERS = [name for name in RUNS if name != "plain"]


def _accuracy(run: str) -> str:
    return f"accuracy({run}, on = digits.test)"


def _claims() -> Mapping[str, list[str]]:
    """The claims by what decides them."""
    pairs = [(left, right) for left in RUNS for right in RUNS if left < right]
    distances = [f"L(A@plain) ~ L(A@{RUNS[other]}) by" for other in OTHERS]
    return {
        "t-tests": [
            *(f"{_accuracy(left)} ~ {_accuracy(right)} within 1%" for left, right in pairs),
            *(f"norm({left}) < norm({right})" for left, right in pairs),
            *(f"gap({run}) <= 0.1" for run in RUNS),
        ],
        "bootstraps": [
            f"loss({left}, on = digits.test) ~ loss({right}, on = digits.test) within 0.05 {{ test = bootstrap }}"
            for left, right in pairs
        ],
        "correlations": [
            *(f"spearman(norm({run}), gap({run})) > 0" for run in RUNS),
            *(f"kendall(norm({run}), {_accuracy(run)}) > 0" for run in RUNS),
            *(f"r2(norm({run}), gap({run})) >= 0.1" for run in RUNS),
        ],
        "distances": [
            *(f"{pair} bottleneck(dims = 0..1) within 0.2" for pair in distances),
            *(f"{pair} procrustes within 0.2" for pair in distances),
            *(f"cka(L(A@plain), L(A@{RUNS[other]})) >= 0.9" for other in OTHERS),
        ],
        "cell by a dihomotopy": ["slide { holds_for = 0.8 }"],
        "sharpness": ["sharpness(plain) < 10"],
        "proofs, counts and lengths": [
            "rule_of_balls",
            "steps(plain) == 210",
            "trained_parameters(plain) < 3000",
            "length(plain) < length(adam_)",
            "length(plain) < length(lion_)",
        ],
    }


def _text(groups: Mapping[str, list[str]]) -> str:
    """The specification with all claims, named by the place of their group and their place in it."""
    lines = (
        f"claim c{group}_{place} : {claim}"
        for group, claims in enumerate(groups.values())
        for place, claim in enumerate(claims)
    )
    return "\n".join((SPECIFICATION, *lines, ""))


def _of_group(plan: Plan, group: int) -> Plan:
    """The plan with the claims of one group alone."""
    return plan.model_copy(update={"decide": tuple(job for job in plan.decide if job.claim.startswith(f"c{group}_"))})


def _seconds(plan: Plan, prepared: Path) -> float:
    """The time of deciding the claims of a plan in a store that holds its runs and no evidence."""
    with engine.scratch() as directory:
        store = Store.open(engine.copied(prepared, directory))
        return timed(lambda: decide(plan, store))


@row(
    "claims-fifty",
    "seconds to decide 50 claims over 32 seeds, one thread, once the runs exist",
    at_most=10,
    unit=" s",
)
def fifty() -> Figure:
    """The time of deciding all, with that of each group by itself."""
    groups = _claims()
    with engine.scratch() as directory:
        whole = engine.plan(_text(groups), directory)
        prepared = engine.prepared(whole, directory, {job.name for job in whole.train})
        total = _seconds(whole, prepared)
        each = {name: _seconds(_of_group(whole, place), prepared) for place, name in enumerate(groups)}
    shares = ", ".join(f"{len(groups[name])} {name} {seconds:.2g} s" for name, seconds in each.items())
    return Figure((total,), f"{len(whole.decide)} claims; each kind by itself: {shares}")
