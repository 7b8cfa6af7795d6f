"""The shape of the code: which way imports point, what a fast check may load, what must never be called."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "catlearn"


# The import contract of pyproject.toml.


def broken_imports(root: Path) -> str | None:
    """What import-linter says of the tree at `root`, or None where every contract is kept."""
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", lint, "--no-cache", "--no-logo"]
    found = subprocess.run(command, cwd=root, capture_output=True, text=True)
    return None if found.returncode == 0 else found.stdout + found.stderr


def test_imports_point_one_way() -> None:
    assert broken_imports(ROOT) is None


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("catlearn.source", "catlearn.plan.ir", "Imports point one way"),
        ("catlearn.category.cell", "catlearn.syntax.tree", "Imports point one way"),
        ("catlearn.category.cell", "catlearn.source", "The mathematics knows no files and no spans"),
        ("catlearn.verdict.recheck", "catlearn.runs.train", "Evidence and verdicts, recheck among them"),
        ("catlearn.theory.names", "pydantic", "Documents begin with the plan"),
        ("catlearn.theory.names", "lark", "Only syntax parses"),
        ("catlearn.verdict.statistics", "torch", "Only network, runs and evidence hold tensors"),
        ("catlearn.network.data", "gudhi", "Only evidence computes persistence"),
        ("catlearn.evidence.cloud", "sympy", "Only evidence.symbolic and what it is made of compute symbolically"),
    ],
)
def test_saboteur_an_import_the_wrong_way_is_named(tmp_path: Path, module: str, imported: str, contract: str) -> None:
    shutil.copytree(PACKAGE, tmp_path / "catlearn", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    victim = tmp_path.joinpath(*module.split(".")).with_suffix(".py")
    victim.write_text(f"{victim.read_text()}\nimport {imported}\n")
    found = broken_imports(tmp_path)
    assert found is not None
    assert contract in found
    assert f"{module} -> {imported}" in found


# What `catlearn check` loads.

HEAVY = {"torch", "gudhi", "sympy", "scipy", "pydantic", "networkx", "numpy", "sklearn"}


def loaded_by(program: str) -> set[str]:
    """The top-level modules that a program leaves behind; its output is ignored."""
    ending = "import atexit, sys; atexit.register(lambda: print('LOADED', *sys.modules, file=sys.stderr))"
    found = subprocess.run([sys.executable, "-c", f"{ending}\n{program}"], cwd=ROOT, capture_output=True, text=True)
    names = found.stderr.rpartition("LOADED")[2].split()
    assert found.returncode == 0, found.stdout + found.stderr
    return {name.partition(".")[0] for name in names}


def test_check_loads_nothing_heavy() -> None:
    check = "sys.argv = ['catlearn', 'check', 'examples/quickstart.cat']; from catlearn.cli import main; main()"
    assert not loaded_by(check) & HEAVY


def test_saboteur_verifying_loads_what_checking_must_not() -> None:
    assert loaded_by("import catlearn.plan.ir") & HEAVY == {"pydantic"}


# Words that must not occur: spec text and stored files are never executed.

FORBIDDEN = re.compile(r"\bpickle\b|\beval\(|\bexec\(|\bsympify\b|\bparse_expr\b|\btorch\.load\(")


PERMITTED = {
    "runs/convert.py": {
        "from pickle import UnpicklingError",
        'found: object = torch.load(source, map_location="cpu", weights_only=True)',
    }
}
"""The one module that opens files of torch, of tensors alone, and its very lines."""


def forbidden_lines(folder: Path) -> list[str]:
    """Each line under a folder that names a way of executing data; methods such as `module.eval()` are not."""
    return [
        f"{path.relative_to(folder)}:{number}: {line.strip()}"
        for path in sorted(folder.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if FORBIDDEN.search(line.replace(".eval()", ""))
        and line.strip() not in PERMITTED.get(path.relative_to(folder).as_posix(), ())
    ]


def test_nothing_read_is_executed() -> None:
    assert forbidden_lines(PACKAGE) == []


def test_saboteur_execution_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "unsafe.py").write_text("model.eval()\nvalue = eval(text)\nweights = torch.load(path)\n")
    assert forbidden_lines(tmp_path) == ["unsafe.py:2: value = eval(text)", "unsafe.py:3: weights = torch.load(path)"]


def test_saboteur_the_converter_may_not_open_more_than_tensors(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    text = (PACKAGE / "runs/convert.py").read_text(encoding="utf-8")
    (tmp_path / "runs/convert.py").write_text(text.replace("weights_only=True)", "weights_only=False)"))
    assert len(forbidden_lines(tmp_path)) == 1


# Every symbol that ARCHITECTURE.md names exists.


def names_in(text: str) -> Iterator[str]:
    """The dotted names of this package in backticks: `catlearn.plan.lower.lower`, `catlearn.check(path)`."""
    yield from (found.rstrip(".") for found in re.findall(r"`(catlearn(?:\.\w+)+)", text))


def exists(dotted: str) -> bool:
    """Whether a dotted name is a module, or an attribute of one."""
    try:
        resolve_name(dotted)
    except (ImportError, AttributeError):
        return False
    return True


def test_architecture_names_what_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    names = sorted(set(names_in(text)))
    assert names
    assert [name for name in names if not exists(name)] == []
    assert len(text.splitlines()) < 200


def test_saboteur_a_stale_name_is_noticed() -> None:
    assert list(names_in("see `catlearn.plan.lower.lower`, `catlearn.check(path)` and torch")) == [
        "catlearn.plan.lower.lower",
        "catlearn.check",
    ]
    assert exists("catlearn.plan.lower.lower")
    assert exists("catlearn.plan.ir.Plan.model_fields")
    assert not exists("catlearn.plan.lower.raise_up")
    assert not exists("catlearn.planning")
