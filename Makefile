# What a newcomer types. `make help` lists the targets; `make setup` runs by itself where it is needed.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UNFINISHED := $(VENV)/.unfinished
SAMPLES := .demo/invoices
STACK_TESTS := $(addprefix tests/,acceptance/test_stack.py acceptance/test_four_profiles.py \
  acceptance/test_move_to_production.py acceptance/test_two_machines.py conformance faults/test_intake.py)
# In the order of the folders, whole processes first: sorted by their number of tests, the longest files came last.
ALL_TESTS := -n 2 --dist loadfile --no-loadscope-reorder --durations=20 --durations-min=10
PIP := $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check

.PHONY: help setup demo test stack-test check evaluate prove zoo lock clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

setup: $(READY) ## install the locked versions into .venv (a minute or two, once)

# The lock names every package, so pip resolves nothing (--no-deps): what is released tomorrow changes nothing.
# The mark of an unfinished setup outlives an interruption, and the next setup then starts from nothing.
$(READY): constraints.txt pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Holdfast needs Python 3.11 or newer; found: $$(python3 --version 2>&1 || echo none)." >&2; \
	  echo "Install one, or name it: make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3.12" >&2; exit 2; fi
	@echo "Setting up $(VENV) from constraints.txt (a minute or two, once) ..."
	@if [ -e $(UNFINISHED) ]; then rm -rf $(VENV); fi
	@mkdir -p $(VENV) && touch $(UNFINISHED)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --no-deps --require-hashes -r constraints.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@rm -f $(UNFINISHED) && touch $(READY)

demo: setup ## run the main job on the project's own sample documents
	@$(BIN)/python -m deployments.samples.demo $(SAMPLES)

test: setup ## all tests, and those of the core once more on PostgreSQL and S3
	@$(BIN)/python -m pytest $(ALL_TESTS)
	@$(BIN)/python -m pytest $(ALL_TESTS) --on servers tests/unit tests/faults tests/machine

stack-test: setup ## the production profile on real servers from wheels: no Docker, no apt, no root
	@$(BIN)/python -m pytest $(STACK_TESTS)

check: setup ## the fast loop, under a minute: style, import contracts, types, quick tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/basedpyright
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile $(wildcard tests/unit tests/spec tests/architecture)

evaluate: setup ## measure the offline reader on labelled documents (HOLDFAST_DATA names the folder)
	@$(BIN)/python -m tests.evaluation.measure
	@$(BIN)/python -m tests.evaluation.analyses
	@$(BIN)/python -m tests.evaluation.mortgage

prove: setup ## all sweeps of faults at their full counts, and the table of what came of them (one to two hours)
	@$(BIN)/python -m tests.worlds.scoreboard

zoo: setup ## plant known bugs in copies of the project: each must turn the tests red
	@$(BIN)/python -m tests.zoo

lock: setup ## remake constraints.txt from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --quiet --all-extras --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' -o constraints.txt

clean: ## remove what setup, demo and the checks left in this folder (your ~/.holdfast stays)
	@rm -rf $(VENV) .demo build dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
