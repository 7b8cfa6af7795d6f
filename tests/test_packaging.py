"""What is shipped: a wheel and an editable installation each carry the grammar and the standard library.

Both are built offline from a copy of the tree, and run with the repository out of reach."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHIPPED = ("catlearn", "grammar", "pyproject.toml", "README.md", "LICENSE")


def run(arguments: Sequence[str | Path], folder: Path, *first: Path) -> subprocess.CompletedProcess[str]:
    """A Python process in a folder that finds modules in the folders `first`, then among the installed packages.

    Without `-S` an editable installation of this repository would be found as well."""
    packages = [Path(entry) for entry in sys.path if entry.endswith("-packages")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (*first, *packages)))}
    command = [sys.executable, "-S", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def built(tree: Path, hook: str) -> Path:
    """The archive that a hook of the build backend (PEP 517, PEP 660) makes of a tree."""
    program = f"from setuptools import build_meta; print('BUILT', build_meta.{hook}('dist'))"
    found = run(["-c", program], tree)
    assert found.returncode == 0, found.stderr
    return tree / "dist" / found.stdout.rpartition("BUILT ")[2].strip()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the distribution is made from."""
    folder = tmp_path_factory.mktemp("tree")
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(tree: Path) -> Path:
    return built(tree, "build_wheel")


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """The example, far from the repository."""
    return Path(shutil.copy(ROOT / "examples" / "quickstart.cat", tmp_path))


def installed(wheel: Path, site: Path) -> Path:
    options = ("--quiet", "--no-index", "--no-deps", "--target")
    found = run(("-m", "pip", "install", *options, site, wheel), site.parent)
    assert found.returncode == 0, found.stderr
    return site


def test_the_wheel_holds_every_file_of_the_package(wheel: Path, tree: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = {path.relative_to(tree).as_posix() for path in (tree / "catlearn").rglob("*") if path.is_file()}
    grammar = {f"catlearn/grammar/{path.name}" for path in (tree / "grammar").iterdir()}
    assert held == package | grammar
    assert "catlearn/theory/std/optimisers.cat" in held
    assert "catlearn/grammar/cat.lark" in held


def test_an_installed_wheel_checks_a_specification(wheel: Path, spec: Path, tmp_path: Path) -> None:
    site = installed(wheel, tmp_path / "site")
    found = run([site / "bin" / "catlearn", "check", spec], tmp_path, site)
    assert (found.returncode, found.stderr) == (0, "")
    imported = run(["-c", "import catlearn; print(catlearn.__file__)"], tmp_path, site)
    assert Path(imported.stdout.strip()).is_relative_to(site)


@pytest.mark.parametrize("missing", ["catlearn/grammar", "catlearn/theory/std"])
def test_saboteur_an_installation_without_its_data_cannot_check(
    wheel: Path, spec: Path, tmp_path: Path, missing: str
) -> None:
    site = installed(wheel, tmp_path / "site")
    shutil.rmtree(site / missing)
    found = run(["-m", "catlearn", "check", spec], tmp_path, site)
    assert found.returncode == 70


def test_an_editable_installation_checks_a_specification(tree: Path, spec: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(built(tree, "build_editable")) as archive:
        archive.extractall(site)
    program = f"import site, sys; site.addsitedir({str(site)!r}); sys.argv = ['catlearn', 'check', {str(spec)!r}]"
    program += "; import catlearn; print(catlearn.__file__); from catlearn.cli import main; main()"
    found = run(["-c", program], tmp_path, site)
    assert (found.returncode, found.stderr) == (0, "")
    assert Path(found.stdout.splitlines()[0]).is_relative_to(tree)
