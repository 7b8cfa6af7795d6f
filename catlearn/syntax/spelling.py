"""Spellings that are wrong wherever they stand: signs of other languages, numbers and names without measure.

Each is reported and put right before anything is parsed, so that it drags nothing else after it.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from catlearn.diagnostics import Diagnostic, Missing
from catlearn.source import Source, Span
from catlearn.syntax.tokens import Token
from catlearn.syntax.words import SYMBOLS

LONGEST_NAME = 100
LONGEST_NUMBER = 400
LARGEST_EXPONENT = 300

SPELLINGS = {
    "→": "ARROW",
    "⟶": "ARROW",
    "⇒": "DOUBLE_ARROW",
    "⟹": "DOUBLE_ARROW",
    "↦": "MAPS_TO",
    "⟼": "MAPS_TO",
    "≫": "COMPOSE",
    "»": "COMPOSE",
    "≤": "LESS_EQUAL",
    "=<": "LESS_EQUAL",
    "≥": "GREATER_EQUAL",
    "≈": "TILDE",
    "~=": "TILDE",
    "…": "RANGE",
    "...": "RANGE",
    "−": "MINUS",
    "–": "MINUS",
    "×": "STAR",
    "·": "STAR",
    "÷": "SLASH",
    "**": "CARET",
    ":=": "EQUAL",
    "===": "EQUALS",
}
PRIMES = "'\u2019\u2032"

_NOT_DIGITS = re.compile(r"(?![eE][+-]?[0-9])[^0-9.+-]")


class Correction(NamedTuple):
    """What is wrong with a token, a hint, and the token to stand in its place, None where none is needed."""

    message: str
    hint: str
    token: Token | None


def respelt(source: Source, tokens: Sequence[Token]) -> tuple[list[Token], list[Diagnostic]]:
    """The tokens with what is wrong wherever it stands put right, and a diagnostic for each such token."""
    kept: list[Token] = []
    diagnostics = []
    for token in tokens:
        wrong = correction(token)
        if wrong is None:
            kept.append(token)
            continue
        if wrong.token is not None:
            kept.append(wrong.token)
        span = Span(source, token.start, token.end)
        missing = Missing(span.text, frozenset({wrong.message}))
        diagnostics.append(Diagnostic("syntax", wrong.message, span, hints=(wrong.hint,), missing=missing))
    return kept, diagnostics


def correction(token: Token) -> Correction | None:
    """What puts a token right, None where it is right or depends on its place."""
    match token.kind:
        case "FOREIGN" | "UNKNOWN":
            return _foreign(token)
        case "NUMBER" | "QUANTITY":
            return _vast(token)
        case "NAME" | "PRIMED" | "DOTTED" if max(map(len, token.text.split("."))) > LONGEST_NAME:
            message = f"found a name of {len(token.text)} characters, required at most {LONGEST_NAME}"
            return Correction(message, "names are also names of files", token)
    return None


def _foreign(token: Token) -> Correction | None:
    text = token.text
    if text.startswith("/"):
        return Correction(f"found `{text[:2]}`, required `#` before a comment", "comments begin with `#`", None)
    if text.startswith(";"):
        return Correction("found `;`, required `,` or a new line", "fields are separated by commas or new lines", None)
    if text[0].isascii() and text[0].isidentifier() and text[-1] in PRIMES:
        prime = token._replace(kind="PRIMED", text=f"{text.rstrip(PRIMES)}'")
        return Correction(f"found `{text}`, required `{prime.text}`", "a prime is one plain quote `'`", prime)
    if text in SPELLINGS:
        right = token._replace(kind=SPELLINGS[text], text=SYMBOLS[SPELLINGS[text]])
        return Correction(f"found `{text}`, required `{right.text}`", f"write `{right.text}`", right)
    return None


def _vast(token: Token) -> Correction | None:
    digits, _, exponent = _NOT_DIGITS.split(token.text, maxsplit=1)[0].lower().partition("e")
    small = token._replace(kind="NUMBER", text="1")
    if len(digits) > LONGEST_NUMBER or len(exponent) > LONGEST_NUMBER:
        message = f"found a number of {len(digits) + len(exponent)} digits, required at most {LONGEST_NUMBER}"
        return Correction(message, "write fewer digits", small)
    if exponent and abs(int(exponent)) > LARGEST_EXPONENT:
        bounds = f"required one from -{LARGEST_EXPONENT} to {LARGEST_EXPONENT}"
        return Correction(
            f"found the exponent {exponent}, {bounds}", "numbers are exact and must stay printable", small
        )
    return None
