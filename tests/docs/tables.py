"""The tables of docs/language.md, from the code: python -m tests.docs.tables writes them anew."""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from catlearn.diagnostics import DESCRIPTIONS
from catlearn.theory.layers.table import KINDS
from catlearn.theory.measures import DISTANCES, MEASURES

DOCUMENT = Path(__file__).parents[2] / "docs" / "language.md"


def page(code: str) -> str:
    """The page of a rule."""
    return import_module(f"catlearn.theory.rules.{code.replace('-', '_')}").__doc__ or ""


def _severity(code: str) -> str:
    module = import_module(f"catlearn.theory.rules.{code.replace('-', '_')}")
    return "warning" if "Severity.WARNING" in inspect.getsource(module) else "error"


def _repair(code: str) -> str:
    words = " ".join(page(code).partition("Repair:")[2].split())
    return words[:1].upper() + words[1:]


def _rules() -> Iterator[str]:
    yield "| code | severity | catches | repair |"
    yield "|---|---|---|---|"
    for code, description in sorted(DESCRIPTIONS.items()):
        yield f"| `{code}` | {_severity(code)} | {description} | {_repair(code)} |".replace("|->", "\\|->")


def _layers() -> Iterator[str]:
    yield "| layer | for example | arguments |"
    yield "|---|---|---|"
    for name, kind in sorted(KINDS.items()):
        arguments = (
            f"`{found.name}`: {found.wanted}" + ("" if found.default is None else f" (default {found.default})")
            for found in kind.arguments
        )
        yield f"| `{name}` | `{kind.example}` | {'; '.join(arguments)} |"


def _measures() -> Iterator[str]:
    yield "| measure | family | gives | what it is | decided |"
    yield "|---|---|---|---|---|"
    for name, found in MEASURES.items():
        arguments = ", ".join(each.name + ("" if each.default is None else " …") for each in found.arguments)
        decided = "yes" if found.computed else "not yet"
        yield f"| `{name}({arguments})` | {found.family} | {found.gives.value} | {found.meaning} | {decided} |"


def _distances() -> Iterator[str]:
    yield "| distance | what it is | decided |"
    yield "|---|---|---|"
    for name, found in DISTANCES.items():
        yield f"| `{name}` | {found.meaning} | {'yes' if found.computed else 'not yet'} |"


TABLES = {"rules": _rules, "layers": _layers, "measures": _measures, "distances": _distances}


def with_tables(text: str) -> str:
    """A document with the tables between their marks as they should be."""
    for name, rows in TABLES.items():
        table = "\n".join(rows())
        pattern = rf"(<!-- table: {name} -->\n).*?(<!-- end -->)"
        text = re.sub(pattern, lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text("utf-8")), encoding="utf-8")
