# The environment lies in .venv; every target that needs it makes it where it is missing.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test integration lint bench peers docs clean

setup: .venv/.made

.venv/.made: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "seesay needs Python 3.11 to 3.13; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	@echo "Installing torch, then the rest, some 3.5 GB in .venv: this takes minutes, in silence."
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	@echo "torch is there. Installing seesay, its models and its tools: minutes again, in silence."
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[embedded,local,demo,serve,dev]'
	touch $@

demo: setup
	$(BIN)/seesay demo demo

# The tests' models are tiny: a second thread gains nothing, and waits wherever the machine is busy.
test: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered

# A real model server, built once into a cache folder outside of here; then the tests that ask it.
JOBS ?= 2

integration: setup
	PYTHONPATH=tests $(BIN)/python -m integration.build_server --jobs $(JOBS)
	$(BIN)/python -m pytest tests/integration

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: setup
	@failed=0; for script in benchmarks/*.py; do $(BIN)/python $$script || failed=1; done; exit $$failed

# Other people's libraries, for benchmarks and round trips; each in an environment of its own.
peers: .venvs/recbole/.made .venvs/rectools/.made .venvs/decode/.made .venvs/datasets/.made

.venvs/datasets/.made: benchmarks/peers/requirements-datasets.txt
	$(PYTHON) -m venv .venvs/datasets
	.venvs/datasets/bin/pip install --quiet -r $<
	touch $@

.venvs/%/.made: benchmarks/peers/requirements-%.txt constraints.txt
	$(PYTHON) -m venv .venvs/$*
	.venvs/$*/bin/pip install --quiet -c constraints.txt torch
	.venvs/$*/bin/pip install --quiet -r $<
	touch $@

clean:
	rm -rf .venv .venvs demo
