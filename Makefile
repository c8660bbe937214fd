# make lab    open the course            make notebook N=03    execute one notebook in place and check it
# make test   prove that everything works

PYTHON ?= python3
ARGS   ?=
COLAB_PYTHON ?= python3.13
N      ?=

CHAPTER = $(wildcard notebooks/$(N)_*.ipynb notebooks/solutions/$(N)_*.ipynb)

VENV  := .venv
WANTED := requirements.txt
BIN   := $(VENV)/bin
COLAB := .venv-colab
READY := $(VENV)/ready
ROOT  := $(if $(filter 0,$(shell id -u)),--allow-root)

.DEFAULT_GOAL := help
.PHONY: help lab test audit test-hard test-colab test-oldest mutants install notebook grade bench memory results publish unpublish clean

help:
	@echo "make lab         open the course in JupyterLab       (ARGS=--no-browser, and what else JupyterLab takes)"
	@echo "make test        unit tests and every notebook       (ARGS=tests/test_shapes.py, and what else pytest takes)"
	@echo "make notebook    execute and check one notebook and its solutions (N=03)"
	@echo "make bench       measure against d2l and PyTorch, a few minutes"
	@echo "make results     train LeNet many times for notebook 11, about half an hour"
	@echo "make test-hard   every notebook offline, each cell twice, without write access, abroad: half an hour  (ARGS='-k nobody')"
	@echo "make mutants     put 138 faults into the helpers, one at a time: the tests must see them  (ARGS=shapes)"
	@echo "make test-colab  every notebook alone, with Colab's versions  (COLAB_PYTHON=python3.12 chooses another Python)"
	@echo "make test-oldest everything with the oldest releases that requirements.txt allows  (PYTHON=python3.11 or 3.12)"
	@echo "make grade       list what is solved in a folder of students' notebooks  (IN=folder)"
	@echo "make memory      measure each notebook's memory for the README, five minutes"
	@echo "make publish     write address, badges, bootstrap cells (REPO=owner/name TAG=v1.0; make unpublish takes them out)"
	@echo "make audit       compare what is installed with the published security advisories"
	@echo "make install     only build .venv                    (PYTHON=python3.12 chooses another Python)"
	@echo "make clean       remove .venv and caches"

lab: $(READY)
	$(BIN)/jupyter lab $(ROOT) $(ARGS) notebooks/00_start_here.ipynb

# One worker per core, with one thread each. In `make test` a file's tests, a notebook's cells, stay with one worker.
test test-hard: export OMP_NUM_THREADS := 1
WORKERS := --numprocesses=auto --maxprocesses=4

test: $(READY)
	$(BIN)/python -m pytest $(WORKERS) --dist=loadscope $(ARGS)

test-hard: $(READY)
	$(BIN)/python -m pytest $(WORKERS) -m "" -v -rs $(ARGS) tests/test_hard.py

# --strict: a package that the advisory service does not know of is a failure, not a pass.
audit: $(READY)
	$(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/python -m pip freeze --exclude-editable >build/installed.txt
	build/audit/bin/pip-audit --strict --no-deps --disable-pip -r build/installed.txt

mutants: $(READY)
	$(BIN)/python tests/run_mutants.py $(ARGS)

test-colab: $(COLAB)/ready
	$(COLAB)/bin/python tools/as_on_colab.py $(ARGS)

# Error messages and printed forms change from release to release, so here the cells' asserts decide, not their outputs.
test-oldest:
	mkdir -p build
	sed 's/>=\([0-9.]*\).*/==\1/' requirements.txt >build/oldest.txt
	$(MAKE) test VENV=.venv-oldest WANTED=build/oldest.txt ARGS="--nbval-lax $(ARGS)"

grade: $(READY)
	@$(BIN)/python tools/grade.py $(if $(IN),"$(IN)")

publish:
	@$(PYTHON) tools/publish.py "$(REPO)" "$(TAG)"

unpublish:
	@$(PYTHON) tools/publish.py --undo

install: $(READY)

notebook: $(READY)
	@test -n "$(CHAPTER)" || { echo "Say which one: make notebook N=03"; exit 2; }
	D2L_HELPERS_STATIC=1 $(BIN)/jupyter nbconvert --to notebook --execute --inplace \
	  --ExecutePreprocessor.record_timing=False --ExecutePreprocessor.store_widget_state=False $(CHAPTER)
	$(BIN)/python -m pytest tests/test_notebooks.py $(CHAPTER) $(ARGS)

bench: $(READY)
	$(BIN)/python -W ignore benchmarks/compare.py $(ARGS)
	$(if $(ARGS),,$(BIN)/python -W ignore benchmarks/growth.py)

memory: $(READY)
	$(BIN)/python docs/memory.py

results: $(READY)
	$(BIN)/python -W ignore benchmarks/lenet_runs.py

clean:
	rm -rf $(VENV) $(COLAB) .venv-oldest .pytest_cache .ruff_cache .hypothesis build *.egg-info

# Each step that can fail on somebody's machine says in one sentence what to do.
$(READY): $(WANTED) requirements-d2l.txt pyproject.toml Makefile
	@command -v $(PYTHON) >/dev/null || \
	  { echo "$(PYTHON) was not found: install Python 3.11 or later, or name yours: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$$($(PYTHON) --version) is too old: the course needs 3.11 or later; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) has no venv module: install it (Debian, Ubuntu: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@{ $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(WANTED) \
	   && $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-d2l.txt \
	   && $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable . ; } || \
	  { echo "The packages could not be installed: see pip's message above; most often the network is missing or slow"; exit 1; }
	@touch $@

$(COLAB)/ready: requirements-colab.txt
	@$(COLAB_PYTHON) --version >/dev/null || \
	  { echo "$(COLAB_PYTHON) was not found: install it, or name one like it: make test-colab COLAB_PYTHON=python3.12"; exit 1; }
	$(COLAB_PYTHON) -m venv --clear $(COLAB)
	$(COLAB)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-colab.txt
	@touch $@
