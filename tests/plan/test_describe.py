"""theory.json: the theory in its author's words."""

from dataclasses import replace

from catlearn.plan.describe import describe
from catlearn.plan.lower import lower
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check
from catlearn.theory.theory import Law
from tests.plan.quickstart_theory import HERE, QUICKSTART, run, with_more

DOCUMENT = describe(QUICKSTART)
PARAM, REP = DOCUMENT.categories


def test_objects_are_defined_as_their_author_wrote() -> None:
    assert [(each.name, each.kind, each.definition) for each in (*PARAM.objects, *REP.objects)] == [
        ("E", "parameters", "params(encoder)"),
        ("A", "parameters", "params(encoder) * params(head)"),
        ("F", "pullback", "{ a in A | enc(a) = enc(A@gd) }"),
        ("Z", "clouds", "cloud(on = X, dim = 32, normalise = rms)"),
    ]


def test_arrows_join_objects_and_checkpoints() -> None:
    assert [(arrow.name, arrow.kind, arrow.source, arrow.target) for arrow in PARAM.arrows] == [
        ("enc", "structural", "A", "E"),
        ("inc", "leg", "F", "A"),
        ("gd", "run", "A@init", "A@gd"),
        ("ball", "run", "A@init", "A@ball"),
        ("half", "run", "A@init", "A@mid"),
        ("rest", "run", "A@mid", "A@gd"),
        ("tune", "run", "F@init", "F@tuned"),
    ]


def test_laws_are_paths() -> None:
    assert [(law.name, law.left, law.right) for law in PARAM.laws] == [("resume", ("half", "rest"), ("gd",))]


def test_a_functor_maps_every_generator() -> None:
    (functor,) = DOCUMENT.functors
    images = dict(functor.images)
    assert images.keys() == {each.name for each in PARAM.objects} | {arrow.name for arrow in PARAM.arrows}
    assert (images["A"], images["enc"], images["tune"]) == ("Z", "id(Z)", "trace(every = 1 epoch)")


def test_a_trace_is_written_in_the_plural_beyond_one() -> None:
    sparse = replace(QUICKSTART.functors["L"], trace=(2, "epoch"))
    (functor,) = describe(replace(QUICKSTART, functors={"L": sparse})).functors
    assert dict(functor.images)["gd"] == "trace(every = 2 epochs)"


def test_pullbacks_and_cells() -> None:
    (pullback,) = DOCUMENT.pullbacks
    assert (pullback.name, pullback.category, pullback.map, pullback.along) == ("F", "Param", "enc", "enc(A@gd)")
    assert (pullback.legs, pullback.frozen) == (("inc",), ("encoder.0",))
    assert [(cell.name, cell.kind, cell.source, cell.target, cell.by) for cell in DOCUMENT.cells] == [
        ("sutskever_form", "strict", "heavy_ball(lr, m)", "sutskever(lr, m)", "theta |-> theta, v |-> lr * v"),
        ("slide", "relation", "gd", "ball", "basin"),
    ]


def test_a_bare_name_of_two_categories_is_shown_qualified() -> None:
    other = replace(QUICKSTART.spaces["Param.A"], name="Other.A", category="Other")
    two = replace(QUICKSTART, spaces={**QUICKSTART.spaces, "Other.A": other})
    assert describe(two).categories[0].arrows[0].source == "Param.A"


def test_further_runs_and_laws_appear() -> None:
    twin = Law("Param.twin", "Param", ("Param.gd",), ("Param.gd2",), HERE)
    category = describe(with_more(QUICKSTART, (run("Param.gd2"),), (twin,))).categories[0]
    assert "gd2" in {arrow.name for arrow in category.arrows}
    assert [law.name for law in category.laws] == ["resume", "twin"]


FORMAL = """
category Shapes {
  object P, Q
  map f, g : P -> Q
  map h : Q -> P
  law same : f >> h == g >> h
}
"""


def test_a_formal_category_is_described_and_asks_for_nothing_to_be_trained() -> None:
    theory = check(parse(Source("formal.cat", FORMAL))).theory
    assert theory is not None
    (category,) = describe(theory).categories
    assert [(found.name, found.kind) for found in category.objects] == [("P", "formal"), ("Q", "formal")]
    assert [(found.name, found.kind, found.source, found.target) for found in category.arrows] == [
        ("f", "formal", "P", "Q"),
        ("g", "formal", "P", "Q"),
        ("h", "formal", "Q", "P"),
    ]
    assert category.laws[0].left == ("f", "h")
    assert lower(theory).train == ()
