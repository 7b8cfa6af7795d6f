"""Names: every declaration under its qualified name, found from any place of the file.

What stands in a category `C`, and a pullback's object and legs, whose category is that of their cospan, is `C.name`;
all else stands at top level under its bare name. Claims have names of their own, which nothing refers to.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from catlearn.diagnostics import Diagnostic
from catlearn.syntax import tree
from catlearn.syntax.parse import Parsed
from catlearn.syntax.tree import Identifier
from catlearn.theory.rules import ambiguous_name, duplicate_name, unknown_name

Node = (
    tree.Dataset
    | tree.Probe
    | tree.Map
    | tree.Optimiser
    | tree.Category
    | tree.Object
    | tree.Generator
    | tree.Run
    | tree.Law
    | tree.Functor
    | tree.Pullback
    | tree.Leg
    | tree.Relation
    | tree.StrictCell
    | tree.RelationCell
    | tree.Claim
)
N = TypeVar("N", bound=Node)

WORDS: Mapping[type[Node], str] = {
    tree.Dataset: "dataset",
    tree.Probe: "probe",
    tree.Map: "map",
    tree.Optimiser: "optimiser",
    tree.Category: "category",
    tree.Object: "object",
    tree.Generator: "structural map",
    tree.Run: "run",
    tree.Law: "law",
    tree.Functor: "functor",
    tree.Pullback: "object",
    tree.Leg: "structural map",
    tree.Relation: "relation",
    tree.StrictCell: "strict cell",
    tree.RelationCell: "cell by relation",
    tree.Claim: "claim",
}

OBJECTS = (tree.Object, tree.Pullback)
ARROWS = (tree.Generator, tree.Leg)
Kinds = tuple[type[Node], ...]


class Entry(NamedTuple):
    """One declared name, qualified, with the identifier and the node that declare it."""

    name: str
    identifier: Identifier
    node: Node
    category: str | None

    @property
    def word(self) -> str:
        """What the name is, in the words of a diagnostic."""
        return WORDS[type(self.node)]


def with_article(word: str) -> str:
    """`a run`, `an object`."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def in_words(kinds: Kinds) -> str:
    """The kinds as a requirement: `a law, a strict cell or a cell by relation`."""
    *others, last = dict.fromkeys(with_article(WORDS[kind]) for kind in kinds)
    return f"{', '.join(others)} or {last}" if others else last


class Scope(NamedTuple):
    """All entries by qualified name, by bare name and by category, the last two without repeated names.

    `incomplete` are the names of declarations that did not parse or lack a part that did not; `lost` are the words of
    the text that stand in no declaration that did."""

    entries: Mapping[str, Entry]
    bare: Mapping[str, tuple[Entry, ...]]
    members: Mapping[str, tuple[Entry, ...]]
    incomplete: frozenset[str]
    lost: frozenset[str]
    report: Callable[[Diagnostic], None]

    def of(self, kind: type[N]) -> Iterator[tuple[Entry, N]]:
        """The entries of one kind, with their nodes, in the author's order, but for incomplete ones."""
        for entry in self.entries.values():
            if isinstance(entry.node, kind) and entry.identifier.name not in self.incomplete:
                yield entry, entry.node

    def within(self, category: str, kinds: Kinds) -> Iterator[Entry]:
        """The entries of some kinds that belong to a category."""
        return (entry for entry in self.members.get(category, ()) if isinstance(entry.node, kinds))

    def may_be_lost(self, name: str) -> bool:
        """Whether a name, or the category that qualifies it, may be declared by text that did not parse."""
        return not (self.incomplete | self.lost).isdisjoint(name.split("."))

    def candidates(self, name: str) -> tuple[Entry, ...]:
        """All entries that a name, bare or qualified, may mean."""
        exact = self.entries.get(name)
        return (exact,) if exact and exact.category is not None else self.bare.get(name, ())

    def find(self, use: Identifier, kinds: Kinds, inside: str | None = None, also: Iterable[str] = ()) -> Entry | None:
        """The entry of one of `kinds` that a use means; in a category its own names come first.

        None, reported, where there is none or more than one; None, silently, where its declaration did not parse.
        `also` are further words that could stand here, for the sake of the hint."""
        found = self.candidates(use.name)
        fitting = [entry for entry in found if isinstance(entry.node, kinds)]
        own = [entry for entry in fitting if inside is not None and entry.category == inside]
        fitting = own or fitting
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            return self._repeated(use, kinds) or self._absent(use, found, kinds, also)
        self.report(ambiguous_name.several(use, tuple((entry.name, entry.identifier.span) for entry in fitting)))
        return None

    def _repeated(self, use: Identifier, kinds: Kinds) -> Entry | None:
        """A second declaration of a name, of one of `kinds` as the first is not; that there are two is reported."""
        later = (entry for key, entry in self.entries.items() if "#" in key and entry.identifier.name == use.name)
        return next((entry for entry in later if isinstance(entry.node, kinds)), None)

    def _absent(self, use: Identifier, found: tuple[Entry, ...], kinds: Kinds, also: Iterable[str]) -> None:
        if not self.may_be_lost(use.name):
            self.report(self._unknown(use, found, kinds, also))

    def _unknown(self, use: Identifier, found: tuple[Entry, ...], kinds: Kinds, also: Iterable[str]) -> Diagnostic:
        wanted = in_words(kinds)
        if found:
            entry = found[0]
            return unknown_name.of_another_kind(use, with_article(entry.word), wanted, entry.identifier.span)
        fitting = [entry for entry in self.entries.values() if isinstance(entry.node, kinds)]
        known = {name for entry in fitting for name in (entry.name, entry.identifier.name)}
        return unknown_name.undeclared(use.name, use.span, wanted, known.union(also))


