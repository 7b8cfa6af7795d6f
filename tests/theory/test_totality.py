"""Whatever the text, checking ends with a theory or with errors, never with an exception."""

import re

from hypothesis import given
from hypothesis import strategies as st

from catlearn.diagnostics import errors, render
from tests.theory.theories import QUICKSTART, checked

TOKENS = re.findall(r"\s+|[\w']+|=>|->|>>|\|->|\.\.|[^\w\s]", re.sub(r"#.*", "", QUICKSTART))
WORDS = sorted({token for token in TOKENS if not token.isspace()})
PLACES = [place for place, token in enumerate(TOKENS) if not token.isspace()]


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(["", *WORDS])), min_size=1, max_size=4))
def test_edits(edits: list[tuple[int, str]]) -> None:
    tokens = list(TOKENS)
    for place, word in edits:
        tokens[place] = word
    found = checked("".join(tokens))
    assert (found.theory is None) == bool(errors(found.diagnostics))
    assert all(render(diagnostic) for diagnostic in found.diagnostics)


@given(st.lists(st.sampled_from(range(len(QUICKSTART.splitlines()))), unique=True, max_size=8))
def test_missing_lines(lines: list[int]) -> None:
    kept = [line for number, line in enumerate(QUICKSTART.splitlines()) if number not in lines]
    found = checked("\n".join(kept))
    assert (found.theory is None) == bool(errors(found.diagnostics))
