"""Specifications trained by catlearn and by the scripts written for them, and how far apart the weights are."""

import runpy
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
from safetensors.numpy import load_file

from catlearn import verbs
from catlearn.plan.ir import Plan
from catlearn.store.store import Store

Tensors = Mapping[str, np.ndarray]

CLOSE = 1e-5
"""The greatest relative distance of a script's weights from a run's."""


@dataclass(frozen=True)
class Trained:
    """A specification with its runs in a store."""

    specification: Path
    store: Store

    def tensors(self, name: str, seed: int) -> Tensors:
        """The trajectory and the final states of a run."""
        plan = Plan.model_validate_json(self.store.read_text("plan.json"))
        job = next(job for job in plan.train if job.name == name and job.replica == 0)
        return self.store.trajectory(job.digest, seed)


def trained(directory: Path, text: str) -> Trained:
    """Write a specification and train all its runs."""
    specification = directory / "spec.cat"
    specification.write_text(text, encoding="utf-8")
    verbs.run(specification)
    return Trained(specification, Store(verbs.default_store(specification)))


def executed(text: str, directory: Path, seeds: tuple[int, ...]) -> Path:
    """Run a script in this process, which has imported torch already; the directory of what it saved."""
    program = directory / "script.py"
    program.write_text(text, encoding="utf-8")
    with patch.object(sys, "argv", [str(program), "--out", str(directory), "--seeds", *map(str, seeds)]):
        runpy.run_path(str(program), run_name="__main__")
    return directory


def saved(directory: Path, name: str, seed: int) -> Tensors:
    """What a script saved of one seed of a run."""
    return load_file(directory / f"{name}-seed-{seed}.safetensors")


def distance(left: Tensors, right: Tensors) -> float:
    """The greatest distance of two tensors of one name, relative to the norm of the left one. A state of the update
    rule counts as a whole: of a bias whose gradient cancels, as before a normalisation, it is rounding and no more."""
    assert left.keys() == right.keys()
    assert all(left[name].shape == right[name].shape for name in left)
    together: dict[str, list[str]] = {}
    for name in left:
        together.setdefault(name.rpartition(":")[0] or name, []).append(name)
    return max(_relative(_joined(left, names), _joined(right, names)) for names in together.values())


def _joined(tensors: Tensors, names: list[str]) -> np.ndarray:
    return np.concatenate([tensors[name].ravel().astype(np.float64) for name in names])


def _relative(left: np.ndarray, right: np.ndarray) -> float:
    norm, apart = np.linalg.norm(left), np.linalg.norm(left - right)
    return float(apart / norm) if norm else float(apart)


def assert_formatted(text, directory):
    """That a formatter would leave a program as it is, and a linter has nothing to say."""
    (directory / "script.py").write_text(text, encoding="utf-8")
    for command in (("format", "--check"), ("check", "--select", "E,F,I,B,UP,C4,SIM,PERF", "--ignore", "E501")):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "--line-length", "120", "script.py"]
        done = subprocess.run(ruff, cwd=directory, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
