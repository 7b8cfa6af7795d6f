"""Datasets as functions of a script that load, split and scale them."""

from collections.abc import Mapping

from catlearn.emit.names import literal
from catlearn.emit.refusal import NotEmitted
from catlearn.plan.ir import DatasetPlan

SOURCES: Mapping[str, str] = {
    "sklearn.digits": "sklearn.datasets.load_digits(return_X_y=True)",
    "sklearn.wine": "sklearn.datasets.load_wine(return_X_y=True)",
    "sklearn.breast_cancer": "sklearn.datasets.load_breast_cancer(return_X_y=True)",
    "sklearn.iris": "sklearn.datasets.load_iris(return_X_y=True)",
}
"""How a source is loaded."""

SCALES: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "scale": ("inputs = inputs / (abs(inputs[train]).max() or 1.0)",),
    "standardise": (
        "mean, deviation = inputs[train].mean(axis=0), inputs[train].std(axis=0)",
        "deviation[deviation == 0] = 1.0",
        "inputs = (inputs - mean) / deviation",
    ),
}
"""How the inputs are scaled, by the training split alone."""


def dataset(plan: DatasetPlan, function: str) -> str:
    """The function that loads a dataset. Raises `NotEmitted`."""
    if plan.source not in SOURCES:
        raise NotEmitted(f"the source `{plan.source}` has no standalone form: emit runs on scikit-learn's datasets")
    if plan.chosen:
        raise NotEmitted(f"some classes of `{plan.source}` have no standalone form: emit runs on all of them")
    tested = plan.test_size
    body = (
        f"inputs, labels = {SOURCES[plan.source]}",
        f'shuffled = generator("split", {literal(plan.source)}, {plan.seed})',
        "order = torch.randperm(len(inputs), generator=shuffled).numpy()",
        f"test, train = order[:{tested}], order[{tested}:{tested + plan.train_size}]",
        *SCALES[plan.transform],
        f"return splits({literal(plan.digest)}, inputs, labels, train, test)",
    )
    return "\n".join(
        (
            f"def {function}():",
            f'    """{plan.train_size} examples to train on and {plan.test_size} to test on."""',
            *(f"    {line}" for line in body),
        )
    )
