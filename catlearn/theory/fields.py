"""Fields of blocks and arguments of calls: known, given once, complete, and of the right form."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple, TypeVar

from catlearn.source import Span
from catlearn.syntax import tree
from catlearn.theory.names import Scope
from catlearn.theory.rules import duplicate_name, field_type, missing_field, unknown_field
from catlearn.theory.values import shown

T = TypeVar("T")

SPELLINGS = {"optimizer": "optimiser"}
"""Spellings of keys that are the same word as another."""


class Signature(NamedTuple):
    """What may be given, in the order of positional arguments, and what must be."""

    known: tuple[str, ...]
    required: tuple[str, ...] = ()


class Given(NamedTuple):
    """The values given to one declaration or call, by key; `complete` where nothing required is missing.

    `meant` are keys that an unknown one was probably meant for: they are not reported as missing too."""

    values: Mapping[str, tree.Expression]
    complete: bool
    scope: Scope
    meant: frozenset[str] = frozenset()

    def take(
        self, key: str, reader: Callable[[tree.Expression], T | None], wanted: str, default: T | None = None
    ) -> T | None:
        """The value under a key as a reader understands it; the default where it is absent.

        None, reported as `field-type`, where the reader does not understand it."""
        if key not in self.values:
            return default
        return required(self.scope, self.values[key], reader, wanted)

    def span(self, key: str, otherwise: Span) -> Span:
        """Where a value stands, or another place where it is absent."""
        return self.values[key].span if key in self.values else otherwise


def required(
    scope: Scope, expression: tree.Expression, reader: Callable[[tree.Expression], T | None], wanted: str
) -> T | None:
    """What a reader understands of an expression; None, reported as `field-type`, where it does not."""
    value = reader(expression)
    if value is None:
        scope.report(field_type.found(shown(expression.span), wanted, expression.span))
    return value


def _meant(unknown: Iterable[str], values: Mapping[str, object], known: tuple[str, ...]) -> frozenset[str]:
    absent = [key for key in known if key not in values]
    return frozenset(
        match for name in unknown for match in unknown_field.meant(name, absent) or (known if len(known) == 1 else ())
    )


def nearest_key(unknown: str, keys: Iterable[str]) -> tuple[str, ...]:
    """The key for which an unknown one was probably meant, if any."""
    return tuple(get_close_matches(unknown, keys, n=1, cutoff=0.5))


def _given(
    scope: Scope,
    owner: tree.Identifier,
    values: Mapping[str, tree.Expression],
    signature: Signature,
    unknown: Iterable[str],
) -> Given:
    meant = _meant(unknown, values, signature.known)
    missing = tuple(key for key in signature.required if key not in values)
    told = tuple(key for key in missing if key not in meant)
    if told:
        scope.report(missing_field.of(owner, told))
    return Given(values, not missing, scope, meant)


def key_of(field: tree.Field) -> str:
    """The key of a field, however it is spelt."""
    return SPELLINGS.get(field.key.name, field.key.name)


def of_block(scope: Scope, owner: tree.Identifier, fields: tuple[tree.Field, ...], signature: Signature) -> Given:
    """The fields of a block; reports unknown ones, those given twice, and all missing ones at once."""
    values: dict[str, tree.Expression] = {}
    keys: dict[str, Span] = {}
    unknown = []
    for field in fields:
        key = key_of(field)
        if key not in signature.known:
            unknown.append(key)
            scope.report(unknown_field.of("field", field.key.name, field.key.span, signature.known))
        elif key in values:
            scope.report(duplicate_name.given_twice("field", key, field.key.span, keys[key]))
        else:
            values[key], keys[key] = field.value, field.key.span
    return _given(scope, owner, values, signature, unknown)


def of_call(scope: Scope, call: tree.Call, signature: Signature, word: str = "argument") -> Given:
    """The arguments of a call, positional ones in the order of the signature."""
    values: dict[str, tree.Expression] = {}
    for position, argument in enumerate(call.arguments):
        key = _key(scope, argument, position, signature, word)
        if key is None:
            continue
        if key in values:
            scope.report(duplicate_name.given_twice(word, key, argument.span, values[key].span))
        else:
            values[key] = argument.value
    named = (argument.name.name for argument in call.arguments if argument.name)
    return _given(scope, call.function, values, signature, [name for name in named if name not in signature.known])


def _key(scope: Scope, argument: tree.Argument, position: int, signature: Signature, word: str) -> str | None:
    if argument.name is None:
        if position < len(signature.known):
            return signature.known[position]
        if position == len(signature.known):
            scope.report(field_type.too_many(position + 1, signature.known, word, argument.span))
    elif argument.name.name in signature.known:
        return argument.name.name
    else:
        scope.report(unknown_field.of(word, argument.name.name, argument.name.span, signature.known))
    return None
