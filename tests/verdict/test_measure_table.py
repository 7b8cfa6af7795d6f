"""The table of measures: what is computed is planned, and what is not is refused by name before any work."""

from pathlib import Path
from typing import get_args

import pytest

from catlearn.plan.executable import unavailable
from catlearn.plan.ir import CloudMeasureName, CorrelationName, Distance, MeasureName
from catlearn.theory.measures import DISTANCES, MEASURES, Gives
from catlearn.verbs import SpecificationError, compile
from tests.spec.runner import FOLDER, cases
from tests.theory.theories import theory_of

CASE = next(case for case in cases(FOLDER / "claims_measures.cat") if case.name == "measures-of-other-versions")
REFUSED = [diagnostic.span.text for diagnostic in unavailable(theory_of(CASE.text))]


def test_what_is_computed_is_what_a_plan_can_say() -> None:
    assert {name for name, row in MEASURES.items() if row.computed} == {
        *get_args(MeasureName),
        *get_args(CloudMeasureName),
        *get_args(CorrelationName),
        "classes",
        "spread",
        "separation",
    }
    assert {name for name, row in DISTANCES.items() if row.computed} == set(get_args(Distance))


UNCOMPUTED = [name for name, row in MEASURES.items() if not row.computed and row.gives is not Gives.COORDINATES]
UNCOMPUTED += [name for name, row in DISTANCES.items() if not row.computed]


@pytest.mark.parametrize("name", UNCOMPUTED)
def test_a_measure_that_is_not_computed_is_refused_where_it_is_written(name: str) -> None:
    assert any(text.startswith(name) for text in REFUSED)


def test_what_is_computed_is_not_refused() -> None:
    assert not [text for text in REFUSED if text.partition("(")[0] in ("gap", "norm", "loss", "accuracy", "bottleneck")]


def test_compiling_refuses(tmp_path: Path) -> None:
    path = tmp_path / "other.cat"
    path.write_text(CASE.text)
    with pytest.raises(SpecificationError) as refusal:
        compile(path)
    assert {found.code for found in refusal.value.diagnostics} == {"not-executable"}
