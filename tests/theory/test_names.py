"""Qualified names mean what bare ones mean, wherever they are unique."""

import re

import pytest

from tests.theory.theories import QUICKSTART, checked, placeless, theory_of


def _qualified(name: str) -> str:
    """The quickstart with the name of a run qualified wherever it is used."""
    return re.sub(rf"(?<=[=(+] ){name}\b(?! *[:=]\s)", f"Param.{name}", QUICKSTART)


@pytest.mark.parametrize("name", ["gd", "ball", "half"])
def test_qualified_runs(name: str) -> None:
    qualified = _qualified(name)
    assert qualified != QUICKSTART
    without_text = re.sub(r"'text': '[^']*'", "", repr(placeless(theory_of(qualified))))
    assert without_text == re.sub(r"'text': '[^']*'", "", repr(placeless(theory_of(QUICKSTART))))


def test_qualified_points_and_objects() -> None:
    qualified = (
        QUICKSTART.replace("L(A@gd)", "L(Param.A@gd)")
        .replace("F of enc : A -> E along enc(A@gd)", "F of Param.enc : Param.A -> E along Param.enc(A@gd)")
        .replace("freeze E", "freeze Param.E")
        .replace("object A, E, F |-> Z", "object Param.A, E, Param.F |-> Rep.Z")
        .replace("map enc, inc |-> id(Z)", "map Param.enc, Param.inc |-> id(Rep.Z)")
    )
    theory = theory_of(qualified)
    assert theory.pullbacks["F"].point_run == "Param.gd"
    assert placeless(theory.functors) == placeless(theory_of(QUICKSTART).functors)


def test_a_second_category_makes_bare_names_ambiguous() -> None:
    second = "category Other { object A = params(encoder) * params(head)  run gd : A@init -> A@gd { like = Param.gd } }"
    codes = {(found.code, found.span.text) for found in checked(QUICKSTART + second).diagnostics}
    assert codes == {("ambiguous-name", "gd"), ("ambiguous-name", "A")}


def test_names_inside_a_category_mean_its_own() -> None:
    run = "run end : A@init -> A@end { like = Param.gd }"
    other = f"category Other {{ object A = params(encoder) * params(head)  {run} }}"
    alone = QUICKSTART[: QUICKSTART.index("pullback")]
    theory = theory_of(alone + other)
    assert theory.runs["Param.gd"].space == "Param.A"
    assert theory.runs["Other.end"].space == "Other.A"
