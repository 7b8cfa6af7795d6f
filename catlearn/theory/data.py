"""Datasets, their splits, and probes."""

from collections.abc import Mapping
from fractions import Fraction
from math import floor, prod

from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.fields import Given, Signature, of_block
from catlearn.theory.names import Entry, Scope
from catlearn.theory.rules import field_type, missing_data, shape_mismatch, unknown_name
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.sources import SOURCES, Material
from catlearn.theory.theory import Dataset, Probe, Theory
from catlearn.theory.values import identifier, natural, positive_whole, share, shown, word

DATASET = Signature(("source", "test", "seed", "reshape"), ("source",))
PROBE = Signature(("from", "size"), ("from", "size"))
SPLITS = ("train", "test")


def _material(scope: Scope, name: str | None, span: Span) -> Material | None:
    if name is not None and name not in SOURCES:
        scope.report(missing_data.of(name, span, SOURCES))
    return None if name is None else SOURCES.get(name)


def _dataset(scope: Scope, entry: Entry, node: tree.Dataset) -> Dataset | None:
    given = of_block(scope, node.name, node.fields, DATASET)
    source = given.take("source", word, "the name of a dataset, such as `sklearn.digits`")
    test = given.take("test", share, "a number between 0 and 1: the fraction held out", Fraction(1, 4))
    seed = given.take("seed", natural, "a whole number", 0)
    material = _material(scope, source, given.span("source", node.name.span))
    shape = _reshaped(given, material) if material else None
    if source is None or material is None or shape is None or test is None or seed is None:
        return None
    held_out = floor(material.rows * test)
    if held_out == 0 or held_out == material.rows:
        wanted = f"a fraction that leaves examples in both splits of {material.rows}"
        scope.report(field_type.found(f"`{test}`", wanted, given.span("test", node.name.span)))
        return None
    sizes = material.rows - held_out, held_out
    return Dataset(entry.name, source, test, seed, shape, material.classes, *sizes, node.name.span)


def _sizes(expression: tree.Expression) -> tuple[int, ...] | None:
    if not isinstance(expression, tree.Sequence):
        return None
    sizes = [positive_whole(item) for item in expression.items]
    found = tuple(size for size in sizes if size is not None)
    return found if found and len(found) == len(sizes) else None


def _reshaped(given: Given, material: Material) -> tuple[int, ...] | None:
    """The shape of an example: its own, or the one with as many numbers that `reshape` says."""
    shape = given.take("reshape", _sizes, "the sizes of a shape, such as `[1, 8, 8]`", material.input_shape)
    if shape is None or prod(shape) == prod(material.input_shape):
        return shape
    found = f"the shape `{shape_text(shape)}` of {prod(shape)} numbers"
    wanted = f"one of {prod(material.input_shape)}, the numbers of an example"
    given.scope.report(shape_mismatch.of(found, wanted, given.values["reshape"].span))
    return None


def datasets(scope: Scope) -> Mapping[str, Dataset]:
    """The datasets of a specification, with the sizes of their splits."""
    found = ((entry, _dataset(scope, entry, node)) for entry, node in scope.of(tree.Dataset))
    return {entry.name: dataset for entry, dataset in found if dataset}


def split_of(scope: Scope, expression: tree.Expression) -> tuple[Entry, str] | None:
    """The dataset and the split that `digits.test` names; None, reported, where it names none."""
    wanted = "a split of a dataset, such as `digits.test`"
    name = identifier(expression)
    if name is None:
        scope.report(field_type.found(shown(expression.span), wanted, expression.span))
        return None
    base, _, split = name.name.rpartition(".")
    if not base:
        _report_unsplit(scope, name)
        return None
    span = Span(name.span.source, name.span.start, _end(name, base))
    entry = scope.find(tree.Identifier(base, span), (tree.Dataset,))
    if entry and split not in SPLITS:
        scope.report(unknown_name.not_among(split, name.span, f"split of `{base}`", SPLITS))
    return (entry, split) if entry and split in SPLITS else None


def _end(name: tree.Identifier, base: str) -> int:
    return name.span.start + len(base) if name.span.text.startswith(base) else name.span.end


def _report_unsplit(scope: Scope, name: tree.Identifier) -> None:
    if scope.find(name, (tree.Dataset,)):
        wanted = f"one of its splits, `{name.name}.train` or `{name.name}.test`"
        scope.report(field_type.found(f"the dataset `{name.name}`", wanted, name.span))


def split_size(dataset: Dataset, split: str) -> int:
    """The number of examples in a split."""
    return dataset.train_size if split == "train" else dataset.test_size


FEWEST = 3
"""Points of the least probe: any two points are similar to any two others."""


def _enough(expression: tree.Expression) -> int | None:
    size = positive_whole(expression)
    return size if size is not None and size >= FEWEST else None


def _probe(scope: Scope, theory: Theory, entry: Entry, node: tree.Probe) -> Probe | None:
    given = of_block(scope, node.name, node.fields, PROBE)
    size = given.take("size", _enough, f"a whole number of {FEWEST} at least: two points have one shape only")
    split = split_of(scope, given.values["from"]) if "from" in given.values else None
    dataset = theory.datasets.get(split[0].name) if split else None
    if size is None or split is None or dataset is None:
        return None
    available = split_size(dataset, split[1])
    if size > available:
        wanted = f"at most {available}, all examples of `{split[0].name}.{split[1]}`"
        scope.report(field_type.found(f"`{size}`", wanted, given.values["size"].span))
        return None
    return Probe(entry.name, dataset.name, split[1], size, node.name.span)


def probes(scope: Scope, theory: Theory) -> Mapping[str, Probe]:
    """The probes of a specification; the datasets of `theory` must be complete."""
    found = ((entry, _probe(scope, theory, entry, node)) for entry, node in scope.of(tree.Probe))
    return {entry.name: probe for entry, probe in found if probe}
