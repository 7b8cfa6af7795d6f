"""Texts to fuzz with: sentences of the grammar, and the examples with some of their bytes or words changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import lark
from hypothesis import strategies as st

from catlearn.syntax.tables import STARTS, resource
from catlearn.syntax.tokens import tokenise
from tests.spec.runner import FOLDER, cases

ROOT = Path(__file__).parents[2]
WHOLE = (Path(__file__).parent / "whole.cat").read_text("utf-8")
EXAMPLES = [WHOLE, *(path.read_text("utf-8") for path in sorted((ROOT / "examples").glob("*.cat")))]
SPECIFICATIONS = [case.text for path in sorted(FOLDER.glob("*.cat")) for case in cases(path)]

SHAPES = {
    "NUMBER": ["0", "1", "2", "16", "0.25", "1e-3", "1e300", "64"],
    "QUANTITY": ["1 epoch", "20epochs", "5 steps", "1%", "12.5 %", "3 s"],
    "STRING": ['""', '"other.cat"', '"pkg.module:Factory"', '"# { é"'],
    "PRIMED": ["theta'", "v'"],
    "FOREIGN": [";", "//", ":=", "&&"],
    "UNKNOWN": ["θ", '"', "\u202e"],
}
SPACES = [" "] * 12 + ["\n"] * 4 + ["  ", "\t", "\r\n", "\n\n\n", " # a comment\n", "\n# { \n", "      "]
NAMES = sorted(
    {token.text for token in tokenise(WHOLE) if token.kind == "NAME"} - {"on", "by", "optimizer", "optimiser"}
)
DOTTED = sorted({token.text for token in tokenise(WHOLE) if token.kind == "DOTTED"})

Productions = Mapping[str, Sequence[Sequence[str]]]


@cache
def productions() -> Productions:
    """The expansions of each symbol of the grammar, as lark sees them, shortest first."""
    parser = lark.Lark(resource("cat.lark") or "", parser="lalr", start=list(STARTS))
    found = defaultdict(list)
    for rule in parser.rules:
        found[rule.origin.name].append([symbol.name for symbol in rule.expansion])
    return {
        name: sorted(expansions, key=lambda parts: (len(parts), "negation" in parts))
        for name, expansions in found.items()
    }


@cache
def words() -> Mapping[str, str]:
    """The terminals that are spelt in one way."""
    from catlearn.syntax.words import SYMBOLS, keyword

    parser = lark.Lark(resource("cat.lark") or "", parser="lalr", start=list(STARTS))
    kinds = {terminal.name for terminal in parser.terminals}
    return {**SYMBOLS, **{kind: keyword(kind) for kind in kinds if kind.startswith("_")}}


def sentence(random: Random, symbol: str, budget: int) -> list[str]:
    """Words that a symbol of the grammar derives; without budget, by its shortest expansions."""
    if symbol not in productions():
        return [spelt(random, symbol)]
    expansions = productions()[symbol]
    plain = symbol in ("composite", "range", "sum", "product", "factor", "power") and random.random() < 0.7
    expansion = expansions[0] if budget <= 0 or plain else random.choice(expansions)
    if symbol == "landscape":
        expansion = ["sequence" if before == "_ON" else part for before, part in pairwise(["", *expansion])]
    return [word for part in expansion for word in sentence(random, part, budget - 1)]


def spelt(random: Random, terminal: str) -> str:
    if terminal == "NAME":
        return random.choice(NAMES)
    if terminal == "DOTTED":
        return random.choice(DOTTED)
    return words().get(terminal) or random.choice(SHAPES[terminal])


def written(random: Random) -> str:
    """Some declarations that the grammar derives, with all kinds of space between their words."""
    parts = [word for _ in range(random.randint(1, 6)) for word in sentence(random, "declaration", 14)]
    return "".join(word + (" " if word == "on" else random.choice(SPACES)) for word in parts)


def changed_words(random: Random, text: str) -> str:
    """A text with a few words left out, doubled, exchanged or put in the place of others."""
    for _ in range(random.randint(1, 4)):
        spans = [(token.start, token.end) for token in tokenise(text)] or [(0, len(text))]
        start, end = random.choice(spans)
        other = text[slice(*random.choice(spans))]
        text = text[:start] + random.choice(["", text[start:end] * 2, other, f"{other} "]) + text[end:]
    return text


def changed_bytes(random: Random, text: str) -> bytes:
    """The bytes of a text, some of them overwritten, left out or added."""
    content = bytearray(text.encode())
    for _ in range(random.randint(1, 4)):
        start = random.randrange(len(content) + 1)
        added = random.choice([b"", random.randbytes(2), b"{", b"}", b"(", b"=", b"\n", b"\0", b"\xd7\x90", b"\xe2"])
        content[start : start + random.choice([0, 1, 30])] = added
    return bytes(content)


randoms = st.integers(0, 2**40).map(Random)
sentences = randoms.map(written)
texts = [*EXAMPLES, *SPECIFICATIONS]
examples = st.integers(0, len(texts) - 1).map(texts.__getitem__)
edited = st.builds(changed_words, randoms, examples)
damaged = st.builds(changed_bytes, randoms, examples)
