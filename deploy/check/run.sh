#!/usr/bin/env bash
# Every validator of deploy/: rules and their cases, dashboards, image file, compose, chart; the
# AsyncAPI document and the consumers of docs/examples. No cluster, no container, no network beyond
# the package registries.
set -euo pipefail
cd "$(dirname "$0")/../.."
step() { echo "== $(printf '%3d s' "$SECONDS") $*"; }

step "Tools"
tools=$(deploy/check/tools.sh packages)
export PATH="$tools/bin:$tools/python/bin:$PATH" DEPLOY_PYTHON="$tools/python/bin/python"

step "Prometheus' rules, one firing and one silent case an alert"
promtool check rules deploy/prometheus/*.rules.yaml
promtool test rules deploy/prometheus/tests/*.yaml

step "Dashboards are fresh"
.venv/bin/python -m deploy.dashboards --check

step "AsyncAPI document"
node "$tools/asyncapi/check.mjs" schemas/asyncapi.yaml

step "Examples of consumers, in Java and TypeScript, on a Kafka of their own"
npm run --silent check --prefix docs/examples/consumers/typescript
.venv/bin/python -m pytest -q -m deploy tests/integration/test_consumer_examples.py

step "Image file"
hadolint --failure-threshold info deploy/Containerfile

step "Bills of materials of the image's packages (CycloneDX, out/sbom)"
mkdir -p out/sbom
for variant in slim full; do
	cyclonedx-py requirements "deploy/image/$variant.lock" --of JSON -o "out/sbom/$variant.cdx.json"
done

step "Compose"
docker-compose --file deploy/compose/compose.yaml --profile '*' config --quiet
promtool check config --syntax-only deploy/compose/prometheus.yaml
amtool check-config deploy/compose/alertmanager.yaml >/dev/null

step "Chart, fourteen sets of values"
rm -rf out/chart
"$DEPLOY_PYTHON" deploy/check/chart.py lint deploy/helm/squall
.venv/bin/python -m pytest -q -m deploy tests/unit/deploy
rendered=(out/chart/{defaults,laptop,mutual-tls,own-ca,strimzi,strimzi-mutual-tls,hpa,keda}.yaml)
rendered+=(out/chart/{monitored,sources,alerting,watch-list,pinned,example}.yaml)
kubernetes-validate --strict --quiet --no-warn --kubernetes-version 1.27 "${rendered[@]}"
kubernetes-validate --strict --quiet --no-warn --kubernetes-version 1.37 "${rendered[@]}"
checkov --quiet --compact --config-file deploy/check/checkov.yaml

step "All of deploy/ is well"
