"""The order of declarations, in the file and in a category, has no effect."""

from hypothesis import given
from hypothesis import strategies as st

from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.syntax.tree import Category, Declaration
from catlearn.theory.check import check
from tests.theory.theories import QUICKSTART, checked, placeless, theory_of

THEORY = placeless(theory_of(QUICKSTART))

BROKEN = QUICKSTART.replace("linear(10)", "linear(11)").replace("like = gd, epochs = 5", "like = gdd, epoch = 5")


def _text(declaration: Declaration, data: st.DataObject) -> str:
    """A declaration as written, a category with its items in another order."""
    if not isinstance(declaration, Category):
        return declaration.span.text
    items = data.draw(st.permutations([item.span.text for item in declaration.items]))
    return f"category {declaration.name.name} {{ {' '.join(items)} }}"


def _permuted(text: str, data: st.DataObject) -> str:
    declarations = parse(Source("test.cat", text)).tree.declarations
    return "\n".join(data.draw(st.permutations([_text(declaration, data) for declaration in declarations])))


@given(st.data())
def test_any_order_gives_the_same_theory(data: st.DataObject) -> None:
    assert placeless(theory_of(_permuted(QUICKSTART, data))) == THEORY


@given(st.data())
def test_any_order_gives_the_same_errors(data: st.DataObject) -> None:
    def found(text: str) -> list[tuple[str, str, str]]:
        return sorted((each.code, each.message, each.span.text) for each in checked(text).diagnostics)

    assert found(_permuted(BROKEN, data)) == found(BROKEN)
    assert [code for code, _, _ in found(BROKEN)] == ["shape-mismatch", "unknown-field", "unknown-name"]


def test_one_changed_value_gives_another_theory() -> None:
    assert placeless(theory_of(QUICKSTART.replace("epochs = 5", "epochs = 6"))) != THEORY


def test_claims_stay_in_their_authors_order() -> None:
    claims = [line for line in QUICKSTART.splitlines() if line.startswith("claim")]
    rest = [line for line in QUICKSTART.splitlines() if not line.startswith("claim")]
    theory = theory_of("\n".join([*reversed(claims), *rest]))
    assert list(theory.claims) == [line.split()[1] for line in reversed(claims)]


def test_checking_twice_gives_the_same() -> None:
    parsed = parse(Source("test.cat", BROKEN))
    assert check(parsed).diagnostics == check(parsed).diagnostics
