# make run    reads fingerspelling: Pi camera, else webcam, else a rendered signer
# make test   runs the tests; test-random draws other examples each time, test-quiet runs those
#             that need a machine with nothing else to do, test-training those of models/training
# make lint   checks style, types and which package may import which
# make bench  measures this machine; MODES="stages replay", BENCH="--seconds 20" choose
# All make what they need in .venv first; `make setup` does only that.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: setup run test test-random test-quiet test-training lint bench clean

setup: $(VENV)/ready

run: setup
	@$(BIN)/ishara run --print $(if $(SOURCE),--source "$(SOURCE)")

test: $(VENV)/ready-test
	@echo "Running the tests: about 8 minutes on two cores, then one line says how many passed"
	@$(BIN)/python -m pytest

# The property tests draw the same examples on every run of `make test`; here, others each time.
test-random: $(VENV)/ready-test
	@echo "Running the tests on random examples: about 8 minutes on two cores"
	@ISHARA_HYPOTHESIS=random $(BIN)/python -m pytest

# What measures time, and fails on a machine that is busy with something else.
test-quiet: $(VENV)/ready-test
	@echo "Running the tests that measure time: let nothing else run meanwhile"
	@$(BIN)/python -m pytest -m quiet

lint: $(VENV)/ready-lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

MODES ?= stages replay emission cold overload appear
bench: $(VENV)/ready-bench
	@$(BIN)/python -m benchmarks.benchmark $(MODES) \
	  $(if $(findstring replay,$(MODES)),--target-ms 200) $(BENCH)

# The training extra has a venv of its own: PyTorch and the exporter are 2 GB that no Pi needs.
test-training: .venv-training/ready
	@.venv-training/bin/python -m pytest tests/models

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Ishara Edge needs Python 3.11 to 3.13; this is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@if $(PYTHON) -c 'import picamera2' 2>/dev/null; \
	  then $(PYTHON) -m venv --system-site-packages $(VENV); \
	  else $(PYTHON) -m venv $(VENV); fi
	@touch $@

$(VENV)/ready: $(VENV)/python setup.cfg models/landmarks.toml models/landmark_ranges.toml
	@echo "Installing the packages and the landmark weights: about 130 MB to fetch, once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/ishara models fetch
	@touch $@

$(VENV)/ready-test: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(VENV)/ready-lint: $(VENV)/ready-test
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[lint]'
	@touch $@

$(VENV)/ready-bench: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

.venv-training/ready: setup.cfg
	@$(PYTHON) -m venv .venv-training
	@.venv-training/bin/python -m pip install --quiet --disable-pip-version-check \
	  --editable '.[training,test]'
	@touch $@

clean:
	rm -rf .venv .venv-training build dist *.egg-info
