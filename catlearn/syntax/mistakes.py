"""Typical mistakes in their places: one sign for another, words nearly right, brackets left open."""

import unicodedata
from collections.abc import Collection, Sequence, Set
from difflib import get_close_matches
from typing import NamedTuple

from catlearn.syntax.tokens import END, Token
from catlearn.syntax.words import DECLARATIONS, SYMBOLS, keyword

CONFUSED = {
    ("EQUAL", "COLON"): "`:` stands between a name and what it is",
    ("COLON", "EQUAL"): "`=` stands before a value",
    ("EQUALS", "EQUAL"): "`=` stands before a value; `==` compares",
    ("EQUAL", "EQUALS"): "`==` compares; `=` stands before a value",
    ("ARROW", "DOUBLE_ARROW"): "`=>` goes between arrows, `->` between objects",
    ("DOUBLE_ARROW", "ARROW"): "`->` goes between objects, `=>` between arrows",
    ("ARROW", "MAPS_TO"): "`|->` sends one thing to another",
    ("DOUBLE_ARROW", "MAPS_TO"): "`|->` sends one thing to another",
    ("EQUAL", "MAPS_TO"): "`|->` sends one thing to another",
    ("COLON", "MAPS_TO"): "`|->` sends one thing to another",
    ("MAPS_TO", "ARROW"): "`->` goes between objects; `|->` sends one thing to another",
    ("MAPS_TO", "DOUBLE_ARROW"): "`=>` goes between arrows; `|->` sends one thing to another",
    ("MAPS_TO", "EQUAL"): "`=` stands before a value",
    ("ARROW", "COMPOSE"): "`>>` composes",
    ("LPAR", "LSQB"): "intervals and lists stand in `[…]`",
}
_BEGINNINGS = "a declaration begins with " + ", ".join(f"`{keyword(kind)}`" for kind in sorted(DECLARATIONS))
CLOSERS = {"LBRACE": "RBRACE", "LPAR": "RPAR", "LSQB": "RSQB"}
OPENERS = frozenset(CLOSERS)
_ENDS = {"RPAR": ("LBRACE", "RBRACE", "RSQB"), "RSQB": ("LBRACE", "RBRACE", "RPAR", "EQUAL")}
QUOTES = "'\u2018\u201c\u201d\u201e\u00ab"
ADVICE = {
    "&&": "propositions are joined by `and`",
    "or": "claim each proposition by itself: there is no `or`",
    "||": "claim each proposition by itself: there is no `or`",
    "∧": "propositions are joined by `and`",
    "∘": "`f >> g` is first f, then g",
    "include": "other files are read by `import`",
}
_JOINED = "propositions are joined by `and`"
ELSEWHERE = {
    ("_FUNCTOR", "COMPOSE"): "a composite of functors is declared by `functor name = F >> G`",
    ("_CELL", "DOUBLE_ARROW"): "a cell between two arrows is declared by `cell name : f => g`",
    ("_CLAIM", "NAME"): "terms stand in braces: `{ holds_for = 0.8 }`",
    ("_LANDSCAPE", "EQUAL"): "a landscape has a domain: `on [-2, 2]^2`",
    **{("_CLAIM", kind): _JOINED for kind in ("COMMA", "EQUALS", "LESS_EQUAL", "GREATER_EQUAL", "LESS", "GREATER")},
}


class Repair(NamedTuple):
    """How a mistake is mended: a hint, and what to put in the place of how many tokens, where that is known."""

    hint: str | None = None
    replacement: tuple[Token, ...] | None = None
    width: int = 1


def repair(tokens: Sequence[Token], position: int, expected: Set[str], after: Token) -> Repair:
    """How to mend the failure at a position of an item's tokens, `after` being the token that follows the item."""
    ended = position == len(tokens)
    token = after if ended else tokens[position]
    closer = _missing_closer(token, ended, expected)
    if closer is not None:
        end = tokens[position - 1].end
        return Repair(None, (Token(closer, SYMBOLS[closer], end, end),), 0)
    if ended:
        alone = after.kind == "COMMA" and [each.kind for each in tokens] == ["_STATE", "NAME"]
        return Repair(own_state(tokens[-1]) if alone else None)
    if token.kind == "RBRACE" and not unclosed(tokens[:position]):
        return Repair("no `{` is open here", ())
    if token.kind == "COMMA" and END in expected and position == len(tokens) - 1:
        return Repair("no comma stands here", ())
    if token.kind in DECLARATIONS and position == 0:
        return Repair(f"`{token.text}` is declared outside of blocks")
    before = tokens[position - 1] if position else None
    advice = hint(token) or ELSEWHERE.get((tokens[0].kind, token.kind))
    advice = advice or _unsaid(tokens, position, expected)
    if position == 0 and expected >= DECLARATIONS:
        advice = advice or _BEGINNINGS
    return _confused(token, before, expected) or _misspelt(token, before, expected) or Repair(advice)


def own_state(name: Token) -> str:
    """What mends two states behind one `state`."""
    return f"each state has a `state` of its own: `state {name.text} = …`"


