# `make test` is all a fresh machine needs; CI runs the same.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PINS   := requirements/dev.txt
STAMP  := $(VENV)/.installed
SERVER := requirements/server.txt
SERVED := $(VENV)/.installed-server
CODE   := src tests $(wildcard bench)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types unit bench format audit pins vendor clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with the pinned packages and the project itself (PYTHON=... picks the interpreter)

# Both run again only when their pins or the project's own metadata change.
$(STAMP): $(PINS) pyproject.toml
	$(call install,$(PINS))

# What a server needs, without the tools of tests and benchmarks.
$(SERVED): $(SERVER) pyproject.toml
	$(call install,$(SERVER))

define install
	@echo "Installing $(1) into $(VENV)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip check
	@touch $@
endef

demo: $(SERVED) ## set up, generate an invented market, and serve it until Ctrl-C (DEMO="--port 8400" passes options)
	$(BIN)/shopscope demo $(DEMO)

test: lint types unit ## set up, then lint, types and tests

lint: $(STAMP) ## style, imports between the parts, secrets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	git ls-files -z --cached --others --exclude-standard | xargs -0 $(BIN)/detect-secrets-hook --no-verify --baseline .secrets.baseline

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy $(CODE)

# A file of tests stays in one process, so that what it sets up is set up once.
unit: $(STAMP) ## tests only
	$(BIN)/python -m pytest -n auto --dist loadfile

bench: $(STAMP) ## measure: search and requests per second
	$(BIN)/python -m bench

format: $(STAMP) ## rewrite the code in the house style
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

audit: $(STAMP) ## look the pins up among known vulnerabilities (needs the package registry)
	$(BIN)/python .ci/audit.py $(PINS)

pins: $(STAMP) ## pin the newest packages that pyproject.toml admits
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile $(PIN_OPTIONS) --extra server --extra postgres --group build pyproject.toml -o requirements/server.txt
	$(BIN)/uv pip compile $(PIN_OPTIONS) --all-extras --group dev -c requirements/server.txt pyproject.toml -o $(PINS)

vendor: $(STAMP) ## fetch the explorer's browser packages (PACKAGES=htmx.org@4.0.1 moves one; needs npm)
	$(BIN)/python .ci/vendor.py $(PACKAGES)

# For every system and Python at once; no comments, which would hold paths, and no addresses.
PIN_OPTIONS := --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --no-annotate

clean: ## remove the environment, caches and built files
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
