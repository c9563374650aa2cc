# Nabij: make demo to try it, make test and make check before a commit.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PYTHON ?=
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

# A slow or flaky index is waited for and tried again; whoever sets these knows better.
PIP_DEFAULT_TIMEOUT ?= 60
PIP_RETRIES ?= 10
export PIP_DEFAULT_TIMEOUT PIP_RETRIES
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

PYTEST := $(BIN)/pytest -n 2 --dist worksteal
LOCK := $(BIN)/uv --quiet pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

PRACTICE ?= mariposha
KEYWORD ?= HECHTING
DAYS ?= 21

.PHONY: help setup demo test test-fast check format lint types imports dependencies dead-code dockerfile content \
	browser lock bench faults simulate clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' \
		| awk -F'|' '{ printf "%-20s%s\n", $$1, $$2 }'

setup: .venv/.nabij ## Make .venv with everything for running and testing; nothing to do when it is current

demo: setup ## Try it: the whole bot on this machine, without account or token (LAN=1: the chat for phones in the house)
	@$(BIN)/nabij demo $(if $(LAN),--lan)

test: setup browser ## Every test: both databases, a real browser, a tenth of the faults (under 8 minutes)
	$(PYTEST) --everything

test-fast: setup ## What needs no browser, PostgreSQL, faults or processes (under a minute)
	$(PYTEST) -m "not browser and not postgres and not faults and not slow"

check: format lint types imports dependencies dead-code dockerfile content ## Format, lint, types, imports, content

format: setup
	$(BIN)/ruff format --check --output-format concise

lint: setup
	$(BIN)/ruff check --output-format concise

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

dependencies: setup
	$(BIN)/deptry .

dead-code: setup
	$(BIN)/vulture

dockerfile: setup
	@if [ -x $(BIN)/hadolint ]; then echo "$(BIN)/hadolint Dockerfile" && $(BIN)/hadolint Dockerfile; \
	else echo "Dockerfile: not linted, hadolint has no build for this kind of machine"; fi

content: setup
	$(BIN)/nabij check

browser: setup ## Find or install the Chromium of the browser tests
	@.ci/browser

lock: setup ## Renew the locks after a change of dependencies (UPGRADE=1: every package to its newest)
	$(LOCK) pyproject.toml --group dev -o requirements.lock
	$(LOCK) pyproject.toml -c requirements.lock -o requirements-run.lock
	$(LOCK) --group build -c requirements.lock -o requirements-build.lock

bench: setup ## Measure, some twenty minutes (BENCH=name: one of them)
	$(BIN)/python -m tests.bench $(BENCH)

faults: setup ## Kill, cut and storm the full number of times, and print the table (FAULT=word: only tests named so)
	$(PYTEST) tests/faults --everything --faults=full -m faults --timeout=0 -o faulthandler_timeout=0 $(if $(FAULT),-k $(FAULT))

simulate: setup ## Read a program from first to last message (PRACTICE=, KEYWORD=, DAYS=)
	@$(BIN)/nabij simulate $(PRACTICE) $(KEYWORD) --days $(DAYS)

clean: ## Remove what was made here, but never data/
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find bot tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The recipe makes an environment only where none works: no pip, a Python that is too old or gone, a copy cut short.
.venv/.packages: requirements.lock
	@python=; if ! $(BIN)/python -c 'import pip; $(NEW_ENOUGH)' 2>/dev/null; then \
		for candidate in $(PYTHONS); do \
			if $$candidate -c '$(NEW_ENOUGH)' 2>/dev/null; then python=$$candidate; break; fi; \
		done; \
		if [ -z "$$python" ]; then \
			echo "Nabij needs Python 3.11 or newer and found none. Install it, or name it: make PYTHON=/path/to/python3" >&2; \
			exit 1; \
		fi; \
		echo "Making .venv with $$($$python --version)"; \
		if ! $$python -m venv --clear .venv; then \
			rm -rf .venv; \
			echo "This Python cannot make a virtual environment with pip in it. Debian and Ubuntu keep that in a package of" \
				"its own: apt-get install python3-venv. Then run make again." >&2; \
			exit 1; \
		fi; \
	fi
	$(BIN)/python -m pip install --require-hashes -r requirements.lock
	@touch $@

.venv/.nabij: .venv/.packages pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
