"""What a version can check and cannot train or decide is refused at its place, and nothing else is."""

import pytest

from catlearn import verbs
from catlearn.diagnostics import DESCRIPTIONS
from catlearn.plan.executable import unavailable
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check

PLAIN = "dropout(0.1) >> linear(8) >> gelu >> linear(3)"
HOMOTOPY = "homotopy { region = sublevel(0.5), close = segment }"


def text(layers=PLAIN, relation="dihomotopy { slack = 0.1 }", claim="c", data=""):
    return f"""dataset d {{ source = sklearn.iris{data} }}
map f : R[4] -> R[3] = {layers}
category P {{
  object A = params(f)
  run a : A@init -> A@a {{ net = f, data = d, loss = cross_entropy, optimiser = sgd(lr = 0.1), batch = 16, epochs = 1,
                          seeds = 0..3 }}
  run b : A@init -> A@b {{ like = a, optimiser = adam(lr = 0.01) }}
}}
relation r = {relation}
cell c : a => b by r
claim k : {claim}
"""


def refused(written):
    checked = check(parse(Source("t.cat", written)))
    assert checked.theory is not None, checked.diagnostics
    found = list(unavailable(checked.theory))
    assert {diagnostic.code for diagnostic in found} <= {"not-executable"}
    return [diagnostic.span.text for diagnostic in found], " ".join(diagnostic.message for diagnostic in found)


def test_what_can_be_trained_and_decided_is_not_refused():
    assert refused(text()) == ([], "")
    assert refused(text(relation="dihomotopy { slack = 0.1, modulo = permutations }")) == ([], "")
    assert refused(text("skip(linear(4) >> softmax) >> layernorm >> linear(3)")) == ([], "")
    assert refused(text("skip(linear(4)) >> linear(3)", "dihomotopy { slack = 0.1, modulo = permutations }")) == (
        [],
        "",
    )


@pytest.mark.parametrize("field", ["on = d.test", "effort = high", "effort = 50", "modulo = permutations + scale"])
def test_fields_of_a_relation_are_obeyed(field):
    assert refused(text(relation=f"dihomotopy {{ slack = 0.1, {field} }}")) == ([], "")


@pytest.mark.parametrize("layer", ["batchnorm", "skip(linear(4) >> batchnorm)"])
def test_batches_of_one_example_have_no_variance(layer):
    layers = f"{layer} >> linear(3)"
    assert refused(text(layers)) == ([], "")
    places, message = refused(text(layers).replace("batch = 16", "batch = 1"))
    assert set(places) == {"batchnorm"}
    assert "one example" in message
    remainder = text(layers).replace("batch = 16", "batch = 16, last = keep")
    assert set(refused(remainder)[0]) == {"batchnorm"}  # 113 = 7 * 16 + 1
    assert refused(remainder.replace("last = keep", "last = drop")) == ([], "")


def test_modules_of_ones_own():
    written = text('extern("models.small:Network")')
    assert set(refused(written)[0]) == {'extern("models.small:Network")'}
    theory = check(parse(Source("t.cat", written))).theory
    assert list(unavailable(theory, allow_extern=True)) == []


def test_an_embedding_reads_words_and_not_what_layers_give():
    places, message = refused(text("linear(4) >> embedding(9, 2) >> flatten >> linear(3)"))
    assert set(places) == {"embedding(9, 2)"}
    assert "first layer" in message


def test_runs_in_files_are_read_and_neither_resumed_nor_made_twice():
    elsewhere = text().replace("like = a, optimiser = adam(lr = 0.01)", 'like = a, source = "b/*.safetensors"')
    assert refused(elsewhere) == ([], "")
    more = (
        "  run e : A@b -> A@e { like = a, resume = b }\n  run g : A@init -> A@e { like = a }\n  law l : b >> e == g\n}"
    )
    places, message = refused(elsewhere.replace("\n}\nrelation", f"\n{more}\nrelation"))
    assert places == ["e", "l"]
    assert "optimiser state" in message


def test_a_run_in_files_begins_at_init():
    later = text().replace(
        "A@init -> A@b { like = a, optimiser = adam(lr = 0.01)", 'A@a -> A@b { like = a, source = "b.safetensors"'
    )
    assert refused(later)[0] == ["b"]


def test_networks_that_fit_nowhere():
    places, message = refused(text("linear(99999999999) >> linear(3)"))
    assert places == ["a", "b"]
    assert "parameters" in message


@pytest.mark.parametrize(
    "relation",
    [
        "dihomotopy { slack = 0.1, obstruct = x }",
        "connected { level = 0.2, obstruct = x }",
        "homotopy { region = sublevel(0.5), close = segment, obstruct = [x, y] }",
    ],
)
def test_obstructions_are_declared_on_landscapes(relation):
    places, message = refused(text(relation=relation))
    assert places == ["k"]
    assert "declares an obstruction, about networks" in message


def test_a_layer_in_no_run_is_not_refused():
    assert refused(text() + "map g : R[4] -> R[4] = batchnorm\ncategory Q { object B = params(g) }\n") == ([], "")


@pytest.mark.parametrize("relation", ["connected { level = 0.2 }", HOMOTOPY])
def test_relations_of_all_kinds_are_decided_between_two_runs_and_not_for_classes_or_chains(relation):
    assert refused(text(relation=relation)) == ([], "")
    places, message = refused(text(relation=relation, claim="classes(a + b, by = r) <= 8"))
    assert places == ["k"]
    assert f"a `{relation.split()[0]}`" in message
    chain = text(relation=relation, claim="whole") + "cell back : b => a by r\ncell whole = c >> back\n"
    assert set(refused(chain)[0]) == {"k"}


@pytest.mark.parametrize("field", ["on = d.test", "effort = high", "modulo = permutations"])
def test_fields_of_other_relations_that_cannot_be_obeyed(field):
    places, message = refused(text(relation=HOMOTOPY.replace("}", f", {field} }}")))
    assert places == ["k"]
    assert field.split(" = ")[1] in message
    obeyed = "modulo" not in field
    assert (refused(text(relation=f"connected {{ level = 0.2, {field} }}")) == ([], "")) == obeyed


def test_paths_that_close_loops_of_networks_are_not_looked_for():
    assert refused(text(relation=HOMOTOPY.replace("segment", "path")))[0] == ["k"]


def test_a_relation_in_no_claim_is_not_refused():
    assert refused(text() + "relation q = connected { level = 0.2 }\n") == ([], "")


def test_verbs_refuse_what_check_accepts(tmp_path):
    path = tmp_path / "t.cat"
    path.write_text(text(relation=HOMOTOPY, claim="classes(a + b, by = r) <= 8"))
    assert verbs.check(path).theory is not None
    for verb in (verbs.compile, verbs.run, verbs.verify):
        with pytest.raises(verbs.SpecificationError, match="not-executable"):
            verb(path)
    assert list(tmp_path.iterdir()) == [path]
    assert "not-executable" in DESCRIPTIONS
