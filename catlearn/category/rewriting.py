"""Words, rules that make them smaller, and the completion of rules to a confluent system (Knuth and Bendix 1970).

A word is a string, one character a letter, and characters compare as their letters do. Words are ordered by length
and then letter by letter (shortlex): composition keeps this order, and nothing descends in it for ever. Every rule
goes from a word to a smaller one, so rewriting ends. Where two rules overlap, a word can be rewritten in two ways;
completion reduces both results and makes a new rule of what still differs. Once no overlap is left, two words are
equal just when they reduce to one word (Newman 1942; Sims, Computation with Finitely Presented Groups, 1994, ch. 2).

Every equation keeps the chain of uses of earlier equations that proves it, so it can be traced down to the laws.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import chain, takewhile
from typing import Literal, NamedTuple

Word = str

Laws = tuple[tuple[Word, Word], ...]
"""Pairs of words that are to be equal."""


@dataclass(frozen=True, slots=True)
class Use:
    """A use of an equation, by number, inside a word: from left to right where `forward`, else from right to left."""

    equation: int
    position: int
    forward: bool


Chain = tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Equation:
    """Two equal words. The chain leads from the left one to the right one; a law, which is given, has none.

    `laws` are the numbers of the laws on which it rests."""

    left: Word
    right: Word
    chain: Chain
    laws: frozenset[int]


def backwards(uses: Chain) -> Chain:
    """A chain read from its end to its start."""
    return tuple(Use(use.equation, use.position, not use.forward) for use in reversed(uses))


def precedes(left: Word, right: Word) -> bool:
    """Whether a word is less than another in shortlex."""
    return (len(left), left) < (len(right), right)


# Rules, found by their left sides.


@dataclass(slots=True)
class Node:
    """A node of the tree of left sides read from their ends; `label` is read on the way to it.

    `number` is that of the rule whose left side has then been read whole."""

    label: Word = ""
    children: dict[str, "Node"] = field(default_factory=dict)
    number: int | None = None


def _split(node: Node, child: Node, common: int) -> Node:
    """A new node on the way from a node to a child of it, where `common` letters of its label have been read."""
    between = Node(child.label[-common:], {child.label[-common - 1]: child})
    node.children[child.label[-1]] = between
    child.label = child.label[:-common]
    return between


def _common_ending(first: Word, second: Word) -> int:
    pairs = zip(reversed(first), reversed(second), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


class Rules:
    """Rules of which no left side contains another, by number: words and what they are rewritten to."""

    def __init__(self) -> None:
        self.sides: dict[int, tuple[Word, Word]] = {}
        self.numbers: dict[Word, int] = {}
        self._root = Node()

    def __len__(self) -> int:
        return len(self.sides)

    def _node(self, left: Word) -> Node:
        """The node at which a left side has been read, made where there is none."""
        node = self._root
        while left:
            child = node.children.setdefault(left[-1], Node(left))
            common = _common_ending(child.label, left)
            node = _split(node, child, common) if common < len(child.label) else child
            left = left[:-common]
        return node

    def put(self, number: int, left: Word, right: Word) -> None:
        """Put a rule in force; it replaces one with the same left side."""
        self.sides.pop(self.numbers.get(left, -1), None)
        self.sides[number] = (left, right)
        self.numbers[left] = number
        self._node(left).number = number

    def retire(self, left: Word) -> int:
        """Put the rule with this left side out of force; its number."""
        number = self.numbers.pop(left)
        del self.sides[number]
        self._node(left).number = None
        return number

    def ending(self, word: Word, end: int) -> tuple[int | None, int]:
        """The rule whose left side ends at a place in a word, and how many nodes were looked at."""
        node, looked = self._root, 1
        while end:
            child = node.children.get(word[end - 1])
            if child is None or not word.endswith(child.label, 0, end):
                return None, looked
            if child.number is not None:
                return child.number, looked
            node, end, looked = child, end - len(child.label), looked + 1
        return None, looked


class Reduced(NamedTuple):
    """What a word reduces to, by which uses of rules, and in how many steps of looking for them."""

    word: Word
    uses: Chain
    steps: int


def _rewritten(rules: Rules, word: Word, number: int, end: int) -> tuple[Word, int]:
    """A word in which a rule is used whose left side ends at a place, and where that side starts."""
    left, right = rules.sides[number]
    start = end - len(left)
    return word[:start] + right + word[end:], start


def reduce(rules: Rules, word: Word, most: int) -> Reduced | None:
    """The irreducible word reached by always rewriting what ends leftmost; None after more than `most` steps."""
    uses: list[Use] = []
    end, steps = 1, 0
    while end <= len(word):
        number, looked = rules.ending(word, end)
        steps += looked
        if steps > most:
            return None
        if number is None:
            end += 1
            continue
        word, start = _rewritten(rules, word, number, end)
        uses.append(Use(number, start, True))
        end = start + 1
    return Reduced(word, tuple(uses), steps)


def once_reduced(rules: Rules, word: Word) -> Iterator[tuple[Word, Use]]:
    """The words that one use of a rule makes of a word."""
    for end in range(1, len(word) + 1):
        number, _ = rules.ending(word, end)
        if number is not None:
            reduct, start = _rewritten(rules, word, number, end)
            yield reduct, Use(number, start, True)


Origin = tuple[Word, Use] | None
"""The word, and the use of a rule in it, from which another was first reached; None for the word at the start."""


def _reducts(rules: Rules, word: Word, most: int) -> Iterator[tuple[Word, Origin]]:
    """All words to which a word can be rewritten, those by shorter chains first, until `most` letters were read."""
    reached: list[tuple[Word, Origin]] = [(word, None)]
    found = {word}
    for each, origin in reached:
        yield each, origin
        most -= len(each)
        if most < 0:
            return
        for reduct, use in once_reduced(rules, each):
            if reduct not in found:
                found.add(reduct)
                reached.append((reduct, (each, use)))


def _chain_to(word: Word, origins: Mapping[Word, Origin]) -> Chain:
    uses: list[Use] = []
    while (origin := origins[word]) is not None:
        word, use = origin
        uses.append(use)
    return tuple(reversed(uses))


def common_reduct(rules: Rules, left: Word, right: Word, most: int) -> tuple[Chain, Chain] | None:
    """How two words rewrite to one, sought among the reducts of each while fewer than `most` letters are read."""
    from_left = dict(_reducts(rules, left, most))
    from_right: dict[Word, Origin] = {}
    for word, origin in _reducts(rules, right, most):
        from_right[word] = origin
        if word in from_left:
            return _chain_to(word, from_left), _chain_to(word, from_right)
    return None


# Completion.


class Task(NamedTuple):
    """What completion has still to look at, in the order in which it does so.

    Where `overlap` is false it is an equation that is not in force as a rule, by `number`; `first` is its greater side.
    Else it is the overlap, a word of `length` letters, of the rule with the left side `first` at its start and the one
    with `second` from `position` to its end."""

    overlap: bool
    length: int
    first: Word
    second: Word
    position: int
    number: int


@dataclass(frozen=True, slots=True)
class Budget:
    """How many rules may be in force, how many letters an overlap may have, and how many steps may be taken.

    A step is a look at a rule or at a node of the tree of rules; an overlap counts as `STEPS_PER_OVERLAP`."""

    rules: int
    length: int
    steps: int


STEPS_PER_OVERLAP = 10


@dataclass(frozen=True, slots=True)
class Exhausted:
    """The part of a budget that was used up, and how much it allowed."""

    limit: Literal["rules", "length", "steps"]
    allowed: int


@dataclass(frozen=True, slots=True)
class System:
    """What completion leaves: all equations, laws first; the rules in force; the tasks not done; why it stopped.

    `stopped` is None where it finished, and then the rules are confluent."""

    equations: tuple[Equation, ...]
    rules: Rules
    tasks: tuple[Task, ...]
    stopped: Exhausted | None


class Completion:
    """A completion at work."""

    def __init__(self, laws: Laws, budget: Budget) -> None:
        self.equations = [Equation(left, right, (), frozenset((number,))) for number, (left, right) in enumerate(laws)]
        self.rules = Rules()
        self.tasks = [self._equation(number) for number in range(len(laws))]
        heapify(self.tasks)
        self.budget, self.steps_left = budget, budget.steps
        self._starting: dict[str, dict[Word, None]] = {}
        self._ending: dict[str, dict[Word, None]] = {}
        self._holding: dict[str, dict[Word, None]] = {}

    def run(self) -> System:
        """Do the tasks in order until none is left or a limit is met."""
        stopped = None
        while self.tasks and stopped is None:
            task = heappop(self.tasks)
            stopped = self._limit(task) or self._do(task)
            if stopped:
                heappush(self.tasks, task)
        return System(tuple(self.equations), self.rules, tuple(self.tasks), stopped)

    def _limit(self, task: Task) -> Exhausted | None:
        if task.overlap and task.length > self.budget.length:
            return Exhausted("length", self.budget.length)
        if len(self.rules) > self.budget.rules:
            return Exhausted("rules", self.budget.rules)
        return None

    def _do(self, task: Task) -> Exhausted | None:
        """Reduce the two sides of what a task says is equal, and put what differs in force as a rule."""
        equal = self._overlapping(task) if task.overlap else self._given(task.number)
        if equal is None:
            return None
        left, right, between = self._reduce(equal[0]), self._reduce(equal[1]), equal[2]
        if left is None or right is None:
            return Exhausted("steps", self.budget.steps)
        uses = backwards(left.uses) + between + right.uses
        if precedes(right.word, left.word):
            self._enforce(left.word, right.word, uses)
        elif left.word != right.word:
            self._enforce(right.word, left.word, backwards(uses))
        return None

    def _reduce(self, word: Word) -> Reduced | None:
        reduced = reduce(self.rules, word, self.steps_left)
        self.steps_left -= reduced.steps if reduced else self.steps_left
        return reduced

    # Tasks.

    def _equation(self, number: int) -> Task:
        sides = self.equations[number].left, self.equations[number].right
        less, greater = sides if precedes(*sides) else sides[::-1]
        return Task(False, len(greater), greater, less, 0, number)

    def _given(self, number: int) -> tuple[Word, Word, Chain]:
        return self.equations[number].left, self.equations[number].right, (Use(number, 0, True),)

    def _overlapping(self, task: Task) -> tuple[Word, Word, Chain] | None:
        """The two words that an overlap makes of one; None where a rule of it is no more in force."""
        numbers = self.rules.numbers
        if task.first not in numbers or task.second not in numbers:
            return None
        first, second = numbers[task.first], numbers[task.second]
        left = self.rules.sides[first][1] + task.second[len(task.first) - task.position :]
        right = task.first[: task.position] + self.rules.sides[second][1]
        return left, right, (Use(first, 0, False), Use(second, task.position, True))

    def _overlaps(self, left: Word) -> Iterator[Task]:
        """The overlaps of a rule with those in force, itself among them."""
        for cut in range(1, len(left)):
            for other in self._starting.get(left[cut], ()):
                self.steps_left -= 1
                if other.startswith(left[cut:]):
                    yield Task(True, cut + len(other), left, other, cut, -1)
            for other in self._ending.get(left[cut - 1], ()):
                self.steps_left -= 1
                position = len(other) - cut
                if other != left and other.endswith(left[:cut]):
                    yield Task(True, position + len(left), other, left, position, -1)

    # Rules coming into force and leaving it.

    def _numbered(self, left: Word, right: Word, uses: Chain) -> int:
        laws = frozenset(chain.from_iterable(self.equations[use.equation].laws for use in uses))
        self.equations.append(Equation(left, right, uses, laws))
        return len(self.equations) - 1

    def _enforce(self, left: Word, right: Word, uses: Chain) -> None:
        """Put a rule in force, keep the others reduced by it, and note its overlaps."""
        self.rules.put(self._numbered(left, right, uses), left, right)
        for other in self._holders(left):
            if left in other:
                self._retire(other)
            else:
                self._reduce_right_side(other)
        self._enter(left, right)
        for task in self._overlaps(left):
            self.steps_left -= STEPS_PER_OVERLAP
            heappush(self.tasks, task)

    def _holders(self, left: Word) -> list[Word]:
        """The left sides of the rules in force, one side of which contains a word."""
        rarest = min((self._holding.get(letter, {}) for letter in left), key=len)
        self.steps_left -= len(rarest)
        return [other for other in rarest if left in other or left in self.rules.sides[self.rules.numbers[other]][1]]

    def _retire(self, left: Word) -> None:
        number = self.rules.retire(left)
        self._strike(left, self.equations[number].right)
        heappush(self.tasks, self._equation(number))

    def _reduce_right_side(self, left: Word) -> None:
        number = self.rules.numbers[left]
        right = self.rules.sides[number][1]
        reduced = self._reduce(right)
        if reduced is not None:
            self._strike(left, right)
            shorter = self._numbered(left, reduced.word, (Use(number, 0, True), *reduced.uses))
            self.rules.put(shorter, left, reduced.word)
            self._enter(left, reduced.word)

    def _places(self, left: Word, right: Word) -> Iterator[dict[Word, None]]:
        """Where a rule is entered for its neighbours to be found."""
        yield self._starting.setdefault(left[0], {})
        yield self._ending.setdefault(left[-1], {})
        for letter in dict.fromkeys(left + right):
            yield self._holding.setdefault(letter, {})

    def _enter(self, left: Word, right: Word) -> None:
        for place in self._places(left, right):
            place[left] = None

    def _strike(self, left: Word, right: Word) -> None:
        for place in self._places(left, right):
            del place[left]


def complete(laws: Laws, budget: Budget) -> System:
    """Completes laws to a confluent system within a budget. What it does depends on the laws, not on their order."""
    return Completion(laws, budget).run()


# Proofs.


def proof_length(equations: tuple[Equation, ...], uses: Chain) -> int:
    """How many uses of laws a chain stands for."""
    lengths: list[int] = []
    for equation in equations:
        lengths.append(sum(lengths[use.equation] for use in equation.chain) if equation.chain else 1)
    return sum(lengths[use.equation] for use in uses)


def in_laws(equations: tuple[Equation, ...], uses: Chain) -> Iterator[Use]:
    """A chain with every use of a derived equation replaced by the chain that proves it, down to laws."""
    open_uses = list(reversed(uses))
    while open_uses:
        use = open_uses.pop()
        proof = equations[use.equation].chain
        if not proof:
            yield use
            continue
        turned = proof if use.forward else backwards(proof)
        open_uses.extend(Use(each.equation, use.position + each.position, each.forward) for each in reversed(turned))


def without_detours(equations: tuple[Equation, ...], word: Word, uses: Iterable[Use]) -> Iterator[tuple[Use, Word]]:
    """Uses one after the other, starting at a word, each with what it makes; those between equal words are left out."""
    kept: list[tuple[Use, Word]] = []
    places = {word: 0}
    for use in uses:
        left, right = equations[use.equation].left, equations[use.equation].right
        old, new = (left, right) if use.forward else (right, left)
        word = word[: use.position] + new + word[use.position + len(old) :]
        if word not in places:
            kept.append((use, word))
            places[word] = len(kept)
            continue
        for _, detour in kept[places[word] :]:
            del places[detour]
        del kept[places[word] :]
    return iter(kept)


# What laws have to do with each other.


def parts(laws: Laws) -> dict[str, str]:
    """For each letter of the laws a letter that stands for all those with which laws connect it."""
    parent: dict[str, str] = {}

    def root(letter: str) -> str:
        while parent.setdefault(letter, letter) != letter:
            parent[letter] = parent[parent[letter]]
            letter = parent[letter]
        return letter

    for left, right in laws:
        letters = left + right
        for letter in letters:
            parent[root(letter)] = root(letters[0])
    return {letter: root(letter) for letter in list(parent)}
