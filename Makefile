# One verb each. Needs make and Python 3.11 or newer; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
REPORT := twofold-report.html
ROOMS := symbolic numeric checks reports
MYPY := $(foreach room,$(ROOMS),-p twofold.$(room)) -m twofold -m twofold.__main__

.DEFAULT_GOAL := help
.PHONY: demo test check quality bench bench-quick bench-peers help

demo: .venv/.stamp  ## check the worked example and write its report
	@status=0; $(BIN)/twofold check examples/homework.md --report $(REPORT) || status=$$?; \
	if [ $$status -gt 1 ]; then exit $$status; fi; \
	echo; echo "The report: $(CURDIR)/$(REPORT)"

test: .venv/.stamp  ## run the tests
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

check: .venv/.stamp-dev  ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(MYPY)
	$(BIN)/pytest -q tests/test_doctests.py

quality: .venv/.stamp  ## the long runs: power and false alarms
	$(BIN)/pytest -m quality $(ARGS)

# The peers live in an environment of their own; without it the benchmarks name them as not run.
BENCH_BIN = $(if $(wildcard .venv-bench/bin/python),.venv-bench/bin,$(BIN))

bench: .venv/.stamp  ## measure against the alternatives, side by side
	@set -e; for script in $(sort $(wildcard benchmarks/bench_*.py)) $(wildcard benchmarks/page.py); do \
	  echo "== $$script"; $(BENCH_BIN)/python $$script; done

bench-quick: .venv/.stamp  ## have the ratios to the alternatives fallen? (two minutes)
	@$(BENCH_BIN)/python benchmarks/quick.py $(ARGS)

bench-peers: .venv-bench/.stamp  ## install the alternatives, for make bench (2 GB)

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

# pip as it comes with Python is enough; uv does the same ten times faster where it is installed.
define install
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(@D)/bin/python -c constraints.txt -e '.[$(1)]'; \
	else \
	  $(@D)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(1)]'; \
	fi
	@touch $@
endef

.venv/.stamp: .venv/.python pyproject.toml constraints.txt
	$(call install,test)

.venv/.stamp-dev: .venv/.python pyproject.toml constraints.txt
	$(call install,test$(comma)dev)
	@touch .venv/.stamp

.venv-bench/.stamp: .venv-bench/.python pyproject.toml constraints.txt
	$(call install,test$(comma)bench)

comma := ,

.venv/.python .venv-bench/.python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "No $(PYTHON) here. Install Python 3.11 or newer, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$($(PYTHON) --version 2>&1); twofold needs 3.11 or newer." >&2; \
	  echo "Name a newer one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(@D); \
	else \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "$(PYTHON) comes without venv or ensurepip. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	  $(PYTHON) -m venv $(@D); \
	fi
	@touch $@
