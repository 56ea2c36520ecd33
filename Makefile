# Needs Python 3.11 or newer and make. Everything is installed into .venv, at the versions and hashes in the lock files;
# once it is there, nothing is fetched again until a lock file changes.

VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" $(NEW_ENOUGH) && { echo "$$p"; break; }; done)
UV_VERSION := 0.13.9

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
EDITABLE := $(PIP) install --no-deps --no-build-isolation --editable .
# Besides what pyproject.toml asks for: what builds the project; pocketsphinx 5.1.1 has no wheels for Python 3.12.
LOCKED_TOO := hatchling editables "pocketsphinx<5.1; python_version == '3.12'" \
	"pocketsphinx>=5.1.1; python_version != '3.12'"
COMPILE := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"

.PHONY: help setup demo test lint bench lock clean distclean

help:
	@echo "make setup   install Trucewatch into $(VENV)"
	@echo "make demo    read the example transcripts; pages and JSON go to $(DEMO)"
	@echo "make test    check style and types, run the tests"
	@echo "make lint    check style and types only"
	@echo "make bench   measure scores, speed and memory; writes docs/results.md (BENCH_ARGS: see the script)"
	@echo "make lock    bring the lock files up to date with pyproject.toml (needs the network)"
	@echo "make clean   remove what was built; make distclean removes $(VENV) too"

setup: $(VENV)/.run
	@$(BIN)/trucewatch theatre build || echo "The index of theatres is not there ahead; reading works without."

demo: $(VENV)/.run
	@$(BIN)/trucewatch read examples --out $(DEMO) --json --html --quiet --outlet "An invented broadcast"
	@$(BIN)/python tools/show_demo.py $(DEMO)

test: lint
	$(BIN)/pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/results.py $(BENCH_ARGS)

# The stamps: newer than the lock file they were installed from. The dev lock holds all of the plain one.
$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
$(VENV)/.bench: requirements-bench.lock pyproject.toml | $(BIN)/python
$(VENV)/.run $(VENV)/.dev $(VENV)/.bench:
	@echo "Installing from $< (once) ..."
	@$(PIP) install --no-deps --require-hashes -r $<
	@$(EDITABLE)
	@touch $@

$(BIN)/python:
	@"$(PYTHON)" $(NEW_ENOUGH) \
		|| { echo "Trucewatch needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }

lock:
	"$(PYTHON)" -m venv build/lock && build/lock/bin/python -m pip --disable-pip-version-check --quiet install uv==$(UV_VERSION)
	printf '%s\n' $(LOCKED_TOO) > build/lock/build.in
	build/lock/bin/$(COMPILE) build/lock/build.in --output-file requirements.lock
	build/lock/bin/$(COMPILE) build/lock/build.in --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	build/lock/bin/$(COMPILE) build/lock/build.in --extra dev --extra bench --constraint requirements-dev.lock --output-file requirements-bench.lock

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests tools training benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
