# "make" prints the targets. Everything but "vendor" and "lint" works without a network; "test", "demo" and "bench"
# install Debian packages if the machine lacks a real Incus.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

DESTDIR ?=
PREFIX ?= /usr/local
FUZZTIME ?= 20s
RUN ?=
PARTS ?=
E2E_TIMEOUT ?= 70m
LINT_VERSION := v2.15.0
MAX_SIZE := 30000000

# MOD=mod builds from the module cache, for work on the dependencies.
MOD ?= vendor
export GOFLAGS += -mod=$(MOD) -buildvcs=false

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS := -s -w$(if $(VERSION), -X main.version=$(VERSION))

verdict = CGO_ENABLED=0 go run .ci/verdict.go

# The files, names and packages of the tests that need real daemons.
e2e_files = $(shell grep -rlE --include='*_test.go' '^//go:build.*\be2e\b' cmd internal)
e2e_names = $(shell sed -nE 's/^func (Test[A-Za-z0-9_]*)\(.*\*testing\.T\).*/\1/p' $(e2e_files) /dev/null)
e2e_packages = $(addprefix iab/,$(sort $(patsubst %/,%,$(dir $(e2e_files)))))
bench_packages := ./internal/plan ./internal/remote ./internal/run ./internal/status
soak_test := TestEveryRestorePointIsAccountedForAfterManyRunsOfChanceAndFaults
empty :=
space := $(empty) $(empty)

.PHONY: help
help: ## print the targets
	@sed -nE 's/^([a-z0-9]+):.*## (.*)/\1\t\2/p' Makefile | expand -t 10

.PHONY: build
build: ## static binaries bin/iab and bin/iablab
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/iab ./cmd/iablab

bin/iab bin/iablab:
	@$(MAKE) build

.PHONY: install
install: bin/iab ## bin/iab and the systemd units under DESTDIR and PREFIX (/usr/local)
	install -D -m 0755 bin/iab $(DESTDIR)$(PREFIX)/bin/iab
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 0644 packaging/systemd/iab.timer $(DESTDIR)$(PREFIX)/lib/systemd/system/
	sed 's|/usr/bin/iab|$(PREFIX)/bin/iab|' packaging/systemd/iab.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/iab.service
	chmod 0644 $(DESTDIR)$(PREFIX)/lib/systemd/system/iab.service
	install -d -m 0700 $(DESTDIR)/var/lib/iab

.PHONY: test
test: build ## all tests; installs what the lab needs first (root)
	@.ci/lab-packages
	@$(MAKE) check
	@$(MAKE) e2e

.PHONY: check
check: build ## all that needs no Incus: format, vet, unit tests with -race, benchmarks once, vendor, size
	@unformatted=$$(gofmt -l .ci cmd internal); [ -z "$$unformatted" ] || { echo "gofmt is needed by:"; echo "$$unformatted"; exit 1; }
	@go vet ./...
	@go vet -tags e2e ./...
	@go list -deps -test -tags e2e ./... >/dev/null # fails when vendor/ and go.mod differ
	@CGO_ENABLED=1 go test -race -count=1 -timeout 10m -json ./... | $(verdict)
	@out=$$(go test -run '^$$' -bench . -benchtime 1x $(bench_packages) 2>&1) || { echo "$$out"; echo "a benchmark fails"; exit 1; }
	@size=$$(stat -c %s bin/iab); modules=$$(go version -m bin/iab | grep -c '^[[:space:]]dep'); \
	echo "bin/iab: $$size bytes, $$modules modules linked"; \
	[ "$$size" -lt $(MAX_SIZE) ] || { echo "bin/iab has reached $(MAX_SIZE) bytes"; exit 1; }

.PHONY: e2e
e2e: build ## the tests against real Incus daemons (root); RUN=regexp picks some
	@missing=$$(bin/iablab missing 2>/dev/null) || { echo "run the e2e tests: this machine lacks $$missing; run .ci/lab-packages as root"; exit 1; }
	@[ -n '$(e2e_names)' ] || { echo "run the e2e tests: there are none"; exit 1; }
	@go test -tags e2e -count=1 -timeout $(E2E_TIMEOUT) -json -run '$(or $(RUN),^($(subst $(space),|,$(e2e_names)))$$)' $(e2e_packages) | \
	$(verdict) -v $(if $(RUN),,$(e2e_packages))

.PHONY: soak
soak: build ## IAB_SOAK_RUNS (200) runs with random changes and faults, then every restore point accounted for (root)
	@.ci/lab-packages
	@IAB_SOAK_RUNS=$${IAB_SOAK_RUNS:-200} IAB_SOAK_SEED=$${IAB_SOAK_SEED:-$$((RANDOM + 1))} \
	go test -tags e2e -count=1 -v -timeout 60m -run '^$(soak_test)$$' ./internal/e2e

.PHONY: demo
demo: build ## the main job shown on two throwaway Incus servers (root)
	@.ci/lab-packages
	@bin/iablab demo

.PHONY: bench
bench: build ## the figures of docs/performance.md, as ratios (root); PARTS=loop,delay,archive,large,many picks some
	@.ci/lab-packages
	@bin/iablab bench $(if $(PARTS),--parts $(PARTS))
	@go test -run '^$$' -bench . -benchtime 3x $(bench_packages) | grep Benchmark

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (20s)
	@grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' cmd internal | sed -E 's|^(.*)/[^/]+:[0-9]+:func (.*)|./\1 \2|' | \
	while read -r package name; do \
	echo "$$package $$name"; go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$package" </dev/null; done

.PHONY: lint
lint: ## golangci-lint, with the reasons in .golangci.yml
	@command -v golangci-lint >/dev/null || { echo "golangci-lint is missing: go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)"; exit 1; }
	golangci-lint run

.PHONY: cover
cover: ## coverage of the unit tests: bin/cover.out and the total
	@mkdir -p bin
	@go test -count=1 -coverprofile=bin/cover.out ./...
	@go tool cover -func=bin/cover.out | tail -n 1

.PHONY: vendor
vendor: ## go mod tidy and go mod vendor (network)
	go mod tidy
	go mod vendor

.PHONY: clean
clean: ## remove bin and dist
	rm -rf bin dist
