# Everything below makes its own .venv first; nothing but Python, make and the package registry is needed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo test soak lint fix types bench docs film builtin
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml
	$(PIP) install --editable .
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml
	$(PIP) install --editable ".[test,lint]"
	@touch $@ $(VENV)/.run

demo: $(VENV)/.run ## draw the sample cast, describe it, print the table, write kyara-demo/report.html
	$(BIN)/kyara demo

test: $(VENV)/.test ## run every test but the soak tests
	$(BIN)/python -m pytest -m "not soak" $(ARGS)

soak: $(VENV)/.test ## run the long tests: 20 random kills, a million rows
	$(BIN)/python -m pytest -m soak $(ARGS)

lint: $(VENV)/.test ## ruff (style and format) and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(VENV)/.test ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.test ## mypy --strict on src
	$(BIN)/mypy

bench: $(VENV)/.test ## measure everything of docs/benchmarks.md here, and check the goals
	$(BIN)/python benchmarks/all.py

docs: $(VENV)/.test ## write the generated parts of docs/ anew
	$(BIN)/python benchmarks/tag_coverage.py
	$(BIN)/python benchmarks/all.py --write docs/benchmarks.md

# glibc would give the memory of large tensors back after every step and take it anew: a third of the time
TRAIN = MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=1000000000 $(BIN)/python -m kyara.training.builtin

builtin: $(VENV)/.test ## train the networks that ship anew from ../shared/data, about two hours; goes on where it stopped
	$(TRAIN).heads --data ../shared/data --out build/builtin/heads
	$(TRAIN).faces --data ../shared/data --out build/builtin/teacher4
	$(TRAIN).faces --data ../shared/data --out build/builtin/teacher5 --seed 5
	$(TRAIN).faces --data ../shared/data --out build/builtin/faces --teacher build/builtin/teacher4/faces.onnx --teacher build/builtin/teacher5/faces.onnx
	cp build/builtin/heads/heads.onnx build/builtin/heads/heads.toml build/builtin/faces/faces.onnx build/builtin/faces/faces.toml src/kyara/builtin/

film: $(VENV)/.run ## not built yet (it comes with the film recipe): says so and fails
	@echo "kyara has no film recipe yet; see CHANGELOG.md for what there is" >&2; exit 1
