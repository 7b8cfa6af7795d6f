"""Names: every declaration under its qualified name, found from any place of the file.

What stands in a category `C`, and a pullback's object and legs, whose category is that of their cospan, is `C.name`;
all else stands at top level under its bare name. Claims have names of their own, which nothing refers to.

A file sees its own declarations and those of the files it imports, one by way of another. Any of them may be qualified
by its file, `file.name`; a name that several files declare at top level is known by that one only.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar

from catlearn.diagnostics import Diagnostic
from catlearn.source import Source
from catlearn.syntax import tree
from catlearn.syntax.parse import Parsed
from catlearn.syntax.tree import Identifier
from catlearn.theory.materials import NOWHERE, Materials
from catlearn.theory.rules import ambiguous_name, duplicate_name, unknown_name

Node = (
    tree.Dataset
    | tree.Probe
    | tree.Map
    | tree.Landscape
    | tree.Optimiser
    | tree.Category
    | tree.Object
    | tree.Generator
    | tree.Run
    | tree.Law
    | tree.Functor
    | tree.CompositeFunctor
    | tree.Transformation
    | tree.Pullback
    | tree.Leg
    | tree.Relation
    | tree.StrictCell
    | tree.RelationCell
    | tree.CompositeCell
    | tree.Claim
)
N = TypeVar("N", bound=Node)
T = TypeVar("T")

WORDS: Mapping[type[Node], str] = {
    tree.Dataset: "dataset",
    tree.Probe: "probe",
    tree.Map: "map",
    tree.Landscape: "landscape",
    tree.Optimiser: "optimiser",
    tree.Category: "category",
    tree.Object: "object",
    tree.Generator: "structural map",
    tree.Run: "run",
    tree.Law: "law",
    tree.Functor: "functor",
    tree.CompositeFunctor: "functor",
    tree.Transformation: "transformation",
    tree.Pullback: "object",
    tree.Leg: "structural map",
    tree.Relation: "relation",
    tree.StrictCell: "strict cell",
    tree.RelationCell: "cell by relation",
    tree.CompositeCell: "composite cell",
    tree.Claim: "claim",
}

OBJECTS = (tree.Object, tree.Pullback)
ARROWS = (tree.Generator, tree.Leg)
FUNCTORS = (tree.Functor, tree.CompositeFunctor)
Kinds = tuple[type[Node], ...]


class Entry(NamedTuple):
    """One declared name, qualified, with the identifier and the node that declare it.

    `path` are the words of its whole name: those of its file, its category if any, itself."""

    name: str
    identifier: Identifier
    node: Node
    category: str | None
    path: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """What the name is, in the words of a diagnostic."""
        return WORDS[type(self.node)]

    def called(self, words: tuple[str, ...]) -> bool:
        """Whether a name of these words, perhaps qualified, may mean it."""
        return self.path[-len(words) :] == words


class File(NamedTuple):
    """A parsed file, the words by which it qualifies names, and the sources that it sees, itself among them."""

    parsed: Parsed
    words: tuple[str, ...]
    sees: frozenset[Source]

    @property
    def source(self) -> Source:
        """Its text."""
        return self.parsed.tree.span.source


def bare(name: str) -> str:
    """A name without its category."""
    return name.rpartition(".")[2]


def file_words(path: str) -> tuple[str, ...]:
    """The words of a path that can qualify names: `parts/data.cat` gives `parts` and `data`."""
    words = path.removesuffix(".cat").replace("\\", "/").split("/")
    return tuple(re.sub(r"\W", "_", word) for word in words if word not in ("", "."))


def with_article(word: str) -> str:
    """`a run`, `an object`."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def in_words(kinds: Kinds) -> str:
    """The kinds as a requirement: `a law, a strict cell or a cell by relation`."""
    *others, last = dict.fromkeys(with_article(WORDS[kind]) for kind in kinds)
    return f"{', '.join(others)} or {last}" if others else last


class Use(NamedTuple):
    """A use of a name and what it was found to mean."""

    identifier: Identifier
    entry: Entry