def _top_level(declaration: tree.Declaration) -> Iterator[Entry]:
    if isinstance(declaration, tree.Pullback):
        return
    yield Entry(declaration.name.name, declaration.name, declaration, None)
    if isinstance(declaration, tree.Category):
        category = declaration.name.name
        for item in declaration.items:
            names = item.names if isinstance(item, tree.Object | tree.Generator) else (item.name,)
            for name in names:
                yield Entry(f"{category}.{name.name}", name, item, category)


def _cospan_category(pullback: tree.Pullback, known: Iterable[Entry]) -> str | None:
    """The category of the map that a pullback is of, where exactly one arrow has that name."""
    name = pullback.map.name
    found = [
        entry.category
        for entry in known
        if isinstance(entry.node, ARROWS) and name in (entry.name, entry.identifier.name)
    ]
    return found[0] if len(found) == 1 else None


def _of_pullback(pullback: tree.Pullback, category: str | None) -> Iterator[Entry]:
    prefix = f"{category}." if category else ""
    yield Entry(prefix + pullback.name.name, pullback.name, pullback, category)
    for leg in pullback.legs:
        yield Entry(prefix + leg.name.name, leg.name, leg, category)


def _with_pullbacks(entries: list[Entry], pullbacks: list[tree.Pullback]) -> list[Entry]:
    """Place pullbacks; one may be of another's leg, so each round places those whose map is known."""
    waiting = list(pullbacks)
    while waiting:
        placed = [(pullback, _cospan_category(pullback, entries)) for pullback in waiting]
        settled = [(pullback, category) for pullback, category in placed if category]
        if not settled:
            break
        entries = entries + [entry for pullback, category in settled for entry in _of_pullback(pullback, category)]
        waiting = [pullback for pullback, category in placed if not category]
    return entries + [entry for pullback in waiting for entry in _of_pullback(pullback, None)]


def _keyed(entries: Iterable[Entry], report: Callable[[Diagnostic], None]) -> dict[str, Entry]:
    """Entries by name. A second declaration of a name is reported, and kept under a name that no text can use."""
    keyed: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.identifier.span.start):
        name = f"claim {entry.name}" if isinstance(entry.node, tree.Claim) else entry.name
        first = keyed.get(name)
        if first is None:
            keyed[name] = entry
            continue
        report(duplicate_name.declared_twice(entry.identifier, with_article(first.word), first.identifier.span))
        unique = f"{name}#{entry.identifier.span.start}"
        keyed[unique] = Entry(unique, entry.identifier, entry.node, entry.category)
    return keyed


def _lost_words(entries: Iterable[Entry], text: str, incomplete: frozenset[str]) -> frozenset[str]:
    """The words of a text outside its complete declarations, those that hold others left aside."""
    kept = 0
    words: set[str] = set()
    whole = (entry for entry in entries if entry.identifier.name not in incomplete)
    spans = [entry.node.span for entry in whole if not isinstance(entry.node, tree.Category)]
    for start, end in (*sorted((span.start, span.end) for span in spans), (len(text), len(text))):
        lines = (line.partition("#")[0] for line in text[kept:start].splitlines())
        words.update(word for line in lines for word in re.findall(r"\w+", line))
        kept = max(kept, end)
    return frozenset(words)


def _grouped(entries: Iterable[Entry], key: Callable[[Entry], str]) -> dict[str, tuple[Entry, ...]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return {name: tuple(group) for name, group in groups.items()}


def _with_mistakes(entries: Iterable[Entry], mistakes: Iterable[Diagnostic]) -> Iterator[str]:
    """The names of declarations, those that hold others left aside, in which something did not parse."""
    places = [mistake.span.start for mistake in mistakes]
    for entry in entries if places else ():
        span = entry.node.span
        if not isinstance(entry.node, tree.Category) and any(span.start <= place < span.end for place in places):
            yield entry.identifier.name


def scope_of(parsed: Parsed, report: Callable[[Diagnostic], None]) -> Scope:
    """All names of a specification; reports `duplicate-name`."""
    specification = parsed.tree
    entries = [entry for declaration in specification.declarations for entry in _top_level(declaration)]
    pullbacks = [node for node in specification.declarations if isinstance(node, tree.Pullback)]
    keyed = _keyed(_with_pullbacks(entries, pullbacks), report)
    unique = [entry for key, entry in keyed.items() if "#" not in key and not isinstance(entry.node, tree.Claim)]
    bare = _grouped(unique, lambda entry: entry.identifier.name)
    members = _grouped(unique, lambda entry: entry.category or "")
    text = specification.span.source.text
    incomplete = parsed.incomplete.union(_with_mistakes(keyed.values(), parsed.diagnostics))
    lost = _lost_words(keyed.values(), text, incomplete) if parsed.diagnostics else frozenset[str]()
    return Scope(keyed, bare, members, incomplete, lost, report)
