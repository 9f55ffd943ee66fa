"""Image, compose and chart fit the code: the same topics, settings, locks, ports and versions."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import __version__
from app.config import CANARY_BRAND, ROLES, Settings
from app.config.environment import unknown_variables
from app.sinks.alert import ALERT_NAME
from app.stream.topics import declared
from deploy.chart_topics import FILE, READ, WRITE, text

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm/squall"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
LOCKS = ("slim", "full", "build")


def _pins(path: Path) -> dict[str, str]:
    """Return each pinned package with its hashes, as written."""
    blocks = re.split(r"^(?=[A-Za-z])", path.read_text("utf-8"), flags=re.MULTILINE)
    pins = {}
    for block in blocks:
        if found := re.match(r"([\w.-]+)==(\S+)", block):
            hashes = sorted(re.findall(r"sha256:\w+", block))
            pins[found[1]] = f"{found[2]} {hashes}"
    return pins


def test_the_charts_topics_are_the_declared_ones() -> None:
    assert FILE.read_text("utf-8") == text(), "run: python -m deploy.chart_topics"


def test_each_topic_is_read_or_written_by_a_worker() -> None:
    names = {spec.name for spec in declared(Settings().topics, 1, 1)}
    assert {*READ, *WRITE} == names


@pytest.mark.parametrize("lock", LOCKS)
def test_the_images_packages_are_those_of_the_lock(lock: str) -> None:
    everything = _pins(ROOT / "requirements.lock")
    own = _pins(DEPLOY / f"image/{lock}.lock")

    assert own
    assert own.items() <= everything.items(), "run: make lock"


def test_the_images_packages_hold_what_the_package_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.split(r"[\[<>=!]", one)[0] for one in project["dependencies"]}
    full = {re.split(r"[\[<>=!]", one)[0] for one in project["optional-dependencies"]["inference"]}

    assert wanted <= set(_pins(DEPLOY / "image/slim.lock"))
    assert wanted | full <= set(_pins(DEPLOY / "image/full.lock"))
    assert "torch" not in _pins(DEPLOY / "image/slim.lock")
    assert "pytest" not in _pins(DEPLOY / "image/full.lock")


def test_the_image_runs_as_nobody_and_gets_its_signals() -> None:
    last = CONTAINERFILE.split("\nFROM ")[-1]

    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert 'ENTRYPOINT ["squall"]' in last, "a shell form would keep SIGTERM to itself"
    assert "STOPSIGNAL SIGTERM" in last
    assert re.search(r"^HEALTHCHECK .*\\\n    CMD \[", last, re.MULTILINE)
    assert "/livez" in last
    assert "ARG BASE=" in CONTAINERFILE.split("\nFROM ")[0]
    for label in ("title", "description", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in last


def test_versions_agree() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)
    assert f"ARG VERSION={__version__}\n" in CONTAINERFILE


def test_each_file_of_the_chart_is_there() -> None:
    links = [path for path in CHART.rglob("*") if path.is_symlink()]
    assert len(links) == 5
    for link in links:
        assert link.resolve(strict=True).is_relative_to(DEPLOY)


def test_each_value_has_its_schema() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    _compare(values, schema)


def _compare(values: dict[str, Any], schema: dict[str, Any], path: str = "") -> None:
    assert schema["additionalProperties"] is False, path
    assert set(values) == set(schema["properties"]) - {"global"}, path
    for key, value in values.items():
        found = schema["properties"][key]
        if isinstance(value, dict) and found.get("properties") and path + key != "resources":
            if key == "resources":
                continue  # requests and limits are free: more than memory and processor exist
            _compare(value, found, f"{path}{key}.")


def test_compose_starts_what_it_depends_on_first() -> None:
    for name, service in SERVICES.items():
        for wanted, how in service.get("depends_on", {}).items():
            assert wanted in SERVICES, name
            if how["condition"] == "service_healthy":
                assert SERVICES[wanted].get("healthcheck"), wanted
            if how["condition"] == "service_completed_successfully":
                assert SERVICES[wanted]["restart"] == "no", wanted


def test_compose_runs_each_role_by_itself() -> None:
    commands = {tuple(one["command"]) for one in SERVICES.values() if "build" in one}
    roles = {("worker", role) for role in ROLES}
    assert commands == {("topics", "apply"), ("canary",), *roles}
    assert SERVICES["canary"]["profiles"] == ["canary"], "its mentions are of now: not by default"
    assert SERVICES["scorer"]["build"]["args"]["VARIANT"] == "full"
    for one in (one for one in SERVICES.values() if "build" in one):
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert (DEPLOY / "compose" / one["build"]["context"]).resolve() == ROOT
        assert (ROOT / one["build"]["dockerfile"]).is_file()


def test_compose_sets_only_what_squall_knows() -> None:
    for one in SERVICES.values():
        named = {name: str(value) for name, value in one.get("environment", {}).items()}
        assert unknown_variables(named) == []


def test_compose_opens_ports_on_this_machine_alone() -> None:
    for one in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", []))


def test_compose_mounts_files_that_are_there_and_pins_its_images() -> None:
    for name, one in SERVICES.items():
        for volume in one.get("volumes", []):
            source = volume.split(":")[0]
            here = (DEPLOY / "compose" / source).exists()
            assert here if source.startswith(".") else source in COMPOSE["volumes"], volume
        if "build" not in one:
            assert re.search(r":v?\d+\.\d+", one["image"]), name


def test_prometheus_scrapes_each_role_under_the_job_of_the_rules() -> None:
    config = yaml.safe_load((DEPLOY / "compose/prometheus.yaml").read_text("utf-8"))
    (job,) = config["scrape_configs"]
    (targets,) = job["static_configs"]
    assert job["job_name"] == "squall"
    assert targets["targets"] == [f"{role}:{Settings().metrics.port}" for role in ROLES]
    (found,) = job["dns_sd_configs"]
    assert (found["names"], found["port"]) == (["canary"], Settings().metrics.port)


def test_alertmanager_tells_the_canarys_crisis_to_a_receiver_of_its_own() -> None:
    config = yaml.safe_load((DEPLOY / "compose/alertmanager.yaml").read_text("utf-8"))
    (route,) = [one for one in config["route"]["routes"] if one["receiver"] == "canary-watch"]
    assert route["matchers"] == [f'alertname="{ALERT_NAME}"', f'brand="{CANARY_BRAND}"']
    assert route["group_wait"] == "0s", "its crisis is over before the others' wait is"


def test_no_file_names_a_password_or_a_token() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix in {".yaml", ".yml", ".tpl", ".json", ".txt"}:
            found = re.findall(r"(?i)(?:password|token)\s*[:=]\s*[\"']?\w{6,}", path.read_text())
            assert not [one for one in found if "existing" not in one.lower()], (path, found)
