"""Equality of arrows in a presented category, by completion of its laws to a confluent system of rules.

The word problem is undecidable in general, so there are three answers. Two paths are `Equal` when they rewrite to a
common one, which proves it whether or not completion has finished. They are `Different` when completion has settled
all that concerns them and their normal forms differ. Otherwise the answer is `Undecided`.

Completion stops at a budget that counts and never looks at a clock, so the answers are always the same.

>>> from catlearn.category.path import Arrow, path
>>> manager, works_in = Arrow("manager", "Employee", "Employee"), Arrow("works_in", "Employee", "Department")
>>> colleagues = Relation("colleagues", path("Employee", (manager, works_in)), path("Employee", (works_in,)))
>>> company = complete(Presentation(("Employee", "Department"), (manager, works_in), (colleagues,)))
>>> twice = decide(company, path("Employee", (manager, manager, works_in)), path("Employee", (works_in,)))
>>> for step in twice.left.steps():
...     print(f"{step.path} = {step.result}, {step.rule.law}")
manager >> manager >> works_in = manager >> works_in, colleagues
manager >> works_in = works_in, colleagues
>>> print(decide(company, path("Employee", (manager,)), path("Employee", ())).right_normal)
id(Employee)
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from catlearn.category import rewriting
from catlearn.category.path import Arrow, Path, gaps, identity, parallel, path
from catlearn.category.presentation import Presentation, Relation
from catlearn.category.rewriting import Budget, Exhausted, Laws, System, Use, Word

DEFAULT_BUDGET = Budget(rules=200, length=100, steps=200_000)
"""What completion may use beside what the size of the laws entitles it to; a question may use the steps again."""

FIRST_BUDGET = Budget(rules=DEFAULT_BUDGET.rules, length=DEFAULT_BUDGET.length, steps=3_000)
"""What each of many presentations may use to begin with: most of those that are ever completed are so within it."""

STEPS_TOGETHER = 1_000_000
"""The steps that the presentations for which that was not enough may use together."""

SEARCH_SHARE = 10
"""Which part of the steps of a question the search for a common path may use where completion has not finished."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A path and the smaller one to which it is rewritten.

    `law` is the name of the law that it is, read in one direction or the other, and None where it follows from
    several uses of laws; `laws` are the names of all on which it rests. `number` tells it from other rules."""

    number: int
    left: Path
    right: Path
    law: str | None
    laws: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A path with its arrows from `position` on replaced by means of a rule, and what that makes."""

    path: Path
    rule: Rule
    position: int
    result: Path


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A path, and the rules by which it is rewritten one after the other, each with its position."""

    start: Path
    uses: tuple[tuple[Rule, int], ...]

    def steps(self) -> Iterator[Step]:
        """Every single step, in order."""
        reached = self.start
        for rule, position in self.uses:
            result = _replaced(reached, position, rule.left, rule.right)
            yield Step(reached, rule, position, result)
            reached = result

    @property
    def end(self) -> Path:
        """The path that it leads to."""
        reached = self.start
        for step in self.steps():
            reached = step.result
        return reached


@dataclass(frozen=True, slots=True)
class Equal:
    """Two paths that are equal: either is rewritten to one and the same path."""

    left: Rewriting
    right: Rewriting


@dataclass(frozen=True, slots=True)
class Different:
    """Two paths that are not equal: the least paths equal to either are different ones."""

    left_normal: Path
    right_normal: Path


@dataclass(frozen=True, slots=True)
class Undecided:
    """Neither is shown: the limit that was met, the paths to which the two were rewritten, and the rules so far."""

    why: Exhausted
    left_reduced: Path
    right_reduced: Path
    rules: tuple[Rule, ...]


Equality = Equal | Different | Undecided


@dataclass(frozen=True, slots=True)
class Completed:
    """A presentation with the rules that completion makes of its laws, shortest left side first.

    `stopped` says which limit was met; with none, completion has `finished` and equality of all paths is decided."""

    presentation: Presentation
    budget: Budget
    rules: tuple[Rule, ...]
    stopped: Exhausted | None
    _numbered: Mapping[int, Rule] = field(repr=False, compare=False)
    _letters: Mapping[Arrow, Word] = field(repr=False, compare=False)
    _system: System = field(repr=False, compare=False)
    _settled_below: Mapping[Word, int] = field(repr=False, compare=False)

    @property
    def finished(self) -> bool:
        """Whether the rules are confluent."""
        return self.stopped is None


# Paths and words.


def _replaced(whole: Path, position: int, part: Path, by: Path) -> Path:
    arrows = whole.arrows
    return Path(whole.source, whole.target, arrows[:position] + by.arrows + arrows[position + len(part.arrows) :])


def _word(letters: Mapping[Arrow, Word], route: Path) -> Word:
    """A path as a word. Raises `ValueError` where it is not a path of the category."""
    for gap in gaps((Arrow("", route.source, route.source), *route.arrows, Arrow("", route.target, route.target))):
        raise ValueError(f"not a path: {gap}")
    for arrow in route.arrows:
        if arrow not in letters:
            raise ValueError(f"not an arrow of the category: {arrow}")
    return "".join(map(letters.__getitem__, route.arrows))


def _words(letters: Mapping[Arrow, Word], left: Path, right: Path) -> tuple[Word, Word]:
    """Two paths as words. Raises `ValueError` where they are not parallel paths of the category."""
    if not parallel(left, right):
        raise ValueError(f"not parallel: {left} and {right}")
    return _word(letters, left), _word(letters, right)


def _path(presentation: Presentation, source: str, word: Word) -> Path:
    return path(source, tuple(presentation.arrows[ord(letter)] for letter in word))


# Completion.


def complete(presentation: Presentation, budget: Budget = DEFAULT_BUDGET) -> Completed:
    """Completes the laws of a category within a budget. Arrows count as smaller the earlier they are declared.

    Raises `ValueError` where the presentation is not valid."""
    letters = {arrow: chr(number) for number, arrow in enumerate(presentation.arrows)}
    laws = tuple(_words(letters, law.left, law.right) for law in presentation.relations)
    system = rewriting.complete(laws, _with_laws(budget, laws))
    rules = tuple(_rules(presentation, system))
    numbered, below = {rule.number: rule for rule in rules}, _settled_below(laws, system)
    return Completed(presentation, budget, rules, system.stopped, numbered, letters, system, below)


def budget_of_one(count: int) -> Budget:
    """What one of so many presentations may use: equal shares of the steps, so that none depends on their order."""
    steps = max(FIRST_BUDGET.steps, STEPS_TOGETHER // max(1, count))
    return replace(DEFAULT_BUDGET, steps=min(DEFAULT_BUDGET.steps, steps))


def _with_laws(budget: Budget, laws: Laws) -> Budget:
    """A budget and what laws of this size take even where nothing is difficult."""
    arrows = sum(len(left + right) for left, right in laws)
    longest = max((len(side) for sides in laws for side in sides), default=0)
    return Budget(budget.rules + 2 * len(laws), budget.length + 2 * longest, budget.steps + 100 * arrows)


def _rules(presentation: Presentation, system: System) -> Iterator[Rule]:
    """The rules in force, in terms of paths."""
    laws = presentation.relations
    for number, (left, right) in sorted(system.rules.sides.items(), key=lambda rule: (len(rule[1][0]), rule[1])):
        equation = system.equations[number]
        source = presentation.arrows[ord(left[0])].source
        single = equation.chain[0].equation if len(equation.chain) == 1 else len(laws)
        yield Rule(
            number,
            _path(presentation, source, left),
            _path(presentation, source, right),
            laws[single].name if single < len(laws) else None,
            tuple(laws[law].name for law in sorted(equation.laws)),
        )


def _settled_below(laws: Laws, system: System) -> dict[Word, int]:
    """For each letter that has to do with a task not done: paths of how many letters the rules decide all the same.

    Laws with no letter in common, not even through others, have no overlaps. And where all laws that have to do with
    each other keep length, what an overlap adds is as long as it: the rules decide all paths shorter than the tasks."""
    part = rewriting.parts(laws)
    uneven = {part[letter] for left, right in laws if len(left) != len(right) for letter in left + right}
    below: dict[Word, int] = {}
    for task in system.tasks:
        of = part[task.first[0]]
        below[of] = 0 if of in uneven else min(task.length, below.get(of, task.length))
    return {letter: below[of] for letter, of in part.items() if of in below}


def unsettled(completed: Completed) -> tuple[Arrow, ...]:
    """The arrows that have to do with laws whose completion has not finished."""
    return tuple(arrow for arrow, letter in completed._letters.items() if letter in completed._settled_below)


# Equality.


def decide(completed: Completed, left: Path, right: Path) -> Equality:
    """Whether two parallel paths are equal arrows of the category.

    Raises `ValueError` where they are not parallel paths of it."""
    words = _words(completed._letters, left, right)
    if words[0] == words[1]:
        return Equal(Rewriting(left, ()), Rewriting(right, ()))
    rules, steps = completed._system.rules, completed.budget.steps
    first, second = (rewriting.reduce(rules, word, steps) for word in words)
    if first is None or second is None:
        return Undecided(Exhausted("steps", steps), left, right, completed.rules)
    if first.word == second.word:
        return Equal(_rewriting(completed, left, first.uses), _rewriting(completed, right, second.uses))
    forms = tuple(_path(completed.presentation, left.source, reduced.word) for reduced in (first, second))
    if completed.stopped is None or all(_settled(completed, word) for word in words):
        return Different(forms[0], forms[1])
    found = rewriting.common_reduct(rules, *words, steps // SEARCH_SHARE)
    if found is None:
        return Undecided(completed.stopped, forms[0], forms[1], completed.rules)
    return Equal(_rewriting(completed, left, found[0]), _rewriting(completed, right, found[1]))


def _settled(completed: Completed, word: Word) -> bool:
    return all(len(word) < completed._settled_below.get(letter, len(word) + 1) for letter in word)


def _rewriting(completed: Completed, start: Path, uses: Iterable[Use]) -> Rewriting:
    return Rewriting(start, tuple((completed._numbered[use.equation], use.position) for use in uses))


def irreducible(completed: Completed, source: str) -> Iterator[Path]:
    """The paths from an object that no rule rewrites, shortest first: the arrows out of it, each once, where completion
    has finished. There may be infinitely many."""
    letters, rules = completed._letters, completed._system.rules
    onward: dict[str, list[Arrow]] = {}
    for arrow in completed.presentation.arrows:
        onward.setdefault(arrow.source, []).append(arrow)
    queue = [(identity(source), "")]
    for reached, word in queue:
        yield reached
        for arrow in onward.get(reached.target, ()):
            longer = word + letters[arrow]
            if rules.ending(longer, len(longer))[0] is None:
                queue.append((Path(source, arrow.target, (*reached.arrows, arrow)), longer))


# Collapse.


@dataclass(frozen=True, slots=True)
class Collapse:
    """A generating arrow that the laws force to be equal to an identity, or to an arrow declared before it."""

    arrow: Arrow
    onto: Path
    equal: Equal


def collapses(completed: Completed) -> tuple[Collapse, ...]:
    """The generators that laws identify, in order of declaration: all of them where completion has finished."""
    found = (rule for rule in completed.rules if len(rule.left.arrows) == 1)
    return tuple(
        Collapse(rule.left.arrows[0], rule.right, Equal(Rewriting(rule.left, ((rule, 0),)), Rewriting(rule.right, ())))
        for rule in found
    )


# Proofs.


@dataclass(frozen=True, slots=True)
class LawStep:
    """A path with one side of a law, from `position` on, replaced by the other: its right side where `forward`."""

    path: Path
    law: Relation
    forward: bool
    position: int
    result: Path


LONGEST_PROOF = 10_000


def proof(completed: Completed, equal: Equal) -> tuple[LawStep, ...] | None:
    """An equality in terms of laws alone: a chain of paths from the left one to the right one, without detours.

    None where the rules stand for more than `LONGEST_PROOF` uses of laws; they still name these laws."""
    forth, back = _uses(equal.left), _uses(equal.right)
    equations, uses = completed._system.equations, forth + rewriting.backwards(back)
    if rewriting.proof_length(equations, uses) > LONGEST_PROOF:
        return None
    start = _word(completed._letters, equal.left.start)
    chain = rewriting.without_detours(equations, start, rewriting.in_laws(equations, uses))
    return tuple(_law_steps(completed.presentation, equal.left.start, chain))


def _uses(side: Rewriting) -> tuple[Use, ...]:
    return tuple(Use(rule.number, position, True) for rule, position in side.uses)


def _law_steps(presentation: Presentation, start: Path, chain: Iterable[tuple[Use, Word]]) -> Iterator[LawStep]:
    reached = start
    for use, word in chain:
        result = _path(presentation, start.source, word)
        yield LawStep(reached, presentation.relations[use.equation], use.forward, use.position, result)
        reached = result
