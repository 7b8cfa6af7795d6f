"""Small categories written down, and the checks that any decision of equality has to pass."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product

from catlearn.category.completion import (
    DEFAULT_BUDGET,
    Completed,
    Different,
    Equal,
    Equality,
    complete,
    decide,
    proof,
)
from catlearn.category.path import Arrow, Path, compose, gaps, identity, parallel, path
from catlearn.category.presentation import Presentation, Relation
from catlearn.category.rewriting import Budget

Complete = Callable[[Presentation], Completed]


def category(arrows: str, *laws: str) -> Presentation:
    """`category("f: A -> B, g: B -> A", "f g = A")`: generators, and laws; a path without arrows is its object."""
    generators = []
    for declaration in filter(None, arrows.split(",")):
        name, ends = declaration.split(":")
        source, target = ends.split("->")
        generators.append(Arrow(name.strip(), source.strip(), target.strip()))
    objects = dict.fromkeys(end for arrow in generators for end in (arrow.source, arrow.target))
    free = Presentation(tuple(objects), tuple(generators), ())
    return with_laws(free, *laws)


def monoid(letters: str, *laws: str) -> Presentation:
    """A category of one object `*`; an empty side of a law is the identity."""
    free = category(", ".join(f"{letter}: * -> *" for letter in letters.split()))
    return with_laws(free, *laws)


def with_laws(presentation: Presentation, *laws: str) -> Presentation:
    """The same category with laws added, each named as it is written."""
    sides = ((law, [route(presentation, side) for side in law.split("=")]) for law in laws)
    added = tuple(Relation(law, left, right) for law, (left, right) in sides)
    return replace(presentation, relations=presentation.relations + added)


def route(presentation: Presentation, text: str) -> Path:
    """A path by the names of its arrows, or an identity by the name of its object, which may be left out if single."""
    named = {arrow.name: arrow for arrow in presentation.arrows}
    words = text.split() or [presentation.objects[0]]
    if words[0] in presentation.objects:
        return identity(words[0])
    arrows = tuple(named[word] for word in words)
    return path(arrows[0].source, arrows)


def asked(completed: Completed, question: str) -> Equality:
    """The answer to `f g = h`."""
    left, right = question.split("=")
    return decide(completed, route(completed.presentation, left), route(completed.presentation, right))


def paths_up_to(presentation: Presentation, longest: int) -> list[Path]:
    """All paths of at most so many arrows."""
    found = [identity(place) for place in presentation.objects]
    start = 0
    for _ in range(longest):
        last, start = found[start:], len(found)
        found += [
            compose(each.source, (each, path(each.target, (arrow,))))
            for each in last
            for arrow in presentation.arrows
            if arrow.source == each.target
        ]
    return found


def parallel_pairs(paths: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
    kept = list(paths)
    return ((left, right) for left, right in product(kept, kept) if parallel(left, right))


# Known cases.

QUATERNIONS = monoid("i I j J", "i I =", "I i =", "j J =", "J j =", "i i i i =", "i i = j j", "j i j = i")
COMPANY = category(
    "manager: Employee -> Employee, worksIn: Employee -> Department, secretary: Department -> Employee",
    "manager worksIn = worksIn",
    "secretary worksIn = Department",
    "manager manager = manager",
)
BRAIDS = monoid("a b", "a b a = b a b")
BRAID_GROUP = monoid("a A b B", "a A =", "A a =", "b B =", "B b =", "a b a = b a b")


def cube() -> Presentation:
    """The commutative cube: an arrow for each edge, named `start.end` by corners as binary numbers; a law each face."""
    corners = ["".join(corner) for corner in product("01", repeat=3)]

    def raised(corner: str, *axes: int) -> str:
        return "".join("1" if axis in axes else digit for axis, digit in enumerate(corner))

    def edge(corner: str, axis: int) -> str:
        return f"{corner}.{raised(corner, axis)}"

    edges = [(corner, axis) for corner in corners for axis in range(3) if corner[axis] == "0"]
    faces = [(corner, x, y) for corner, x in edges for y in range(x) if corner[y] == "0"]
    return category(
        ", ".join(f"{edge(corner, axis)}: {corner} -> {raised(corner, axis)}" for corner, axis in edges),
        *(
            f"{edge(corner, x)} {edge(raised(corner, x), y)} = {edge(corner, y)} {edge(raised(corner, y), x)}"
            for corner, x, y in faces
        ),
    )


# What must hold of every completion.


def one_use(before: Path, law: Relation, after: Path) -> bool:
    """Whether one use of a law, somewhere and in either direction, makes one path of another."""
    for old, new in ((law.left, law.right), (law.right, law.left)):
        for start in range(len(before.arrows) - len(old.arrows) + 1):
            end = start + len(old.arrows)
            place = before.arrows[start].source if start < len(before.arrows) else before.target
            fits = before.arrows[start:end] == old.arrows and place == old.source
            if fits and before.arrows[:start] + new.arrows + before.arrows[end:] == after.arrows:
                return True
    return False


def replays(presentation: Presentation, completed: Completed, left: Path, right: Path, equal: Equal) -> bool:
    """Whether an equality is borne out by its proof, read as nothing but a chain of uses of the laws."""
    steps = proof(completed, equal)
    if steps is None:
        return False
    ends = [left, *(step.result for step in steps)]
    joined = [step.path for step in steps] == ends[:-1] and ends[-1] == right
    lawful = all(step.law in presentation.relations and one_use(step.path, step.law, step.result) for step in steps)
    return joined and lawful and not any(gap for end in ends for gap in gaps(end.arrows))


def normal_form(completed: Completed, way: Path) -> Path:
    """The path that the rules of a completion make of one, rewritten here, wherever a left side is found first."""
    for start, rule in product(range(len(way.arrows)), completed.rules):
        end = start + len(rule.left.arrows)
        if way.arrows[start:end] == rule.left.arrows:
            shorter = replace(way, arrows=way.arrows[:start] + rule.right.arrows + way.arrows[end:])
            return normal_form(completed, shorter)
    return way


# Completions that are wrong.

NO_OVERLAPS = Budget(DEFAULT_BUDGET.rules, -(10**6), DEFAULT_BUDGET.steps)


def hasty(presentation: Presentation) -> Completed:
    """Forgets critical pairs: the laws, each read from left to right, are taken for confluent."""
    return replace(complete(presentation, NO_OVERLAPS), stopped=None)


def gullible(presentation: Presentation) -> Completed:
    """Believes two different parallel paths to be equal, whatever the laws say."""
    pairs = parallel_pairs(paths_up_to(presentation, 2))
    completed = complete(presentation)
    left, right = next(pair for pair in pairs if isinstance(decide(completed, *pair), Different))
    return complete(replace(presentation, relations=(*presentation.relations, Relation("believed", left, right))))


def upside_down(presentation: Presentation) -> Completed:
    """Orients every rule from the smaller side to the greater one."""
    completed = complete(presentation)
    turned = tuple(replace(rule, left=rule.right, right=rule.left) for rule in completed.rules)
    return replace(completed, rules=turned)


def typeless(presentation: Presentation) -> Completed:
    """Forgets the objects: every arrow is taken for one from one object to itself."""
    return complete(
        Presentation(
            ("*",),
            tuple(Arrow(arrow.name, "*", "*") for arrow in presentation.arrows),
            tuple(
                Relation(law.name, without_ends(law.left), without_ends(law.right)) for law in presentation.relations
            ),
        )
    )


def without_ends(way: Path) -> Path:
    return Path("*", "*", tuple(Arrow(arrow.name, "*", "*") for arrow in way.arrows))