@dataclass(frozen=True, eq=False)
class Scope:
    """All entries by qualified name, by bare name and by category, the last two without repeated names.

    `incomplete` are the names of declarations that lack a part that did not parse; `lost` are the words of
    the text that stand in no declaration that did; `unread` says that an imported file could not be read, which may
    declare anything. `uses` grows with every name that is found. `materials` are the data that can be named."""

    entries: Mapping[str, Entry]
    bare: Mapping[str, tuple[Entry, ...]]
    members: Mapping[str, tuple[Entry, ...]]
    incomplete: frozenset[str]
    lost: frozenset[str]
    report: Callable[[Diagnostic], None]
    files: Mapping[Source, File] = field(default_factory=dict)
    unread: bool = False
    uses: list[Use] = field(default_factory=list)
    materials: Materials = NOWHERE

    @cached_property
    def _by_kind(self) -> Mapping[type, tuple[Entry, ...]]:
        groups: dict[type, list[Entry]] = {}
        for entry in self.entries.values():
            if entry.identifier.name not in self.incomplete:
                groups.setdefault(type(entry.node), []).append(entry)
        return {kind: tuple(group) for kind, group in groups.items()}

    def of(self, kind: type[N]) -> Iterator[tuple[Entry, N]]:
        """The entries of one kind, with their nodes, in the author's order, but for incomplete ones."""
        for entry in self._by_kind.get(kind, ()):
            if isinstance(entry.node, kind):
                yield entry, entry.node

    def within(self, category: str, kinds: Kinds) -> Iterator[Entry]:
        """The entries of some kinds that belong to a category."""
        return (entry for entry in self.members.get(category, ()) if isinstance(entry.node, kinds))

    @cached_property
    def defined(self) -> Mapping[str, tuple[Entry, ...]]:
        """The objects of each category that have a definition, pullbacks among them where not all others have none."""
        objects = (entry for group in self.members.values() for entry in group if isinstance(entry.node, OBJECTS))
        groups = _grouped(objects, lambda entry: entry.category or "")
        return {name: tuple(filter(_is_defined, group)) for name, group in groups.items() if _interpreted(group)}

    def may_be_lost(self, name: str) -> bool:
        """Whether a name, or the category that qualifies it, may be declared by text that did not parse."""
        return self.unread or any(word in self.incomplete or word in self.lost for word in name.split("."))

    def candidates(self, name: str, source: Source | None = None) -> tuple[Entry, ...]:
        """All entries that a name, bare or qualified, may mean; with a source, only those that it sees."""
        exact = self.entries.get(name)
        if exact and exact.category is not None:
            return self._seen((exact,), source)
        words = tuple(name.split("."))
        found = self.bare.get(words[-1], ())
        return self._seen(tuple(entry for entry in found if entry.called(words)) if words[1:] else found, source)

    def _seen(self, found: tuple[Entry, ...], source: Source | None) -> tuple[Entry, ...]:
        file = self.files.get(source) if source and len(self.files) > 1 else None
        return tuple(entry for entry in found if entry.identifier.span.source in file.sees) if file else found

    def find(self, use: Identifier, kinds: Kinds, inside: str | None = None, also: Iterable[str] = ()) -> Entry | None:
        """The entry of one of `kinds` that a use means; in a category its own names come first.

        None, reported, where there is none or more than one; None, silently, where its declaration did not parse.
        `also` are further words that could stand here, for the sake of the hint."""
        own = self.entries.get(f"{inside}.{use.name}") if inside else None
        if own and own.category == inside and isinstance(own.node, kinds):
            return self.used(use, own)
        found = self.candidates(use.name, use.span.source)
        fitting = [entry for entry in found if isinstance(entry.node, kinds)]
        if len(fitting) == 1:
            return self.used(use, fitting[0])
        if not fitting:
            repeated = self._repeated(use, kinds)
            if repeated is None and (found or not self.may_be_lost(use.name)):
                self.report(self._unknown(use, found, kinds, also))
            return repeated
        self.report(ambiguous_name.several(use, tuple((entry.name, entry.identifier.span) for entry in fitting)))
        return None

    def used(self, use: Identifier, entry: Entry) -> Entry:
        """The entry, noted as what a use means."""
        self.uses.append(Use(use, entry))
        return entry

    @cached_property
    def _later(self) -> Mapping[str, tuple[Entry, ...]]:
        """Second and further declarations of a name in one place, by bare name."""
        return _grouped((entry for key, entry in self.entries.items() if "#" in key), _bare_name)

    def _repeated(self, use: Identifier, kinds: Kinds) -> Entry | None:
        """A second declaration of a name, of one of `kinds` as the first is not; that there are two is reported."""
        return next((entry for entry in self._later.get(use.name, ()) if isinstance(entry.node, kinds)), None)

    def _unknown(self, use: Identifier, found: tuple[Entry, ...], kinds: Kinds, also: Iterable[str]) -> Diagnostic:
        wanted = in_words(kinds)
        if found:
            entry = found[0]
            return unknown_name.of_another_kind(use, with_article(entry.word), wanted, entry.identifier.span)
        known = self._known(kinds)
        words = frozenset(with_article(WORDS[kind]) for kind in kinds)
        return unknown_name.undeclared(use.name, use.span, wanted, known.like(use.name).union(also), words)

    def _known(self, kinds: Kinds) -> "Spellings":
        """The names of some kinds, qualified and bare."""
        if kinds not in self._spellings:
            fitting = [entry for entry in self.entries.values() if isinstance(entry.node, kinds)]
            names = frozenset(name for entry in fitting for name in (entry.name, entry.identifier.name))
            self._spellings[kinds] = Spellings(names)
        return self._spellings[kinds]

    @cached_property
    def _spellings(self) -> "dict[Kinds, Spellings]":
        return {}


