"""Names and texts of a user as Python: identifiers that clash with nothing, and string literals."""

import keyword
import re
from collections.abc import Iterable


class Names:
    """Identifiers of one scope, each given once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*keyword.kwlist, *taken}

    def new(self, wanted: str) -> str:
        """The identifier nearest to a text that is still free: other characters become `_`, and `_` sets it apart."""
        name = re.sub(r"[^A-Za-z0-9_]", "_", wanted)
        name = f"_{name}" if not name or name[0].isdigit() else name
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def escaped(text: str) -> str:
    """A text as it stands between double quotes, in ASCII and without line breaks: it ends no literal and no line."""
    return text.encode("unicode_escape").decode("ascii").replace('"', '\\"')


def literal(text: str) -> str:
    """The string literal of a text."""
    return f'"{escaped(text)}"'


def call(function: str, *arguments: str, indent: int = 4) -> str:
    """A call on one line where it fits after so many spaces, else with one argument a line."""
    line = f"{function}({', '.join(arguments)})"
    return line if len(line) + indent <= WIDTH else f"{function}(\n{lines(arguments, indent + 4)}{' ' * indent})"


def lines(items: Iterable[str], indent: int) -> str:
    """One item a line, each with a comma."""
    return "".join(f"{' ' * indent}{item},\n" for item in items)


WIDTH = 110
"""Characters of a line, less what may stand before a call in it."""
