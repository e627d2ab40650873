# Verbs for people. Everything lives in .venv; nothing is installed outside it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PORT ?= 8000
SOURCES := pyproject.toml hatch_build.py client/pyproject.toml $(wildcard client/heldout/*.py)

.DEFAULT_GOAL := help
.PHONY: help install demo serve test check format bench screenshots clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Install the server with the model runner into .venv

demo: $(VENV)/.installed ## A board with four real submissions (EXIT=1: stop it at the end; PORT=8000)
	$(BIN)/python examples/demo.py --port $(PORT) $(if $(EXIT),--exit)

serve: $(VENV)/.installed ## An empty board for a real event (PORT=8000)
	$(BIN)/heldout-server serve --port $(PORT)

test: check ## Install what tests need, run every check and the whole suite
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.installed-dev ## Formatting, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## Format the code and sort its imports
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev ## Run the benchmarks (ratios to a floor measured in the same run)
	for benchmark in benchmarks/*.py; do $(BIN)/python $$benchmark || exit 1; done

screenshots: $(VENV)/.installed-dev ## Every page × width × theme as a picture, into screenshots/
	$(BIN)/python examples/screenshots.py

clean: ## Remove the environment and the demo's data
	rm -rf $(VENV) demo-data

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade pip

$(VENV)/.installed: $(BIN)/python $(SOURCES)
	$(PIP) install --quiet --editable '.[runner,demo]'
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python $(SOURCES)
	$(PIP) install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed
