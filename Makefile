## make demo   installs peerbill in its own environment, bills a shipped example into demo/ and posts the answers
## make test   runs the tests, in a process for each core
## make lint   format, checks, types, import layers
## make test-all  tries everything, also what is tried in part: each step at which a run can be killed; on SQLite and PostgreSQL
## make test-quick  runs the tests of one minute: without the ledger, reports, the commands, X12 and the examples
## make test-postgresql  runs the ledger's tests on a PostgreSQL server too, which it starts (Debian: and installs)
## make judges  lets other validators judge every kind of file that peerbill writes; RDPCRYSTAL=yes takes one more from npm
## make fuzz    gives every reader inputs that nobody would send; TARGET=toml for one, SECONDS=60 for how long each
## make planted  plants errors in clean data, and records how many the checks find, for README and documentation
## make bench  measures on this machine, for an hour or two; BENCHMARKS="bench_check bench_run" for these alone
## make clean  removes everything that the others made
## make snapshot  writes fixtures/audits.txt, what the audit says of every case, example and planted defect
## make api     writes fixtures/api.txt, the public surface of import peerbill: at a release, and for what no release had
## make docs    builds the documentation into site/, guides and reference; needs packages of the extra docs
## make proof   branches that the tests take, and mutants that they notice, into tests/proof/README.md; ALL=yes tries every mutant
## make release builds dist/: sdist, wheel, list of parts (CycloneDX), requirements with hashes, SHA256SUMS
## make lock    writes .release/*.txt, the versions of today with their hashes
## make coverage  writes codesets/README.md, the table of all states, from their files

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
EXAMPLE ?= mi-recovery-coach
# The day for which the example was written.
AS_OF = $(shell sed -n 's/^as_of = //p' fixtures/examples/$(EXAMPLE)/example.toml)
# The build tells about the mapped folders at each editable install, and cannot be told to stop.
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip
BENCHMARKS := bench_run bench_patterns bench_guard bench_writer bench_check bench_policy bench_answers bench_post bench_payments bench_history bench_report bench_audit_page bench_audit_workbook bench_import bench_first_day bench_year bench_kept bench_coverage bench_claims_audit bench_growth bench_scale

# Folders that take most of the time. The snapshot audits the examples and their defects, so it stays in.
SLOW := tests/ledger tests/cli tests/report tests/audit_report tests/setup tests/survey tests/x12 tests/test_agency.py tests/test_docs.py tests/test_examples.py tests/test_readme.py tests/test_packaging.py tests/test_planted.py

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-quick test-postgresql lint judges bench planted api docs fuzz snapshot proof release lock coverage clean

help:
	@sed -n 's/^## //p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "peerbill needs Python 3.11 or later: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

# One stamp per set of requirements, so that nothing is installed twice.
$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@ $(VENV)/installed

$(VENV)/installed-bench: $(VENV)/installed-dev
	$(PIP) install --quiet --disable-pip-version-check --editable ".[bench]"
	@touch $@

