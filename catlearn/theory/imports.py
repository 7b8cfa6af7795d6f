"""Imports: from one file to all that it imports, one by way of another, each of them read once.

Paths are relative to the file that imports, and stay inside the folder of the first file. Where the texts come from,
a disk or a document that holds them all, is left to an `Opener`.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath
from posixpath import dirname, normpath
from posixpath import join as joined
from typing import NamedTuple

from catlearn.diagnostics import Diagnostic, errors
from catlearn.source import Source, Span
from catlearn.syntax import tree
from catlearn.syntax.parse import Parsed, parse
from catlearn.syntax.read import read
from catlearn.theory.materials import Refused
from catlearn.theory.names import File, Scope, file_words
from catlearn.theory.order import in_order
from catlearn.theory.rules import broken_import, import_cycle, import_outside, unreadable

MOST_FILES = 1000


Opener = Callable[[str], Source | Refused]
"""Opens a path that is relative to the project and holds no `..`."""


class Edge(NamedTuple):
    """An import: the path of the importing file and that of the imported one, and where the import is written."""

    source: str
    target: str
    span: Span


class Gathered(NamedTuple):
    """Files in the order in which they were met, the first being the one that imports the others; what went wrong;
    and the texts of the imported ones by path."""

    files: tuple[File, ...]
    diagnostics: tuple[Diagnostic, ...]
    imported: Mapping[str, Source]
    edges: tuple[Edge, ...]


def on_disk(first: str | Path) -> Opener:
    """Opens the files of the project of a file, which is its folder; links are not followed."""
    folder = Path(first).parent

    def opened(path: str) -> Source | Refused:
        place = folder
        for part in path.split("/"):
            place = place / part
            if place.is_symlink():
                return Refused(f"found `{place}`, a symbolic link, required a file inside the project", True)
        if place.exists() and not (place.is_file() or place.is_dir()):
            return Refused("found a pipe or a device, required a `.cat` file")
        source, diagnostics = read(place)
        return Refused(diagnostics[0].message) if source is None else source

    return opened


def in_texts(first: str, texts: Mapping[str, str]) -> Opener:
    """Opens texts by their paths, as a document holds them."""
    folder = Path(first).parent

    def opened(path: str) -> Source | Refused:
        return Source(str(folder / path), texts[path]) if path in texts else Refused("found no such file")

    return opened


def nowhere(path: str) -> Source | Refused:
    """Opens nothing: for a text that is checked by itself."""
    return Refused(f"found no file `{path}` beside a text that is checked by itself")


def _imports(parsed: Parsed) -> Iterator[tree.Import]:
    return (node for node in parsed.tree.declarations if isinstance(node, tree.Import))


def inside(importer: str, written: str) -> str | None:
    """The path in the project of a file that another one names; None where it leads out of it."""
    absolute = not written or written.startswith(("/", "\\")) or written[1:2] == ":"
    path = normpath(joined(dirname(importer), written))
    return None if absolute or path == ".." or path.startswith("../") else path


def project_path(scope: Scope, path: tree.String) -> str | None:
    """A path, written as it is from the folder of its own file, as it is from that of the project; None where it leads
    out of it."""
    first = next(iter(scope.files))
    importer = PurePath(path.span.source.path).relative_to(PurePath(first.path).parent).as_posix()
    return inside(importer, path.value)


def gather(first: Parsed, opener: Opener) -> Gathered:
    """A file with all that it imports, however far."""
    root = Path(first.tree.span.source.path).name
    parsed: dict[str, Parsed | Refused] = {root: first}
    edges: list[Edge] = []
    found: list[Diagnostic] = []
    waiting = [root]
    for importer in waiting:
        file = parsed[importer]
        for node in _imports(file) if isinstance(file, Parsed) else ():
            target = inside(importer, node.path.value)
            if target is None:
                found.append(import_outside.of(node.path.value, node.path.span))
                continue
            if target not in parsed:
                parsed[target] = _parsed(opener, target, len(parsed))
                waiting.append(target)
            edges.append(Edge(importer, target, node.path.span))
    found += _broken(edges, parsed)
    found += _circular(edges, root)
    return _gathered({path: file for path, file in parsed.items() if isinstance(file, Parsed)}, edges, found)


def _parsed(opener: Opener, path: str, count: int) -> Parsed | Refused:
    if count >= MOST_FILES:
        return Refused(f"found more than {MOST_FILES} files, required at most as many")
    source = opener(path)
    return parse(source) if isinstance(source, Source) else source


def _broken(edges: list[Edge], parsed: Mapping[str, Parsed | Refused]) -> Iterator[Diagnostic]:
    """Imports of what cannot be read or does not parse."""
    for edge in edges:
        file = parsed[edge.target]
        if isinstance(file, Refused):
            make = import_outside.at if file.outside else unreadable.at
            yield make(file.message, edge.span)
        elif mistakes := errors(file.diagnostics):
            yield broken_import.of(edge.target, mistakes[0].span, len(mistakes), edge.span)


def _needs(edges: list[Edge], paths: Mapping[str, object]) -> dict[str, list[str]]:
    needs: dict[str, list[str]] = {path: [] for path in paths}
    for edge in edges:
        if edge.target in needs:
            needs[edge.source].append(edge.target)
    return needs


def _circular(edges: list[Edge], root: str) -> Iterator[Diagnostic]:
    """Files that import themselves by way of others."""
    places = {(edge.source, edge.target): edge.span for edge in edges}
    for cycle in in_order(_needs(edges, dict.fromkeys(edge.source for edge in edges)))[1]:
        start = cycle.index(root) if root in cycle else 0
        turned = (*cycle[start:], *cycle[:start])
        yield import_cycle.of(
            turned, tuple(places[pair] for pair in zip(turned, (*turned[1:], turned[0]), strict=True))
        )


def _reached(path: str, needs: Mapping[str, list[str]]) -> dict[str, None]:
    """A file and all that it imports, one by way of another."""
    reached = {path: None}
    waiting = [path]
    for importer in waiting:
        for target in needs[importer]:
            if target not in reached:
                reached[target] = None
                waiting.append(target)
    return reached


def _gathered(parsed: Mapping[str, Parsed], edges: list[Edge], found: list[Diagnostic]) -> Gathered:
    needs = _needs(edges, parsed)
    sources = {path: file.tree.span.source for path, file in parsed.items()}
    files = tuple(
        File(file, file_words(path), frozenset(sources[other] for other in _reached(path, needs)))
        for path, file in parsed.items()
    )
    root = next(iter(parsed))
    imported = {path: source for path, source in sources.items() if path != root}
    return Gathered(files, tuple(found), imported, tuple(edges))
