"""Maps, landscapes and relations as `theory.json` has them."""

from catlearn.plan.describe import describe
from catlearn.plan.theory_document import TheoryDocument
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check

TEXT = """
map small : R[1, 8, 8] -> R[10] = conv2d(4, 3, padding = 1) >> batchnorm >> skip(g >> relu) >> flatten >> mlp(16, 10)
map g : R[4, 8, 8] -> R[4, 8, 8] = conv2d(4, 1) >> dropout(1 / 10)
map large : R[3, 32, 32] -> R[10] = resnet9(10)
map mine : R[64] -> R[10] = extern("models.small:Network")
category P { object A = params(small) object B = params(large) object C = params(mine) }
landscape camel(x, y) on [-2, 2] * [0, 1 / 2] = 2 * x^2 - 1.05 * x^4 + x^6 / 6 + x * y + y^2
relation far = homotopy { region = entry(0.5), close = path }
relation near = connected { level = 0.2, effort = high }
relation basin = dihomotopy { slack = 0.05, levels = 0.2..2 }
"""


def document():
    checked = check(parse(Source("t.cat", TEXT)))
    assert checked.theory is not None, checked.diagnostics
    described = describe(checked.theory)
    assert TheoryDocument.model_validate_json(described.to_json()) == described
    return described


def test_sugar_and_named_maps_are_spelt_out():
    maps = {found.name: found for found in document().maps}
    assert maps["small"].layers == (
        "conv2d(4, 3, padding = 1) >> batchnorm >> skip(conv2d(4, 1) >> dropout(0.1) >> relu) >> flatten"
        " >> linear(16) >> relu >> linear(10)"
    )
    assert (maps["small"].source, maps["small"].target) == ("R[1, 8, 8]", "R[10]")
    assert maps["large"].layers.count("conv2d") == 8
    assert maps["mine"].layers == 'extern("models.small:Network")'


def test_what_sugar_stands_for_can_be_written_and_means_the_same():
    large = next(found for found in document().maps if found.name == "large")
    header = f"map large : {large.source} -> {large.target}"
    written = f"{header} = {large.layers}\ncategory P {{ object B = params(large) }}\n"
    checked = check(parse(Source("t.cat", written)))
    assert checked.theory is not None, checked.diagnostics
    (again,) = describe(checked.theory).maps
    assert again == large


def test_blocks_have_paths_tensors_and_buffers():
    small = next(found for found in document().maps if found.name == "small")
    assert [block.path for block in small.blocks] == ["small.0", "small.1", "g.0", "small.4", "small.6"]
    assert small.blocks[0].tensors == (("weight", (4, 1, 3, 3)), ("bias", (4,)))
    assert small.blocks[1].buffers == (("running_mean", (4,)), ("running_var", (4,)))
    large = next(found for found in document().maps if found.name == "large")
    assert "large.7.0" in {block.path for block in large.blocks}


def test_landscapes_and_relations():
    found = document()
    (camel,) = found.landscapes
    assert camel.box == ("[-2, 2]", "[0, 0.5]")
    assert camel.expression == "2 * x^2 - 1.05 * x^4 + x^6 / 6 + x * y + y^2"
    relations = {relation.name: (relation.kind, dict(relation.fields)) for relation in found.relations}
    assert relations["far"] == (
        "homotopy",
        {"region": "entry(0.5)", "ends": "closed", "close": "path", "modulo": "none", "effort": "normal"},
    )
    assert relations["near"][1] == {"slack": "0", "level": "0.2", "modulo": "none", "effort": "high"}
    assert relations["basin"][1] == {"slack": "0.05", "levels": "0.2..2", "modulo": "none", "effort": "normal"}
