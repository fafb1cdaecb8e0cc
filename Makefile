# Racelet: every target sets up what it needs. `make help` lists them.
#   EXTRAS=train   also installs that extra of pyproject.toml
#   PYTHON=...     interpreter for a new .venv (else the first of 3.11, 3.12, 3.13 that works)
#   ARGS=...       more arguments for `make test` (pytest) and `make run` (racelet run digits)

BIN := .venv/bin
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv and install everything, if that is not done
	@.ci/setup $(EXTRAS)

run: setup ## run the shipped digits network on the RTL
	@$(BIN)/racelet run digits $(ARGS)

lint: setup ## ruff, its formatter as a check, pyright
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/pyright

test: lint ## lint, then every test
	@$(BIN)/pytest $(ARGS)

format: setup ## format, and fix what ruff can fix
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

clean: ## remove what was built here, .venv excepted
	@rm -rf build dist out .pytest_cache .ruff_cache .hypothesis
	@find . -path ./.venv -prune -o -name __pycache__ -type d -print | xargs -r rm -rf
