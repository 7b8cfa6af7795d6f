"""The details of the notation that decide programs: units, ranges, words, operators."""

from fractions import Fraction

import pytest

from catlearn.syntax import tree
from tests.syntax.reading import bare, expression, only, parsed, value

WORDS = [
    "import",
    "landscape",
    "transformation",
    "and",
    "dataset",
    "probe",
    "map",
    "optimiser",
    "category",
    "object",
    "run",
    "law",
    "functor",
    "pullback",
    "relation",
    "cell",
    "claim",
    "state",
    "of",
    "along",
    "leg",
    "freeze",
    "strict",
    "assume",
    "by",
    "within",
    "expect",
]


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("1 epoch", 1, "epoch"),
        ("2 epochs", 2, "epoch"),
        ("50steps", 50, "step"),
        ("1\n step", 1, "step"),
        ("0.5 s", Fraction(1, 2), "second"),
        ("3 seconds", 3, "second"),
        ("1 second", 1, "second"),
        ("1%", Fraction(1, 100), "%"),
        ("12.5 %", Fraction(1, 8), "%"),
        ("1e-3", Fraction(1, 1000), None),
        ("1.5E2s", 150, "second"),
        ("64", 64, None),
    ],
)
def test_numbers_and_units(text: str, amount: Fraction, unit: str | None) -> None:
    number = value(text)
    assert isinstance(number, tree.Number)
    assert (number.value, number.unit) == (amount, unit)


@pytest.mark.parametrize("key", ["epochs", "epoch", "steps", "step", "seconds", "s"])
@pytest.mark.parametrize("gap", [" ", "\n", ", ", "\n# a comment\n"])
def test_a_unit_is_never_read_where_a_field_begins(key: str, gap: str) -> None:
    fields = only(f"dataset d {{ batch = 64{gap}{key} = 20 }}").fields
    assert [(field.key.name, field.value.value, field.value.unit) for field in fields] == [
        ("batch", 64, None),
        (key, 20, None),
    ]


def test_a_unit_is_never_read_where_a_state_begins() -> None:
    rule = only("optimiser o(lr) { state s = 0 s' = 2 * s + 1\n step' = 3 theta' = theta - lr * s' }")
    assert [equation.name.name for equation in rule.equations] == ["s", "step", "theta"]
    cell = only("cell c : a => b strict { v |-> 2\n s |-> 3 }")
    assert [entry.name.name for entry in cell.assignments] == ["v", "s"]


@pytest.mark.parametrize("text", ["0..15", "0 .. 15", "0 ..15", "0.. 15"])
def test_ranges_of_numbers(text: str) -> None:
    assert bare(value(text)) == ("Range", ("Number", 0, None), ("Number", 15, None))


def test_ranges_of_names_and_decimals() -> None:
    assert bare(value("low..high")) == ("Range", ("Name", "low", False), ("Name", "high", False))
    assert bare(value("0.5..2.5")) == ("Range", ("Number", Fraction(1, 2), None), ("Number", Fraction(5, 2), None))
    assert bare(value("-2..2")) == ("Range", ("Negation", ("Number", 2, None)), ("Number", 2, None))


@pytest.mark.parametrize("word", WORDS)
def test_names_may_begin_with_a_word_of_the_language(word: str) -> None:
    assert only(f"dataset {word}s {{ }}").name.name == f"{word}s"
    assert only(f"dataset {word}_ {{ }}").name.name == f"{word}_"
    assert bare(value(f"{word}x")) == ("Name", f"{word}x", False)
    assert bare(value(f"{word}.x")) == ("Name", f"{word}.x", False)


@pytest.mark.parametrize("word", WORDS)
def test_words_of_the_language_are_keys(word: str) -> None:
    fields = only(f"run r : A -> B {{ net = e {word} = f,\n{word}\n=\n3 }}").fields
    assert [field.key.name for field in fields] == ["net", word, word]
    (argument,) = only(f"claim c : f({word} = x)").proposition.left.arguments
    assert argument.name.name == word


@pytest.mark.parametrize("word", WORDS)
def test_words_of_the_language_are_no_names(word: str) -> None:
    assert [found.code for found in parsed(f"dataset {word} {{ }}").diagnostics] == ["syntax"]


@pytest.mark.parametrize("key", ["like", "resume", "source", "on", "from", "mode", "optimizer", "test"])
def test_other_words_are_names_anywhere(key: str) -> None:
    declaration = only(f"run {key if key != 'optimizer' else 'r'} : A -> B {{ {key} = {key}s }}")
    assert declaration.fields[0].key.name == key


def test_both_spellings_of_optimiser() -> None:
    british, american = (only(f"{word} o(lr) {{ theta' = theta }}") for word in ("optimiser", "optimizer"))
    assert bare(british) == bare(american)
    fields = only("run r : A -> B { optimiser = sgd(lr = 1) optimizer = sgd(lr = 1) }").fields
    assert [field.key.name for field in fields] == ["optimiser", "optimizer"]


def test_dotted_names_are_one_name() -> None:
    assert bare(expression("sklearn.digits.test")) == ("Name", "sklearn.digits.test", False)
    assert bare(expression("Param.A@gd")) == ("Checkpoint", ("Identifier", "Param.A"), ("Identifier", "gd"))
    assert bare(expression("a.f(x)"))[1] == ("Identifier", "a.f")  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b * c", "(a / b) * c"),
        ("-a ^ b", "-(a ^ b)"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("a ^ -b ^ c", "a ^ (-(b ^ c))"),
        ("--a * b", "(-(-a)) * b"),
        ("a + b .. c * d", "(a + b) .. (c * d)"),
        ("a .. b >> c", "(a .. b) >> c"),
        ("(a >> b) >> c", "a >> b >> c"),
        ("a >> (b >> c)", "a >> b >> c"),
        ("a + b >> c", "(a + b) >> c"),
    ],
)
def test_precedence(text: str, grouped: str) -> None:
    assert bare(expression(text)) == bare(expression(grouped))


def test_composites_are_flat() -> None:
    assert bare(expression("a >> b >> c")) == ("Composite", tuple(("Name", name, False) for name in "abc"))


def test_separators_carry_no_meaning() -> None:
    spread = only("run r : A -> B {\n a\n=\n1\n\n b = 2 ,\n c = 3, # more\n}")
    assert bare(spread) == bare(only("run r:A->B{a=1,b=2 c=3}"))


def test_strings_hold_signs_of_comments_and_braces() -> None:
    assert bare(value('"# { } \' é"')) == ("String", "# { } ' é")


def test_order_of_declarations_is_free() -> None:
    first, second = parsed("claim c : x\ndataset d { }"), parsed("dataset d { }\nclaim c : x")
    assert {bare(entry) for entry in first.tree.declarations} == {bare(entry) for entry in second.tree.declarations}
