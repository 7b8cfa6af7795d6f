"""What stands at a position of a text: the name that is declared or used there, where it is declared, and its type.

For an editor: the index of a checked specification is made once, and is there even where the text has errors; what is
in error itself has its type as far as it is written.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from catlearn.source import Source, Span
from catlearn.syntax import tree
from catlearn.theory.check import Checked
from catlearn.theory.layers.table import KINDS
from catlearn.theory.library import declarations, shipped
from catlearn.theory.measures import DISTANCES, MEASURES
from catlearn.theory.names import Entry, bare
from catlearn.theory.rules.shape_mismatch import shape_text
from catlearn.theory.sources import SOURCES
from catlearn.theory.theory import Theory


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a position: `word` says what it is (`run`), `name` its qualified name, `type` what it is like in
    words (`run gd : A@init -> A@gd, 16 seeds`).

    `span` is the name there, `declared` the name where it is declared; they are the same for a declaration. What the
    language brings along, a shipped rule, a measure, a layer, is declared in no text of the user's: None."""

    name: str
    word: str
    type: str
    span: Span
    declared: Span | None

    @property
    def is_declaration(self) -> bool:
        """Whether the name is declared here."""
        return self.span == self.declared


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text and what it means."""

    span: Span
    entry: Entry


@dataclass(frozen=True, eq=False)
class Index:
    """The mentions of names in each text, in order of place; the first text is the one that imports the others."""

    sources: tuple[Source, ...]
    mentions: Mapping[str, tuple[Mention, ...]]
    theory: Theory | None

    @cached_property
    def _starts(self) -> Mapping[str, tuple[int, ...]]:
        return {path: tuple(mention.span.start for mention in found) for path, found in self.mentions.items()}

    @cached_property
    def _by_declaration(self) -> Mapping[Span, tuple[Span, ...]]:
        places: dict[Span, list[Span]] = {}
        for found in self.mentions.values():
            for mention in found:
                places.setdefault(mention.entry.identifier.span, []).append(mention.span)
        return {declared: tuple(spans) for declared, spans in places.items()}

    def _source(self, line: int, path: str | None) -> Source | None:
        """The text of a path, the first where none is named; None where it has no such line."""
        source = next((source for source in self.sources if path in (None, source.path)), None)
        return source if source and 1 <= line <= len(source.line_starts) else None

    def _mention(self, line: int, column: int, path: str | None) -> Mention | None:
        source = self._source(line, path)
        if source is None or column < 1:
            return None
        offset = source.line_starts[line - 1] + column - 1
        mentions = self.mentions.get(source.path, ())
        before = bisect_right(self._starts.get(source.path, ()), offset)
        mention = mentions[before - 1] if before else None
        return mention if mention and offset <= mention.span.end and mention.span.start <= offset else None

    def at(self, line: int, column: int, path: str | None = None) -> Found | None:
        """What stands at a 1-based line and column of a text, the first where none is named; None where no name is."""
        mention = self._mention(line, column, path)
        if mention is None:
            return self._unnamed(line, column, path)
        entry = mention.entry
        return Found(entry.name, entry.word, type_of(entry, self.theory), mention.span, entry.identifier.span)

    def _unnamed(self, line: int, column: int, path: str | None) -> Found | None:
        """A checkpoint, or a word of the language's own library."""
        source = self._source(line, path)
        if source is None:
            return None
        text = source.line(line).partition("#")[0]
        word = next((word for word in _WORD.finditer(text) if word.start() < column <= word.end() + 1), None)
        if word is None:
            return None
        span = Span(source, source.line_starts[line - 1] + word.start(), source.line_starts[line - 1] + word.end())
        before = _SPACE.search(text[: word.start()])
        return self._point(before[1], word[0], span) if before else _library(word[0], span)

    def _point(self, space: str, point: str, span: Span) -> Found:
        """A checkpoint, declared by the run that ends there."""
        name = f"{space}@{point}"
        if point == "init":
            return Found(name, "point", f"point {name}: drawn afresh by seed", span, None)
        runs = self.theory.runs.values() if self.theory else ()
        ends = [run for run in runs if run.target_point == point and space in (run.space, bare(run.space))]
        made = " and of ".join(bare(run.name) for run in ends) or "no run"
        return Found(name, "point", f"point {name}: the end of {made}", span, ends[0].span if ends else None)

    def mentions_of(self, line: int, column: int, path: str | None = None) -> tuple[Span, ...]:
        """All places of the name at a position, its declaration among them."""
        mention = self._mention(line, column, path)
        return self._by_declaration[mention.entry.identifier.span] if mention else ()


_WORD = re.compile(r"[A-Za-z_][\w.]*")
_SPACE = re.compile(r"([A-Za-z_][\w.]*)@$")


