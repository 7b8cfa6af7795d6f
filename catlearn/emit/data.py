"""Datasets as functions of a script that load, split and scale them."""

from collections.abc import Mapping

from catlearn.emit.names import literal
from catlearn.emit.refusal import NotEmitted
from catlearn.plan.ir import DatasetPlan

SIXTEENTHS = ("inputs = inputs / 16.0",)
STANDARDISED = (
    "mean, deviation = inputs[train].mean(axis=0), inputs[train].std(axis=0)",
    "deviation[deviation == 0] = 1.0",
    "inputs = (inputs - mean) / deviation",
)

SOURCES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sklearn.digits": ("sklearn.datasets.load_digits(return_X_y=True)", SIXTEENTHS),
    "sklearn.wine": ("sklearn.datasets.load_wine(return_X_y=True)", STANDARDISED),
    "sklearn.breast_cancer": ("sklearn.datasets.load_breast_cancer(return_X_y=True)", STANDARDISED),
    "sklearn.iris": ("sklearn.datasets.load_iris(return_X_y=True)", STANDARDISED),
}
"""How a source is loaded, and how its inputs are scaled."""


def dataset(plan: DatasetPlan, function: str) -> str:
    """The function that loads a dataset. Raises `NotEmitted`."""
    if plan.source not in SOURCES:
        raise NotEmitted(f"the source `{plan.source}` has no standalone form: emit runs on scikit-learn's datasets")
    load, scale = SOURCES[plan.source]
    body = (
        f"inputs, labels = {load}",
        f'shuffled = generator("split", {literal(plan.source)}, {plan.seed})',
        "order = torch.randperm(len(inputs), generator=shuffled).numpy()",
        f"test, train = order[:{plan.test_size}], order[{plan.test_size}:]",
        *scale,
        f"return splits({literal(plan.digest)}, inputs, labels, train, test)",
    )
    return "\n".join(
        (
            f"def {function}():",
            f'    """{plan.train_size} examples to train on and {plan.test_size} to test on."""',
            *(f"    {line}" for line in body),
        )
    )
