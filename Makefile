# On a bare Debian 12 or 13 (python3, make, git) `make run` and `make test` set up everything they need.
PYTHON ?= python3
ARGS ?= config/sim.yaml --trays 20
VENV := .venv
BIN := $(VENV)/bin
SET_UP := $(PYTHON) scripts/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help run test test-vm bench soak train docs clean venv-run venv-test

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | while IFS=@ read -r target does; do \
		printf '%-14s %s\n' "$$target" "$$does"; done

run: venv-run ## set up and run the simulated booth; ARGS="config/site.yaml --json" for another line
	@echo "booth check $(firstword $(ARGS))"
	@$(BIN)/booth check $(firstword $(ARGS))
	@echo "booth run $(ARGS)"
	@$(BIN)/booth run $(ARGS)

test: venv-test ## set up and run lint, types, import layers and the tests
	@echo "ruff check"
	@$(BIN)/ruff check --quiet
	@echo "ruff format --check"
	@$(BIN)/ruff format --check --quiet
	@echo "mypy --strict"
	@$(BIN)/mypy
	@echo "lint-imports"
	@$(BIN)/lint-imports --no-logo
	@echo "pytest"
	@$(BIN)/pytest

test-vm: venv-test ## the UVC driver over the kernel's vivid, in a qemu guest: minutes; packages in scripts/vm/run.sh
	@scripts/vm/run.sh

bench: venv-test ## measure the budgets: ratios within one run on one machine
	@$(BIN)/python tests/bench/run.py $(BENCH_ARGS)

soak: venv-test ## the long tests
	@$(BIN)/pytest -m soak

train: ## make the model packs again; the only target that installs torch, into its own .venv-train
	@$(SET_UP) --venv .venv-train --extras sim,train
	@.venv-train/bin/python models/training/train.py $(TRAIN_ARGS)

docs: venv-test ## write the generated pages of docs/
	@$(BIN)/python docs/generate.py

clean: ## remove the environments and every cache
	rm -rf .venv .venv-train build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

venv-run:
	@$(SET_UP) --venv $(VENV) --extras realsense,sim

venv-test:
	@$(SET_UP) --venv $(VENV) --extras basler,dev,modbus,realsense,sim --programs
