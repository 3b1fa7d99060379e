# make run · make test · make check · make soak · make bench · make install · make lock
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
PORT ?= 8000
export PORT

.PHONY: run test check soak bench install lock clean

run: $(VENV)/.runtime
	SCHAKEL_DEMO=1 $(BIN)/schakel serve --prepare

# As many at a time as there are cores, four at most: each has a model in memory.
# The tests of a file stay together, in their order; files that take long come before the small ones.
test: $(VENV)/.dev
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The proofs that take longest, whole: `make test` does a part of each.
SOAK := tests/integration/test_killed_server.py tests/integration/test_killed_saving.py \
	tests/integration/test_power_loss.py tests/integration/test_corruption.py \
	tests/integration/test_full_disk.py tests/integration/test_reading_meanwhile.py \
	tests/integration/test_many_writers.py tests/integration/test_same_answers.py \
	tests/property/test_scope.py tests/property/test_index.py

soak: $(VENV)/.dev
	SCHAKEL_SOAK=1 $(BIN)/pytest $(SOAK)

# Beside txtai. With BENCH=MAP cases are made of those of a judged collection.
bench: $(VENV)/.bench
	$(BIN)/schakel bench index $(BENCH)

install: $(VENV)/.runtime

# The pins: constraints.txt is made from pyproject.toml, for all extras. The build of torch
# (+cpu and so on) is left to the machine.
lock: $(VENV)/.dev
	$(BIN)/pip-compile --quiet --all-extras --strip-extras --upgrade --no-header \
		--no-emit-index-url --no-emit-find-links --annotation-style=line \
		--output-file constraints.txt pyproject.toml
	sed -i 's/^\(torch==[0-9.]*\)+[a-z0-9]*/\1/' constraints.txt

$(VENV)/.runtime: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

$(VENV)/.bench: $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
