# Two commands matter: `make demo` and `make test`. Both set up everything they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export FORBEAR_TEST_HOME ?= $(CURDIR)/var/test

.PHONY: coverage help setup demo serve test check format stress bench screenshots clean
help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

setup: $(STAMP)  ## create the virtual environment and install everything into it
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Forbear needs Python 3.11 or newer; try: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python tools/translations.py compile
	@touch $@

demo: setup  ## demo portfolio, one collections day, the workbench on localhost
	$(BIN)/forbear demo

serve: setup  ## the workbench on what is already loaded
	$(BIN)/forbear serve

# The browser's driver keeps an event loop of its own running, so its tests have a process to themselves. On a machine
# shared with others a real browser, exchange or gateway can outlast a test's patience: a TimeoutError, and nothing else,
# is tried once more, and the closing line counts it.
SECOND_TRY := --reruns 1 --only-rerun TimeoutError
test: setup  ## all tests on an embedded PostgreSQL of their own
	FORBEAR_HOME=$(FORBEAR_TEST_HOME) FORBEAR_KEEP_SERVER=0 $(BIN)/python -m pytest -n 2 --dist loadfile $(SECOND_TRY) --ignore tests/browser
	FORBEAR_HOME=$(FORBEAR_TEST_HOME) FORBEAR_KEEP_SERVER=0 $(BIN)/python -m pytest -n 2 --dist loadfile $(SECOND_TRY) tests/browser

check: setup  ## format, lint, types, rooms, migrations, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	FORBEAR_HOME=$(FORBEAR_TEST_HOME) FORBEAR_KEEP_SERVER=0 $(BIN)/mypy
	$(BIN)/lint-imports
	FORBEAR_HOME=$(FORBEAR_TEST_HOME) FORBEAR_KEEP_SERVER=0 $(BIN)/forbear manage makemigrations --check --dry-run
	$(BIN)/python tools/translations.py check

format: setup  ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

stress: setup  ## long race and kill runs, and properties on examples never drawn before
	FORBEAR_HOME=$(FORBEAR_TEST_HOME) FORBEAR_KEEP_SERVER=0 $(BIN)/python -m pytest -m stress
	FORBEAR_HOME=$(FORBEAR_TEST_HOME) FORBEAR_KEEP_SERVER=0 FORBEAR_EXAMPLES=new $(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/browser -m hypothesis

coverage: setup  ## which rules and numbers of law no worked case holds
	$(BIN)/forbear law coverage

bench: setup  ## every benchmark with its peers, with machine and versions
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m bench

screenshots: setup  ## the pictures of docs/pictures again (needs Chromium)
	$(BIN)/python tools/screenshots.py

clean:  ## remove the environment and all local data
	rm -rf $(VENV) var
