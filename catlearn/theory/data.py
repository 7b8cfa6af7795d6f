"""Datasets, their splits, and probes."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import floor, prod
from typing import NamedTuple

from catlearn.diagnostics import Diagnostic
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.fields import Given, Signature, of_block
from catlearn.theory.imports import project_path
from catlearn.theory.materials import Refused
from catlearn.theory.names import Entry, Scope, bare
from catlearn.theory.rules import field_type, import_outside, missing_data, shape_mismatch, unknown_name
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.sources import SOURCES, Material
from catlearn.theory.theory import Dataset, Pictures, Probe, Theory
from catlearn.theory.values import identifier, natural, positive_whole, share, shown, word

DATASET = Signature(
    ("source", "test", "train", "seed", "classes", "transform", "layout", "colour", "resize", "pad", "reshape"),
    ("source",),
)
PROBE = Signature(("from", "size"), ("from", "size"))
SPLITS = ("train", "test")
TRANSFORMS = ("scale", "standardise", "none")
LAYOUTS = ("channels_first", "channels_last")
LARGEST_SIDE = 4096


# Where the examples come from.


def _material(scope: Scope, given: Given) -> tuple[str, Material] | None:
    """The name or the path of a source and what is known of it; None, reported, where it is not there."""
    expression = given.values.get("source")
    if isinstance(expression, tree.Name) and not expression.primed:
        return _named(scope, expression.name, expression.span)
    if isinstance(expression, tree.String):
        return _own(scope, expression)
    if expression is not None:
        wanted = 'the name of a dataset, such as `sklearn.digits`, or a path such as `"data/mine.npz"`'
        scope.report(field_type.found(shown(expression.span), wanted, expression.span))
    return None


def _own(scope: Scope, written: tree.String) -> tuple[str, Material] | None:
    path = project_path(scope, written)
    if path is None:
        scope.report(import_outside.of(written.value, written.span))
        return None
    found = scope.materials.at(path)
    if isinstance(found, Refused):
        scope.report((import_outside.at if found.outside else missing_data.at)(found.message, written.span))
        return None
    return f"./{path}", found


def _named(scope: Scope, name: str, span: Span) -> tuple[str, Material] | None:
    found = scope.materials.named(name)
    if found is None:
        scope.report(missing_data.of(name, span, SOURCES))
    elif isinstance(found, Refused):
        scope.report(missing_data.at(found.message, span))
    else:
        return name, found
    return None


# What becomes of them.


class _Sizes(NamedTuple):
    """How many examples train and test; `pooled` where both are drawn from all examples, and the `share` of these that
    is held out where it was given as such."""

    train: int
    test: int
    pooled: bool
    share: Fraction | None = None


class _HeldOut(NamedTuple):
    """What is held out: a share, a number of examples, or, where neither is given, the source's own test part."""

    share: Fraction | None = None
    size: int | None = None


EMPTY: tuple[int, ...] = ()


def _held_out(expression: tree.Expression) -> _HeldOut | None:
    if word(expression) == "official":
        return _HeldOut()
    size, part = positive_whole(expression), share(expression)
    return None if size is None and part is None else _HeldOut(part, size)


def _sizes(given: Given, material: Material, chosen: tuple[int, ...]) -> _Sizes | None:
    """The sizes of both splits; None, reported, where there are not so many examples."""
    parts = [sum(part[label] for label in chosen) if chosen else sum(part) for part in material.counts]
    own = len(parts) > 1
    wanted = "a number between 0 and 1, the fraction held out, or a number of examples" + ", or `official`" * own
    test = given.take("test", _held_out, wanted, _HeldOut() if own else _HeldOut(Fraction(1, 4)))
    train = given.take("train", positive_whole, "a number of examples above 0", 0)
    if test is None or train is None:
        return None
    if test == _HeldOut() and not own:
        _report(given, "test", "`official`", "a fraction or a number: the source has no test part of its own")
        return None
    return _trained(given, _tested(given, parts, test), train)


def _tested(given: Given, parts: list[int], test: _HeldOut) -> _Sizes | None:
    """The sizes with all the examples to train on that there are."""
    every, pooled = sum(parts), len(parts) == 1
    if test.share is not None:
        held = floor(every * test.share)
        if 0 < held < every:
            return _Sizes(every - held, held, True, test.share)
        _report(given, "test", f"`{test.share}`", f"a fraction that leaves examples in both splits of {every}")
        return None
    most = every - 1 if pooled else parts[1]
    held = most if test.size is None else test.size
    if 0 < held <= most and parts[0] > 0:
        return _Sizes(every - held if pooled else parts[0], held, pooled)
    _report(given, "test", f"{held} examples to test on", f"1 to {most}, and others to train on")
    return None


def _trained(given: Given, sizes: _Sizes | None, train: int) -> _Sizes | None:
    """The sizes with so many examples to train on, all of them where it is 0."""
    if sizes is None or train <= sizes.train:
        return sizes and sizes._replace(train=train or sizes.train)
    _report(given, "train", f"`{train}`", f"at most {sizes.train}, the examples to train on")
    return None


def _report(given: Given, key: str, found: str, wanted: str) -> None:
    """A value that does not fit the source, at its place or at that of the source."""
    span = given.values[key if key in given.values else "source"].span
    given.scope.report(field_type.found(found, wanted, span))


def _list(expression: tree.Expression) -> tuple[int, ...] | None:
    """Whole numbers in brackets."""
    items = expression.items if isinstance(expression, tree.Sequence) else ()
    found = tuple(label for item in items if (label := natural(item)) is not None)
    return found if found and len(found) == len(items) else None


