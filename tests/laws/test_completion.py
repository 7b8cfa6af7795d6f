"""Equality of arrows where the answer is known, each with a neighbour where it is another or a wrong completion."""

from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise, permutations, product

import pytest
from sympy.combinatorics.fp_groups import FpGroup
from sympy.combinatorics.free_groups import free_group

from catlearn.category.completion import (
    DEFAULT_BUDGET,
    Completed,
    Different,
    Equal,
    Undecided,
    collapses,
    complete,
    decide,
    irreducible,
    proof,
    unsettled,
)
from catlearn.category.path import Arrow, Path, compose, identity, path
from catlearn.category.presentation import Presentation, Relation
from catlearn.category.rewriting import Budget
from tests.laws.presented import (
    BRAID_GROUP,
    BRAIDS,
    COMPANY,
    NO_OVERLAPS,
    QUATERNIONS,
    Complete,
    asked,
    category,
    cube,
    gullible,
    hasty,
    monoid,
    paths_up_to,
    replays,
    route,
    typeless,
    upside_down,
    with_laws,
    without_ends,
)


def arrows_out_of(completed: Completed, place: str, most: int = 1000) -> list[str]:
    return [str(each) for each in islice(irreducible(completed, place), most)]


# Free categories.


def test_in_a_free_category_only_the_same_path_is_equal() -> None:
    free = complete(category("f: A -> B, g: B -> A, h: A -> B"))
    assert free.finished
    assert asked(free, "f g = f g") == Equal(*(equal_side(free, "f g"),) * 2)
    assert asked(free, "f = h") == Different(route(free.presentation, "f"), route(free.presentation, "h"))
    assert isinstance(asked(free, "f g = A"), Different)
    assert isinstance(asked(free, "A = A"), Equal)


def equal_side(completed: Completed, text: str):
    answer = asked(completed, f"{text} = {text}")
    assert isinstance(answer, Equal)
    return answer.left


def test_two_thousand_generators_without_laws_and_thousands_of_laws_that_do_not_meet() -> None:
    loops = tuple(Arrow(f"a{number}", "A", "A") for number in range(2000))
    free = complete(Presentation(("A",), loops, ()))
    assert isinstance(decide(free, path("A", loops), path("A", loops[::-1])), Different)
    pieces = []
    for number in range(3_000):
        first, middle, last = (f"{place}{number}" for place in "stu")
        ends = {"half": (first, middle), "rest": (middle, last), "whole": (first, last)}
        pieces.append([Arrow(f"{name}{number}", *pair) for name, pair in ends.items()])
    laws = [
        Relation(f"law{n}", path(p[0].source, (p[0], p[1])), path(p[0].source, (p[2],))) for n, p in enumerate(pieces)
    ]
    arrows = tuple(arrow for piece in pieces for arrow in piece)
    objects = tuple(dict.fromkeys(end for arrow in arrows for end in (arrow.source, arrow.target)))
    many = complete(Presentation(objects, arrows, tuple(laws)))
    assert many.finished
    assert isinstance(decide(many, laws[-1].left, laws[-1].right), Equal)


# Groups.

Quaternion = tuple[int, int, int, int]

UNITS: dict[str, Quaternion] = {"i": (0, 1, 0, 0), "I": (0, -1, 0, 0), "j": (0, 0, 1, 0), "J": (0, 0, -1, 0)}


def times(p: Quaternion, q: Quaternion) -> Quaternion:
    a, b, c, d = p
    e, f, g, h = q
    return (
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    )


def quaternion(way: Path) -> Quaternion:
    result: Quaternion = (1, 0, 0, 0)
    for arrow in way.arrows:
        result = times(result, UNITS[arrow.name])
    return result


def multiplication_faults(complete: Complete) -> int:
    """On how many pairs of words of up to three letters an answer disagrees with the product of quaternions."""
    group = complete(QUATERNIONS)
    words = paths_up_to(QUATERNIONS, 3)
    answers = (
        (isinstance(decide(group, p, q), Equal), quaternion(p) == quaternion(q)) for p, q in product(words, words)
    )
    return sum(said != true for said, true in answers)


def test_the_quaternions_have_exactly_eight_normal_forms_and_multiply_as_they_should() -> None:
    group = complete(QUATERNIONS)
    assert group.finished
    names = arrows_out_of(group, "*")
    assert names == ["id(*)", "i", "I", "j", "J", "i >> i", "i >> j", "i >> J"]
    assert {quaternion(route(QUATERNIONS, name.replace(">>", " ").replace("id(*)", "*"))) for name in names} == {
        tuple(sign * (place == at) for place in range(4)) for at in range(4) for sign in (1, -1)
    }
    assert multiplication_faults(complete) == 0
    assert collapses(group) == ()


