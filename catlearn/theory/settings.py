"""The fields of runs as they are written, and what runs copy from each other by `like`."""

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

from catlearn.category.update_rule import BoundRule
from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.fields import Given, Signature, of_block, required
from catlearn.theory.formats.patterns import is_pattern
from catlearn.theory.imports import project_path
from catlearn.theory.maps import first_repeated
from catlearn.theory.names import Entry, Scope
from catlearn.theory.optimisers import bound_to_numbers
from catlearn.theory.order import in_order
from catlearn.theory.rules import cycle, duplicate_name, field_type, shape_mismatch, unknown_field, unknown_name
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.theory import Layer, Run, Theory
from catlearn.theory.values import identifier, path, positive, positive_whole, seeds, shown, spacing, word

T = TypeVar("T")

RUN = Signature(
    (
        *("net", "data", "loss", "optimiser", "batch", "epochs", "seeds"),
        *("like", "resume", "checkpoints", "last", "clip", "source"),
    )
)
MADE_HERE = ("optimiser", "batch", "epochs", "resume", "checkpoints", "last", "clip")
"""What only a run that is trained here can say."""

REQUIRED = ("net", "data", "loss", "optimiser", "batch", "epochs", "seeds")
LOSSES = ("cross_entropy", "mse", "hinge")
ELSEWHERE = 'files in the folder of its own file, such as `"runs/seed-{seed}.safetensors"`'
ABOVE_ZERO = "a whole number above 0"


class Written(NamedTuple, Generic[T]):
    """A field as some run writes it; the value is None where it is in error."""

    value: T | None
    span: Span


class Settings(NamedTuple):
    """The fields of a run; None where neither it nor a run that it is like writes the field.

    Networks and datasets are one each, or those of a joint run in order."""

    net: Written[tuple[Written[tuple[str, ...]], ...]] | None = None
    data: Written[tuple[Written[str], ...]] | None = None
    loss: Written[str] | None = None
    optimiser: Written[BoundRule] | None = None
    batch: Written[int] | None = None
    epochs: Written[int] | None = None
    seeds: Written[tuple[int, ...]] | None = None
    checkpoints: Written[tuple[int, str]] | None = None
    last: Written[str] | None = None
    clip: Written[Fraction] | None = None

    def like(self, other: "Settings") -> "Settings":
        """These fields, and those of another run where this one writes none."""
        return Settings._make(own or copied for own, copied in zip(self, other, strict=True))


class Draft(NamedTuple):
    """A run's own fields, the runs that it names by `like` and `resume`, and the files of one trained elsewhere."""

    entry: Entry
    settings: Settings
    like: str | None
    resume: str | None
    incomplete: bool
    given: Given
    source: str | None = None


def network_layers(theory: Theory, names: tuple[str, ...]) -> tuple[Layer, ...]:
    """The layers of maps composed in order."""
    return tuple(layer for name in names for layer in theory.maps[name].layers)


def networks_of(theory: Theory, run: Run) -> tuple[tuple[Layer, ...], ...]:
    """The layers of each network that a run trains."""
    return tuple(network_layers(theory, names) for names in run.networks)


def _each(read: Callable[[tree.Expression], T | None]) -> Callable[[tree.Expression], tuple[Written[T], ...] | None]:
    """A reader of one expression, or of each one in `[a, b]`; None where one of them is in error."""

    def every(expression: tree.Expression) -> tuple[Written[T], ...] | None:
        items = expression.items if isinstance(expression, tree.Sequence) else (expression,)
        found = tuple(Written(read(item), item.span) for item in items)
        return None if any(item.value is None for item in found) else found

    return every


def network(scope: Scope, theory: Theory, expression: tree.Expression) -> tuple[str, ...] | None:
    """The maps that `encoder >> head` composes, in order; None, reported, where they do not compose."""
    names = path(expression)
    if names is None:
        scope.report(field_type.found(shown(expression.span), "maps, composed by name", expression.span))
        return None
    entries = [scope.find(name, (tree.Map,)) for name in names]
    maps = [theory.maps[entry.name] for entry in entries if entry and entry.name in theory.maps]
    if len(maps) < len(names):
        return None
    fitting = True
    for first, second, giver, taker in zip(maps, maps[1:], names, names[1:], strict=False):
        if first.output_shape != second.input_shape:
            given = f"`{shape_text(first.output_shape)}` from `{first.name}`"
            taken = f"`{shape_text(second.input_shape)}`, which `{second.name}` takes"
            scope.report(shape_mismatch.between(given, giver.span, taken, taker.span))
            fitting = False
    composed = tuple(found.name for found in maps)
    repeated = first_repeated(network_layers(theory, composed))
    if repeated:
        owner = f"the network {shown(expression.span)}"
        scope.report(duplicate_name.repeated(f"the block `{repeated}`", owner, expression.span))
    return composed if fitting and not repeated else None


