.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin
STAMP := $(VENV)/.installed-
OLDEST ?= .venv-oldest
PEERS ?= .venv-peers
WORKERS ?= 2
PARALLEL = --numprocesses=$(WORKERS) --dist=worksteal
# a process of tests has one core: models that take several threads would only wait for them
test test-oldest: export OMP_NUM_THREADS := 1
BENCH ?= tests/benchmarks
BENCH_OPTIONS := --override-ini=addopts= --import-mode=importlib -s -q -rs
OLDEST_TESTS := $(addprefix tests/,compile estimators fitted formulas graph keys laws learners plans saving study tasks) \
	tests/runtime/test_kept_fits.py causal_dask

.PHONY: help
help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP)%: $(VENV)/bin/python pyproject.toml
	$(RUN)/pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

.PHONY: demo
demo: $(STAMP)demo ## Estimate the effect of quitting smoking on weight, on real data
	$(RUN)/python examples/quit_smoking.py

.PHONY: test
test: $(STAMP)test ## Run the tests and doctests in two processes (WORKERS=4 for four, TESTS=path for some)
	$(RUN)/python -m pytest $(PARALLEL) --ignore=tests/slurm $(TESTS)

.PHONY: test-slurm
test-slurm: $(STAMP)test ## Run the tests on a real Slurm, one by one
	$(RUN)/python -m pytest tests/slurm

.PHONY: test-oldest
test-oldest: $(OLDEST)/.installed ## Run the laws and parities with the oldest versions supported
	$(OLDEST)/bin/python -m pytest $(PARALLEL) $(OLDEST_TESTS)

$(OLDEST)/.installed: pyproject.toml constraints-oldest.txt
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/pip install --quiet --disable-pip-version-check \
		--constraint constraints-oldest.txt --editable '.[test]'
	@touch $@

.PHONY: lint
lint: $(STAMP)lint types ## Check style, format and types
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

.PHONY: types
types: $(STAMP)lint ## Check types
	$(RUN)/mypy

.PHONY: bench
bench: $(STAMP)test ## Run the benchmarks (hours; QUICK=1 for a look, BENCH=path for one)
	$(RUN)/python -m pytest $(BENCH) --ignore=tests/benchmarks/peers $(BENCH_OPTIONS)

.PHONY: bench-peers
bench-peers: $(PEERS)/.installed $(PEERS)-econml/.installed ## Run the benchmarks against other packages (hours)
	$(PEERS)-econml/bin/python -m pytest tests/benchmarks/peers/test_others.py $(BENCH_OPTIONS)
	$(PEERS)/bin/python -m pytest $(addprefix tests/benchmarks/peers/test_,metalearners.py search.py explainer.py) $(BENCH_OPTIONS)

$(PEERS)/.installed: pyproject.toml tests/benchmarks/peers/metalearners.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check \
		--requirement tests/benchmarks/peers/metalearners.txt
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(PEERS)-econml/.installed: pyproject.toml tests/benchmarks/peers/econml.txt
	$(PYTHON) -m venv $(PEERS)-econml
	$(PEERS)-econml/bin/pip install --quiet --disable-pip-version-check \
		--requirement tests/benchmarks/peers/econml.txt --editable .
	@touch $@

.PHONY: docs
docs: $(STAMP)docs ## Build the documentation, warnings and dead links as errors
	$(RUN)/sphinx-build --fail-on-warning --keep-going -q docs docs/_build/html
	$(RUN)/python docs/site_check.py docs/_build/html

.PHONY: clean
clean: ## Remove the environment and what was built
	rm -rf $(VENV) $(OLDEST) $(PEERS) $(PEERS)-econml docs/_build docs/gallery docs/reference out examples/out .mypy_cache .ruff_cache .pytest_cache .hypothesis
