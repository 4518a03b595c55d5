# Everything that builds, runs and tests Callside. `make` alone lists the targets.

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

export CARGO_TARGET_DIR := $(shell tests/setup/cache.sh)
export CARGO_TERM_PROGRESS_WHEN ?= never
# A build server compiles each commit once: what speeds up the next small change is only ballast there.
ifeq ($(CI),true)
export CARGO_INCREMENTAL := 0
endif

TOOLS := $(HOME)/.cache/callside/tools
STEP := @tests/setup/step.sh
SESSION := tests/setup/session.sh
# One feature set for every cargo call, so that nothing is compiled twice. It embeds ui/dist into the binary.
EMBEDDED := --features tauri/custom-protocol
# Each story uses a whole screen and several processes; one after the other they are hardly slower, and steadier.
STORIES := CALLSIDE_TOOLS="$(TOOLS)" tests/setup/stories.sh
# With a display of its own the app needs no virtual one.
DISPLAY_HERE := $(DISPLAY)$(WAYLAND_DISPLAY)

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# --- Prerequisites -----------------------------------------------------------------------------------------------

.PHONY: setup
setup: toolchain ## Install what is missing on this machine for running and testing (says what and why)
	@tests/setup/packages.sh
	@tests/setup/tauri_driver.sh "$(TOOLS)"

.PHONY: toolchain
toolchain:
	@tests/setup/toolchain.sh

.PHONY: setup-run
setup-run: toolchain
	@tests/setup/packages.sh build links

.PHONY: setup-demo
setup-demo: toolchain
	@tests/setup/packages.sh build links display session
	@tests/setup/tauri_driver.sh "$(TOOLS)"

# --- Running -----------------------------------------------------------------------------------------------------

.PHONY: run
ifeq ($(DISPLAY_HERE),)
run: demo ## Open the app in the sample workspace; without a display, play the demo on a virtual one
else
run: setup-run ui
	cargo build --workspace --bin callside $(EMBEDDED)
	"$(CARGO_TARGET_DIR)/debug/callside" --sample
endif

.PHONY: demo
demo: setup-demo ui ## Play the main job through the real windows on a virtual display; pictures in target/demo/
	CALLSIDE_DEMO="$(CURDIR)/target/demo" $(STORIES) --exact demo::demo --nocapture

.PHONY: build
build: setup-run ui ## Build the release binary and name its place
	cargo build --release --workspace --bin callside $(EMBEDDED)
	@echo "$(CARGO_TARGET_DIR)/release/callside"

# --- The windows' code -------------------------------------------------------------------------------------------

UI_SOURCES := $(shell find ui -type f -not -path 'ui/node_modules/*' -not -path 'ui/dist/*' 2>/dev/null)

.PHONY: ui
ui: ui/dist/index.html ## Build the windows' code into ui/dist

ui/node_modules/.stamp: ui/package.json ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund
	@touch $@

# The configuration is touched because cargo does not know that the binary embeds ui/dist.
ui/dist/index.html: ui/node_modules/.stamp $(UI_SOURCES)
	cd ui && npm run build
	@touch $@ tauri.conf.json

.PHONY: ui-check
ui-check: ui/node_modules/.stamp ## Check types and rules of the windows' code
	cd ui && npm run check
	cd ui && npm run lint

.PHONY: ui-test
ui-test: ui/node_modules/.stamp ## Test the windows' code
	cd ui && npm test

# --- Tests -------------------------------------------------------------------------------------------------------

.PHONY: test
test: ## Everything that the build server runs: format, lints, types, unit, integration, UI and end-to-end tests
	$(STEP) "Prerequisites" $(MAKE) --no-print-directory setup
	$(STEP) "Format" $(MAKE) --no-print-directory fmt-check
	$(STEP) "Windows: build" $(MAKE) --no-print-directory ui
	$(STEP) "Windows: types and rules" $(MAKE) --no-print-directory ui-check
	$(STEP) "Windows: tests" $(MAKE) --no-print-directory ui-test
	$(STEP) "Lints" $(MAKE) --no-print-directory lint
	$(STEP) "Unit and integration tests" $(MAKE) --no-print-directory unit-and-it
	$(STEP) "End-to-end tests" $(MAKE) --no-print-directory e2e

.PHONY: fmt
fmt: ui/node_modules/.stamp ## Put all code into the house format
	cargo fmt --all
	cd ui && npm run format

.PHONY: fmt-check
fmt-check:
	cargo fmt --all --check

.PHONY: lint
lint: ui ## Check the Rust code; every warning is an error
	cargo clippy --workspace --all-targets $(EMBEDDED) -- -D warnings

.PHONY: unit-and-it
unit-and-it: ui
	$(SESSION) cargo test --workspace $(EMBEDDED)

.PHONY: unit
unit: ui ## Test every crate by itself
	$(SESSION) cargo test --workspace $(EMBEDDED) --lib --bins

.PHONY: it
it: ui ## Test the crates together, without windows
	$(SESSION) cargo test --workspace $(EMBEDDED) --test it

.PHONY: e2e
e2e: ui ## Test the built app on a real desk: windows, links, browser, softphone, calls (only=NAME for some)
	$(STORIES) --test-threads=1 $(only)

# A day of the simulation is lived through several times faster so.
PROOF = $(SESSION) cargo test --release --workspace $(EMBEDDED) --test it -- --nocapture

.PHONY: soak
soak: setup ui ## Kill the app a thousand times, live through 34,000 bad days and the busiest ones; nothing may be lost or written twice
	CALLSIDE_DAYS=34000 $(PROOF) simulation
	CALLSIDE_KILLS=1000 $(PROOF) kills
	CALLSIDE_WHOLE=1 $(PROOF) stories::soak
	CALLSIDE_SOAK=100 $(STORIES) --test-threads=1 --nocapture soak::

.PHONY: pictures
pictures: setup-demo ui ## Take the pictures of every window for docs/pictures/
	CALLSIDE_PICTURES="$(CURDIR)/docs/pictures" $(STORIES) --test-threads=1 --nocapture pictures::

.PHONY: bench
bench: setup ui ## Measure against the goals of BENCHMARKS.md; wants a quiet machine and time
	cargo build --release --workspace $(EMBEDDED) --features callside/bare-windows --bins --examples
	$(SESSION) "$(CARGO_TARGET_DIR)/release/callside-bench" --out "$(CURDIR)/target/bench" \
	  --app "$(CARGO_TARGET_DIR)/release/callside"
	CALLSIDE_E2E=1 CALLSIDE_BENCH="$(CURDIR)/target/bench" CALLSIDE_TOOLS="$(TOOLS)" \
	  cargo test --release --workspace $(EMBEDDED) --features callside/bare-windows --test e2e -- \
	  --test-threads=1 --nocapture bench::

.PHONY: clean
clean: ## Remove everything that was built
	cargo clean
	rm -rf ui/dist ui/node_modules target/demo
