#!/usr/bin/env bash
# A crisis from the mention to the pager, by real parts: Kafka, the three roles, Prometheus with our
# rules, Alertmanager with our configuration, and a webhook that stands in for the pager. It takes
# some ten minutes, since nothing is sped up, and prints when each hop was reached.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$(deploy/check/tools.sh packages alerting)
export PATH="$tools/bin:$PATH"
exec .venv/bin/python -m deploy.check.alert_path
