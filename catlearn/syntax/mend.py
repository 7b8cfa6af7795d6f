"""Recovery: from tokens that do not parse to tokens that do, with a diagnostic for each mistake.

Every declaration, and in a broken declaration every item of its block, is tried by itself, so that a mistake hides
nothing but itself. What can be put right is kept as if it had been written so; the rest is left out, and its names
are `incomplete`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from catlearn.diagnostics import Diagnostic, Label
from catlearn.source import Source, Span
from catlearn.syntax.automaton import Failure, Node, expected, parse
from catlearn.syntax.mistakes import near, own_state, repair, unclosed
from catlearn.syntax.outline import ITEMS, NAMED, UNNESTED, Outline, declared, segments, step
from catlearn.syntax.tokens import END, Token
from catlearn.syntax.words import found, keyword, required

MOST_REPAIRS = 5
MOST_MENDED = 20_000
MOST_REPORTED = 1_000


@dataclass(frozen=True)
class Mender:
    """Mends the tokens of one source, collecting diagnostics and the names of what is left out or left open."""

    source: Source
    last: Token
    diagnostics: list[Diagnostic] = field(default_factory=list)
    incomplete: set[str] = field(default_factory=set)

    def specification(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens of all declarations that could be kept; they parse."""
        tokens = self.supply_braces(tokens)
        end = Token(END, "", self.last.start, self.last.end)
        mended: list[Token] = []
        for part in Outline(self.source).declarations(tokens):
            after = tokens[part.stop] if part.stop < len(tokens) else end
            mended += self.item(tokens[part], "declaration", after)[0]
        return mended

    def supply_braces(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens with a `{` for each header that lacks one, where a `}` has none to close."""
        headers = {part.start: part for part in segments(tokens) if tokens[part.start].kind in ITEMS}
        depth, lacking, supplied = 0, list[slice](), dict[int, Token]()
        for position, token in enumerate(tokens):
            if token.kind in UNNESTED:
                lacking.clear()
            if position in headers and all(inner.kind != "LBRACE" for inner in tokens[headers[position]]):
                lacking.append(headers[position])
            if token.kind == "RBRACE" and depth == 0:
                supplied |= self._supplied(tokens, lacking, position)
            else:
                depth = max(0, depth + step(token))
        pairs = ((supplied.get(position), token) for position, token in enumerate(tokens))
        return [token for pair in pairs for token in pair if token is not None]

    def _supplied(self, tokens: Sequence[Token], lacking: list[slice], closed: int) -> dict[int, Token]:
        """The brace that the nearest header before a position can take, with that position in its block."""
        while lacking:
            header = lacking.pop()
            start = "pullback_item" if tokens[header.start].kind == "_FREEZE" else "declaration"
            failure = parse(tokens[header], start)
            position = header.start + failure.position if isinstance(failure, Failure) else header.stop
            kinds = expected(tokens[header.start : position], start)
            if "LBRACE" in kinds and position < closed:
                place = tokens[position]
                self.report(place, kinds, start, f"open the block of {_headed(tokens[header])} with `{{`")
                return {position: Token("LBRACE", "{", place.start, place.start)}
        return {}

    def item(self, tokens: Sequence[Token], start: str, after: Token) -> tuple[Sequence[Token], bool]:
        """What can be kept of one declaration or item that should follow a rule of the grammar, and whether that is
        all of it; `after` is the token that follows it."""
        outcome = parse(tokens, start)
        if isinstance(outcome, Node):
            return tokens, True
        if len(tokens) > MOST_MENDED or len(self.diagnostics) > MOST_REPORTED:
            return self.given_up(tokens, outcome, start, after)
        return self.flat(self.with_block(self.with_head(tokens, start), start, after), start, after)

    def given_up(
        self, tokens: Sequence[Token], failure: Failure, start: str, after: Token
    ) -> tuple[Sequence[Token], bool]:
        """Nothing of what is too long to be tried item by item, or after too many mistakes; the first is reported."""
        place = tokens[failure.position] if failure.position < len(tokens) else after
        self.report(place, failure.expected, start, None)
        self.incomplete.update(declared(tokens))
        return (), False

    def with_head(self, tokens: Sequence[Token], start: str) -> Sequence[Token]:
        """The tokens with their first word, where it is a misspelt word of the language, put right."""
        head, first = tokens[0], expected((), start)
        words = {keyword(kind): kind for kind in first if kind.startswith("_")}
        if head.kind != "NAME" or "NAME" in first:
            return tokens
        if head.text in words:
            return [head._replace(kind=words[head.text]), *tokens[1:]]
        nearest = near(head.text, words) if len(tokens) > 1 and tokens[1].kind in NAMED | {"STRING"} else None
        if nearest is None:
            return tokens
        self.report(head, first, start, f"did you mean `{nearest}`?")
        return [head._replace(kind=words[nearest], text=nearest), *tokens[1:]]

    def with_block(self, tokens: Sequence[Token], start: str, after: Token) -> Sequence[Token]:
        """The tokens with what can be kept of each item of their block, and with the brace that closes it."""
        opened, kind = len(_header(tokens)), ITEMS.get(tokens[0].kind)
        if opened == len(tokens) or kind is None or tokens[0].kind not in expected((), start):
            return tokens
        block = Outline(self.source).block(tokens, opened, kind)
        mended, whole = list(tokens[: opened + 1]), block.closed
        item: Sequence[Token] = ()
        for part in block.items:
            before = item
            item, following = tokens[part], tokens[part.stop] if part.stop < len(tokens) else after
            if item[-1].kind == "COMMA" and len(item) > 1:
                item, following = item[:-1], item[-1]
                if kind == "category_item":
                    self.report(following, expected((), kind) | {"RBRACE"}, kind, "no comma stands here")
            item = self.with_state(item, before)
            kept, all_kept = self.item(item, kind, following)
            mended += kept
            whole = whole and all_kept
        if not whole:
            self.incomplete.update(declared(_header(tokens)))
        if not block.closed:
            after = tokens[block.end] if block.end < len(tokens) else after
            opener = Label("`{` opened here", self.span(tokens[opened]))
            self.report(after, {"RBRACE"}, kind, f"close the block of {_headed(tokens)} with `}}`", opener)
            mended.append(Token("RBRACE", "}", tokens[block.end - 1].end, tokens[block.end - 1].end))
        return [*mended, *tokens[block.end :]]

    def with_state(self, item: Sequence[Token], before: Sequence[Token]) -> Sequence[Token]:
        """An item that goes on with the states of the one before it, on one line, with a `state` of its own."""
        goes_on = bool(before) and before[0].kind == "_STATE" and "\n" not in self.between(before[-1], item[0])
        named = [token.kind for token in item[:2]] == ["NAME", "EQUAL"]
        if not goes_on or not named or item[0].text == before[1].text:
            return item
        told = len(before) == 2 or before[0].start == before[1].start
        if not told:
            self.report(item[0], expected((), "rule_item"), "rule_item", own_state(item[0]))
        return [item[0]._replace(kind="_STATE", text="state"), *item]

    def between(self, first: Token, second: Token) -> str:
        """The text between two tokens."""
        return self.source.text[first.end : second.start]

    def flat(self, tokens: Sequence[Token], start: str, after: Token) -> tuple[Sequence[Token], bool]:
        """Tokens whose block is mended, with what is wrong outside of it put right; where that cannot be done, those
        that are complete by themselves, and the first mistake reported."""
        original, known, first = tokens, len(self.diagnostics), parse(tokens, start)
        for _ in range(MOST_REPAIRS):
            failure = parse(tokens, start)
            if isinstance(failure, Node):
                return tokens, True
            repaired = self.repaired(tokens, failure, start, after)
            if repaired is None:
                break
            tokens = repaired
        del self.diagnostics[known + 1 :]
        kept = original[: self.standing(original, first)] if isinstance(first, Failure) else original
        self.incomplete.update(declared(original[len(kept) :]), declared(_header(original)))
        return kept, False

    def standing(self, tokens: Sequence[Token], failure: Failure) -> int:
        """How many tokens stand by themselves: all before a failure that a brace or a new line sets off."""
        position = failure.position
        if END not in failure.expected or position == 0:
            return 0
        set_off = tokens[position - 1].kind == "RBRACE" or Outline(self.source).first(tokens, position)
        return position if set_off else 0

    def repaired(self, tokens: Sequence[Token], failure: Failure, start: str, after: Token) -> Sequence[Token] | None:
        """The tokens with one failure reported and put right, None where nothing is known to put it right."""
        before, rest = tokens[: failure.position], tokens[failure.position :]
        place = rest[0] if rest else after
        words = {keyword(kind): kind for kind in failure.expected if kind.startswith("_")}
        if rest and place.kind == "NAME" and place.text in words:
            if words[place.text] == "_ON":
                following = rest[1] if len(rest) > 1 else after
                self.report(following, {"LSQB"}, start, "a domain is a product of intervals: `[-2, 2]^2`")
            return [*before, place._replace(kind=words[place.text]), *rest[1:]]
        mended = repair(tokens, failure.position, failure.expected, after)
        labels = [Label(f"`{opener.text}` opened here", self.span(opener)) for opener in unclosed(before)[-1:]]
        self.report(place, failure.expected, start, mended.hint, *(labels if mended.width == 0 else ()))
        if mended.replacement is None:
            return None
        return [*before, *mended.replacement, *rest[mended.width :]]

    def report(self, place: Token, kinds: Collection[str], start: str, advice: str | None, *labels: Label) -> None:
        """Adds the diagnostic that a token was found where others were required."""
        message = f"found {found(place)}, required {required(kinds, start)}"
        hints = () if advice is None else (advice,)
        self.diagnostics.append(Diagnostic("syntax", message, self.span(place), labels, hints))

    def span(self, token: Token) -> Span:
        """The place of a token."""
        return Span(self.source, token.start, token.end)


def _headed(tokens: Sequence[Token]) -> str:
    return f"`{' '.join(token.text for token in tokens[:2])}`"


def _header(tokens: Sequence[Token]) -> Sequence[Token]:
    return list(takewhile(lambda token: token.kind != "LBRACE", tokens))
