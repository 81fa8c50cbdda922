# The only verbs of the project. Each is enough on a fresh machine with Python 3.11+ and make:
# the virtual environment is made on first use and remade when a lock changes.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
RUN    := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

.PHONY: help book serve test lab notebooks sweeps lint lock bench mutations clean
.DEFAULT_GOAL := help

help:
	@echo "make book       set up, execute the chapters, build the site"
	@echo "make serve      show the built site on 127.0.0.1"
	@echo "make test       set up, run everything that CI checks"
	@echo "make lab        open the chapters in JupyterLab"
	@echo "make notebooks  regenerate notebooks/ from book/"
	@echo "make sweeps     recompute the data files behind claims over many seeds"
	@echo "make lint       format check, lint (JavaScript too) and types"
	@echo "make lock       pin the newest versions that pyproject.toml admits"
	@echo "make bench      compare speed with peers"
	@echo "make mutations  prove that the suite turns red when a sample of the content is broken"
	@echo "make clean      remove everything that the verbs above made"

# Two stamps: what readers need, and that plus what tests need.
$(VENV)/.reader: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Ravine needs Python 3.11 or newer; this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.test: requirements-dev.lock $(VENV)/.reader
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.lock
	touch $@

book: $(VENV)/.reader
	$(RUN) $(BIN)/python tools/book.py

serve: $(VENV)/.reader
	$(BIN)/python tools/serve.py

test: $(VENV)/.test lint
	$(RUN) $(BIN)/python tools/book.py
	$(RUN) $(BIN)/python tools/notebooks.py --check
	$(RUN) $(BIN)/python -m pytest --numprocesses auto --dist worksteal

lab: $(VENV)/.reader
	$(RUN) $(BIN)/jupyter lab notebooks

notebooks: $(VENV)/.reader
	$(RUN) $(BIN)/python tools/notebooks.py

sweeps: $(VENV)/.reader
	$(RUN) $(BIN)/python tools/sweeps.py

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/oxlint --deny-warnings
	$(BIN)/mypy

lock:
	$(PYTHON) tools/lock.py

bench: $(VENV)/.test
	$(BIN)/python benchmarks/run.py

mutations: $(VENV)/.test
	$(RUN) $(BIN)/python tools/mutations.py
	$(RUN) $(BIN)/python tools/mutate_equations.py
	$(RUN) $(BIN)/python tools/mutate_checks.py

clean:
	rm -rf $(VENV) _build .pytest_cache .ruff_cache .mypy_cache .hypothesis