def _dataset(scope: Scope, expression: tree.Expression) -> str | None:
    name = required(scope, expression, identifier, "the name of a dataset")
    if name is None:
        return None
    base, _, split = name.name.rpartition(".")
    if base and split in ("train", "test") and scope.candidates(base):
        wanted = f"a dataset, `{base}`: a run trains on its training split"
        scope.report(field_type.found(f"the split `{name.name}`", wanted, name.span))
        return None
    entry = scope.find(name, (tree.Dataset,))
    return entry.name if entry else None


def _choice(scope: Scope, what: str, known: tuple[str, ...]) -> Callable[[tree.Expression], str | None]:
    """A reader of one of a few words."""

    def read(expression: tree.Expression) -> str | None:
        if isinstance(expression, tree.Call):
            called = expression.function.name
            scope.report(unknown_name.not_among(f"{called}(…)", expression.span, what, known, called))
            return None
        chosen = required(scope, expression, word, " or ".join(f"`{name}`" for name in known))
        if chosen is not None and chosen not in known:
            scope.report(unknown_name.not_among(chosen, expression.span, what, known))
            return None
        return chosen

    return read


def _seeds(scope: Scope, expression: tree.Expression) -> tuple[int, ...] | None:
    found = seeds(expression)
    if found is None:
        wanted = "a range of whole numbers such as `0..15`, of 10000 seeds at most"
        single = positive_whole(expression)
        hint = f"write `0..{single - 1}` for {single} seeds, `{single}..{single}` for this one" if single else None
        if isinstance(expression, tree.Sequence):
            hint = f"write `0..{len(expression.items) - 1}`"
        scope.report(field_type.found(shown(expression.span), wanted, expression.span, hint))
    return found


def _settings(scope: Scope, theory: Theory, given: Given) -> Settings:
    def written(key: str, reader: Callable[[tree.Expression], T | None]) -> Written[T] | None:
        expression = given.values.get(key)
        return None if expression is None else Written(reader(expression), expression.span)

    def form(reader: Callable[[tree.Expression], T | None], wanted: str) -> Callable[[tree.Expression], T | None]:
        return lambda expression: required(scope, expression, reader, wanted)

    return Settings(
        net=written("net", _each(lambda expression: network(scope, theory, expression))),
        data=written("data", _each(lambda expression: _dataset(scope, expression))),
        loss=written("loss", _choice(scope, "loss", LOSSES)),
        optimiser=written("optimiser", lambda expression: bound_to_numbers(scope, theory.rules, expression)),
        batch=written("batch", form(positive_whole, ABOVE_ZERO)),
        epochs=written("epochs", form(positive_whole, ABOVE_ZERO)),
        seeds=written("seeds", lambda expression: _seeds(scope, expression)),
        checkpoints=written("checkpoints", form(spacing, "a spacing such as `1 epoch` or `50 steps`")),
        last=written("last", _choice(scope, "treatment of the last batch", ("drop", "keep"))),
        clip=written("clip", form(positive, "a number above 0, the largest norm of a gradient")),
    )


def trained_elsewhere(scope: Scope, expression: tree.Expression) -> str | None:
    """A pattern of safetensors files in the project."""
    if not isinstance(expression, tree.String) or not is_pattern(expression.value) or "\\" in expression.value:
        return None
    return project_path(scope, expression)


def named_run(scope: Scope, entry: Entry, given: Given, key: str) -> str | None:
    """The run that a field names; None where the field is absent, and, reported, where it names none."""
    name = given.take(key, identifier, "the name of a run")
    found = scope.find(name, (tree.Run,), entry.category) if name else None
    return found.name if found else None


def drafts(scope: Scope, theory: Theory, without: Collection[str] = ()) -> Mapping[str, Draft]:
    """The fields of every run of a network as it writes them itself; those `without` are runs on landscapes."""
    found: dict[str, Draft] = {}
    for entry, node in scope.of(tree.Run):
        if entry.name in without:
            continue
        given = of_block(scope, node.name, node.fields, RUN)
        source = given.take("source", lambda expression: trained_elsewhere(scope, expression), ELSEWHERE)
        for key in MADE_HERE if "source" in given.values else ():
            if key in given.values:
                scope.report(unknown_field.elsewhere(key, given.values[key].span, "a run that is trained here"))
        like, resume = named_run(scope, entry, given, "like"), named_run(scope, entry, given, "resume")
        incomplete = ("like" in given.values and like is None) or ("resume" in given.values and resume is None)
        found[entry.name] = Draft(entry, _settings(scope, theory, given), like, resume, incomplete, given, source)
    return found


def completed(scope: Scope, written: Mapping[str, Draft]) -> Mapping[str, Settings]:
    """The fields of every run after `like`; reports chains that lead back to where they began."""
    order, cycles = in_order({name: {draft.like} if draft.like else set() for name, draft in written.items()})
    for names in cycles:
        scope.report(cycle.of(tuple(written[name].entry.identifier for name in names), "is like"))
    whole: dict[str, Settings] = {}
    for name in order:
        draft = written[name]
        base = whole.get(draft.like) if draft.like else None
        whole[name] = draft.settings.like(base) if base else draft.settings
    return whole
