"""The plan on disk: it comes back as it was, and nothing unknown comes in."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from catlearn.plan.describe import describe
from catlearn.plan.ir import Plan
from catlearn.plan.lower import lower
from catlearn.plan.theory_document import TheoryDocument
from tests.plan.quickstart_theory import QUICKSTART

PLAN = lower(QUICKSTART)


def test_a_plan_comes_back_from_its_text() -> None:
    assert Plan.model_validate_json(PLAN.to_json()) == PLAN
    assert Plan.model_validate_json(PLAN.to_json()).to_json() == PLAN.to_json()


def test_a_theory_document_comes_back_from_its_text() -> None:
    document = describe(QUICKSTART)
    assert TheoryDocument.model_validate_json(document.to_json()) == document


def test_a_plan_is_plain_json_of_schema_1() -> None:
    document = json.loads(PLAN.to_json())
    assert document["schema"] == 1
    assert list(document) == [
        "schema",
        "specification",
        "theory_digest",
        "numerics",
        "datasets",
        "train",
        "freeze",
        "read",
        "decide",
        "descend",
    ]


def extra_at_the_top(plan: dict[str, Any]) -> None:
    plan["callable"] = "os.system"


def extra_in_a_job(plan: dict[str, Any]) -> None:
    plan["train"][0]["device"] = "cuda"


def extra_in_an_expression(plan: dict[str, Any]) -> None:
    plan["train"][0]["rule"]["equations"][0]["value"]["python"] = "1"


def unknown_operation(plan: dict[str, Any]) -> None:
    plan["train"][0]["layers"][0]["operation"] = "conv7d"


def unknown_question(plan: dict[str, Any]) -> None:
    plan["decide"][0]["question"]["op"] = "hope"


def text_for_a_number(plan: dict[str, Any]) -> None:
    plan["train"][0]["batch"] = "64"


def missing_field(plan: dict[str, Any]) -> None:
    del plan["train"][0]["steps"]


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (extra_at_the_top, "extra_forbidden"),
        (extra_in_a_job, "extra_forbidden"),
        (extra_in_an_expression, "extra_forbidden"),
        (unknown_operation, "literal_error"),
        (unknown_question, "union_tag_invalid"),
        (text_for_a_number, "int_type"),
        (missing_field, "missing"),
    ],
)
def test_a_plan_that_says_something_else_is_refused(edit: Callable[[dict[str, Any]], None], found: str) -> None:
    document = json.loads(PLAN.to_json())
    edit(document)
    with pytest.raises(ValidationError) as refused:
        Plan.model_validate_json(json.dumps(document))
    assert [error["type"] for error in refused.value.errors()] == [found]


def test_a_plan_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PLAN.train[0].batch = 1  # type: ignore[misc]


def test_lowering_imports_no_library_of_tensors() -> None:
    program = (
        "import sys, catlearn.plan.lower, catlearn.plan.describe; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'torch', 'numpy', 'sympy', 'lark', 'gudhi'}))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
