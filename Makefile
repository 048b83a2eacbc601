# Bare `make` lists the targets.
PYTHON ?= python3
# So many test processes at once, each file whole in one of them; JOBS=0 runs all in one.
JOBS   ?= 2
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
BUILT  := src/tocsin/web/static/tocsin/built/manifest.json
CATALOGUES := $(wildcard src/tocsin/web/locale/*/LC_MESSAGES/django.po)
COMPILED   := $(CATALOGUES:.po=.mo)
FRONT  := $(shell find frontend/src frontend/*.json frontend/vite.config.ts -type f)

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types words bench fuzz chaos lock sbom release clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements/dev.txt pyproject.toml
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

frontend/node_modules/.ready: frontend/package-lock.json
	@command -v npm >/dev/null || { echo "Node 20.19 or later is needed to build the pages (npm is not there)"; exit 1; }
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BUILT): frontend/node_modules/.ready $(FRONT)
	cd frontend && npm run --silent build -- --logLevel warn

%/django.mo: %/django.po | $(STAMP)
	$(BIN)/python scripts/words.py compile

setup: $(STAMP) $(BUILT) $(COMPILED) ## Make .venv with everything in it, and .venv/bin/tocsin

run: setup ## Start everything on this machine and play the night
	$(BIN)/tocsin up --demo

test: setup ## Run the whole test suite (LONG=1: with those that take minutes each)
	@sh scripts/system-packages.sh
	cd frontend && npm test --silent
	LONG=$(LONG) $(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder $(PYTEST)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy
	cd frontend && npm run --silent types

check: lint types ## Lint, import law, types

words: $(STAMP) ## Bring new words of the pages into the catalogues (with LANGUAGE=pl: begin one more)
	$(BIN)/python scripts/words.py update $(LANGUAGE)
	@$(BIN)/python scripts/words.py check || echo "to be translated in src/tocsin/web/locale"

bench: setup ## Measure beside floors and peers, print the table, draw docs/performance.md (FULL=1: in its sizes)
	@sh scripts/system-packages.sh bench
	@FULL=$(FULL) $(BIN)/python scripts/performance.py run $(ONLY)

fuzz: $(STAMP) ## Look for inputs that crash or cost too much, coverage-guided, SECONDS=60 each (TARGET=cap: one alone)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/fuzz.txt
	$(BIN)/python -m fuzz --seconds $(or $(SECONDS),60) $(TARGET)

chaos: setup ## Live through nights of faults on real processes (FAULTS=500 SEED=1 SETTING=one MINUTES= JSON=), looking at what must hold
	cd tests && ../$(BIN)/python -m chaos.run --faults $(or $(FAULTS),500) --seed $(or $(SEED),1) --setting $(or $(SETTING),one) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(if $(JSON),--json $(abspath $(JSON)))

lock: $(STAMP) ## Lock the dependencies anew
	$(BIN)/uv pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 --quiet -o requirements/run.txt
	$(BIN)/uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 --quiet -o requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --extra fuzz --constraint requirements/dev.txt --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 --quiet -o requirements/fuzz.txt

sbom: setup ## Write the parts of a running Tocsin as CycloneDX JSON, dist/tocsin.cdx.json
	$(BIN)/python scripts/sbom.py dist/tocsin.cdx.json

release: setup ## Make wheel, source, SBOM and signed checksums in dist (KEY=the Ed25519 key, see docs/how-to/release.md)
	$(BIN)/python scripts/release.py make dist --key "$(KEY)"

clean: ## Remove what make made (a demonstration's folder too; a real city's home is never touched)
	rm -rf $(VENV) frontend/node_modules $(dir $(BUILT)) $(COMPILED) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist .tocsin/demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
