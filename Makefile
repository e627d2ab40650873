# Verbs for people. Everything lives in .venv; nothing is installed outside it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Exactly what the lock names, by hash; then our two packages, with the locked build tools.
LOCKED := $(PIP) install --require-hashes --requirement
OURSELVES := $(PIP) --quiet install --no-deps --no-build-isolation --editable ./client --editable . \
	&& $(BIN)/python -m compileall -q client/heldout server
# Each lock serves every Python and platform that we do, and names no index.
PIN := $(BIN)/uv pip compile --universal --python-version 3.11 --quiet \
	--generate-hashes --no-emit-package heldout --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
COMPILE := $(PIN) pyproject.toml --extra postgres --extra oidc --group build
ALL := --extra tensorflow --extra demo
AUDIT := $(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes --progress-spinner off
T ?= tests/unit
PORT ?= 8000
TEMPLATES := server/heldout_server/web/templates
ASSETS := "server/heldout_server/web/static/*.css" "server/heldout_server/web/static/*.js"
SOURCES := pyproject.toml client/pyproject.toml
# Where it is set, every start compiles all of our code: a third of its time, and there are hundreds in a test.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo serve test unit test-one check format lock bench screenshots docs try-image try-compose walk evenings wheels try-wheels release audit clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Install the server with the model runner into .venv

install-dev: $(VENV)/.installed-dev ## The same with all that tests and checks need

demo: $(VENV)/.installed ## A board with real submissions (CONTEST=diabetes: not MNIST; EXIT=1: stop it; PORT=8000)
	$(BIN)/python examples/demo.py --port $(PORT) $(if $(CONTEST),--contest $(CONTEST)) $(if $(EXIT),--exit)

serve: $(VENV)/.installed ## An empty board for a real event (PORT=8000; PUBLIC=1: open a tunnel)
	$(BIN)/heldout-server serve --port $(PORT) $(if $(PUBLIC),--public)

# Three on two cores: a third of the time is waiting for browsers, servers and limits.
test: check ## Install what tests need, run every check and the whole suite
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

unit: $(VENV)/.installed-dev ## The tests that need no server, database, browser or model runner
	$(BIN)/python -m pytest --numprocesses 2 --hypothesis-profile quick tests/unit

test-one: $(VENV)/.installed-dev ## One test file, folder or test (T=tests/unit/runs/test_diagnosis.py)
	$(BIN)/python -m pytest $(T)

check: $(VENV)/.installed-dev ## Formatting, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/djangofmt --check $(TEMPLATES)
	$(BIN)/oxfmt --check $(ASSETS)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## Format code, templates, style sheets and scripts; sort imports
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/djangofmt $(TEMPLATES)
	$(BIN)/oxfmt $(ASSETS)

lock: $(VENV)/.installed-dev ## Pin every dependency anew (UPGRADE=--upgrade: to the newest)
	$(COMPILE) $(UPGRADE) $(ALL) --extra dev --group docs --output-file requirements-dev.lock
	$(COMPILE) $(ALL) --constraint requirements-dev.lock --output-file requirements.lock
	$(COMPILE) --constraint requirements-dev.lock --output-file requirements-light.lock
	$(COMPILE) --extra gpu --constraint requirements-dev.lock --output-file requirements-gpu.lock
	$(PIN) --group image --constraint requirements-dev.lock --output-file requirements-image.lock

bench: $(VENV)/.installed-dev ## Run the benchmarks (ratios to a floor measured in the same run)
	for benchmark in benchmarks/*.py; do $(BIN)/python $$benchmark || exit 1; done

screenshots: $(VENV)/.installed-dev ## Every page × width × theme as a picture (DOCS=1: those in docs/images anew)
	$(BIN)/python examples/screenshots.py $(if $(DOCS),--docs)

docs: $(VENV)/.installed-dev ## The handbook of docs/, to where the server serves it
	PYTHONPATH=docs/site $(BIN)/python -m handbook

try-image: $(VENV)/.installed-dev ## Build the image, score through it locked down, kill it, look again (ENGINE=docker)
	.ci/image

try-compose: $(VENV)/.installed-dev ## The same with profile scale, all of it, by Compose (COMPOSE="docker compose")
	.ci/compose

walk: $(VENV)/.installed-dev ## An evening as people walk it, timed, with pictures (MNIST=file)
	$(BIN)/python examples/walk.py $(if $(MNIST),--mnist $(MNIST))

evenings: $(VENV)/.installed-dev ## Five contests of other kinds, each figure recomputed, with pictures
	$(BIN)/python examples/evenings

wheels: $(VENV)/.installed-dev docs ## Both packages as sdist and wheel into dist/: built twice, compared, checked
	$(BIN)/python release wheels

try-wheels: wheels ## Each wheel in an empty environment, to a board (PYTHONS="3.11 3.13"; EXTRA=tensorflow)
	$(BIN)/python release/trial.py $(addprefix --python ,$(PYTHONS)) $(if $(EXTRA),--extra $(EXTRA))

release: $(VENV)/.installed-dev ## Build, check, date the changelog, tag; publish nothing (DRY=1: change nothing)
	$(BIN)/python release tag $(if $(DRY),--dry)

# From an index, not from the lock: it is to know of holes that were found since.
audit: $(VENV)/.installed-dev ## Look the locked packages up among known vulnerabilities (asks an index)
	for lock in requirements*.lock; do $(AUDIT) --requirement $$lock || exit 1; done

clean: ## Remove the environment and the demo's data
	rm -rf $(VENV) demo-data

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python requirements.lock $(SOURCES)
	@echo "Installing TensorFlow and what else the server needs into $(VENV): 2 to 5 minutes, once."
	$(LOCKED) requirements.lock
	$(OURSELVES)
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python requirements-dev.lock $(SOURCES)
	@echo "Installing TensorFlow and all that the tests need into $(VENV): 2 to 5 minutes, once."
	$(LOCKED) requirements-dev.lock
	$(OURSELVES)
	@touch $@ $(VENV)/.installed