def _library(word: str, span: Span) -> Found | None:
    """A shipped rule, a measure, a distance, a layer or a dataset that the language brings along."""
    if word in declarations():
        return Found(word, "optimiser", f"{_written(word, shipped(word))}, shipped", span, None)
    if word in MEASURES:
        signature = MEASURES[word]
        arguments = ", ".join(argument.name for argument in signature.arguments)
        return Found(word, "measure", f"measure {word}({arguments}): {signature.meaning}", span, None)
    if word in DISTANCES:
        return Found(word, "distance", f"distance {word} of representations", span, None)
    if word in KINDS:
        return Found(word, "layer", f"layer {word}", span, None)
    if word in SOURCES:
        found = SOURCES[word]
        kind = f"{found.rows} examples of {shape_text(found.input_shape)} in {found.classes} classes"
        return Found(word, "source", f"source {word}: {kind}", span, None)
    return None


def index(checked: Checked) -> Index:
    """The index of a checked specification."""
    places: dict[Span, Mention] = {}
    for use in checked.uses:
        places.setdefault(use.identifier.span, Mention(use.identifier.span, use.entry))
    for entry in checked.entries:
        places[entry.identifier.span] = Mention(entry.identifier.span, entry)
    by_path: dict[str, list[Mention]] = {source.path: [] for source in checked.sources}
    for mention in sorted(places.values(), key=lambda mention: mention.span.start):
        if mention.span.source.path in by_path:
            by_path[mention.span.source.path].append(mention)
    mentions = {path: tuple(found) for path, found in by_path.items()}
    return Index(checked.sources, mentions, checked.theory or checked.partial)


# Types in words.


def _text(span: Span) -> str:
    """The text of a span in one line, comments left out."""
    lines = (line.partition("#")[0] for line in span.text.splitlines())
    return " ".join(" ".join(lines).split())


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def type_of(entry: Entry, theory: Theory | None) -> str:
    """What a declaration is, in words: as it is written, and what the checker knows beside it."""
    beside = ", ".join(_known(entry, theory)) if theory else ""
    return _written(entry.identifier.name, entry.node) + (f", {beside}" if beside else "")


def _written(name: str, node: object) -> str:
    match node:
        case tree.Map(_, source, target) | tree.Generator(_, source, target) | tree.Leg(_, source, target):
            return f"map {name} : {_text(source.span)} -> {_text(target.span)}"
        case tree.Run(_, source, target):
            return f"run {name} : {_text(source.span)} -> {_text(target.span)}"
        case tree.Functor(_, source, target):
            return f"functor {name} : {source.name} -> {target.name}"
        case tree.CompositeFunctor(_, value):
            return f"functor {name} = {_text(value.span)}"
        case tree.Transformation(_, source, target):
            return f"transformation {name} : {_text(source.span)} => {_text(target.span)}"
        case tree.Object(_, definition):
            return f"object {name}" + (f" = {_text(definition.span)}" if definition else "")
        case tree.Pullback(_, map, source, target):
            return f"object {name}, the pullback of {map.name} : {_text(source.span)} -> {_text(target.span)}"
        case tree.Law(_, left, right):
            return f"law {name} : {_text(left.span)} == {_text(right.span)}"
        case _:
            return _written_otherwise(name, node)


def _written_otherwise(name: str, node: object) -> str:
    match node:
        case tree.Optimiser(_, parameters):
            return f"optimiser {name}({', '.join(_text(parameter.span) for parameter in parameters)})"
        case tree.Landscape(_, variables, domain):
            return f"landscape {name}({', '.join(variable.name for variable in variables)}) on {_text(domain.span)}"
        case tree.Relation(_, kind):
            return f"relation {name} = {kind.name}"
        case tree.StrictCell(_, source, target):
            return f"cell {name} : {_text(source.span)} => {_text(target.span)} strict"
        case tree.RelationCell(_, source, target, relation):
            return f"cell {name} : {_text(source.span)} => {_text(target.span)} by {relation.name}"
        case tree.CompositeCell(_, value):
            return f"cell {name} = {_text(value.span)}"
        case tree.Claim(_, proposition):
            return f"claim {name} : {_text(proposition.span)}"
        case _:
            return f"{type(node).__name__.lower()} {name}"


def _known(entry: Entry, theory: Theory) -> Iterator[str]:
    """What the checker knows of a declaration beside its text."""
    name = entry.name
    match entry.node:
        case tree.Dataset() if name in theory.datasets:
            dataset = theory.datasets[name]
            yield f"{shape_text(dataset.input_shape)} in {dataset.classes} classes"
            yield f"{dataset.train_size} examples to train on and {dataset.test_size} to test"
        case tree.Probe() if name in theory.probes:
            probe = theory.probes[name]
            yield f"{_count(probe.size, 'example')} of {probe.dataset}.{probe.split}"
        case tree.Run() if name in theory.runs:
            yield _count(len(theory.runs[name].seeds), "seed")
        case tree.Object() | tree.Pullback() if name in theory.spaces:
            yield _count(len(theory.spaces[name].blocks), "block")
        case tree.Category() if name in theory.categories:
            category = theory.categories[name]
            yield "interpreted" if category.interpreted else "formal"
            yield _count(len(category.objects), "object")
            yield f"{_count(len(category.maps), 'map')} and {_count(len(category.runs), 'run')}"
        case _:
            return
