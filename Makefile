# make help lists the targets.

SHELL    := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS  := -s -w -X github.com/dbbelt/belt/internal/cli.version=$(VERSION)
SIZE     ?= 200
ENGINE   ?= postgresql
# Empty: the suite that the lab takes for the engine, or all that have it.
SUITE    ?=
SUITES   ?=

# What every change runs on real servers: all that concerns the way of a command on the first engine, and on others what an
# engine does itself. An engine comes into TESTED when its core has passed; make faults has the rest: every crash, cut
# networks, full disks.
OWN             := EnableDisableEnable|BetweenApps|Resync|Undo|VerifyFindsOneChangedRow|KilledAtEveryStep|Demo|RealServers?
CORE_postgresql := $(OWN)|FaultsInMidSeed|TwoReplicas|TwoRunsAtOnce|DryRunChangesNothing|AppServerDown|Logins|BadInput|PrimaryThatHasToRestart
CORE_redis      := EnableDisableEnable|BetweenApps|Resync|RedisInEveryForm
CORE_mariadb    := EnableDisableEnable|BetweenApps|Resync|TwoReplicas
CORE_mysql      := EnableDisableEnable|BetweenApps|Resync|VerifyFindsOneChangedRow|MySQLByDump
# With the mongod that BELT_LAB_MONGOD names. Without one a stand-in for it goes through a replica's life and a backup, and
# MongodItself says by its name what no mongod of MongoDB's went through.
CORE_mongodb    := $(if $(filter-out stand-in,$(BELT_LAB_MONGOD)),$(OWN)|TwoReplicas|TwoRunsAtOnce|DryRunChangesNothing|AppServerDown|BadInput,Backup)|OnRealServers|MongodItself
TESTED          ?= postgresql redis mariadb mongodb
core             = ^Test($(or $(CORE_$(1)),$(OWN)))$$
RUN             ?= $(call core,$(ENGINE))
tests            = ./internal/lab/scenarios $(if $(filter postgresql,$(1)),./internal/engine/postgresql/compare ./pkg/remote/sshrun) \
                   $(if $(filter mariadb mysql,$(1)),./internal/engine/mysql/compare) $(if $(filter mariadb,$(1)),./internal/transfer) \
                   $(if $(filter mongodb,$(1)),./internal/engine/mongodb)
# Engines side by side: much of a scenario is waiting.
JOBS            ?= 2
LABCTL          := go run ./internal/lab/labctl

export BELT_LAB_ENGINE ?= $(ENGINE)
export BELT_LAB_SUITE ?= $(SUITE)
lab labs lab-of-mongodb faults matrix: export BELT_LAB_MONGOD := $(or $(BELT_LAB_MONGOD),stand-in)

.PHONY: build
build: movers ## bin/belt, with its version
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/belt ./cmd/belt

.PHONY: movers
movers: # what belt runs on servers for the time of a copy, for each kind of server; it becomes a part of belt
	for kind in amd64 arm64; do \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$$kind go build -trimpath -ldflags '-s -w' -o bin/belt-mover ./cmd/belt-mover; \
	  gzip -9nc bin/belt-mover > internal/transfer/programs/linux-$$kind.gz; \
	done; rm -f bin/belt-mover

.PHONY: unit
unit: ## all tests that need no server
	go test -timeout 20m ./...

.PHONY: cli
cli: ## of these, the command scripts only
	go test -count=1 ./internal/cli/...

.PHONY: lab
lab: prepare build ## the core scenarios on real servers: ENGINE=redis SUITE=trixie RUN=TestEnable
	go test -tags lab -p 1 -count=1 -timeout 70m -run '$(RUN)' -v $(call tests,$(ENGINE))

.PHONY: labs
labs: prepare build ## the core scenarios of the engines in TESTED, two side by side: TESTED="postgresql redis" JOBS=2
	rm -rf .cache/labs; mkdir -p .cache/labs; status=0; \
	$(MAKE) --no-print-directory --keep-going --jobs $(JOBS) $(addprefix lab-of-,$(TESTED)) || status=$$?; \
	testdata/lab/outcome $(TESTED:%=.cache/labs/%); exit $$status

lab-of-%: # each line says whose it is
	mkdir -p .cache/labs; BELT_LAB_ENGINE=$* go test -tags lab -p 1 -count=1 -timeout 70m -run '$(call core,$*)' -v $(call tests,$*) 2>&1 | \
	  sed -u 's/^/$*: /' | tee .cache/labs/$*

.PHONY: faults
faults: prepare build ## every scenario on real servers, the crashes and faults too: about an hour for an ENGINE
	BELT_LAB_ALL=1 go test -tags lab -p 1 -count=1 -timeout 120m -run . -v $(call tests,$(ENGINE))

.PHONY: test
test: lint unit labs ## everything that has to pass

.PHONY: matrix
matrix: prepare build ## every scenario of an ENGINE on every suite that has it: SUITES="bullseye sid"
	failed=(); suites="$(SUITES)"; \
	for suite in $${suites:-$$($(LABCTL) suites --engine $(ENGINE))}; do \
	  echo "== $(ENGINE) $$suite"; \
	  BELT_LAB_ALL=1 BELT_LAB_SUITE=$$suite go test -tags lab -count=1 -timeout 120m -run . -v ./internal/lab/scenarios || failed+=($$suite); \
	done; \
	if [ $${#failed[@]} -gt 0 ]; then echo "failed on: $${failed[*]}"; exit 1; fi

.PHONY: bench
bench: prepare build ## what Belt costs over doing it by hand, as ratios: ENGINE=redis SIZE=1000 (MB)
	go run ./internal/lab/bench -engine $(ENGINE) -suite "$(SUITE)" -size $(SIZE)

.PHONY: demo
demo: prepare build ## Belt's main job on real servers, before your eyes: ENGINE=redis (or all) SIZE=1000 (MB)
	SIZE=$(SIZE) SUITE=$(SUITE) ENGINE=$(ENGINE) testdata/demo/demo.sh

.PHONY: demo-down
demo-down: ## remove the servers of the demo: ENGINE=redis (or all)
	ENGINE=$(ENGINE) testdata/demo/down.sh

.PHONY: lab-down
lab-down: ## remove the servers of every lab on this machine
	$(LABCTL) down --all

.PHONY: prepare
prepare:
	testdata/lab/prepare

.PHONY: lint
lint: ## go vet, gofmt, and golangci-lint where it is installed
	go vet ./...
	go vet -tags lab ./...
	files=$$(gofmt -l cmd internal pkg); if [ -n "$$files" ]; then echo "gofmt: $$files"; exit 1; fi
	PATH="$$PWD/.cache/bin:$$PATH"; if command -v golangci-lint >/dev/null; then golangci-lint run; else echo "golangci-lint is not installed: skipped (make tools)"; fi

.PHONY: tools
tools: ## golangci-lint, built into .cache/bin: some minutes, once
	GOBIN="$$PWD/.cache/bin" go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: completions
completions: build ## shell completions, in dist/completions
	mkdir -p dist/completions
	bin/belt completion bash > dist/completions/belt
	bin/belt completion zsh > dist/completions/_belt
	bin/belt completion fish > dist/completions/belt.fish
	bin/belt completion powershell > dist/completions/belt.ps1

.PHONY: man
man: build ## man pages, in dist/man
	mkdir -p dist/man
	go run ./internal/man bin/belt dist/man

.PHONY: docs
docs: ## docs/commands, from the help of the commands
	go run ./internal/docs/write docs/commands

.PHONY: picture
picture: prepare build ## docs/picture.svg, from a real run on the servers that make demo left
	testdata/demo/picture.sh

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
