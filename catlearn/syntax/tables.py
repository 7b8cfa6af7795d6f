"""The LALR(1) tables of the language: computed by lark from `grammar/cat.lark`, kept as JSON beside it.

Computing them takes longer than everything else that `check` does, so `grammar/cat.json` is shipped and used while
it carries exactly the text of `cat.lark`; otherwise the tables are computed anew. After a change of the grammar:

    python -m catlearn.syntax.tables
"""

import json
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

STARTS = (
    "start",
    "declaration",
    "field",
    "rule_item",
    "category_item",
    "image",
    "component",
    "pullback_item",
    "cell_item",
    "expression",
    "foreign",
)


class Rule(NamedTuple):
    """A production `kind -> symbols`, and how its node takes its children from the values of the symbols.

    `taken` lists positions among the symbols: i as a child, ~i for the children of a helper node in its place, None
    for an optional part that is absent. An `inlined` node with a single child is that child."""

    origin: str
    size: int
    inlined: bool
    taken: tuple[int | None, ...]


class Tables(NamedTuple):
    """An LALR(1) automaton with its terminals.

    `terminals` is one pattern with a named group for each terminal, tried in order; `ignored` are the names of those
    without meaning. `actions[state][symbol]` is the next state, or ~r to reduce by `rules[r]`. `starts` and `ends`
    give the first and the last state for each start symbol."""

    terminals: re.Pattern[str]
    ignored: frozenset[str]
    rules: tuple[Rule, ...]
    actions: tuple[Mapping[str, int], ...]
    starts: Mapping[str, int]
    ends: Mapping[str, int]


def resource(name: str) -> str | None:
    """The text of a file of the grammar folder, installed as `catlearn.grammar`, None where it is absent."""
    try:
        data = pkgutil.get_data("catlearn.grammar", name)
    except OSError:
        return None
    if data is not None:
        return data.decode()
    path = folder() / name
    return path.read_text("utf-8") if path.exists() else None


def folder() -> Path:
    """The grammar folder of a source tree."""
    return Path(__file__).parents[2] / "grammar"


@cache
def tables() -> Tables:
    """The tables of the installed grammar."""
    grammar = resource("cat.lark")
    if grammar is None:
        raise FileNotFoundError("catlearn.grammar has no cat.lark: the installation is incomplete")
    return of_grammar(grammar, resource("cat.json"))


def of_grammar(grammar: str, shipped: str | None) -> Tables:
    """The shipped tables where they carry exactly this grammar, else tables computed from it."""
    document = json.loads(shipped or "{}")
    if document.get("grammar") != grammar.splitlines():
        from catlearn.syntax.generate import generate

        document = generate(grammar)
    return decode(document)


def decode(document: Mapping[str, Any]) -> Tables:
    """The tables of their JSON document. Nothing else begins as what is ignored does, so that it may be tried first."""
    terminals = sorted(document["terminals"], key=lambda terminal: terminal[0] not in document["ignored"])
    return Tables(
        terminals=re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in terminals)),
        ignored=frozenset(document["ignored"]),
        rules=tuple(Rule(origin, size, inlined, tuple(taken)) for origin, size, inlined, taken in document["rules"]),
        actions=tuple(document["actions"]),
        starts=document["starts"],
        ends=document["ends"],
    )


def encode(document: Mapping[str, object]) -> str:
    """The JSON text of a document of tables, one rule and one state on a line."""
    rows = []
    for key, value in document.items():
        if isinstance(value, list):
            inner = ",\n".join(json.dumps(item, separators=(",", ":")) for item in value)
            rows.append(f"{json.dumps(key)}: [\n{inner}\n]")
        else:
            rows.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    from catlearn.syntax.generate import generate

    written = (folder() / "cat.lark").read_text("utf-8")
    (folder() / "cat.json").write_text(encode(generate(written)), "utf-8")
