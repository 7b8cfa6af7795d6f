"""The theory of the language's first example, built by hand, and the edits that tests make to it."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from catlearn.category.expression import Apply, Constant, Expression, Symbol
from catlearn.category.update_rule import BoundRule, StrictCell, UpdateRule
from catlearn.source import Source, Span
from catlearn.theory.sources import Material
from catlearn.theory.theory import (
    Block,
    Category,
    Claim,
    ClassesProposition,
    CloudSpace,
    ConstantProposition,
    Dataset,
    Functor,
    Law,
    LawProposition,
    Layer,
    Measure,
    MeasureProposition,
    NamedStrictCell,
    NetworkMap,
    Probe,
    Proposition,
    Pullback,
    Relation,
    RelationCell,
    RelationCellProposition,
    Run,
    ShapeProposition,
    Space,
    StrictCellProposition,
    StructuralMap,
    Theory,
)

SOURCE = Source("quickstart.cat", "# text\n" * 40)
HERE = Span(SOURCE, 14, 20)
DIGITS = Dataset(
    "digits",
    "sklearn.digits",
    Fraction("0.25"),
    0,
    (64,),
    10,
    1348,
    449,
    HERE,
    Material((64,), ((178, 182, 177, 183, 181, 182, 181, 179, 174, 180),), "sklearn", "scale"),
    transform="scale",
)
LR, M, THETA, G, V = map(Symbol, ("lr", "m", "theta", "g", "v"))
NEXT_V = Symbol("v'")


def add(left: Expression, right: Expression) -> Expression:
    return Apply("add", (left, right))


def subtract(left: Expression, right: Expression) -> Expression:
    return Apply("subtract", (left, right))


def multiply(left: Expression, right: Expression) -> Expression:
    return Apply("multiply", (left, right))


def number(text: str) -> Constant:
    return Constant(Fraction(text))


SGD = UpdateRule("sgd", (("lr", None),), (), (("theta", subtract(THETA, multiply(LR, G))),))
BALL = UpdateRule(
    "heavy_ball",
    (("lr", None), ("m", None)),
    (("v", number("0")),),
    (("v", add(multiply(M, V), G)), ("theta", subtract(THETA, multiply(LR, NEXT_V)))),
)
SUTSKEVER = UpdateRule(
    "sutskever",
    (("lr", None), ("m", None)),
    (("v", number("0")),),
    (("v", add(multiply(M, V), multiply(LR, G))), ("theta", subtract(THETA, NEXT_V))),
)

ENCODER = Block("encoder.0", (("weight", (32, 64)), ("bias", (32,))))
HEAD = Block("head.0", (("weight", (10, 32)), ("bias", (10,))))
LINEAR = Layer("linear", "encoder.0", (64,), (32,))


def run(name: str, **fields: Any) -> Run:
    """Gradient descent from `A@init`, but for the fields given."""
    descent = Run(
        name=name,
        category="Param",
        space="Param.A",
        source_point="init",
        target_point=name.rpartition(".")[2],
        network=("encoder", "head"),
        dataset="digits",
        loss="cross_entropy",
        optimiser=BoundRule(SGD, (("lr", number("0.1")),)),
        batch=64,
        epochs=20,
        keep_last=False,
        checkpoint=(1, "epoch"),
        seeds=tuple(range(4)),
        resume=None,
        start_run=None,
        span=HERE,
    )
    return replace(descent, **fields)


def claim(name: str, proposition: Proposition) -> Claim:
    return Claim(name, f"the text of {name}", proposition, ("proved", "exact", "supported"), HERE)


def _named(items: tuple[Any, ...]) -> dict[str, Any]:
    return {item.name: item for item in items}


RUNS = (
    run("Param.gd"),
    run("Param.ball", optimiser=BoundRule(BALL, (("lr", number("0.01")), ("m", number("0.9"))))),
    run("Param.half", target_point="mid", epochs=10),
    run("Param.rest", source_point="mid", target_point="gd", epochs=10, resume="Param.half", start_run="Param.half"),
    run("tune", category=None, space="Param.F", target_point="tuned", epochs=5),
)
ACCURACY = Measure("accuracy", "Param.gd", "digits", "test")
BOUND = (("lr", LR), ("m", M))
TWENTIETH = Fraction(1, 20)
CLAIMS = (
    claim("resumes", LawProposition("Param.resume")),
    claim("same_rule", StrictCellProposition("sutskever_form")),
    claim("frozen", ConstantProposition("Param.enc", "tune", ("encoder.0",))),
    claim("slides", RelationCellProposition("slide", Fraction("0.8"), Fraction("0.9"))),
    claim("one_seed", ClassesProposition(("Param.gd", "Param.ball"), "basin", "<=", 16)),
    claim(
        "accuracy",
        MeasureProposition(ACCURACY, "~", replace(ACCURACY, run="Param.ball"), Fraction(1, 100), Fraction("0.95")),
    ),
    claim(
        "shape",
        ShapeProposition("L", "Param.gd", "Param.ball", "bottleneck", (0, 1), Fraction("0.1"), Fraction("0.95")),
    ),
)

QUICKSTART = Theory(
    source=SOURCE,
    datasets=_named((DIGITS,)),
    probes=_named((Probe("X", "digits", "test", 256, HERE),)),
    maps=_named(
        (
            NetworkMap("encoder", (LINEAR, Layer("relu", None, (32,), (32,))), (64,), (32,), HERE),
            NetworkMap("head", (Layer("linear", "head.0", (32,), (10,)),), (32,), (10,), HERE),
        )
    ),
    rules=_named((SGD, BALL, SUTSKEVER)),
    categories=_named(
        (
            Category(
                "Param",
                True,
                ("Param.E", "Param.A", "Param.F"),
                ("Param.enc", "Param.inc"),
                ("Param.gd", "Param.ball", "Param.half", "Param.rest"),
                ("Param.resume",),
                HERE,
            ),
            Category("Rep", True, ("Rep.Z",), (), (), (), HERE),
        )
    ),
    spaces=_named(
        (
            Space("Param.E", "Param", (ENCODER,), None, HERE),
            Space("Param.A", "Param", (ENCODER, HEAD), None, HERE),
            Space("Param.F", "Param", (ENCODER, HEAD), "F", HERE),
        )
    ),
    clouds=_named((CloudSpace("Rep.Z", "Rep", "X", 32, "rms", HERE),)),
    structural_maps=_named(
        (
            StructuralMap("Param.enc", "Param", "Param.A", "Param.E", HERE),
            StructuralMap("Param.inc", "Param", "Param.F", "Param.A", HERE),
        )
    ),
    pullbacks=_named((Pullback("F", "Param.F", "Param.enc", "Param.gd", ("Param.inc",), ("encoder.0",), HERE),)),
    runs=_named(RUNS),
    laws=_named((Law("Param.resume", "Param", ("Param.half", "Param.rest"), ("Param.gd",), HERE),)),
    functors=_named(
        (
            Functor(
                "L",
                "Param",
                "Rep",
                (("Param.A", "Rep.Z"), ("Param.E", "Rep.Z"), ("Param.F", "Rep.Z")),
                (("Param.enc", "Rep.Z"), ("Param.inc", "Rep.Z")),
                ("encoder",),
                "X",
                (1, "epoch"),
                HERE,
            ),
        )
    ),
    relations=_named((Relation("basin", "dihomotopy", TWENTIETH, None, "permutations", HERE),)),
    strict_cells=_named(
        (
            NamedStrictCell(
                "sutskever_form",
                StrictCell(
                    BoundRule(BALL, BOUND), BoundRule(SUTSKEVER, BOUND), (("v", multiply(LR, V)),), frozenset({"lr"})
                ),
                HERE,
            ),
        )
    ),
    relation_cells=_named((RelationCell("slide", "Param.gd", "Param.ball", "basin", HERE),)),
    claims=_named(CLAIMS),
)


def with_runs(theory: Theory, **edits: Mapping[str, Any]) -> Theory:
    """The theory with fields of some runs replaced, the runs being named without their category."""
    changed = {name: replace(each, **edits.get(name.rpartition(".")[2], {})) for name, each in theory.runs.items()}
    return replace(theory, runs=changed)


def with_more(theory: Theory, runs: tuple[Run, ...] = (), laws: tuple[Law, ...] = ()) -> Theory:
    """The theory with further runs and laws."""
    return replace(theory, runs={**theory.runs, **_named(runs)}, laws={**theory.laws, **_named(laws)})
