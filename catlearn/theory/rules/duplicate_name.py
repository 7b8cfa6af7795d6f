"""A name declared twice.

What it catches: two declarations of one name in one place (the top level or one category), a field or an argument
given twice, a block that occurs twice in a product or in a network, and a declaration that takes a name of the
language: a layer, or an update rule of the standard library.

Why: only one of the two could be meant, and which one would depend on the order of the file.

Example:

    map head : R[32] -> R[10] = linear(10)
    map head : R[32] -> R[10] = relu >> linear(10)

Repair: rename one of them, or leave one out.
"""

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Span
from catlearn.syntax.tree import Identifier


def declared_twice(identifier: Identifier, first_is: str, first: Span) -> Diagnostic:
    """A second declaration of a name in one place."""
    message = f"found a second declaration of `{identifier.name}`, required one"
    labels = (Label(f"`{identifier.name}` is {first_is}, declared here", first),)
    return Diagnostic("duplicate-name", message, identifier.span, labels, ("rename one of them",))


def shipped(identifier: Identifier, what: str) -> Diagnostic:
    """A declaration of a name that comes with the language."""
    message = f"found a declaration of `{identifier.name}`, {what}, required another name"
    return Diagnostic("duplicate-name", message, identifier.span, (), (f"call it `my_{identifier.name}`",))


def given_twice(word: str, key: str, again: Span, first: Span) -> Diagnostic:
    """A field or an argument given twice."""
    message = f"found the {word} `{key}` twice, required once"
    return Diagnostic("duplicate-name", message, again, (Label("given here first", first),), ("leave one out",))


def repeated(what: str, owner: str, again: Span) -> Diagnostic:
    """A block, run or image that occurs twice where each may occur once."""
    return Diagnostic("duplicate-name", f"found {what} twice in {owner}, required once", again)


def reserved(identifier: Identifier, meaning: str) -> Diagnostic:
    """A hyperparameter or state under a name that an update rule always has."""
    message = f"found `{identifier.name}`, which {meaning}, required another name"
    return Diagnostic("duplicate-name", message, identifier.span)
