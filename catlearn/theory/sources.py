"""The data table: what can be known of a dataset without opening it."""

from typing import NamedTuple


class Material(NamedTuple):
    """A labelled dataset: the shape of one input, the number of classes, the number of examples."""

    input_shape: tuple[int, ...]
    classes: int
    rows: int


SOURCES = {
    "sklearn.breast_cancer": Material((30,), 2, 569),
    "sklearn.digits": Material((64,), 10, 1797),
    "sklearn.iris": Material((4,), 3, 150),
    "sklearn.wine": Material((13,), 3, 178),
}
"""The datasets that scikit-learn brings along."""
