"""Colours for `.cat` texts in documents that Pygments renders: the lexer `cat`."""

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

KEYWORDS = (
    "import",
    "dataset",
    "probe",
    "map",
    "landscape",
    "optimiser",
    "optimizer",
    "category",
    "object",
    "run",
    "law",
    "functor",
    "transformation",
    "pullback",
    "relation",
    "cell",
    "claim",
    "state",
    "of",
    "along",
    "leg",
    "freeze",
    "strict",
    "assume",
    "and",
    "by",
    "within",
    "expect",
)
"""The words of the language; `on` is one before `[` only."""


class CatLexer(RegexLexer):
    """The terminals of `cat.lark`, as colours need them."""

    name = "catlearn"
    aliases: ClassVar[list[str]] = ["cat"]
    filenames: ClassVar[list[str]] = ["*.cat"]

    tokens: ClassVar[dict[str, list[tuple[object, ...]]]] = {
        "root": [
            (r"\s+", Text),
            (r"#[^\r\n]*", Comment.Single),
            (r'"[^"\n]*"', String.Double),
            (words(KEYWORDS, prefix=r"\b", suffix=r"(?!\w)(?!\s*=(?![=>]))"), Keyword),
            (r"on(?=\s*\[)", Keyword),
            (r"([A-Za-z_]\w*)(\s*)(=)(?![=>])", bygroups(Name.Attribute, Text, Operator)),
            (r"([A-Za-z_][\w.]*)(@)([A-Za-z_]\w*)", bygroups(Name.Class, Operator, Name.Label)),
            (r"[A-Za-z_]\w*(?=\()", Name.Function),
            (r"[A-Za-z_]\w*'?", Name),
            (r"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?(\s*(%|(epochs?|steps?|seconds?|s)\b))?", Number),
            (r"\|->|=>|->|>>|\.\.|==|<=|>=|[=<>~+*/^@-]", Operator),
            (r"[{}()\[\],:.]", Punctuation),
        ]
    }
