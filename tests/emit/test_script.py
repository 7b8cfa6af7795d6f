"""What a script is as a text: standalone, in order, and safe from the names and paths of its specification."""

import ast

import pytest

from catlearn import verbs
from catlearn.emit.refusal import NotEmitted
from catlearn.emit.script import script
from catlearn.plan.ir import TrainJob
from tests.cli.command import ROOT, inside
from tests.emit.scripts import assert_formatted
from tests.runs.factory import QUICKSTART, activation, job, plan

QUICKSTART_TEXT = (ROOT / "examples" / "quickstart.cat").read_text(encoding="utf-8")

NAMES = """
dataset torch { source = sklearn.digits, reshape = [8, 8] }
map class : R[8, 8] -> R[10] = layernorm >> attention(2) >> flatten >> dropout(0.1) >> linear(10)
optimiser generator(lambda, theta_next) {
  state return = theta
  state g_next = 0
  return' = return + lambda * (theta - theta_next * (return - theta))
  g_next' = max(g, g_next)
  theta'  = theta - lambda * (g + g_next') / (1 + sqrt(abs(return'))) - lambda / 4 * (0.125 + theta_next) * (g / 3)
}
category P {
  object A = params(class)
  run train : A@init -> A@train { net = class, data = torch, loss = cross_entropy, batch = 64, epochs = 1, seeds = 4..4,
                                  optimiser = generator(lambda = 0.01, theta_next = 0.001) }
  run seed  : A@train -> A@seed { like = train, resume = train }
  run None  : A@seed -> A@None  { like = train, batch = 32 }
}
"""

SPECIFICATIONS = {"quickstart": QUICKSTART_TEXT, "names": NAMES}


def emitted(directory, text, only=None):
    path = directory / "spec.cat"
    path.write_text(text, encoding="utf-8")
    return verbs.emit(path, only=only)


def imported(text):
    """The top-level modules that a program names."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_a_script_stands_by_itself_and_is_formatted(tmp_path, name):
    text = emitted(tmp_path, SPECIFICATIONS[name])
    known = {
        "argparse",
        "hashlib",
        "json",
        "math",
        "dataclasses",
        "pathlib",
        "numpy",
        "sklearn",
        "safetensors",
        "torch",
    }
    assert set(imported(text)) <= known
    assert_formatted(text, tmp_path)


def test_a_script_says_where_it_comes_from(tmp_path):
    text = emitted(tmp_path, QUICKSTART_TEXT, "tune")
    trained = {job.name: job.digest for job in verbs.compile(tmp_path / "spec.cat").train if not job.replica}
    said = ast.get_docstring(ast.parse(text))
    assert said.startswith("tune: ")
    assert str(tmp_path / "spec.cat") in said
    assert all(f"{name}: {trained[name]}" in said for name in ("gd", "tune"))
    assert trained["half"] not in said


def test_a_script_trains_what_its_run_starts_from_and_no_more(tmp_path):
    def functions(only):
        tree = ast.parse(emitted(tmp_path, QUICKSTART_TEXT, only))
        return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and "train_" in node.name]

    assert functions("rest") == ["train_half", "train_rest"]
    assert functions("tune") == ["train_gd", "train_tune"]
    assert sorted(functions(None)) == ["train_ball", "train_gd", "train_half", "train_rest", "train_tune"]


@pytest.mark.parametrize("path", ['"""\nimport antigravity\n""".cat', "\\N{DIGIT ONE}.cat", "\\", "é\u2028", '"'])
def test_the_path_of_a_specification_is_only_text(path):
    made = job(name=f"gd{path}")
    text = script(plan(made).model_copy(update={"specification": path}), {made.digest})
    tree = ast.parse(text)
    assert text.isascii()
    assert "antigravity" not in set(imported(text))
    assert f"from {path}, for torch" in ast.get_docstring(tree, clean=False)


def test_seeds_are_those_of_the_run(tmp_path):
    assert "SEEDS = range(0, 16)" in emitted(tmp_path, QUICKSTART_TEXT, "ball")
    text = emitted(tmp_path, QUICKSTART_TEXT.replace("epochs = 5 }", "epochs = 5, seeds = 3..3 }"))
    assert "if seed in (3,):" in text
    assert "SEEDS = range(0, 16)" in text


def refused(made):
    """Why a job has no script."""
    with pytest.raises(NotEmitted) as refusal:
        script(plan(made), {made.digest})
    return str(refusal.value)


def test_what_has_no_standalone_form_is_refused():
    strange = activation("relu", 32).model_copy(update={"operation": "fourier"})
    assert "`fourier` has no standalone form" in refused(job(layers=(QUICKSTART[0], strange, QUICKSTART[2])))
    assert "the loss `mae` has no standalone form" in refused(job().model_copy(update={"loss": "mae"}))


class LaterJob(TrainJob):
    """A job of a later version, with a field that changes what is trained."""

    noise: float = 0.0


def test_what_plans_may_say_later_is_refused_and_not_left_out():
    fields = {name: getattr(job(), name) for name in TrainJob.model_fields}
    silent, noisy = LaterJob(**fields), LaterJob(**fields, noise=0.5)
    assert script(plan(silent), {silent.digest}) == script(plan(job()), {silent.digest})
    assert "the run `gd` has `noise = 0.5`, which has no standalone form" in refused(noisy)


# The command.


def test_the_command_prints_a_script_or_writes_it(tmp_path):
    spec, file = tmp_path / "spec.cat", tmp_path / "train.py"
    spec.write_text(QUICKSTART_TEXT, encoding="utf-8")
    printed = inside("compile", spec, "--emit", "python", "--only", "gd")
    assert (printed.status, printed.out.rstrip("\n")) == (0, verbs.emit(spec, only="gd").rstrip("\n"))
    written = inside("compile", spec, "--emit", "python", "-o", file)
    assert (written.status, written.out) == (0, f"{file}\n")
    assert file.read_text(encoding="utf-8") == verbs.emit(spec)
    document = inside("compile", spec, "--emit", "python", "--json").document
    assert document == {"schema": 1, "file": None, "script": verbs.emit(spec)}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spec.cat", "train.py"]


def test_a_run_that_is_not_there_is_a_mistake_of_the_user(tmp_path):
    spec = tmp_path / "spec.cat"
    spec.write_text(QUICKSTART_TEXT, encoding="utf-8")
    unknown = inside("compile", spec, "--emit", "python", "--only", "tun")
    assert (unknown.status, unknown.out) == (2, "")
    assert "no run is named `tun`; did you mean `tune`?" in unknown.err
    alone = inside("compile", spec, "--only", "tune")
    assert alone.status == 2
    assert "--emit python" in alone.err