FEW = 200
"""So many names are all compared with a misspelt one."""


@dataclass(frozen=True, eq=False)
class Spellings:
    """Names among which one is looked for that a misspelt one may mean."""

    names: frozenset[str]

    @cached_property
    def _shortened(self) -> Mapping[str, tuple[str, ...]]:
        """The names by themselves and by what is left of them without one character."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.names):
            for short in _shortenings(name):
                found.setdefault(short, []).append(name)
        return {short: tuple(names) for short, names in found.items()}

    def like(self, name: str) -> frozenset[str]:
        """All names where they are few, else those that differ from a name in one character or two."""
        if len(self.names) <= FEW:
            return self.names
        near = (self._shortened.get(short, ())[:FEW] for short in _shortenings(name))
        return frozenset().union(*near)


def _shortenings(name: str) -> frozenset[str]:
    return frozenset((name, *(name[:place] + name[place + 1 :] for place in range(len(name)))))


def _is_defined(entry: Entry) -> bool:
    return isinstance(entry.node, tree.Pullback) or has_definition(entry.node)


def _interpreted(objects: Iterable[Entry]) -> bool:
    """Whether one of some objects has a definition, or none of them could."""
    plain = [entry for entry in objects if not isinstance(entry.node, tree.Pullback)]
    return not plain or any(map(_is_defined, plain))


def has_definition(node: Node) -> bool:
    """Whether an object is declared with a definition."""
    return isinstance(node, tree.Object) and node.definition is not None


# Declarations to entries.


class Loose(NamedTuple):
    """A declared name before it is qualified: its file, and the bare name of its category where it stands in one."""

    identifier: Identifier
    node: Node
    category: str | None
    file: File


def _top_level(file: File) -> Iterator[Loose]:
    """The names of a file, pullbacks left aside."""
    for declaration in file.parsed.tree.declarations:
        if isinstance(declaration, tree.Pullback | tree.Import):
            continue
        yield Loose(declaration.name, declaration, None, file)
        for item in declaration.items if isinstance(declaration, tree.Category) else ():
            names = item.names if isinstance(item, tree.Object | tree.Generator) else (item.name,)
            yield from (Loose(name, item, declaration.name.name, file) for name in names)


def _prefixes(files: Iterable[File], loose: Iterable[Loose]) -> Callable[[Loose], str]:
    """The qualification by its file that a name at top level needs: none where no other file declares that name."""
    stems = _grouped(files, lambda file: file.words[-1] if file.words else "")
    declaring: dict[tuple[bool, str], set[Source]] = {}
    for name in loose:
        if name.category is None:
            key = (isinstance(name.node, tree.Claim), name.identifier.name)
            declaring.setdefault(key, set()).add(name.file.source)

    def prefix(name: Loose) -> str:
        claim, words = isinstance(name.node, tree.Claim), name.file.words
        if len(declaring[claim, name.category or name.identifier.name]) < 2:
            return ""
        return ".".join((words[-1:] if len(stems[words[-1]]) == 1 else words) + ("",)) if words else ""

    return prefix


def _entries(loose: Iterable[Loose], prefix: Callable[[Loose], str]) -> Iterator[Entry]:
    for name in loose:
        qualified = prefix(name) + (
            f"{name.category}.{name.identifier.name}" if name.category else name.identifier.name
        )
        category = qualified.rpartition(".")[0] if name.category else None
        own = (name.category, name.identifier.name) if name.category else (name.identifier.name,)
        yield Entry(qualified, name.identifier, name.node, category, (*name.file.words, *own))


# Pullbacks: their object and legs belong to the category of their cospan.


def _cospan_category(pullback: tree.Pullback, file: File, arrows: Mapping[str, list[Entry]]) -> str | None:
    """The category of the map that a pullback is of, where exactly one arrow that its file sees has that name."""
    words = tuple(pullback.map.name.split("."))
    found = [
        entry.category
        for entry in arrows.get(words[-1], ())
        if entry.called(words) and entry.identifier.span.source in file.sees
    ]
    return found[0] if len(found) == 1 else None


class Placed(NamedTuple):
    """A pullback in its file, with its category where that is known."""

    node: tree.Pullback
    file: File
    category: str | None

    def entries(self) -> Iterator[Entry]:
        """Its object and its legs."""
        prefix = f"{self.category}." if self.category else ""
        words = (*self.file.words, *((bare(self.category),) if self.category else ()))
        nodes: tuple[tree.Pullback | tree.Leg, ...] = (self.node, *self.node.legs)
        for node in nodes:
            yield Entry(prefix + node.name.name, node.name, node, self.category, (*words, node.name.name))


def _pullbacks(entries: Iterable[Entry], files: Iterable[File]) -> Iterator[Entry]:
    """Place pullbacks; one may be of another's leg, so each round places those whose map is known."""
    nodes = ((node, file) for file in files for node in file.parsed.tree.declarations)
    waiting = [Placed(node, file, None) for node, file in nodes if isinstance(node, tree.Pullback)]
    arrows: dict[str, list[Entry]] = {}
    known = [entry for entry in entries if isinstance(entry.node, ARROWS)] if waiting else []
    while waiting:
        for entry in known:
            arrows.setdefault(entry.identifier.name, []).append(entry)
        placed = [item._replace(category=_cospan_category(item.node, item.file, arrows)) for item in waiting]
        settled = [entry for item in placed if item.category for entry in item.entries()]
        waiting = [item for item in placed if not item.category]
        known = [entry for entry in settled if isinstance(entry.node, ARROWS)]
        yield from settled
        if not settled:
            break
    yield from (entry for item in waiting for entry in item.entries())


