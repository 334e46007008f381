# Everything from a bare clone with nothing but Python 3.11+ (with venv): `make run`.
# Each step leaves a stamp in .venv/stamps, so what is fresh is not looked at again.

PYTHON ?= python3
# One more than the two cores that a machine has at least: many tests wait for something.
WORKERS ?= 3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
# Compiled now, so that the first start doesn't, nor every one where Python may write nothing beside its sources.
INSTALL := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(LOCK_FLAGS)
SOURCES := $(shell find app src -name '*.py')
FRONTEND_SOURCES := $(shell find frontend -name node_modules -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev run migrate test check check-style check-types check-walls check-house check-deps bench torture lock clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMPS)/bytecode $(STAMPS)/frontend ## Install everything that running needs into .venv and build the front end

setup-dev: setup $(STAMPS)/dev

run: setup ## Start Besedka and print its address
	@$(BIN)/besedka serve

migrate: setup ## Bring the database to the newest schema
	@$(BIN)/besedka migrate

test: setup-dev ## Run every check and every test but the torture
	@$(MAKE) --no-print-directory -j2 check
	$(BIN)/python -m tools.frontend run test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: check-style check-types check-walls check-house check-deps ## Run the checks that need no server: style, types, walls, house rules

check-style: setup-dev
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .

check-types: setup-dev
	$(BIN)/mypy

check-walls: setup-dev
	$(BIN)/lint-imports --no-logo

check-house: setup-dev
	$(BIN)/python -m tools.lint

check-deps: setup-dev
	$(BIN)/deptry --no-ansi src app

bench: setup-dev ## Measure against the bare baselines of bench/
	$(BIN)/python -m bench $(BENCH)

torture: setup-dev ## Run the long attacks of tests/torture
	$(BIN)/python -m pytest tests/torture -m torture

lock: $(STAMPS)/uv ## Pin what requirements/*.in names, with hashes (LOCK_FLAGS=--upgrade for newer versions)
	$(COMPILE) requirements/uv.in -o requirements/uv.txt
	$(COMPILE) requirements/app.in -o requirements/app.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) requirements/node.in -o requirements/node.txt

clean: ## Remove what the other targets made (never the data of a server)
	rm -rf $(VENV) frontend/node_modules src/besedka/web/static src/besedka.egg-info build dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find app bench src tests tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# --- steps -------------------------------------------------------------------------------------

$(STAMPS)/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Besedka needs Python 3.11 or newer. Name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV) ..."; $(PYTHON) -m venv $(VENV); } || \
		{ rm -rf $(VENV); echo "Python's venv module is missing (on Debian: apt install python3-venv)." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/app: requirements/app.txt $(STAMPS)/uv
	@echo "Installing what Besedka runs on ..."
	@$(INSTALL) --require-hashes -r requirements/app.txt
	@touch $@

$(STAMPS)/package: pyproject.toml requirements/app.in $(STAMPS)/app
	@$(INSTALL) --no-build-isolation --no-deps --editable .
	@touch $@

$(STAMPS)/bytecode: $(SOURCES) $(STAMPS)/package
	@$(BIN)/python -m compileall -q app src
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/app
	@echo "Installing what the checks and tests need ..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

$(STAMPS)/frontend: $(FRONTEND_SOURCES) requirements/node.txt tools/frontend.py $(STAMPS)/uv
	@if test -f frontend/package.json; then echo "Building the front end ..."; $(BIN)/python -m tools.frontend build; fi
	@touch $@
