# First use sets up .venv from the locked requirements; everything after that works offline.

SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
INVOICES ?=
# Three workers, since many tests wait more than they work; a file's tests stay together, as they may share a server; files in the order
# that tests/conftest.py gives them, the long ones first. A test that hangs ends its worker, and the next one's too.
PYTEST_ARGS ?= -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 2
UV_VERSION := 0.13.9

# The first Python that is new enough and can make environments, else the first that is new enough. The system's own comes first: distributions
# build it with profile-guided optimisation, which takes 15 % off the CPU time of everything here (docs/adr/0012). PYTHON=… chooses another.
pythons = $(shell for name in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do \
	command -v $$name >/dev/null && $$name -c 'import sys$(1); sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name; done)
PYTHON ?= $(firstword $(call pythons,$(comma) ensurepip$(comma) venv) $(pythons))
comma := ,

.PHONY: help demo up test check soak bench bench-quick schema settings lock clean system

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: $(RUNTIME) ## Take invoices through a whole workflow (INVOICES=<folder> for your own)
	@INVOICES='$(INVOICES)' $(BIN)/python examples/demo.py

up: $(RUNTIME) ## Run all parts with the embedded database
	@$(BIN)/opus up

test: check ## Set up and run every check

check: $(DEV) ## Format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(PYTEST_ARGS)

soak: $(DEV) ## Run the large and long tests
	$(BIN)/pytest -m soak --timeout 3600

bench: $(DEV) ## Measure side by side with Restate and DBOS, into docs/benchmarks.md
	@$(BIN)/python -m benchmarks

bench-quick: $(DEV) ## Measure ours alone, once
	@$(BIN)/python -m benchmarks --quick

schema: $(DEV) ## Print the GraphQL schema into schema.graphql, and that of workflow files into docs/workflow.schema.json
	@$(BIN)/python -m graphql_api.print_schema > schema.graphql.new && mv schema.graphql.new schema.graphql
	@$(BIN)/python -m domain.workflows.file_schema > docs/workflow.schema.json.new && mv docs/workflow.schema.json.new docs/workflow.schema.json

settings: $(RUNTIME) ## Print the page of settings into docs/settings.md
	@$(BIN)/python -m runner.settings > docs/settings.md.new && mv docs/settings.md.new docs/settings.md

# Exact versions for every platform, without hashes: a mirror may hold other builds of the same version.
lock: | system ## Write requirements/*.lock anew from pyproject.toml
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' --output-file requirements/runtime.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' --extra dev --constraint requirements/runtime.lock \
		--output-file requirements/dev.lock pyproject.toml

clean: ## Remove .venv and what checks and builds leave; data in .opus stay
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

system:
	@if [ -z '$(PYTHON)' ]; then \
		echo 'Expected Python 3.11 or newer, but none was found: install it (Debian: apt-get install python3 python3-venv) or name one with PYTHON=<path>.' >&2; exit 1; fi
	@if [ ! -x $(BIN)/python ] && ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		echo 'Expected Python to have venv, but it has not: install it (Debian: apt-get install python3-venv).' >&2; exit 1; fi
	@if [ "$$(id -u)" = 0 ] && ! PATH="$$PATH:/usr/sbin:/sbin" command -v useradd >/dev/null; then \
		echo 'Expected useradd, since PostgreSQL does not run as root and needs an account of its own, but it is missing: install it (Debian: apt-get install passwd) or run as an ordinary user.' >&2; exit 1; fi

$(RUNTIME): requirements/runtime.lock pyproject.toml | system
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@echo 'Installing the locked requirements into $(VENV) (once) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/runtime.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(DEV): requirements/dev.lock $(RUNTIME)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.lock
	@touch $@