@pytest.mark.parametrize("saboteur", [hasty, gullible])
def test_saboteurs_multiply_quaternions_wrongly(saboteur: Complete) -> None:
    assert multiplication_faults(saboteur) > 0
    assert len(arrows_out_of(saboteur(QUATERNIONS), "*")) != 8


@pytest.mark.parametrize("order", [1, 2, 3, 7, 12, 100, 240])
def test_a_cyclic_group_has_as_many_arrows_as_its_order(order: int) -> None:
    assert len(arrows_out_of(complete(monoid("a", f"{'a ' * order} =")), "*")) == order


def coxeter(count: int) -> Presentation:
    """The symmetric group of so many transpositions of neighbours."""
    letters = [f"s{number}" for number in range(count)]
    squares = [f"{each} {each} =" for each in letters]
    braids = [f"{s} {t} {s} = {t} {s} {t}" for s, t in pairwise(letters)]
    distant = [f"{s} {t} = {t} {s}" for k, s in enumerate(letters) for t in letters[k + 2 :]]
    return monoid(" ".join(letters), *squares, *braids, *distant)


@pytest.mark.parametrize(("count", "order"), [(1, 2), (2, 6), (3, 24), (4, 120)])
def test_symmetric_groups_have_as_many_arrows_as_permutations(count: int, order: int) -> None:
    group = complete(coxeter(count))
    assert group.finished
    assert len(arrows_out_of(group, "*")) == order
    assert len(arrows_out_of(hasty(coxeter(count)), "*")) >= order


def test_coset_enumeration_finds_the_same_orders() -> None:
    _, s, t = free_group("s,t")
    cases = {
        (2, 3, 3): "s t s t s t =",
        (2, 3, 4): "s t s t s t s t =",
        (2, 3, 5): "s t s t s t s t s t =",
    }
    for (p, q, r), law in cases.items():
        order = FpGroup(s.group, [s**p, t**q, (s * t) ** r]).order()
        group = complete(monoid("s t", "s s =", "t t t =", law))
        assert group.finished
        assert len(arrows_out_of(group, "*")) == order


def test_in_the_free_abelian_group_what_counts_is_how_often() -> None:
    laws = ("a A =", "A a =", "b B =", "B b =", "a b = b a")
    group = complete(monoid("a A b B", *laws))
    assert group.finished
    words = paths_up_to(group.presentation, 3)

    def exponents(way: Path) -> tuple[int, int]:
        names = [arrow.name for arrow in way.arrows]
        return names.count("a") - names.count("A"), names.count("b") - names.count("B")

    for p, q in product(words, words):
        assert isinstance(decide(group, p, q), Equal if exponents(p) == exponents(q) else Different)
    assert isinstance(asked(complete(monoid("a A b B", *laws[:-1])), "a b = b a"), Different)


# Schemas and diagrams.


def test_an_employee_schema() -> None:
    company = complete(COMPANY)
    assert company.finished
    assert isinstance(asked(company, "secretary manager worksIn secretary manager manager worksIn = Department"), Equal)
    assert isinstance(asked(company, "manager manager manager worksIn = worksIn"), Equal)
    assert asked(company, "secretary manager manager = secretary") == Different(
        route(COMPANY, "secretary manager"), route(COMPANY, "secretary")
    )
    assert isinstance(asked(company, "worksIn secretary = Employee"), Different)
    assert collapses(company) == ()
    secretary_is_manager = complete(with_laws(COMPANY, "worksIn secretary = manager"))
    assert isinstance(asked(secretary_is_manager, "secretary manager = secretary"), Equal)


def test_a_commutative_square_commutes_and_no_other() -> None:
    square = complete(category("f: A -> B, g: B -> D, h: A -> C, k: C -> D", "f g = h k"))
    assert isinstance(asked(square, "f g = h k"), Equal)
    assert isinstance(asked(complete(replace(square.presentation, relations=())), "f g = h k"), Different)


