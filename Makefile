# `make test` is all a fresh machine needs; CI runs the same.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PINS   := requirements/dev.txt
STAMP  := $(VENV)/.installed
SERVER := requirements/server.txt
SERVED := $(VENV)/.installed-server
S3     := requirements/s3.txt
SPARK  := requirements/spark.txt
CODE   := src tests $(wildcard bench)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types unit bench bench-quick format audit pins vendor s3 spark clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

bench: $(STAMP) ## measure, side by side with other engines and servers (BENCH="--also 10000000" passes options)
	$(BIN)/python -m bench $(BENCH)

bench-quick: $(STAMP) ## the ratios that count, on a small market; the last line is JSON
	$(BIN)/python -m bench.quick

format: $(STAMP) ## rewrite the code in the house style
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

audit: $(STAMP) ## look the pins up among known vulnerabilities (needs the package registry)
	$(BIN)/python .ci/audit.py $(PINS)

pins: $(STAMP) ## pin the newest packages that pyproject.toml admits
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile $(PIN_OPTIONS) --extra server --extra postgres --group build pyproject.toml -o requirements/server.txt
	$(BIN)/uv pip compile $(PIN_OPTIONS) --all-extras --no-extra spark --group dev -c requirements/server.txt pyproject.toml -o $(PINS)
	$(BIN)/uv pip compile $(PIN_OPTIONS) --group s3 -o $(S3)
	$(BIN)/uv pip compile $(PIN_OPTIONS) --extra spark -c $(PINS) pyproject.toml -o $(SPARK)

s3: $(VENV)-s3/.installed ## set up an S3 server for tests, in $(VENV)-s3: without it they are skipped

$(VENV)-s3/.installed: $(S3)
	test -x $(VENV)-s3/bin/python || $(PYTHON) -m venv $(VENV)-s3
	$(VENV)-s3/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(S3)
	@touch $@

spark: $(VENV)/.installed-spark ## add the client of Spark (450 MB): without it and Java its tests are skipped

$(VENV)/.installed-spark: $(SPARK) $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(SPARK)
	@touch $@

vendor: $(STAMP) ## fetch the explorer's browser packages (PACKAGES=htmx.org@4.0.1 moves one; needs npm)
	$(BIN)/python .ci/vendor.py $(PACKAGES)

# For every system and Python at once; no comments, which would hold paths, and no addresses.
PIN_OPTIONS := --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --no-annotate

clean: ## remove the environment, caches and built files
	rm -rf $(VENV) $(VENV)-s3 .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