demo: $(VENV)/installed
	@rm -rf demo && mkdir demo
	$(BIN)/peerbill init demo/workspace --example $(EXAMPLE)
	$(BIN)/peerbill audit demo/workspace --as-of $(AS_OF) --json demo/audit.json
	# A test file first: the payer reads it and pays nothing.
	$(BIN)/peerbill bill demo/workspace --as-of $(AS_OF) --out demo/test
	$(BIN)/peerbill post demo/workspace demo/workspace/answers/[12]-*.edi || [ $$? -eq 1 ] # 1: a claim was rejected
	# Then production, which sends everything once more in earnest: a test counts as billed for tests alone.
	sed 's/^mode = "test"/mode = "production"/' demo/workspace/peerbill.toml > demo/peerbill.toml
	mv demo/peerbill.toml demo/workspace/peerbill.toml
	$(BIN)/peerbill bill demo/workspace --as-of $(AS_OF) --out demo/claims
	$(BIN)/peerbill check demo/claims/*.837
	$(BIN)/peerbill post demo/workspace demo/workspace/answers/production/*.edi || [ $$? -eq 1 ] # 1: something was rejected
	$(BIN)/peerbill claims demo/workspace --csv demo/claims.csv
	$(BIN)/peerbill todo demo/workspace --as-of $(AS_OF) || [ $$? -eq 1 ] # 1: something is to be done
	$(BIN)/peerbill report demo/workspace --as-of $(AS_OF) --out demo/report.html
	@echo
	@echo "Look at   demo/workspace            the tables and peerbill.toml, as an agency keeps them"
	@echo "          demo/audit.json           every encounter and finding"
	@echo "          demo/test                 the test file, of which nothing counts as billed"
	@echo "          demo/claims               the claims (X12 837P) and manifest.json, which says what is in them"
	@echo "          demo/claims.csv           what became of each claim once the payer's answers were posted"
	@echo "          demo/report.html          charges, payments, aging and more: open it in a browser"
	@echo "          demo/workspace/ledger.db  what was billed: run the bill command again, and nothing is billed twice"

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest --quiet --numprocesses auto --dist worksteal

test-all: $(VENV)/installed-dev
	PEERBILL_TEST_EVERYTHING=yes .ci/postgresql $(BIN)/python -m pytest --quiet --numprocesses auto --dist worksteal

test-quick: $(VENV)/installed-dev
	$(BIN)/python -m pytest --quiet --numprocesses auto -m "not slow" $(addprefix --ignore=,$(SLOW))

test-postgresql: $(VENV)/installed-dev
	.ci/postgresql --required $(BIN)/python -m pytest --quiet --numprocesses auto tests/ledger tests/cli

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	PYTHONPATH=.docs $(BIN)/python tests/public_surface.py

# RDPCrystal EDI Library has a licence of its own, which allows an evaluation of 30 days: whoever says yes accepts it.
judges: $(VENV)/installed-dev
ifdef RDPCRYSTAL
	npm install --silent --no-save --prefix .judges rdpcrystal-edi-library@1.4.1
endif
	$(BIN)/python tests/judges/judge.py $(if $(RDPCRYSTAL),--rdpcrystal .judges/node_modules/rdpcrystal-edi-library)

bench: $(VENV)/installed-bench
	@failed=; for benchmark in $(BENCHMARKS); do \
		echo; echo "== $$benchmark"; $(BIN)/python tests/benchmarks/$$benchmark.py || failed="$$failed $$benchmark"; done; \
	[ -z "$$failed" ] || { echo "These failed, or took more than they may:$$failed" >&2; exit 1; }

planted: $(VENV)/installed-dev
	$(BIN)/python tests/benchmarks/planted.py --record

api: $(VENV)/installed-dev
	PYTHONPATH=.docs $(BIN)/python tests/public_surface.py --record

$(VENV)/installed-docs: $(VENV)/installed-dev
	$(PIP) install --quiet --disable-pip-version-check --editable ".[docs]"
	@touch $@

docs: $(VENV)/installed-docs
	$(BIN)/python .docs/reference_pages.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --clean --config-file .docs/mkdocs.yml
	@echo "Open site/index.html"

# atheris has builds for some systems alone; where there is none, seeds are damaged at random.
$(VENV)/installed-fuzz: $(VENV)/installed-dev
	$(PIP) install --quiet --disable-pip-version-check --editable ".[fuzz]" || echo "There is no atheris for this system."
	@touch $@

fuzz: $(VENV)/installed-fuzz
	$(BIN)/python tests/fuzz/run.py --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED)) $(TARGET)

snapshot: $(VENV)/installed-dev
	$(BIN)/python tests/snapshot.py

$(VENV)/installed-proof: $(VENV)/installed-dev
	$(PIP) install --quiet --disable-pip-version-check --editable ".[proof]"
	@touch $@

proof: $(VENV)/installed-proof
	PYTHONPATH=tests $(BIN)/python -m proof.proof --record $(if $(ALL),--all)

$(VENV)/installed-lock: $(VENV)/installed-dev
	$(PIP) install --quiet --disable-pip-version-check --editable ".[lock]"
	@touch $@

# For every Python and system that peerbill runs on, and without the address that they came from.
LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

lock: $(VENV)/installed-lock
	$(LOCK) --extra all --output-file .release/requirements.txt pyproject.toml
	$(LOCK) --output-file .release/tools.txt .release/tools.in

build/release/tools/installed: .release/tools.txt
	$(PYTHON) -m venv --clear build/release/tools
	build/release/tools/bin/python -m pip -qq install --require-hashes --requirement .release/tools.txt
	@touch $@

release: build/release/tools/installed
	@rm -rf build/release/peerbill
	build/release/tools/bin/python .release/release.py --out dist --environment build/release/peerbill

coverage: $(VENV)/installed
	$(BIN)/peerbill policy --coverage --markdown > codesets/README.md.new
	@mv codesets/README.md.new codesets/README.md

clean:
	rm -rf $(VENV) .axe .judges build dist site demo peerbill.egg-info .make .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