def _keyed(entries: Iterable[Entry], report: Callable[[Diagnostic], None]) -> dict[str, Entry]:
    """Entries by name. A second declaration of a name is reported, and kept under a name that no text can use."""
    keyed: dict[str, Entry] = {}
    for entry in entries:
        name = f"claim {entry.name}" if isinstance(entry.node, tree.Claim) else entry.name
        first = keyed.get(name)
        if first is None:
            keyed[name] = entry
            continue
        report(duplicate_name.declared_twice(entry.identifier, with_article(first.word), first.identifier.span))
        unique = f"{name}#{len(keyed)}"
        keyed[unique] = entry._replace(name=unique)
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


def _bare_name(entry: Entry) -> str:
    return entry.identifier.name


def _grouped(entries: Iterable[T], key: Callable[[T], str]) -> dict[str, tuple[T, ...]]:
    groups: dict[str, list[T]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return {name: tuple(group) for name, group in groups.items()}


def _in_order(entries: Iterable[Entry], files: Iterable[File]) -> list[Entry]:
    """Entries in the author's order, file after file."""
    number = {file.source: place for place, file in enumerate(files)}
    return sorted(entries, key=lambda entry: (number[entry.identifier.span.source], entry.identifier.span.start))


def _damage(file: File, keyed: Iterable[Entry]) -> tuple[frozenset[str], frozenset[str]]:
    """The incomplete names and the lost words of a file."""
    if not file.parsed.diagnostics:
        return file.parsed.incomplete, frozenset()
    own = [entry for entry in keyed if entry.identifier.span.source is file.source]
    return file.parsed.incomplete, _lost_words(own, file.source.text, file.parsed.incomplete)


def scope_of(
    files: tuple[File, ...],
    report: Callable[[Diagnostic], None],
    unread: bool = False,
    materials: Materials = NOWHERE,
) -> Scope:
    """All names of some files, none of which is there twice; reports `duplicate-name`.

    `unread` says that a further file could not be read."""
    loose = [name for file in files for name in _top_level(file)]
    entries = list(_entries(loose, _prefixes(files, loose)))
    keyed = _keyed(_in_order([*entries, *_pullbacks(entries, files)], files), report)
    unique = [entry for key, entry in keyed.items() if "#" not in key and not isinstance(entry.node, tree.Claim)]
    damage = [_damage(file, keyed.values()) for file in files]
    incomplete, lost = (frozenset[str]().union(*words) for words in zip(*damage, strict=True))
    members = _grouped(unique, lambda entry: entry.category or "")
    by_source = {file.source: file for file in files}
    bare = _grouped(unique, _bare_name)
    return Scope(keyed, bare, members, incomplete, lost, report, by_source, unread, materials=materials)
