# make lab    open the course in JupyterLab        (ARGS=--no-browser, and whatever else JupyterLab takes)
# make test   unit tests and every notebook        (ARGS=tests/test_window.py, and whatever else pytest takes)
# make site   the web edition, in site/_build/html   (ARGS=--verbose, and whatever else sphinx-build takes)
# make dev    list what contributors run: one notebook, slow tests, benchmarks, publishing
# make clean  remove .venv and caches              (PYTHON=python3.12 chooses the Python of a new .venv)

PYTHON ?= python3
ARGS   ?=

BIN  := .venv/bin
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.DEFAULT_GOAL := help
.PHONY: help lab test site dev clean

help:
	@sed -n 's/^# make/make/p' Makefile

lab: .venv/ready
	$(BIN)/jupyter lab $(ROOT) $(ARGS) notebooks/00_start_here.ipynb

# One worker per core, with one thread each. A file's tests and a notebook's cells stay with one worker.
test: export OMP_NUM_THREADS := 1
test: .venv/ready
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadscope $(ARGS)

# A warning, such as a link that leads nowhere, is an error.
SPHINX := $(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --fresh-env --conf-dir site
site: .venv/ready
	$(SPHINX) --doctree-dir site/_build/en $(ARGS) . site/_build/html
	$(SPHINX) --doctree-dir site/_build/zh --tag zh $(ARGS) . site/_build/html/zh

dev: .venv/ready
	@$(BIN)/nox --list

clean:
	rm -rf .venv .nox .pytest_cache .ruff_cache .hypothesis .import_linter_cache build site/_build *.egg-info

# Each step that can fail on somebody's machine says in one sentence what to do.
.venv/ready: requirements.txt requirements-d2l.txt pyproject.toml Makefile
	@command -v $(PYTHON) >/dev/null || \
	  { echo "$(PYTHON) was not found: install Python 3.11 or later, or name yours: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$$($(PYTHON) --version) is too old: the course needs 3.11 or later; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) has no venv module: install it (Debian, Ubuntu: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	@{ $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt \
	   && $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-d2l.txt \
	   && $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable . ; } || \
	  { echo "The packages could not be installed: see pip's message above; most often the network is missing or slow"; exit 1; }
	@touch $@
