# siei-match: everything that one types. `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OUT ?= out
# Prefect's own embedded server, in tests of the flow: no telemetry, time to start on a busy machine.
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
export PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS := 120
# Compiled once for all workers and commands, where a container says that nothing is to be kept.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n 2 --dist worksteal

.PHONY: help setup demo test test-all lint format types imports score bench fuzz audit sbom sums sign lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## create the environment in .venv, from the hashed lock

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'siei-match needs Python 3.11 or newer. Install it, or name it: make PYTHON=python3.12 setup' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/install-debian python3-venv
	@$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	@echo 'Installing the locked dependencies into $(VENV) (a minute the first time) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --compile-bytecode --require-hashes requirements.lock requirements-uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --build-constraints requirements-build.lock --editable .
	@# Where PYTHONDONTWRITEBYTECODE is set, as in many containers, each command would compile for five seconds.
	@$(BIN)/python -m compileall -q src flows
	@touch $(STAMP)

demo: $(STAMP) ## make two fictive campaigns in out/, released and answered, and say what to look at
	@$(BIN)/python tools/make_demo.py $(OUT)

# The layers are held by one of the tests: `make imports` shows more of them.
test: lint ## lint, types, layers, tests: what CI runs
	@# mypy works while the first tests do: from nothing it takes a core for forty seconds.
	@$(MAKE) --no-print-directory -j 2 --output-sync=none types quick

.PHONY: quick
quick: $(STAMP) ## the tests alone, without the slow ones
	@$(PYTEST) -m 'not slow' tests

test-all: lint types ## the same, with the slow tests and every example of the properties
	@$(PYTEST) --hypothesis-profile=whole tests

lint: $(STAMP) ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(STAMP) ## put the code in form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

imports: $(STAMP) ## the layers of ARCHITECTURE.md, held by import-linter
	@$(BIN)/lint-imports --config pyproject.toml

score: $(STAMP) ## simulate 100,000 people, run both campaigns, score them (PERSONNES=…, GRAINE="7 8 9")
	@$(BIN)/python bench/score.py --personnes $(or $(PERSONNES),100000) --graine $(or $(GRAINE),7)

# Splink is nobody's dependency but the benchmark's: locked apart, installed when asked.
BENCH_STAMP := $(VENV)/.installed-bench
$(BENCH_STAMP): requirements-bench.lock $(STAMP)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock
	@touch $(BENCH_STAMP)

# Named: a comma would end an argument of $(or …).
TAILLES ?= 20000,100000,1000000
bench: $(BENCH_STAMP) ## race the linkage with Splink and recordlinkage (TAILLES=20000,100000 PASSAGES=3 GENERATEUR=folder)
	@$(BIN)/python bench/compare.py --tailles $(TAILLES) \
	  --passages $(or $(PASSAGES),3) $(if $(MONDES),--dossier $(MONDES)) \
	  $(if $(GENERATEUR),--generateur $(GENERATEUR))

fuzz: $(STAMP) ## ten thousand spoilt deliveries (CAS=10000 GRAINE=1); see docs/reliability.md
	@$(BIN)/python -m bench.fuzz --cas $(or $(CAS),10000) --graine $(or $(GRAINE),1)

audit: $(STAMP) ## known vulnerabilities of the locked versions: by the index's service, or ADVISORIES=file; SECURITY.md
	@if test -n "$(ADVISORIES)"; then $(BIN)/python -m tools.check_advisories "$(ADVISORIES)"; else $(MAKE) --no-print-directory audit-online; fi

.PHONY: audit-online
audit-online: $(STAMP)
	@$(BIN)/uv run --quiet --no-project --isolated --python $(BIN)/python \
	  --with-requirements requirements-audit.lock pip-audit --strict --disable-pip --no-deps \
	  --progress-spinner off --requirement requirements.lock --requirement requirements-uv.lock

DIST ?= dist
sbom: $(STAMP) ## the bill of materials, CycloneDX, from the locks (DIST=dist)
	@$(BIN)/python -m tools.make_sbom $(DIST)/siei-match.cdx.json

sums: sbom ## what a release hands out: wheel, source, bill of materials, their SHA-256
	@$(BIN)/uv build --quiet --build-constraints requirements-build.lock --out-dir $(DIST) .
	@cd $(DIST) && LC_ALL=C sha256sum *.whl *.tar.gz *.cdx.json > SHA256SUMS

sign: ## sign these sums with an SSH key (KEY=path); how to verify: SECURITY.md
	@ssh-keygen -Y sign -q -n siei-match -f "$(KEY)" $(DIST)/SHA256SUMS

lock: $(STAMP) ## make the locks again from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --group dev \
	  --extra chiffrement --extra dask --extra portal --extra prefect --output-file requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --group outils \
	  --output-file requirements-uv.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --group bench \
	  --constraint requirements.lock --output-file requirements-bench.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --group audit \
	  --output-file requirements-audit.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --group construction \
	  --output-file requirements-build.lock

clean: ## remove what can be made again
	rm -rf $(VENV) out out-livraisons build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .prefect
