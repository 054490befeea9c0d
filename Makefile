# Yingda. `make help` lists the targets; `make run` and `make test` need Go,
# Node and a C compiler, and fetch the rest themselves.
SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN      := bin/yingda
GOTEST   := go test
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS  := -s -w -X main.version=$(VERSION)
TOOLS    := $(CURDIR)/.cache/tools
LINT     := $(TOOLS)/golangci-lint
LINT_VERSION := v2.12.0
VULN_VERSION := v1.1.4
FUZZTIME ?= 60s
DATA     ?= ../shared/data
MINUTES  ?= 300
WEB_SRC  := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)
GO_SRC   := $(shell find . -name '*.go' -not -path './web/node_modules/*' -not -path './.cache/*' 2>/dev/null)
# What go:embed builds in beside the pages: models, migrations, flows, texts, the demo shop.
EMBEDDED := $(shell find models internal dialog nlu kb api cmd training-data/demo training-data/lexicon training-data/faq/demo.jsonl -type f -not -name '*.go' -not -path '*/testdata/*' 2>/dev/null)

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: ort
ort: ## fetch the native ONNX Runtime library (checksum verified)
	@sh scripts/fetch-ort.sh

web/node_modules/.stamp: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

.cache/web.stamp: web/node_modules/.stamp $(WEB_SRC)
	cd web && npm run --silent build
	@touch $@

.PHONY: web
web: .cache/web.stamp ## build the pages into web/dist

$(BIN): go.mod go.sum $(GO_SRC) $(EMBEDDED) .cache/web.stamp
	go build -ldflags '$(LDFLAGS)' -o $@ ./cmd/yingda

.PHONY: build
build: ort $(BIN) ## build the pages and bin/yingda, the native library beside it
	@mkdir -p bin/lib; for f in .cache/ort/*/libonnxruntime*; do case $$f in *.sha512|*'*') continue;; esac; \
		cmp -s "$$f" "bin/lib/$${f##*/}" || cp "$$f" bin/lib/; done

.PHONY: run
run: build ## set everything up and serve on 127.0.0.1:8080
	@$(BIN) serve --demo

.PHONY: test
test: build test-go test-web test-e2e ## set everything up and run the whole suite

.PHONY: test-go
test-go: ort web
	$(GOTEST) -timeout 15m ./...

.PHONY: test-web
test-web: web/node_modules/.stamp
	cd web && npm run --silent test

.PHONY: test-e2e
test-e2e: build
	@sh scripts/e2e.sh

.PHONY: test-pg
test-pg: ort web ## the store and bus suites on PostgreSQL (YINGDA_TEST_PG=DSN)
	@test -n "$(YINGDA_TEST_PG)" || { echo "set YINGDA_TEST_PG to the DSN of an empty PostgreSQL database"; exit 1; }
	$(GOTEST) -count=1 ./internal/store/... ./internal/bus/...

.PHONY: test-qdrant
test-qdrant: ## the vector index suite on Qdrant (YINGDA_TEST_QDRANT=host:port)
	@test -n "$(YINGDA_TEST_QDRANT)" || { echo "set YINGDA_TEST_QDRANT to host:port of a Qdrant server's gRPC door"; exit 1; }
	$(GOTEST) -count=1 ./kb/qdrant/...

.PHONY: race
race: ort web ## the Go suite under the race detector
	$(GOTEST) -race -timeout 30m ./...

$(LINT):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) GOFLAGS= go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

$(TOOLS)/govulncheck:
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) GOFLAGS= go install golang.org/x/vuln/cmd/govulncheck@$(VULN_VERSION)

.PHONY: lint
lint: $(LINT) web ## golangci-lint, gofmt, the pages' linter and type check
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not formatted (make fmt):"; echo "$$out"; exit 1; }
	go vet ./...
	$(LINT) run
	cd web && npm run --silent lint && npm run --silent typecheck

.PHONY: fmt
fmt: ## format the Go sources
	gofmt -w $$(git ls-files '*.go')

.PHONY: generate
generate: ## write the generated files again
	go generate ./...

.PHONY: check-generate
check-generate: generate ## fail when generated files are stale
	@git diff --exit-code --stat || { echo "generated files are stale: commit what make generate wrote"; exit 1; }

.PHONY: vuln
vuln: $(TOOLS)/govulncheck ## known vulnerabilities in what we call
	$(TOOLS)/govulncheck ./...

.PHONY: fuzz
fuzz: ort ## every fuzz target for FUZZTIME each (60s)
	@sh scripts/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: build ## speed and memory against their bounds, in one run
	@$(BIN) bench

.PHONY: bench-million
bench-million: build ## the search alone, of up to a million vectors (6 GB, some minutes)
	@$(BIN) bench --search --million

.PHONY: eval
eval: build ## quality on the open development data (DATA=folder)
	@$(BIN) eval nlu --data $(DATA) --rows majority,bayes,int8
	@$(BIN) eval intents --messages $(DATA)/intent/messages_dev.jsonl
	@$(BIN) eval faq --kb $(DATA)/faq/shop_messages_kb.jsonl --queries $(DATA)/faq/shop_messages_dev_queries.jsonl
	@$(BIN) eval faq --kb $(DATA)/faq/open_domain_dev_kb.jsonl --queries $(DATA)/faq/open_domain_dev_queries.jsonl
	@$(BIN) eval dialog

.PHONY: models
models: build ## train the encoder and its heads (DATA=folder, MINUTES=300; needs Python, Maven)
	DATA='$(DATA)' MINUTES='$(MINUTES)' sh training-data/pipeline/build.sh

.PHONY: check
check: lint test race check-generate vuln ## what a release must pass

.PHONY: clean
clean: ## remove what was built (not ./data)
	rm -rf bin web/node_modules .cache/tools
	find web/dist -mindepth 1 -not -name .gitkeep -delete

HELD := training-data/faq/held

.PHONY: fusion
fusion: build ## fit the knowledge base's fusion again, on bases that the encoder never saw
	rm -rf .cache/fusion
	$(BIN) kb fit --out .cache/fusion --followups $(HELD)/followups.jsonl $(foreach b,pt sm sp,--pairs $(HELD)/kb_$(b).jsonl:$(HELD)/kb_$(b)_messages.jsonl)
	rm -rf models/fusion/faq
	mv .cache/fusion models/fusion/faq
