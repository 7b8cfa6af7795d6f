"""A small transformer on words: whole numbers from a file, embedded, and nothing else taken for words."""

import numpy as np
import pytest

from catlearn import verbs
from catlearn.store.store import StoreError

TEXT = """
dataset words { source = "words.npz", test = 0.25, seed = 0 }
map body : R[8] -> R[3] = embedding(6, 8) >> positions >> skip(layernorm >> attention(2))
  >> skip(layernorm >> mlp(16, 8, activation = gelu)) >> layernorm >> flatten >> linear(3)
category P {
  object A = params(body)
  run a : A@init -> A@a { net = body, data = words, loss = cross_entropy, optimiser = adam(lr = 0.01), batch = 50,
                          epochs = 8, seeds = 0..2 }
}
claim learns  : accuracy(a, on = words.test) > 0.6   expect supported
claim perfect : accuracy(a, on = words.test) > 0.999 expect refuted
"""


@pytest.fixture
def path(tmp_path):
    """Sentences of eight words of six: the label says whether two are alike, and one is high."""
    words = np.random.default_rng(0).integers(0, 6, (600, 8))
    np.savez(tmp_path / "words.npz", x=words, y=(words[:, 0] == words[:, 1]).astype(int) + (words[:, 2] > 2))
    (tmp_path / "t.cat").write_text(TEXT)
    return tmp_path / "t.cat"


def test_a_transformer_learns_words(path):
    found = verbs.verify(path)
    assert {row.name: row.verdict for row in found.claims} == {"learns": "supported", "perfect": "refuted"}
    assert verbs.recheck(verbs.default_store(path)).ok


@pytest.mark.parametrize("shift", [3, -1])
def test_what_is_no_word_of_the_vocabulary_is_said(path, shift):
    arrays = np.load(path.with_name("words.npz"))
    np.savez(path.with_name("words.npz"), x=arrays["x"] + shift, y=arrays["y"])
    with pytest.raises(StoreError, match="required 0 to 5"):
        verbs.run(path)
