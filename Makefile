# make run    the whole mall on this machine            make test    everything that must hold
# make bench  the numbers of docs/performance.md        make openapi docs/openapi.json and docs/reference.md anew
# make package STAGE=dev [ARCH=arm64]   the checked package      make deploy, rollback, secrets, releases STAGE=prod
# make policies [TESTS=tests/…]    which function may call what  make lock, make audit    what is shipped; is it safe
# Each target sets itself up: Python 3.11 or newer is all that is needed before.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.installed
WORKERS ?= 2
STAGE ?= dev
ARCH ?=
TESTS ?=
export PORT DB WORKERS RELEASE

.PHONY: help run test lint bench cost fuzz openapi fonts tools package deploy rollback secrets releases policies lock audit

help:
	@sed -n '1,5s/^# //p' Makefile

run: $(READY)
	@$(PY) -m infra.local

test: lint tools
	@$(PY) -m pytest -q -n $(WORKERS)

lint: $(READY)
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/ruff format --check --quiet .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo

bench: $(READY) tools
	@$(PY) -m tests.bench

# What the mall costs in AWS: calls counted here, times the prices in infra/cost. The report of docs/cost.md.
cost: $(READY) tools
	@$(PY) -m tests.bench cost

# More and other examples than make test draws: FUZZ_EXAMPLES=200 make fuzz
fuzz: $(READY)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-60} $(PY) -m pytest -q -n $(WORKERS) tests/fuzz

openapi: $(READY)
	@$(PY) -m infra.local.index
	@$(PY) -m infra.local.openapi
	@$(PY) -m infra.local.reference

# The fonts of posters are committed; this makes the same files from their source, where npm is.
fonts: $(READY)
	@mkdir -p build/fonts && cd build/fonts && npm pack --silent @expo-google-fonts/noto-sans-sc@0.4.3 >/dev/null
	@tar xzf build/fonts/expo-google-fonts-noto-sans-sc-0.4.3.tgz -C build/fonts
	@$(PY) -m infra.fonts build/fonts/package

# Wheels for Lambda come from the index: these need the network, and make test does not.
package: $(READY)
	@$(PY) -m infra.build --stage $(STAGE) $(if $(ARCH),--arch $(ARCH))

# validate, package, data stack, upload, app stack, smoke test: docs/deploying.md. Never a default stage.
deploy rollback secrets releases: $(READY)
	@[ "$(origin STAGE)" != file ] || { echo "make $@ STAGE=dev|test|prod" >&2; exit 2; }
	@$(PY) -m infra.deploy $@ --stage $(STAGE) $(if $(ARCH),--arch $(ARCH)) $(if $(TO),--to $(TO))

policies: $(READY) tools
	@$(PY) -m infra.build.policies $(TESTS)

lock: $(READY)
	@$(PY) -m infra.build.lock

audit: $(READY)
	@$(PY) -m infra.build.audit

# A second, strict DynamoDB: fetched where npm can, demanded in CI.
tools: $(READY)
	@$(PY) -m infra.local.dynoxide

# The copy of the requirements says what is installed: touching a file installs nothing again.
$(READY): requirements.txt requirements-dev.txt
	@./infra/local/setup.sh $(VENV)
