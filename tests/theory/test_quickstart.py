"""The first example, checked in full: every default filled in, every name resolved."""

from fractions import Fraction

from catlearn.category.expression import Apply, Constant, Symbol
from catlearn.theory.theory import (
    Block,
    ClassesProposition,
    ConstantProposition,
    LawProposition,
    Layer,
    Measure,
    MeasureProposition,
    RelationCellProposition,
    ShapeProposition,
    StrictCellProposition,
)
from tests.theory.theories import QUICKSTART, checked, theory_of

THEORY = theory_of(QUICKSTART)
ENCODER = Block("encoder.0", (("weight", (32, 64)), ("bias", (32,))))
HEAD = Block("head.0", (("weight", (10, 32)), ("bias", (10,))))
EVERYTHING = ("proved", "exact", "supported")


def test_there_is_nothing_to_complain_of() -> None:
    assert checked(QUICKSTART).diagnostics == ()


def test_data() -> None:
    digits, probe = THEORY.datasets["digits"], THEORY.probes["X"]
    assert (digits.source, digits.test, digits.seed) == ("sklearn.digits", Fraction(1, 4), 0)
    assert (digits.input_shape, digits.classes, digits.train_size, digits.test_size) == ((64,), 10, 1348, 449)
    assert (probe.dataset, probe.split, probe.size) == ("digits", "test", 256)


def test_maps() -> None:
    encoder, head = THEORY.maps["encoder"], THEORY.maps["head"]
    assert encoder.layers == (Layer("linear", "encoder.0", (64,), (32,)), Layer("relu", None, (32,), (32,)))
    assert (encoder.input_shape, encoder.output_shape) == ((64,), (32,))
    assert head.layers == (Layer("linear", "head.0", (32,), (10,)),)


def test_rules() -> None:
    assert set(THEORY.rules) == {"my_ball", "sgd", "heavy_ball", "sutskever"}
    ball = THEORY.rules["my_ball"]
    velocity = Apply("add", (Apply("multiply", (Symbol("m"), Symbol("v"))), Symbol("g")))
    descent = Apply("subtract", (Symbol("theta"), Apply("multiply", (Symbol("lr"), Symbol("v'")))))
    assert ball.parameters == (("lr", None), ("m", None))
    assert ball.states == (("v", Constant(Fraction(0))),)
    assert ball.equations == (("v", velocity), ("theta", descent))


def test_categories() -> None:
    param, rep = THEORY.categories["Param"], THEORY.categories["Rep"]
    assert param.interpreted
    assert param.objects == ("Param.A", "Param.E", "Param.F")
    assert param.maps == ("Param.enc", "Param.inc")
    assert param.runs == ("Param.ball", "Param.gd", "Param.half", "Param.rest", "tune")
    assert param.laws == ("Param.resume",)
    assert (rep.interpreted, rep.objects, rep.maps, rep.runs, rep.laws) == (True, ("Rep.Z",), (), (), ())


def test_objects() -> None:
    assert {name: space.blocks for name, space in THEORY.spaces.items()} == {
        "Param.E": (ENCODER,),
        "Param.A": (ENCODER, HEAD),
        "Param.F": (ENCODER, HEAD),
    }
    assert {name: space.pullback for name, space in THEORY.spaces.items() if space.pullback} == {"Param.F": "F"}
    cloud = THEORY.clouds["Rep.Z"]
    assert (cloud.category, cloud.probe, cloud.dimension, cloud.normalise) == ("Rep", "X", 32, "rms")


def test_structural_maps() -> None:
    ends = {name: (arrow.source, arrow.target) for name, arrow in THEORY.structural_maps.items()}
    assert ends == {"Param.enc": ("Param.A", "Param.E"), "Param.inc": ("Param.F", "Param.A")}


def test_pullback() -> None:
    pullback = THEORY.pullbacks["F"]
    assert (pullback.space, pullback.map, pullback.point_run) == ("Param.F", "Param.enc", "Param.gd")
    assert (pullback.legs, pullback.frozen) == (("Param.inc",), ("encoder.0",))


