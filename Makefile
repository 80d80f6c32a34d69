# make demo: the main job end to end.  make test: everything that must hold.  make help: the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .stamps
# Most of the tests' time is waiting for programs on virtual desktops, so three go at once on two cores.
TEST_JOBS ?= 3

.PHONY: demo test lint docs bench redteam lerobot setup system help clean

help:
	@echo "make demo   real work on a private virtual desktop becomes a dataset; then a report to look at"
	@echo "make test   lint, types, licences and all tests, the ones on a real desktop too"
	@echo "make lint   ruff, mypy --strict and the licence check"
	@echo "make docs   write the generated parts of docs/ anew"
	@echo "make bench  measure; prints tables, writes benchmarks/out/*.json"
	@echo "make redteam  attack the recorder: 2,100 canaries on a real desktop, a report by channel"
	@echo "make lerobot  install LeRobot apart (2 GB) and read an export with it"
	@echo "make clean  remove the virtual environment and what the targets made"

# The packages first: a bare Debian has no python3-venv.
setup: system
	@$(MAKE) --no-print-directory $(STAMPS)/venv

$(STAMPS)/venv: pyproject.toml
	@mkdir -p $(STAMPS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "understudy needs Python 3.11 or newer: $$($(PYTHON) --version) found; set PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --group readers
	@touch $@

system:
	@bash tools/system-packages.sh

demo: setup
	$(BIN)/python -m demo

test: setup $(STAMPS)/openadapt-capture/installed
	$(MAKE) --no-print-directory lint
	@rm -f .pytest_cache/v/cache/lastfailed
	$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile || { [ $$? -eq 1 ] && $(BIN)/python tools/again.py; }

# Another recorder, whose recordings we import: apart, since it brings numpy, matplotlib and sound with it (260 MB).
$(STAMPS)/openadapt-capture/installed: tools/openadapt-requirements.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

lint: $(STAMPS)/venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/licences.py

docs: $(STAMPS)/venv
	$(BIN)/python tools/docs.py

bench: setup
	@set -e; for file in benchmarks/bench_*.py; do $(BIN)/python $$file; done

# A smaller part of it is in make test.
redteam: setup
	@bash tools/system-packages.sh redteam
	$(BIN)/python -m tests.redteam $(REDTEAM)

# LeRobot asks for torch, torchvision and much that reading doesn't need: an environment of its own, without the rest.
$(STAMPS)/lerobot: tools/lerobot-requirements.txt
	@mkdir -p $(STAMPS)
	$(PYTHON) -m venv .venv-lerobot
	.venv-lerobot/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	.venv-lerobot/bin/python -m pip install --quiet --disable-pip-version-check --no-deps lerobot==0.4.4 torchvision==0.28.0
	@touch $@

lerobot: $(STAMPS)/venv $(STAMPS)/lerobot
	$(BIN)/python -m pytest tests/export/test_lerobot.py

clean:
	rm -rf .venv-lerobot $(VENV) $(STAMPS) build dist demo-output benchmarks/out