@pytest.mark.parametrize("arrangement", [slice(None), slice(None, None, -1), slice(3, None)])
def test_in_a_cube_all_ways_are_one_and_five_faces_do_not_give_the_sixth(arrangement: slice) -> None:
    whole = cube()
    kept = whole.arrows[arrangement]
    whole = replace(whole, arrows=kept + tuple(arrow for arrow in whole.arrows if arrow not in kept))
    ways = [each for each in paths_up_to(whole, 3) if (each.source, each.target) == ("000", "111")]
    assert len(ways) == 6
    assert len(whole.relations) == 6
    for missing in whole.relations:
        open_cube = replace(whole, relations=tuple(law for law in whole.relations if law != missing))
        for laws in (whole, open_cube):
            completed = complete(laws)
            assert completed.finished
            assert all(isinstance(decide(completed, ways[0], way), Equal) for way in ways)
        assert isinstance(decide(complete(open_cube), missing.left, missing.right), Different)


def test_idempotents_and_their_splitting() -> None:
    idempotent = complete(monoid("e", "e e = e"))
    assert arrows_out_of(idempotent, "*") == ["id(*)", "e"]
    split = complete(category("e: A -> A, r: A -> B, s: B -> A", "s r = B", "r s = e"))
    assert isinstance(asked(split, "e e = e"), Equal)
    assert isinstance(asked(split, "e r = r"), Equal)
    assert isinstance(asked(split, "e = A"), Different)
    assert collapses(split) == ()
    unsplit = complete(category("e: A -> A, r: A -> B, s: B -> A", "r s = e"))
    assert isinstance(asked(unsplit, "e e = e"), Different)


# Collapse.


def test_collapse_onto_an_identity_is_reported_with_a_proof_from_the_laws() -> None:
    laws = ("a b a = a", "a a =", "b b b =")
    trivial = complete(monoid("a b", *laws))
    found = collapses(trivial)
    assert [(each.arrow.name, str(each.onto)) for each in found] == [("a", "id(*)"), ("b", "id(*)")]
    for each in found:
        generator = path("*", (each.arrow,))
        assert replays(trivial.presentation, trivial, generator, each.onto, each.equal)
        steps = proof(trivial, each.equal)
        assert steps
        assert {step.law.name for step in steps} <= set(laws)
        assert all(len(step.rule.laws) > 1 for step in each.equal.left.steps())
    assert collapses(complete(monoid("a b", *laws[1:]))) == ()


def test_collapse_of_two_generators_that_a_split_mono_makes_equal() -> None:
    arrows = "f: A -> B, g: A -> B, m: B -> C, r: C -> B"
    forced = complete(category(arrows, "f m = g m", "m r = B"))
    (collapse,) = collapses(forced)
    assert (collapse.arrow.name, str(collapse.onto)) == ("g", "f")
    assert isinstance(asked(forced, "f = g"), Equal)
    assert collapses(complete(category(arrows, "f m = g m"))) == ()
    assert collapses(hasty(category(arrows, "f m = g m", "m r = B"))) == ()


def test_a_law_that_is_a_collapse_is_named() -> None:
    (collapse,) = collapses(complete(monoid("e", "e =")))
    assert [step.rule.law for step in collapse.equal.left.steps()] == ["e ="]


# Braids: an infinite completion.


Matrix = tuple[Fraction, ...]


def matrix(entries: str) -> Matrix:
    return tuple(map(Fraction, entries.split()))


BURAU = {
    "a": matrix("-2 1 0 1"),
    "A": matrix("-1/2 1/2 0 1"),
    "b": matrix("1 0 2 -2"),
    "B": matrix("1 0 1 -1/2"),
}
"""The reduced Burau representation at t = 2, which tells braids of three strands apart; matrices row by row."""


def burau(way: Path) -> Matrix:
    result = matrix("1 0 0 1")
    for arrow in way.arrows:
        (a, b, c, d), (e, f, g, h) = result, BURAU[arrow.name]
        result = (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)
    return result


def test_braids_are_never_told_wrongly_and_short_ones_are_told() -> None:
    braids = complete(BRAIDS)
    assert not braids.finished
    assert isinstance(asked(braids, "a b = b a"), Different)
    assert isinstance(asked(braids, "a b a a b = b a b a b"), Equal)
    assert isinstance(asked(braids, "a b a a b a a = a a b a a b a"), Equal)
    words = paths_up_to(BRAIDS, 5)
    for p, q in product(words, words):
        assert isinstance(decide(braids, p, q), Equal if burau(p) == burau(q) else Different)


