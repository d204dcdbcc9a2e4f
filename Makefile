# make run    reads fingerspelling: Pi camera, else webcam, else a rendered signer
# make test   runs the tests; test-random draws other examples each time, test-quiet runs those
#             that need a machine with nothing else to do, test-training those of models/training,
#             test-kiosk those of the page, in a browser
# make lint   checks style, types and which package may import which
# make bench  measures this machine; MODES="stages replay", BENCH="--seconds 20" choose
# make lock   pins again the packages that systemd/install installs
# All make what they need in .venv first; `make setup` does only that.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: setup run test test-random test-quiet test-training test-kiosk lint bench lock clean

setup: $(VENV)/ready

run: setup
	@$(BIN)/ishara run --print $(if $(SOURCE),--source "$(SOURCE)")

# Most tests wait for a process of their own: two of them at once, those of a file one by one.
AT_ONCE := --numprocesses 2 --dist loadfile

test: $(VENV)/ready-test
	@echo "Running the tests: about 8 minutes on two cores, then one line says how many passed"
	@$(BIN)/python -m pytest $(AT_ONCE)

# The property tests draw the same examples on every run of `make test`; here, others each time.
test-random: $(VENV)/ready-test
	@echo "Running the tests on random examples: about 8 minutes on two cores"
	@ISHARA_HYPOTHESIS=random $(BIN)/python -m pytest $(AT_ONCE)

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

# The page's too: a browser to test it in is Chromium of the system (sudo apt install chromium).
test-kiosk: .venv-kiosk/ready
	@.venv-kiosk/bin/python -m pytest tests/kiosk $(AT_ONCE)

# By version and SHA-256, for each Python that is supported. The wheels must be there for amd64 and
# for arm64, which pip tries; the hashes are those of all wheels of a version.
LOCK := systemd/lock
LOCKED = $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --only-binary :all: \
  --no-annotate --custom-compile-command "make lock" --constraint $(LOCK)/constraints.txt
ASKED = $(BIN)/python -I -c 'import configparser as c; \
  s = c.ConfigParser(); s.read("setup.cfg"); print(s["$(1)"]["$(2)"])'

lock: $(VENV)/python
	@$(BIN)/python -I -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	@for version in 3.11 3.12 3.13; do \
	  for machine in aarch64 x86_64; do \
	    $(call ASKED,options,install_requires) | \
	      $(LOCKED) --python-version $$version --python-platform $$machine-manylinux_2_28 - \
	      --output-file $(LOCK)/$$machine.txt || exit 1; \
	  done; \
	  cmp $(LOCK)/aarch64.txt $(LOCK)/x86_64.txt || exit 1; \
	  rm $(LOCK)/aarch64.txt; mv $(LOCK)/x86_64.txt $(LOCK)/python$$version.txt; \
	  for machine in aarch64 x86_64; do \
	    $(BIN)/python -I -m pip download --quiet --dest $(VENV)/locked --require-hashes \
	      --no-deps --only-binary :all: --python-version $$version \
	      $(foreach tag,2_28 2_27 2_26 2_24 2_17,--platform manylinux_$(tag)_$$machine) \
	      --platform manylinux2014_$$machine --requirement $(LOCK)/python$$version.txt || exit 1; \
	  done; \
	done
	@rm -r $(VENV)/locked
	@$(call ASKED,options.extras_require,metrics) | \
	  $(LOCKED) --python-version 3.11 - --output-file $(LOCK)/metrics.txt
	@$(call ASKED,options.extras_require,mqtt) | \
	  $(LOCKED) --python-version 3.11 - --output-file $(LOCK)/mqtt.txt
	@$(call ASKED,options.extras_require,kiosk) | \
	  $(LOCKED) --python-version 3.11 - --output-file $(LOCK)/kiosk.txt
	@echo 'setuptools>=70.1' | $(LOCKED) --python-version 3.11 - --output-file $(LOCK)/build.txt

$(VENV)/python:
	@$(PYTHON) -I -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Ishara Edge needs Python 3.11 to 3.13; this is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -I -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@if $(PYTHON) -I -c 'import picamera2' 2>/dev/null; \
	  then $(PYTHON) -I -m venv --system-site-packages $(VENV); \
	  else $(PYTHON) -I -m venv $(VENV); fi
	@touch $@

$(VENV)/ready: $(VENV)/python setup.cfg models/landmarks.toml models/landmark_ranges.toml
	@echo "Installing the packages and the landmark weights: about 130 MB to fetch, once"
	@$(BIN)/python -I -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/ishara models fetch
	@touch $@

$(VENV)/ready-test: $(VENV)/ready
	@$(BIN)/python -I -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(VENV)/ready-lint: $(VENV)/ready-test
	@$(BIN)/python -I -m pip install --quiet --disable-pip-version-check --editable '.[lint]'
	@touch $@

$(VENV)/ready-bench: $(VENV)/ready
	@$(BIN)/python -I -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

.venv-training/ready: setup.cfg
	@$(PYTHON) -I -m venv .venv-training
	@.venv-training/bin/python -I -m pip install --quiet --disable-pip-version-check \
	  --editable '.[training,test]'
	@touch $@

.venv-kiosk/ready: setup.cfg
	@$(PYTHON) -I -m venv .venv-kiosk
	@.venv-kiosk/bin/python -I -m pip install --quiet --disable-pip-version-check \
	  --editable '.[kiosk,test,test-kiosk]'
	@touch $@

clean:
	rm -rf .venv .venv-training .venv-kiosk build dist *.egg-info
