"""Answers about categories drawn by chance, against finite models, brute force, and proofs replayed from the laws.

Laws are drawn among what is true in a model, in which objects are finite sets and arrows are functions, so the model
is one of the category that the laws present. Each check is a count of faults, which wrong completions must raise.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from catlearn.category.completion import (
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
from catlearn.category.path import Arrow, Path, compose, parallel, path
from catlearn.category.presentation import Presentation, Relation
from catlearn.category.rewriting import Budget
from tests.laws.presented import (
    Complete,
    gullible,
    hasty,
    monoid,
    normal_form,
    parallel_pairs,
    paths_up_to,
    replays,
)
from tests.laws.test_paths_and_functors import Model, any_model, any_path, meaning, walk

SMALL = Budget(40, 20, 20_000)


def quick(presentation: Presentation) -> Completed:
    """Completion within a budget that suffices for most of what is drawn."""
    return complete(presentation, SMALL)


@st.composite
def modelled(draw) -> tuple[Presentation, Model]:
    """A category with some laws that meet, and a model of it."""
    places = "AB"[: draw(st.integers(1, 2))]
    ends = draw(st.lists(st.tuples(*(st.sampled_from(places),) * 2), min_size=2, max_size=4))
    free = Presentation(tuple(places), tuple(Arrow(name, *pair) for name, pair in zip("fghk", ends, strict=False)), ())
    model = any_model(draw, free)
    true = [
        pair
        for pair in parallel_pairs(islice(paths_up_to(free, 3), 40))
        if len(pair[0].arrows) > 1 and pair[0] != pair[1] and meaning(model, pair[0]) == meaning(model, pair[1])
    ]
    pairs = draw(st.lists(st.sampled_from(true), min_size=2, max_size=4)) if true else []
    return replace(free, relations=tuple(Relation(f"law{n}", *pair) for n, pair in enumerate(pairs))), model


def neighbours(presentation: Presentation, way: Path) -> Iterator[Path]:
    """The paths that one use of a law makes of a path."""
    places = (way.source, *(arrow.target for arrow in way.arrows))
    for law in presentation.relations:
        for old, new in ((law.left, law.right), (law.right, law.left)):
            for start, place in enumerate(places):
                end = start + len(old.arrows)
                if place == old.source and way.arrows[start:end] == old.arrows:
                    yield replace(way, arrows=way.arrows[:start] + new.arrows + way.arrows[end:])


def equal_by_force(presentation: Presentation, way: Path, longest: int, most: int = 300) -> set[Path]:
    """The paths that uses of laws make of a path through paths no longer than `longest`, or some of them."""
    reached = [way]
    found = {way}
    for each in reached:
        fresh = [next_ for next_ in neighbours(presentation, each) if len(next_.arrows) <= longest]
        reached += [next_ for next_ in dict.fromkeys(fresh) if next_ not in found]
        found.update(fresh)
        if len(found) > most:
            break
    return found


# Checks, each the number of answers that are wrong.


def told_against_the_model(complete: Complete, presentation: Presentation, model: Model) -> int:
    """Paths said to be equal that have different meanings in a model of the laws."""
    completed = complete(presentation)
    pairs = islice(parallel_pairs(paths_up_to(presentation, 3)), 300)
    apart = (pair for pair in pairs if meaning(model, pair[0]) != meaning(model, pair[1]))
    return sum(isinstance(decide(completed, *pair), Equal) for pair in apart)


def told_against_brute_force(complete: Complete, presentation: Presentation) -> int:
    """Paths made of each other by uses of laws that are not said to be equal where completion has finished, or said
    to be different where it has not."""
    completed = complete(presentation)
    wrong = (Different, Undecided) if completed.finished else Different
    ways = paths_up_to(presentation, 3)[:15]
    return sum(
        isinstance(decide(completed, way, other), wrong)
        for way in ways
        for other in islice(equal_by_force(presentation, way, 5), 20)
    )


def normal_forms_that_laws_change(complete: Complete, presentation: Presentation) -> int:
    """Laws used inside paths that change the normal form although completion claims to have finished."""
    completed = complete(presentation)
    if not completed.finished:
        return 0
    ways = paths_up_to(presentation, 3)[:30]
    return sum(
        normal_form(completed, way) != normal_form(completed, other)
        for way in ways
        for other in neighbours(presentation, way)
    )


def unproved(complete: Complete, presentation: Presentation) -> int:
    """Equalities whose proof, where it is not too long to be written out, is no chain of uses of the laws."""
    completed = complete(presentation)
    pairs = islice(parallel_pairs(paths_up_to(presentation, 3)), 40)
    answers = ((pair, decide(completed, *pair)) for pair in pairs)
    proved = ((pair, each) for pair, each in answers if isinstance(each, Equal) and proof(completed, each) is not None)
    return sum(not replays(presentation, completed, *pair, each) for pair, each in proved)


# The completion passes.


@given(modelled())
def test_what_is_equal_is_equal_in_every_model(drawn):
    assert told_against_the_model(quick, *drawn) == 0


@given(modelled())
def test_brute_force_agrees(drawn):
    assert told_against_brute_force(quick, drawn[0]) == 0


@given(modelled())
def test_no_use_of_a_law_changes_a_normal_form(drawn):
    assert normal_forms_that_laws_change(quick, drawn[0]) == 0


@given(modelled())
def test_every_equality_has_a_proof_from_the_laws(drawn):
    assert unproved(quick, drawn[0]) == 0


@given(modelled(), st.data())
def test_equality_is_a_congruence(drawn, data):
    presentation, _ = drawn
    completed = quick(presentation)
    first = any_path(data.draw, presentation)
    for law in presentation.relations:
        before = walk(data.draw, presentation, data.draw(st.sampled_from(presentation.objects)))
        if before.target == law.left.source:
            after = walk(data.draw, presentation, law.left.target)
            left, right = (compose(before.source, (before, side, after)) for side in (law.left, law.right))
            assert not isinstance(decide(completed, left, right), Different)
            assert isinstance(decide(completed, left, right), Equal) or not completed.finished
    assert isinstance(decide(completed, first, first), Equal)


@given(modelled(), st.randoms(use_true_random=False))
def test_the_order_of_laws_changes_no_answer(drawn, random):
    presentation, _ = drawn
    laws = list(presentation.relations)
    random.shuffle(laws)
    one, other = quick(presentation), quick(replace(presentation, relations=tuple(laws)))
    assert [(rule.left, rule.right) for rule in one.rules] == [(rule.left, rule.right) for rule in other.rules]
    assert one.stopped == other.stopped
    for pair in islice(parallel_pairs(paths_up_to(presentation, 3)), 60):
        assert type(decide(one, *pair)) is type(decide(other, *pair))


@given(modelled(), st.randoms(use_true_random=False))
def test_the_order_of_generators_changes_no_answer_of_finished_completions(drawn, random):
    presentation, _ = drawn
    arrows = list(presentation.arrows)
    random.shuffle(arrows)
    one, other = quick(presentation), quick(replace(presentation, arrows=tuple(arrows)))
    if one.finished and other.finished:
        for pair in islice(parallel_pairs(paths_up_to(presentation, 3)), 100):
            assert type(decide(one, *pair)) is type(decide(other, *pair))


@given(modelled())
def test_collapses_are_equalities_of_generators(drawn):
    presentation, model = drawn
    completed = quick(presentation)
    for each in collapses(completed):
        generator = path(each.arrow.source, (each.arrow,))
        assert parallel(generator, each.onto)
        assert len(each.onto.arrows) <= 1
        assert meaning(model, generator) == meaning(model, each.onto)
        assert isinstance(decide(completed, generator, each.onto), Equal)


@given(modelled())
def test_every_path_has_one_irreducible_form(drawn):
    presentation, _ = drawn
    completed = quick(presentation)
    for place in presentation.objects:
        kept = list(islice(irreducible(completed, place), 15))
        assert all(normal_form(completed, way) == way for way in kept)
        if completed.finished:
            pairs = parallel_pairs(kept)
            assert all(isinstance(decide(completed, *pair), Different) for pair in pairs if pair[0] != pair[1])


# Adversaries.


@st.composite
def monoids(draw) -> Presentation:
    """Any laws on up to three letters: often infinite completions."""
    letters = "abc"[: draw(st.integers(1, 3))]
    words = st.lists(st.sampled_from(letters), max_size=6).map(" ".join)
    laws = draw(st.lists(st.tuples(words, words), min_size=1, max_size=5))
    return monoid(" ".join(letters), *(f"{left} = {right}" for left, right in laws))


@given(monoids())
def test_completion_of_anything_ends_and_is_sound(presentation):
    completed = quick(presentation)
    assert len(completed.rules) <= SMALL.rules + 2 * len(presentation.relations) + 1
    assert completed.finished == (not unsettled(completed))
    assert told_against_brute_force(quick, presentation) == 0
    assert normal_forms_that_laws_change(quick, presentation) == 0
    assert unproved(quick, presentation) == 0


def even(draw_words: list[tuple[str, str]]) -> Presentation:
    return monoid("a b", *(f"{' '.join(left)} = {' '.join(right)}" for left, right in draw_words))


EVEN_LAWS = st.integers(2, 4).flatmap(
    lambda length: st.tuples(*(st.text("ab", min_size=length, max_size=length) for _ in range(2)))
)


@given(st.lists(EVEN_LAWS, min_size=1, max_size=3).map(even))
def test_where_laws_keep_length_what_is_told_of_short_paths_is_complete(presentation):
    """All paths equal to a short one are found by brute force, so both answers can be checked."""
    completed = complete(presentation, Budget(10, 3, 5_000))
    ways = [way for way in paths_up_to(presentation, 4) if len(way.arrows) == 4]
    for way in ways:
        alike = equal_by_force(presentation, way, 4)
        for other in ways:
            answer = decide(completed, way, other)
            assert isinstance(answer, Equal | Undecided if other in alike else Different | Undecided)


# Saboteurs, each found out on a category drawn in the same way.


def found_out(faults: Callable[[Presentation, Model], int]) -> bool:
    """Whether there is a drawn category on which a check counts faults."""
    sought = settings(max_examples=500, database=None, phases=[Phase.generate])
    return faults(*find(modelled(), lambda each: faults(*each) > 0, settings=sought)) > 0


def test_saboteur_forgetting_critical_pairs_is_found_out() -> None:
    assert found_out(lambda presentation, _: told_against_brute_force(hasty, presentation))
    assert found_out(lambda presentation, _: normal_forms_that_laws_change(hasty, presentation))


def test_saboteur_believing_what_no_law_says_is_found_out() -> None:
    def generous(presentation: Presentation) -> Completed:
        return gullible(presentation) if has_different_paths(presentation) else quick(presentation)

    assert found_out(lambda presentation, model: told_against_the_model(generous, presentation, model))
    assert found_out(lambda presentation, _: unproved(generous, presentation))


def has_different_paths(presentation: Presentation) -> bool:
    completed = quick(presentation)
    pairs = parallel_pairs(paths_up_to(presentation, 2))
    return any(isinstance(decide(completed, *pair), Different) for pair in pairs)


def test_saboteur_taking_the_undecided_for_different_is_found_out() -> None:
    def rash(presentation: Presentation) -> Completed:
        return replace(complete(presentation, Budget(0, 0, 0)), stopped=None)

    assert found_out(lambda presentation, _: told_against_brute_force(rash, presentation))