def test_a_group_that_completion_does_not_finish_is_left_undecided_or_decided_rightly() -> None:
    group = complete(BRAID_GROUP)
    assert not group.finished
    assert unsettled(group) == BRAID_GROUP.arrows
    assert isinstance(asked(group, "A b a = b a B"), Equal)
    assert isinstance(asked(group, "a b = b a"), Undecided)
    for p, q in product(paths_up_to(BRAID_GROUP, 2), repeat=2):
        answer = decide(group, p, q)
        assert isinstance(answer, Equal) == (burau(p) == burau(q))
        if isinstance(answer, Undecided):
            assert answer.why == group.stopped
            assert answer.rules == group.rules


def test_what_has_nothing_to_do_with_braids_is_decided_beside_them() -> None:
    both = Presentation(
        COMPANY.objects + BRAID_GROUP.objects,
        BRAID_GROUP.arrows + COMPANY.arrows,
        BRAID_GROUP.relations + COMPANY.relations,
    )
    completed = complete(both)
    assert not completed.finished
    assert unsettled(completed) == BRAID_GROUP.arrows
    assert isinstance(asked(completed, "secretary manager = secretary"), Different)
    assert isinstance(asked(completed, "secretary manager worksIn = Department"), Equal)


# Budgets.


@pytest.mark.parametrize("budget", [Budget(0, 0, 0), Budget(0, 100, 10**6), Budget(100, 0, 10**6), NO_OVERLAPS])
def test_a_small_budget_makes_answers_fewer_and_never_wrong(budget: Budget) -> None:
    words = paths_up_to(QUATERNIONS, 3)
    small = complete(QUATERNIONS, budget)
    for p, q in product(words, words):
        answer = decide(small, p, q)
        if not isinstance(answer, Undecided):
            assert isinstance(answer, Equal if quaternion(p) == quaternion(q) else Different)


@pytest.mark.parametrize(
    ("presentation", "budget", "limit"),
    [
        (BRAIDS, Budget(5, 10**6, 10**6), "rules"),
        (BRAIDS, Budget(100, 0, 10**6), "length"),
        (BRAIDS, DEFAULT_BUDGET, "steps"),
        (monoid("o z c L", "c o = z c", "c z = o", "L o = L c"), DEFAULT_BUDGET, "steps"),
        (monoid("a", f"{'a ' * 400} = {'a ' * 399}"), DEFAULT_BUDGET, "steps"),
    ],
)
def test_completion_stops_at_its_budget_and_says_which(presentation: Presentation, budget: Budget, limit: str) -> None:
    completed = complete(presentation, budget)
    assert completed.stopped is not None
    assert completed.stopped.limit == limit
    assert len(completed.rules) <= budget.rules + 2 * len(presentation.relations) + 1
    assert complete(presentation, budget) == completed


def test_a_common_path_is_found_though_rules_are_not_confluent() -> None:
    laws = complete(monoid("x y a b c", "a b = x", "b c = y"), NO_OVERLAPS)
    assert not laws.finished
    answer = asked(laws, "a b c = a y")
    assert isinstance(answer, Equal)
    assert str(answer.left.end) == str(answer.right.end) == "a >> y"
    assert isinstance(asked(laws, "x c = a y"), Undecided)
    assert isinstance(asked(complete(laws.presentation), "x c = a y"), Equal)


def test_a_question_too_long_to_reduce_is_undecided() -> None:
    commuting = complete(monoid("a b", "a b = b a"))
    answer = asked(commuting, f"{'b ' * 2000} {'a ' * 2000} = {'a b ' * 2000}")
    assert isinstance(answer, Undecided)
    assert answer.why.limit == "steps"
    assert isinstance(asked(commuting, f"{'b ' * 20} {'a ' * 20} = {'a b ' * 20}"), Equal)


# Steps and proofs.


def test_the_steps_lead_from_both_sides_to_one_path_and_name_the_laws() -> None:
    company = complete(COMPANY)
    answer = asked(company, "manager manager worksIn = manager worksIn")
    assert isinstance(answer, Equal)
    for side, start in ((answer.left, "manager >> manager >> worksIn"), (answer.right, "manager >> worksIn")):
        steps = list(side.steps())
        assert str(steps[0].path) == start
        assert [after.path for after in steps[1:]] == [before.result for before in steps[:-1]]
        assert str(steps[-1].result) == "worksIn"
        assert side.end == steps[-1].result
    first = next(answer.left.steps())
    assert first.rule.law in {law.name for law in COMPANY.relations}
    assert first.path.arrows[first.position : first.position + 2] == first.rule.left.arrows