def test_a_run_with_all_its_fields() -> None:
    run = THEORY.runs["Param.gd"]
    assert (run.category, run.space, run.source_point, run.target_point) == ("Param", "Param.A", "init", "gd")
    assert (run.network, run.dataset, run.loss) == (("encoder", "head"), "digits", "cross_entropy")
    assert run.optimiser.rule == THEORY.rules["sgd"]
    assert run.optimiser.arguments == (("lr", Constant(Fraction(1, 10))), ("decay", Constant(Fraction(0))))
    assert (run.batch, run.epochs, run.keep_last, run.checkpoint) == (64, 20, False, (1, "epoch"))
    assert run.seeds == tuple(range(16))
    assert (run.resume, run.start_run) == (None, None)


def test_what_runs_copy_and_what_they_start_from() -> None:
    ball, half, rest, tune = (THEORY.runs[name] for name in ("Param.ball", "Param.half", "Param.rest", "tune"))
    assert ball.optimiser.rule.name == "my_ball"
    assert dict(ball.optimiser.arguments) == {"lr": Constant(Fraction(1, 100)), "m": Constant(Fraction(9, 10))}
    assert (ball.batch, ball.epochs, ball.seeds) == (64, 20, tuple(range(16)))
    assert (half.epochs, half.resume, half.start_run) == (10, None, None)
    assert (rest.epochs, rest.resume, rest.start_run) == (10, "Param.half", "Param.half")
    assert (tune.category, tune.space, tune.source_point, tune.epochs) == (None, "Param.F", "init", 5)
    assert tune.start_run is None


def test_law() -> None:
    law = THEORY.laws["Param.resume"]
    assert (law.left, law.right) == (("Param.half", "Param.rest"), ("Param.gd",))


def test_functor() -> None:
    functor = THEORY.functors["L"]
    assert (functor.source, functor.target) == ("Param", "Rep")
    assert functor.object_images == (("Param.A", "Rep.Z"), ("Param.E", "Rep.Z"), ("Param.F", "Rep.Z"))
    assert functor.map_images == (("Param.enc", "Rep.Z"), ("Param.inc", "Rep.Z"))
    assert (functor.reading, functor.probe, functor.trace) == (("encoder",), "X", (1, "epoch"))


def test_relation_and_cells() -> None:
    basin, slide = THEORY.relations["basin"], THEORY.relation_cells["slide"]
    assert (basin.kind, basin.slack, basin.levels, basin.modulo) == (
        "dihomotopy",
        Fraction(1, 20),
        None,
        "permutations",
    )
    assert (slide.source, slide.target, slide.relation) == ("Param.gd", "Param.ball", "basin")
    form, mine = THEORY.strict_cells["sutskever_form"].cell, THEORY.strict_cells["mine"].cell
    assert (form.source.rule.name, form.target.rule.name) == ("heavy_ball", "sutskever")
    rescaled = Apply("multiply", (Symbol("lr"), Symbol("v")))
    assert form.state_map == (("theta", Symbol("theta")), ("v", rescaled))
    assert (form.constant, mine.constant) == (frozenset({"lr"}), frozenset())
    assert dict(mine.target.arguments)["decay"] == Constant(Fraction(0))


def test_claims() -> None:
    confidence, test = Fraction(19, 20), ("digits", "test")
    assert [(claim.name, claim.proposition, claim.expected) for claim in THEORY.claims.values()] == [
        ("resumes", LawProposition("Param.resume"), ("exact",)),
        ("same_rule", StrictCellProposition("sutskever_form"), ("proved",)),
        ("own_rule", StrictCellProposition("mine"), ("proved",)),
        ("frozen", ConstantProposition("Param.enc", "tune", ("encoder.0",)), ("exact",)),
        ("slides", RelationCellProposition("slide", Fraction(4, 5), Fraction(9, 10)), ("supported",)),
        ("one_seed", ClassesProposition(("Param.gd", "Param.ball"), "basin", "<=", 16), ("supported",)),
        (
            "accuracy",
            MeasureProposition(
                Measure("accuracy", "Param.gd", *test),
                "~",
                Measure("accuracy", "Param.ball", *test),
                Fraction(1, 100),
                confidence,
            ),
            EVERYTHING,
        ),
        (
            "shape",
            ShapeProposition("L", "Param.gd", "Param.ball", "bottleneck", (0, 1), Fraction(1, 10), confidence),
            EVERYTHING,
        ),
    ]


def test_claims_in_their_authors_words() -> None:
    assert THEORY.claims["slides"].text == "slide { holds_for = 0.8, confidence = 0.9 }"
    assert THEORY.claims["shape"].text == "L(A@gd) ~ L(A@ball) by bottleneck(dims = 0..1) within 0.10"