def _shape(expression: tree.Expression) -> tuple[int, ...] | None:
    found = _list(expression)
    return found if found and all(found) else None


def _sides(expression: tree.Expression) -> tuple[int, ...] | None:
    found = _shape(expression)
    return found if found and len(found) == 2 and max(found) <= LARGEST_SIDE else None


def _chosen(given: Given, material: Material) -> tuple[int, ...] | None:
    """The classes that are kept, in the order of their new labels; empty for all."""
    chosen = given.take("classes", _list, "labels in brackets, such as `[3, 8]`", EMPTY)
    if not chosen:
        return chosen
    if len(chosen) < 2 or len(set(chosen)) < len(chosen) or max(chosen) >= material.classes:
        wanted = f"two or more different labels, from 0 to {material.classes - 1}"
        _report(given, "classes", shown(given.values["classes"].span), wanted)
        return None
    return chosen


def _one_of(*words: str) -> Callable[[tree.Expression], str | None]:
    return lambda expression: word(expression) if word(expression) in words else None


def _transform(given: Given, material: Material) -> str | None:
    wanted = " or ".join(f"`{name}`" for name in TRANSFORMS)
    return given.take("transform", _one_of(*TRANSFORMS), wanted, material.transform)


def _pictures(given: Given, material: Material) -> Pictures | None:
    """What becomes of pictures before they are split."""
    layout = given.take("layout", _one_of(*LAYOUTS), "`channels_last` or `channels_first`", "channels_first")
    colour = given.take("colour", _one_of("grey", "rgb"), "`grey` or `rgb`", "")
    sides = f"a height and a width of at most {LARGEST_SIDE}, such as `[28, 28]`"
    resize, pad = given.take("resize", _sides, sides, EMPTY), given.take("pad", _sides, sides, EMPTY)
    if layout is None or colour is None or resize is None or pad is None:
        return None
    return Pictures(material.channels_last or layout == "channels_last", colour, resize, pad)


def _pictured(given: Given, shape: tuple[int, ...], wanted: Pictures) -> tuple[int, ...] | None:
    """The shape of examples after layout, colour, size and padding, in this order; None, reported, where they are no
    pictures."""
    if given.values.keys() & {"layout"} and wanted.channels_last:
        if len(shape) != 3:
            _refused(given, "layout", shape, "pictures of height, width and channels")
            return None
        shape = (shape[2], *shape[:2])
    if wanted.colour:
        if len(shape) != 3 or shape[0] not in (1, 3):
            _refused(given, "colour", shape, "pictures of 1 or 3 channels")
            return None
        shape = (1 if wanted.colour == "grey" else 3, *shape[1:])
    for key, sides in (("resize", wanted.resize), ("pad", wanted.pad)):
        if sides and len(shape) not in (2, 3):
            _refused(given, key, shape, "pictures, `R[height, width]` or `R[channels, height, width]`")
            return None
        if sides and key == "pad" and (sides[0] < shape[-2] or sides[1] < shape[-1]):
            _refused(given, key, shape, f"at most {sides[0]} × {sides[1]}")
            return None
        shape = (*shape[:-2], *sides) if sides else shape
    return shape


def _refused(given: Given, key: str, shape: tuple[int, ...], wanted: str) -> None:
    found = f"examples of shape `{shape_text(shape)}`"
    given.scope.report(shape_mismatch.of(found, wanted, given.values[key].span))


def _reshaped(given: Given, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of an example: its own, or the one with as many numbers that `reshape` says."""
    wanted = given.take("reshape", _shape, "the sizes of a shape, such as `[1, 8, 8]`", shape)
    if wanted is None or prod(wanted) == prod(shape):
        return wanted
    found = f"the shape `{shape_text(wanted)}` of {prod(wanted)} numbers"
    numbers = f"one of {prod(shape)}, the numbers of an example"
    given.scope.report(shape_mismatch.of(found, numbers, given.values["reshape"].span))
    return None


def _dataset(scope: Scope, entry: Entry, node: tree.Dataset) -> Dataset | None:
    given = of_block(scope, node.name, node.fields, DATASET)
    seed = given.take("seed", natural, "a whole number", 0)
    source = _material(scope, given)
    if source is None:
        return None
    material = source[1]
    chosen, transform, pictures = _chosen(given, material), _transform(given, material), _pictures(given, material)
    sizes = None if chosen is None else _sizes(given, material, chosen)
    pictured = None if pictures is None else _pictured(given, material.input_shape, pictures)
    shape = None if pictured is None else _reshaped(given, pictured)
    if seed is None or chosen is None or transform is None or pictures is None or sizes is None or shape is None:
        return None
    return Dataset(
        name=entry.name,
        source=source[0],
        test=sizes.share,
        seed=seed,
        input_shape=shape,
        classes=len(chosen) or material.classes,
        train_size=sizes.train,
        test_size=sizes.test,
        span=node.name.span,
        material=material,
        pooled=sizes.pooled,
        chosen=chosen,
        transform=transform,
        pictures=pictures,
    )


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


def of_another_form(dataset: Dataset, own: Dataset, run: str, use: Span) -> Diagnostic | None:
    """Data that a run cannot read, used at a place, where its `own` have other shapes or classes; None where they have
    not."""
    if (dataset.input_shape, dataset.classes) == (own.input_shape, own.classes):
        return None
    found, taken = (f"`{shape_text(data.input_shape)}` in {data.classes} classes" for data in (dataset, own))
    wanted = f"{taken}, as `{bare(run)}` takes"
    return shape_mismatch.between(f"{found} from `{dataset.name}`", dataset.span, wanted, use)
