# `make demo` verifies the example, `make test` runs everything that must hold before a commit, `make bench`
# measures what docs/benchmarks.md shows. Each sets up what it needs in .venv; a second call finds it there. Another interpreter: `make demo PYTHON=python3.12`.

PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test nightly bench clean

demo: $(VENV)/installed
	$(VENV)/bin/python -m catlearn verify examples/quickstart.cat

test: $(VENV)/installed-dev
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check --quiet
	$(VENV)/bin/mypy
	OMP_NUM_THREADS=1 $(VENV)/bin/pytest -q -n 2 --dist loadfile

nightly: $(VENV)/installed-dev
	OMP_NUM_THREADS=1 $(VENV)/bin/pytest -q -n 2 --dist loadfile -m "" --hypothesis-profile nightly

bench: $(VENV)/installed-dev
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m benchmarks --json benchmarks.json

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf examples/*.catlearn
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the pinned dependencies into $(VENV): the first time this takes some minutes."
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the pinned dependencies and the tools for tests into $(VENV): the first time this takes some minutes."
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $(VENV)/installed $@

$(VENV)/bin/python:
	@$(PYTHON) -c '' 2>/dev/null || { echo "catlearn needs Python 3.11 or newer: $(PYTHON) does not start; name another with \`make demo PYTHON=python3.12\`" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "catlearn needs Python 3.11 or newer: $(PYTHON) is `$(PYTHON) -c 'import platform; print(platform.python_version())'`; name another with \`make demo PYTHON=python3.12\`" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) -m venv failed: install the venv module of your Python (on Debian and Ubuntu: python3-venv)" >&2; exit 1; }
