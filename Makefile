# Taffrail's targets. Each installs what it needs (tools/install_deps.sh). `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(CURDIR)/build/node/bin:$(PATH)

binary := build/release/taffrail
# Seconds per fuzz target, and arguments for the server, e.g. make run ARGS="--source demo".
FUZZ_SECONDS ?= 60
ARGS ?=

# What the page is made of: a change of any of it makes `make build` build the page again.
web_sources := $(shell find web docs/openapi.yaml \( -name node_modules -o -name dist -o -name coverage \) -prune -o -type f -print 2>/dev/null)

.PHONY: help run build test tsan bench fuzz format tidy screenshots clean deps-build deps-test deps-bench deps-screenshots

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build and start the server; ARGS="--source demo" passes options on
	$(binary) serve $(ARGS)

build: deps-build web/dist/index.html ## the release binary with the page inside: build/release/taffrail
	cmake --preset release --log-level=WARNING
	cmake --build build/release --target taffrail

web/dist/index.html: $(web_sources)
	tools/npm_ci.sh web
	cd web && npm run --silent build
	@touch $@

test: ## everything that is checked; ends with "N passed, N failed"; ONLY="format layers" runs some steps
	@tools/install_deps.sh build test || { echo "0 passed, 1 failed"; exit 1; }
	@python3 tools/run_tests.py $(ONLY)

tsan: deps-test ## the unit tests under the thread sanitizer
	@python3 tools/run_tests.py build-tsan unit-tsan

bench: deps-bench build ## load and micro-benchmarks beside their limits; ONLY="idle writing" runs some
	cmake --build build/release --target benches
	tools/npm_ci.sh e2e
	@cd e2e && npx --no-install tsx ../bench/main.ts $(ONLY)

fuzz: deps-test ## run every fuzz target for FUZZ_SECONDS (60)
	cmake --preset fuzz --log-level=WARNING
	cmake --build build/fuzz --target tests
	@python3 tools/run_fuzz.py --seconds $(FUZZ_SECONDS) $(ONLY)

format: deps-test ## format the C++ sources
	git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format-19 -i

tidy: deps-test ## clang-tidy over the C++ sources that differ from the last landed commit; ALL=1 looks at all
	cmake --preset release --log-level=WARNING
	@python3 tools/tidy.py build/release $(if $(ALL),--all)

screenshots: deps-screenshots build ## take docs/screenshots/*.png from the demo source
	tools/npm_ci.sh e2e
	cd e2e && npm run --silent screenshots

clean: ## remove everything that was built
	rm -rf build web/dist web/node_modules e2e/node_modules e2e/results

deps-build:
	@tools/install_deps.sh build

deps-test:
	@tools/install_deps.sh build test

deps-bench:
	@tools/install_deps.sh build bench

deps-screenshots:
	@tools/install_deps.sh build screenshots
