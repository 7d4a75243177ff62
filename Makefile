# Two commands do everything on a machine with Python 3.11+, pip and make:
#   make demo    make test
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PYTHONS ?= python3.12 python3.13
STAMP := $(VENV)/.installed
EXACT := '*/pocketsflow_emulator/core/*,*/pocketsflow_emulator/wire/*,*/delivery/engine.py'

.PHONY: demo test lint types imports tests docs site bench examples clean help
.PHONY: campaign campaign-api campaign-data campaign-delivery campaign-faults campaign-plugin campaign-scenarios pytests pythons

help: ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --editable ".[pytest]" --group dev
	@touch $@

demo: $(STAMP) ## a trial ends, renewals fail, a refund arrives: signed, against a real receiver
	@$(BIN)/pocketsflow-emulator run trial-ends-in-three-days renewal-failure renewal-failure-recovers refund

test: lint types imports tests examples ## everything that must be green

lint: $(STAMP) ## style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## types
	@$(BIN)/mypy

imports: $(STAMP) ## which room may import which
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

tests: $(STAMP) ## the test suite, with coverage; what EXACT names is covered to the last branch
	@$(BIN)/coverage erase
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --cov --cov-report= $(ARGS)
	@$(BIN)/coverage report
	@$(if $(ARGS),:,$(BIN)/coverage report --include=$(EXACT) --fail-under=100)

docs: $(STAMP) ## write the pages that are made of the rules and of the scenarios
	@$(BIN)/python -m pocketsflow_emulator.rules docs
	@$(BIN)/python -m pocketsflow_emulator.scenario docs

site: $(STAMP) ## the manual as a site, in docs/_build
	@$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build

bench: $(STAMP) ## measure; the figures of docs/performance.md
	@$(BIN)/python -m pip install --quiet --group bench
	@$(BIN)/python -m benchmarks

examples: $(STAMP) ## the tests of the examples, against the package as it would be installed
	@rm -rf .examples && mkdir .examples
	@$(BIN)/python -m build --wheel --no-isolation --outdir .examples . >/dev/null
	@$(PYTHON) -m venv .examples/venv
	@.examples/venv/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	@.examples/venv/bin/python -m pip install --quiet "$$(ls .examples/*.whl)[pytest]" --group merchants
	@set -e; for one in aiohttp django fastapi flask; do \
	  .examples/venv/bin/python -m pytest -q -p no:cacheprovider examples/$$one; done

campaign: $(STAMP) ## 20,000 random lives of an account against a model; ARGS="--seed 7" repeats one
	@PYTHONPATH=tests $(BIN)/python -m campaign $(ARGS)
	@$(if $(ARGS),:,POCKETSFLOW_MACHINES=1000 $(BIN)/pytest -q tests/core/test_machine.py)

campaign-api: $(STAMP) ## the API under more requests than the suite has time for
	@POCKETSFLOW_HAMMER=20000 $(BIN)/pytest -q tests/api/test_hammer.py
	@POCKETSFLOW_FUZZ=200 $(BIN)/pytest -q tests/api/fuzz
	@POCKETSFLOW_GO=1 $(BIN)/pytest -q tests/test_other_languages.py

campaign-scenarios: $(STAMP) ## ten minutes of files that nobody would write, against the loader
	@$(BIN)/python -m pip install --quiet --group fuzz
	@PYTHONPATH=tests $(BIN)/python -m scenario.fuzz $(ARGS)

campaign-delivery: $(STAMP) ## 10,000 deliveries to a slow receiver, with few files open
	@POCKETSFLOW_DELIVERIES=10000 $(BIN)/pytest -q tests/delivery/test_many_deliveries.py

campaign-data: $(STAMP) ## 300 servers with a data file killed, and 9,000 damaged files
	@PYTHONPATH=tests $(BIN)/python -m kept $(ARGS)

campaign-faults: $(STAMP) ## 200 random stories of faults, replays, pulls and restores, told in every order
	@PYTHONPATH=tests $(BIN)/python -m trouble $(ARGS)

campaign-plugin: $(STAMP) ## 500 tests of the pytest plugin in 8 workers, twenty times
	@$(BIN)/python tests/plugin/campaign.py

pytests: $(STAMP) ## the tests of the pytest plugin under pytest 8.4 and 9, each in a venv of its own
	@for version in 8.4 9.0; do \
	  echo "pytest $$version" && $(PYTHON) -m venv $(VENV)-pytest-$$version && \
	  $(VENV)-pytest-$$version/bin/python -m pip install --quiet --upgrade "pip>=25.1" && \
	  $(VENV)-pytest-$$version/bin/python -m pip install --quiet --editable ".[pytest]" --group plugins "pytest~=$$version.0" && \
	  $(VENV)-pytest-$$version/bin/python -m pytest -q tests/plugin || exit 1; \
	done

pythons: $(STAMP) ## the suite under other Pythons that are here, each in a venv of its own; PYTHONS="..." names them
	@digest() { PYTHONPATH=tests "$$1/bin/python" -m scenario.digest; }; \
	passed=; failed=; missing=; same=$$(digest $(VENV)) && \
	for python in $(PYTHONS); do \
	  version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) \
	    || { missing="$$missing $$python"; continue; }; \
	  venv=$(VENV)-$$version && echo "Python $$version"; \
	  if $$python -m venv $$venv && \
	    $$venv/bin/python -m pip install --quiet --upgrade "pip>=25.1" && \
	    $$venv/bin/python -m pip install --quiet --editable ".[pytest]" --group dev && \
	    { test "$$(digest $$venv)" = "$$same" || { echo "other journals than under $(VENV)"; false; }; } && \
	    $$venv/bin/python -m pytest -q -n $(WORKERS) --dist loadfile -p no:cacheprovider $(ARGS); \
	  then passed="$$passed $$version"; else failed="$$failed $$version"; fi; \
	done; \
	echo "passed:$${passed:- none}; failed:$${failed:- none}; not found:$${missing:- none}"; \
	test -n "$$passed" && test -z "$$failed"

clean: ## remove what was made
	rm -rf docs/_build docs/made $(VENV) $(VENV)-* .examples .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage*
