"""The example of the design parses, and its tree says what the text says."""

from fractions import Fraction
from typing import Any

from catlearn.syntax import tree
from tests.syntax.reading import DESIGN, parsed


def test_no_diagnostics_and_every_declaration() -> None:
    result = parsed(DESIGN)
    assert result.diagnostics == ()
    assert result.incomplete == frozenset()
    named = [(type(declaration).__name__, declaration.name.name) for declaration in result.tree.declarations]
    assert named == [
        ("Dataset", "digits"),
        ("Probe", "X"),
        ("Map", "encoder"),
        ("Map", "head"),
        ("Optimiser", "my_ball"),
        ("Category", "Param"),
        ("Pullback", "F"),
        ("Run", "tune"),
        ("Category", "Rep"),
        ("Functor", "L"),
        ("Relation", "basin"),
        ("StrictCell", "sutskever_form"),
        ("RelationCell", "slide"),
        ("Claim", "resumes"),
        ("Claim", "same_rule"),
        ("Claim", "frozen"),
        ("Claim", "slides"),
        ("Claim", "one_seed"),
        ("Claim", "accuracy"),
        ("Claim", "shape"),
    ]


def declared(name: str) -> Any:
    found = [entry for entry in parsed(DESIGN).tree.declarations if entry.name.name == name]
    return found[0]


def test_data_and_maps() -> None:
    source, test, seed = declared("digits").fields
    assert (source.key.name, source.value.name) == ("source", "sklearn.digits")
    assert (test.value.value, seed.value.value) == (Fraction(1, 4), 0)
    encoder = declared("encoder")
    assert (encoder.source.base.name, encoder.source.items[0].value) == ("R", 64)
    linear, relu = encoder.body.parts
    assert (linear.function.name, linear.arguments[0].value.value, relu.name) == ("linear", 32, "relu")


def test_optimiser() -> None:
    rule = declared("my_ball")
    assert [parameter.name.name for parameter in rule.parameters] == ["lr", "m"]
    assert [(state.name.name, state.initial.value) for state in rule.states] == [("v", 0)]
    assert [equation.name.name for equation in rule.equations] == ["v", "theta"]
    step = rule.equations[1].value
    assert (step.operator, step.right.operator) == ("-", "*")
    assert (step.right.right.name, step.right.right.primed) == ("v", True)


def test_category() -> None:
    category = declared("Param")
    kinds = [type(item).__name__ for item in category.items]
    assert kinds == ["Object", "Object", "Generator", "Run", "Run", "Run", "Run", "Law"]
    gd = category.items[3]
    assert (gd.source.space.name, gd.source.point.name, gd.target.point.name) == ("A", "init", "gd")
    fields = {field.key.name: field.value for field in gd.fields}
    assert list(fields) == ["net", "data", "loss", "optimiser", "batch", "epochs", "seeds"]
    assert [part.name for part in fields["net"].parts] == ["encoder", "head"]
    assert (fields["optimiser"].function.name, fields["optimiser"].arguments[0].name.name) == ("sgd", "lr")
    assert (fields["seeds"].first.value, fields["seeds"].last.value) == (0, 15)
    law = category.items[7]
    assert ([part.name for part in law.left.parts], law.right.name) == (["half", "rest"], "gd")


def test_pullback_and_functor() -> None:
    pullback = declared("F")
    assert (pullback.map.name, pullback.source.name, pullback.target.name) == ("enc", "A", "E")
    assert (pullback.along.function.name, pullback.along.arguments[0].value.point.name) == ("enc", "gd")
    assert [leg.name.name for leg in pullback.legs] == ["inc"]
    assert [field.key.name for field in pullback.freezes[0].fields] == ["buffers", "mode"]
    objects, maps, runs = declared("L").images
    assert (objects.kind, [name.name for name in objects.names]) == ("object", ["A", "E", "F"])
    assert objects.reading.function.name == "activations"
    assert (maps.kind, maps.reading) == ("map", None)
    assert (runs.kind, isinstance(runs.names, tree.Star)) == ("run", True)
    assert (runs.value.arguments[0].value.value, runs.value.arguments[0].value.unit) == (1, "epoch")


def test_cells_and_claims() -> None:
    strict = declared("sutskever_form")
    assert [entry.name.name for entry in strict.assignments] == ["theta", "v"]
    assert [entry.condition.function.name for entry in strict.assumptions] == ["constant"]
    assert declared("slide").relation.name == "basin"
    assert declared("resumes").expectation.name == "exact"
    assert [field.value.value for field in declared("slides").fields] == [Fraction(4, 5), Fraction(9, 10)]
    assert declared("one_seed").proposition.operator == "<="
    accuracy = declared("accuracy")
    assert (accuracy.proposition.operator, accuracy.expectation) == ("~", None)
    margin = accuracy.proposition.margin
    assert (margin.value, margin.unit) == (Fraction(1, 100), "%")
    shape = declared("shape").proposition
    assert (shape.distance.function.name, shape.margin.value) == ("bottleneck", Fraction(1, 10))
