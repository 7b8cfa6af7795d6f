"""The terminals of the grammar in the user's words: what was found, what was required."""

from collections.abc import Collection
from itertools import chain

from catlearn.syntax.tokens import END, Token

SYMBOLS = {
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "COMMA": ",",
    "COLON": ":",
    "AT": "@",
    "EQUAL": "=",
    "EQUALS": "==",
    "LESS_EQUAL": "<=",
    "GREATER_EQUAL": ">=",
    "LESS": "<",
    "GREATER": ">",
    "TILDE": "~",
    "ARROW": "->",
    "DOUBLE_ARROW": "=>",
    "MAPS_TO": "|->",
    "COMPOSE": ">>",
    "RANGE": "..",
    "PLUS": "+",
    "MINUS": "-",
    "STAR": "*",
    "SLASH": "/",
    "CARET": "^",
}
KINDS = {
    "NAME": "a name",
    "DOTTED": "a dotted name",
    "PRIMED": "a primed name",
    "NUMBER": "a number",
    "QUANTITY": "a number with a unit",
    "STRING": "a string",
}
DECLARATIONS = frozenset(
    {
        "_IMPORT",
        "_DATASET",
        "_PROBE",
        "_MAP",
        "_LANDSCAPE",
        "_OPTIMISER",
        "_CATEGORY",
        "_RUN",
        "_FUNCTOR",
        "_TRANSFORMATION",
        "_PULLBACK",
        "_RELATION",
        "_CELL",
        "_CLAIM",
    }
)
GROUPS = (
    (DECLARATIONS, "a declaration"),
    (frozenset({"NAME", "DOTTED", "PRIMED", "NUMBER", "QUANTITY", "STRING", "LPAR", "LSQB", "MINUS"}), "an expression"),
    (frozenset({"NUMBER", "QUANTITY", "NAME", "DOTTED", "PRIMED", "STRING", "LPAR", "LSQB"}), "an expression"),
    (frozenset({"EQUALS", "LESS_EQUAL", "GREATER_EQUAL", "LESS", "GREATER", "TILDE"}), "a comparison"),
    (frozenset({"NAME", "DOTTED"}), "a name"),
)
CONTINUATIONS = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "CARET", "COMPOSE", "RANGE", "LPAR", "LSQB", "AT"})
FOLLOWING = {
    "start": ("a declaration",),
    "declaration": ("a declaration",),
    "field": ("another field", "`}`"),
    "rule_item": ("another equation", "`}`"),
    "cell_item": ("another item", "`}`"),
    "category_item": ("`object`", "`map`", "`run`", "`law`", "`}`"),
    "component": ("another component", "`}`"),
    "image": ("`object`", "`map`", "`run`", "`}`"),
    "pullback_item": ("`leg`", "`freeze`", "`}`"),
    "expression": ("the end",),
}


def keyword(kind: str) -> str:
    """The word of the language that a terminal stands for."""
    return kind[1:].lower()


def found(token: Token) -> str:
    """What was found, quoted; what cannot be shown is named by its code points."""
    if token.kind == END:
        return "the end of the file"
    if not token.text.isprintable():
        return "the character " + ", ".join(f"U+{ord(character):04X}" for character in token.text[:4])
    return f"`{token.text}`" if len(token.text) <= 40 else f"`{token.text[:40]}…`"


def required(expected: Collection[str], start: str) -> str:
    """What could have followed, in an item of a kind: names for groups of terminals, operators only where all else
    is missing."""
    rest = set(expected) - {END}
    words = []
    for group, name in GROUPS:
        if group <= rest:
            words.append(name)
            rest -= group
    following = FOLLOWING[start] if END in expected else ()
    if "PLUS" in rest and (words or following or rest - CONTINUATIONS):
        rest -= CONTINUATIONS
    phrases = dict.fromkeys(chain(words, sorted(map(_spelt, rest)), following))
    return _either(list(phrases))


def _spelt(kind: str) -> str:
    if kind in SYMBOLS:
        return f"`{SYMBOLS[kind]}`"
    return KINDS.get(kind) or f"`{keyword(kind)}`"


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