def test_every_rule_is_proved_from_the_laws_that_it_names() -> None:
    for presentation in (QUATERNIONS, COMPANY, coxeter(3), cube()):
        completed = complete(presentation)
        for rule in completed.rules:
            answer = decide(completed, rule.left, rule.right)
            assert isinstance(answer, Equal)
            assert replays(presentation, completed, rule.left, rule.right, answer)
            steps = proof(completed, answer)
            assert steps is not None
            assert {step.law.name for step in steps} <= set(rule.laws)
            assert rule.law is None or rule.laws == (rule.law,)


def test_saboteur_a_proof_from_a_law_that_is_not_there_does_not_replay() -> None:
    believing = gullible(COMPANY)
    left, right = believing.presentation.relations[-1].left, believing.presentation.relations[-1].right
    answer = decide(believing, left, right)
    assert isinstance(answer, Equal)
    assert not replays(COMPANY, believing, left, right, answer)


def rising(completed: Completed) -> int:
    """How many rules do not make a path smaller: as long and not earlier in the order of declaration, or longer."""
    rank = {arrow: number for number, arrow in enumerate(completed.presentation.arrows)}

    def key(way: Path) -> tuple[int, list[int]]:
        return len(way.arrows), [rank[arrow] for arrow in way.arrows]

    return sum(key(rule.left) <= key(rule.right) for rule in completed.rules)


@pytest.mark.parametrize("presentation", [QUATERNIONS, COMPANY, BRAIDS, cube()])
def test_every_rule_goes_to_a_smaller_path_and_a_saboteur_that_turns_them_is_seen(presentation: Presentation) -> None:
    completed = complete(presentation)
    assert rising(completed) == 0
    assert rising(upside_down(presentation)) == len(completed.rules) > 0


# Order, consequences, types.


def test_the_order_of_laws_changes_nothing() -> None:
    first = complete(COMPANY)
    for laws in permutations(COMPANY.relations):
        other = complete(replace(COMPANY, relations=laws))
        assert [(rule.left, rule.right) for rule in other.rules] == [(rule.left, rule.right) for rule in first.rules]


def test_laws_that_follow_from_others_change_nothing() -> None:
    for presentation, consequence in ((QUATERNIONS, "j j j j ="), (COMPANY, "manager manager worksIn = worksIn")):
        more = complete(with_laws(presentation, consequence, "manager = manager" if presentation is COMPANY else "= "))
        plain = complete(presentation)
        assert [(rule.left, rule.right) for rule in more.rules] == [(rule.left, rule.right) for rule in plain.rules]


def test_laws_between_loops_and_empty_paths() -> None:
    loops = complete(category("f: A -> B, g: B -> A", "A = A", "f g = A"))
    assert loops.finished
    assert isinstance(asked(loops, "f g f g = A"), Equal)
    assert isinstance(asked(loops, "g f = B"), Different)
    assert isinstance(asked(loops, "g f g f = g f"), Equal)


def refuses_to_compare(complete: Complete, presentation: Presentation, left: Path, right: Path) -> bool:
    completed = complete(presentation)
    if completed.presentation != presentation:
        left, right = without_ends(left), without_ends(right)
    try:
        decide(completed, left, right)
    except ValueError:
        return True
    return False


def test_only_parallel_paths_of_the_category_are_compared() -> None:
    iso = category("f: A -> B, g: B -> A", "f g = A", "g f = B")
    f, g = iso.arrows
    strangers = [
        (identity("A"), identity("B")),
        (path("A", (f,)), path("A", (f, g))),
        (path("A", (f, g)), path("B", (g, f))),
    ]
    for left, right in strangers:
        assert refuses_to_compare(complete, iso, left, right)
        assert not refuses_to_compare(typeless, iso, left, right)
    broken = Path("A", "A", (f, f))
    unknown = path("A", (Arrow("h", "A", "A"),))
    for way in (broken, unknown):
        assert refuses_to_compare(complete, iso, way, identity("A"))
    with pytest.raises(ValueError, match="not parallel"):
        complete(replace(iso, relations=(Relation("skew", identity("A"), identity("B")),)))


def test_arrows_from_different_objects_with_the_same_composites_stay_apart() -> None:
    """Two copies of a group on two objects: a law on the one says nothing of the other."""
    two = complete(category("a: A -> A, b: B -> B, f: A -> B", "a a = A"))
    assert isinstance(asked(two, "a a f = f"), Equal)
    assert isinstance(asked(two, "f b b = f"), Different)
    assert [str(each) for each in islice(irreducible(two, "A"), 4)] == ["id(A)", "a", "f", "a >> f"]
    assert compose("A", (route(two.presentation, "a"), identity("A"))) == route(two.presentation, "a")
