"""The `.cat` files of this folder: every claim on a strict cell gets the verdict that it expects, and what `check`
warns of is refuted."""

from functools import cache
from pathlib import Path

import pytest

from catlearn.category.cell import cell_residue, replay
from catlearn.evidence.symbolic import prove
from catlearn.plan.expressions import strict_cell_question
from catlearn.theory.check import check_file
from catlearn.theory.theory import StrictCellProposition, Theory

FOLDER = Path(__file__).parent


@cache
def theory_of(name: str) -> Theory:
    checked = check_file(FOLDER / name)
    assert checked.theory is not None, checked.diagnostics
    return checked.theory


def claims() -> list[tuple[str, str]]:
    return [(path.name, claim) for path in sorted(FOLDER.glob("*.cat")) for claim in theory_of(path.name).claims]


@pytest.mark.parametrize(("file", "claim"), claims())
def test_a_claim_gets_the_verdict_that_it_expects(file: str, claim: str) -> None:
    theory = theory_of(file)
    proposition = theory.claims[claim].proposition
    assert isinstance(proposition, StrictCellProposition)
    cell = theory.strict_cells[proposition.cell].cell
    result = prove(strict_cell_question(proposition.cell, cell))
    assert (result.verdict,) == theory.claims[claim].expected
    assert result.counterexample is None or replay(cell, result.counterexample)


@pytest.mark.parametrize("file", ["known_truths.cat", "further_truths.cat"])
def test_check_warns_of_the_refuted_cells_and_of_no_others(file: str) -> None:
    theory = theory_of(file)
    warned = {found.span.text for found in check_file(FOLDER / file).diagnostics if found.code == "cell-residue"}
    assert warned == {name for name, named in theory.strict_cells.items() if cell_residue(named.cell)}
    refuted = (claim.proposition for claim in theory.claims.values() if claim.expected == ("refuted",))
    assert warned == {found.cell for found in refuted if isinstance(found, StrictCellProposition)}