def unclosed(tokens: Sequence[Token]) -> list[Token]:
    """The brackets and braces of a sequence that are open at its end, outermost first."""
    openers: list[Token] = []
    for token in tokens:
        if token.kind in OPENERS:
            openers.append(token)
        elif openers and token.kind == CLOSERS[openers[-1].kind]:
            openers.pop()
    return openers


def _missing_closer(token: Token, ended: bool, expected: Set[str]) -> str | None:
    for closer in ("RPAR", "RSQB"):
        if closer in expected and (ended or token.kind in _ENDS[closer] or token.kind.startswith("_")):
            return closer
    return None


def _confused(token: Token, before: Token | None, expected: Set[str]) -> Repair | None:
    for (kind, wanted), advice in CONFUSED.items():
        if kind == token.kind and wanted in expected and (wanted != "COMPOSE" or END in expected):
            return Repair(advice, (token._replace(kind=wanted, text=SYMBOLS[wanted]),))
    if token.kind == "EQUAL" and before is not None and before.kind.startswith("_"):
        return Repair(f"`{before.text}` takes no `=` here", ())
    return None


def _unsaid(tokens: Sequence[Token], position: int, expected: Set[str]) -> str | None:
    """What lacks the word that says what it is: an arrow of a category, or what a functor sends somewhere."""
    token, head = tokens[position], tokens[0]
    follows = tokens[position + 1].kind if position + 1 < len(tokens) else None
    second = [each.kind for each in tokens[position + 1 : position + 3]]
    if (
        token.kind == "COMMA"
        and head.kind in ("_OBJECT", "_MAP")
        and second in (["NAME", "COLON"], ["NAME", "MAPS_TO"])
    ):
        return f"each has a word of its own: `{head.text} {tokens[position + 1].text} …`"
    if token.kind != "NAME":
        return None
    if follows == "COLON" and END in expected and head.kind in ("_OBJECT", "_MAP", "_LAW"):
        return f"an arrow is declared by `map {token.text} : X -> Y`"
    if follows in ("MAPS_TO", "COMMA") and position == 0 and "_MAP" in expected and "_LAW" not in expected:
        return f"say what is sent: `object {token.text} |-> …` or `map {token.text} |-> …`"
    return None


def _misspelt(token: Token, before: Token | None, expected: Set[str]) -> Repair | None:
    words = {keyword(kind): kind for kind in expected if kind.startswith("_")}
    if token.kind == "NAME" and (nearest := near(token.text, words)):
        return Repair(f"did you mean `{nearest}`?", (token._replace(kind=words[nearest], text=nearest),))
    if token.kind == "NAME" and "PRIMED" in expected and "NAME" not in expected:
        primed = token._replace(kind="PRIMED", text=f"{token.text}'")
        return Repair(f"`{primed.text}` is the next value of `{token.text}`", (primed,))
    if token.kind == "STRING" and "NAME" in expected and token.text[1:-1].isidentifier():
        return Repair("a name has no quotes", (token._replace(kind="NAME", text=token.text[1:-1]),))
    if token.kind == "_OBJECT" and before is None and expected == {"NAME", "DOTTED"}:
        return Repair("a component is named by its object alone: `A |-> f`", ())
    if token.kind == "_AND" and "NAME" in expected:
        return Repair("`and` stands between two propositions", ())
    if token.kind in ("NAME", "DOTTED") and expected == {"STRING"}:
        quoted = token._replace(kind="STRING", text=f'"{token.text}"')
        return Repair("names of files stand in double quotes", (quoted,))
    if token.kind.startswith("_") and "NAME" in expected:
        if before is not None and before.kind in ("LPAR", "COMMA") and "NUMBER" in expected:
            return Repair(f"an argument is given as `{token.text} = …`")
        advice = f"`{token.text}` is a word of the language; choose another name"
        return Repair(advice, (token._replace(kind="NAME"),))
    return None


def near(word: str, words: Collection[str]) -> str | None:
    """The word of the language that a misspelt one is nearly, None where none is near."""
    return next(iter(get_close_matches(word, sorted(words), n=1, cutoff=0.6)), None) if len(word) > 2 else None


def hint(token: Token) -> str | None:
    """What a token that is wrong in its place suggests, whatever was required there."""
    text = token.text
    if text in ADVICE:
        return ADVICE[text]
    if token.kind != "UNKNOWN":
        return None
    if text[0] == '"':
        return 'a string ends with `"` on the line where it begins'
    if text[0] in QUOTES:
        return 'strings have plain double quotes: `"…"`'
    if text == ".":
        return "`f >> g` composes, first f and then g; numbers have digits on both sides of the point"
    if text[0] == ".":
        return f"write `0{text}`"
    if text.startswith("1_") and text[2:].isidentifier():
        return f"an identity is written `id({text[2:]})`"
    if text[0].isdigit():
        return "names begin with a letter; units are `epochs`, `steps`, `s` and `%`"
    return _letters(text)


def _letters(text: str) -> str | None:
    if not (text.isidentifier() or text.isalpha()):
        return None
    description = unicodedata.name(text, "") if len(text) == 1 else ""
    if description.startswith("GREEK") and "LETTER " in description:
        return f"write `{description.rpartition('LETTER ')[2].split()[0].lower()}`"
    return "names have the letters A to Z and a to z, digits and `_`"
