# Entente: everything that a person or a machine does with this repository. `make` prints this list.

PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SPOKEN := $(VENV)/.spoken
LOCALE := src/entente_node/locale
CATALOGUES := $(wildcard $(LOCALE)/*/LC_MESSAGES/*.po)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check bench lock messages reference screenshots clean

help: ## Print this list
	@echo "Entente: two border authorities share what their signed agreement lets them share."
	@echo
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'
	@echo
	@echo "The first of these sets the project up in $(VENV), from what requirements.lock names."

setup: $(INSTALLED) $(SPOKEN) ## Make .venv, install the locked packages, compile the translations

demo: setup ## Play the demonstration on this machine until Ctrl-C; ONCE=1 plays, checks and ends
	@$(BIN)/entente demo $(if $(filter-out 0,$(ONCE)),--once)

test: setup ## Run the tests; ARGS="tests/journal -x" for some of them
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: setup ## Check style, types, and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: setup ## Measure, print the table, write bench/latest.json; ARGS="--only decide" for a part
	@$(BIN)/python -m bench $(ARGS)

messages: setup ## Bring the command's French catalogue up to date with the source
	$(BIN)/python -m tools.messages

reference: setup ## Write docs/reference again from the command and the kinds of record
	$(BIN)/python -m tools.cli_reference
	$(BIN)/python docs/reference/generate.py

screenshots: setup ## Take the pictures of the READMEs again, from the demonstration (needs Chromium)
	$(BIN)/python -m tools.screenshots

# The lock names versions and hashes and no place to fetch them from: that is whoever installs who decides.
lock: ## Choose package versions again and write requirements.lock (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --no-annotate --upgrade --extra dev pyproject.toml -o requirements.lock

clean: ## Remove .venv, compiled translations and every cache
	rm -rf $(VENV) build dist demo src/*.egg-info .hypothesis .mypy_cache .ruff_cache .grimp_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find $(LOCALE) -name '*.mo' -delete

$(INSTALLED): requirements.lock pyproject.toml
	@command -v $(PYTHON) > /dev/null || { \
		echo "Entente needs Python 3.11 or newer, and there is no $(PYTHON) here. Another one: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Entente needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Another one: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || { echo "Making $(VENV)"; $(PYTHON) -m venv --clear $(VENV); } || { \
		echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing what requirements.lock names, about 300 MB: half a minute, or some minutes on a slow line; once, and again when it changes"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(SPOKEN): $(INSTALLED) $(CATALOGUES)
	@$(BIN)/pybabel -q compile -d $(LOCALE) -D "django entente"
	@touch $@
