"""The rendered chart, for fourteen sets of values. Run by make deploy-check, which brings helm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config import Settings, load_settings
from app.stream.topics import declared
from tests.unit.deploy.rendered import CHART, ROLES, Refused, Rendered, render

pytestmark = pytest.mark.deploy

DIGEST = "sha256:" + "0" * 64
SETS: dict[str, dict[str, Any]] = {
    "example": yaml.safe_load((CHART.parent / "values-example.yaml").read_text("utf-8")),
    "defaults": {},
    "laptop": {
        "kafka": {"securityProtocol": "PLAINTEXT", "allowPlaintext": True},
        "topics": {"partitions": 1, "replicationFactor": 1},
        "scorer": {"replicas": 1},
        "detector": {"replicas": 1},
        "networkPolicy": {"enabled": False},
        "podDisruptionBudget": {"enabled": False},
    },
    "mutual-tls": {
        "kafka": {"securityProtocol": "SSL", "clientCertSecret": "squall-cert", "caSecret": "ca"},
        "topics": {"mode": "none"},
    },
    "own-ca": {"kafka": {"caSecret": "kafka-ca", "caKey": "root.pem"}},
    "strimzi": {
        "topics": {"mode": "strimzi", "prefix": "acme.", "strimzi": {"namespace": "kafka"}}
    },
    "strimzi-mutual-tls": {
        "kafka": {"securityProtocol": "SSL", "clientCertSecret": "squall"},
        "topics": {"mode": "strimzi", "replicationFactor": 1, "partitions": 3},
    },
    "hpa": {"scorer": {"autoscaling": {"kind": "hpa", "maxReplicas": 40}}},
    "keda": {
        "topics": {"prefix": "acme-eu."},
        "scorer": {"autoscaling": {"kind": "keda", "kedaAuthentication": "kafka"}},
    },
    "monitored": {
        "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "prometheusRule": {"enabled": True, "runbookBaseUrl": "https://git.example.com/squall/"},
        "dashboards": {"enabled": True},
        "canary": {"enabled": True},
        "digest": {"enabled": True, "zone": "Europe/Warsaw", "schedules": {"week": ""}},
    },
    "sources": {
        "intake": {
            "enabled": True,
            "existingSecret": "squall-hooks",
            "allowFrom": [{"podSelector": {"matchLabels": {"app": "proxy"}}}],
        },
        "settings": {
            "intake": {
                "hooks": {
                    "desk": {
                        "secret_file": "/run/secrets/intake/desk",
                        "map": {"id": "/id", "text": "/text"},
                    }
                }
            }
        },
    },
    "alerting": {
        "alertmanagerUrl": "https://alertmanager.example.com",
        "existingSecret": "squall-secrets",
        "secretKeys": [
            "author-salt",
            "alertmanager-token",
            "pagerduty-routing-key",
            "webhook-secret",
        ],
        "settings": {"notifier": {"resend_s": 20}, "scorer": {"excerpt": "full"}},
    },
    "watch-list": {
        "watchlist": {
            "version": 1,
            "brands": [{"name": "acme", "keywords": [{"id": "acme", "any": ["acme"]}]}],
        },
        "podAnnotations": {"example.com/a": "b"},
        "podLabels": {"team": "brands"},
    },
    "pinned": {
        "image": {
            "repository": "registry.example.com/squall",
            "digests": {"full": DIGEST, "slim": DIGEST},
            "pullSecrets": [{"name": "registry"}],
        },
        "priorityClassName": "important",
        "detector": {"replicas": 6, "nodeSelector": {"disk": "ssd"}},
        "scorer": {"tolerations": [{"key": "gpu", "operator": "Exists"}]},
        "networkPolicy": {"scrapeFrom": [{"podSelector": {"matchLabels": {"app": "prometheus"}}}]},
    },
}


@pytest.fixture(scope="module", params=SETS)
def one(request: pytest.FixtureRequest) -> Rendered:
    return render(SETS[request.param], name=request.param)


def test_there_are_fourteen_sets() -> None:
    assert len(SETS) == 14


def test_each_role_is_there_with_its_own_kind(one: Rendered) -> None:
    wanted = {"squall-canary", "squall-intake"}
    assert set(one.kind("Deployment")) - wanted == {"squall-scorer", "squall-notifier"}
    assert set(one.kind("StatefulSet")) == {"squall-detector"}
    for role in ROLES:
        container = one.role(role)["spec"]["template"]["spec"]["containers"][0]
        assert container["args"] == ["worker", role]
        assert "command" not in container, "the image's entry point must stay process 1"


def test_pods_are_restricted(one: Rendered) -> None:
    for name, template in one.pods():
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, name
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name
            assert container["resources"]["requests"]["cpu"], name


def test_selectors_find_their_pods_and_nothing_else(one: Rendered) -> None:
    for role in ROLES:
        found = one.role(role)["spec"]
        labels = found["template"]["metadata"]["labels"]
        selector = found["selector"]["matchLabels"]
        assert selector.items() <= labels.items()
        assert selector["app.kubernetes.io/component"] == role
    (service,) = [o for n, o in one.kind("Service").items() if n.endswith("-detector")]
    assert service["spec"]["clusterIP"] is None or service["spec"]["clusterIP"] == "None"
    assert service["metadata"]["name"] == one.role("detector")["spec"]["serviceName"]


def test_each_mount_has_its_volume_and_each_volume_its_mount(one: Rendered) -> None:
    for name, template in one.pods():
        volumes = {volume["name"] for volume in template["spec"]["volumes"]}
        mounts = {m["name"] for c in template["spec"]["containers"] for m in c["volumeMounts"]}
        assert volumes == mounts, name


def test_probes_ask_the_ports_that_the_settings_name(one: Rendered) -> None:
    settings = yaml.safe_load(one.settings())
    for role in ROLES:
        container = one.role(role)["spec"]["template"]["spec"]["containers"][0]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert ports == {"metrics": settings["metrics"]["port"], "health": 8086}
        assert settings["health"]["port"] == 8086
        assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "health"}
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}


def test_the_slot_is_the_pods_name(one: Rendered) -> None:
    for role in ROLES:
        container = one.role(role)["spec"]["template"]["spec"]["containers"][0]
        slot = next(entry for entry in container["env"] if entry["name"] == "SQUALL_SLOT")
        assert slot["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}


def test_no_secret_is_written_out(one: Rendered) -> None:
    assert not one.kind("Secret")
    for _, template in one.pods():
        for entry in template["spec"]["containers"][0]["env"]:
            secret = any(word in entry["name"] for word in ("PASSWORD", "SALT", "TOKEN"))
            assert not secret or entry["name"].endswith("_FILE")


def test_squall_takes_the_settings(
    one: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file as mounted, with the pod's variables; paths point to files made here."""
    for role in ROLES:
        container = one.role(role)["spec"]["template"]["spec"]["containers"][0]
        settings = _settings(one.settings(), container["env"], tmp_path, monkeypatch)
        assert settings.metrics.host == "0.0.0.0"
        assert settings.kafka.sasl_password is None or (
            settings.kafka.sasl_password.get_secret_value() == "secret"
        )
        names = {entry["name"] for entry in container["env"]}
        for name in ("alertmanager_token", "pagerduty_routing_key", "webhook_secret"):
            given = getattr(settings.notifier, name)
            assert (f"SQUALL_NOTIFIER__{name.upper()}_FILE" in names) == (given is not None)


def _settings(
    text: str, env: list[dict[str, Any]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    values = yaml.safe_load(text)
    for key in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
        if key in values["kafka"]:
            values["kafka"][key] = str(_file(folder, key))
    if "watchlist" in values:
        values["watchlist"] = str(_file(folder, "watchlist"))
    file = folder / "settings.yaml"
    file.write_text(yaml.safe_dump(values), "utf-8")
    for entry in env:
        value = entry.get("value", "pod-0")
        is_file = entry["name"].endswith("_FILE")
        monkeypatch.setenv(entry["name"], str(_file(folder, "secret")) if is_file else value)
    monkeypatch.setenv("SQUALL_CONFIG", str(file))
    return load_settings()


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("secret", "utf-8")
    return path


def test_defaults_make_the_topics_before_the_workers_start() -> None:
    (job,) = render({}).kind("Job").values()
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container["args"] == ["topics", "apply"]
    assert {"name": "SQUALL_KAFKA__SASL_USERNAME", "value": "squall-admin"} in container["env"]
    (kafka,) = [v for v in job["spec"]["template"]["spec"]["volumes"] if v["name"] == "kafka"]
    assert kafka["secret"]["secretName"] == "squall-kafka-admin"


def test_only_the_scorer_takes_the_full_image() -> None:
    found = render({})
    images = {
        role: found.role(role)["spec"]["template"]["spec"]["containers"][0]["image"]
        for role in ROLES
    }
    assert images["scorer"].endswith("-full")
    assert images["detector"].endswith("-slim")
    assert images["notifier"].endswith("-slim")


def test_a_digest_wins_over_a_tag() -> None:
    pod = render(SETS["pinned"]).role("detector")["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == f"registry.example.com/squall@{DIGEST}"
    assert pod["imagePullSecrets"] == [{"name": "registry"}]
    assert (pod["priorityClassName"], pod["nodeSelector"]) == ("important", {"disk": "ssd"})


def test_strimzi_makes_the_declared_topics_and_the_documented_rights() -> None:
    found = render(SETS["strimzi"])
    assert not found.kind("Job")
    settings = Settings(topic_prefix="acme.")
    topics = {t["spec"]["topicName"]: t["spec"] for t in found.kind("KafkaTopic").values()}
    for spec in declared(settings.topics, 12, 3):
        made = topics.pop(spec.name)
        assert (made["partitions"], made["replicas"]) == (spec.partitions, 3)
        assert made["config"] == dict(spec.configs)
    assert not topics
    (user,) = found.kind("KafkaUser").values()
    assert user["metadata"]["namespace"] == "kafka"
    rights = {
        (acl["resource"]["type"], acl["resource"]["name"], acl["resource"]["patternType"]): set(
            acl["operations"]
        )
        for acl in user["spec"]["authorization"]["acls"]
        if acl["resource"]["type"] != "topic"
    }
    assert rights == {
        **{
            ("group", settings.group(role), "literal"): {"Describe", "Read"}
            for role in ("scorer", "detector", "notifier")
        },
        ("transactionalId", "acme-detector-", "prefix"): {"Describe", "Write"},
    }
    assert settings.transactional_id(3).startswith("acme-detector-")
    granted = {op for acl in user["spec"]["authorization"]["acls"] for op in acl["operations"]}
    assert granted == {"Describe", "DescribeConfigs", "Read", "Write"}


def test_autoscaling_takes_the_replicas_over_and_stays_within_the_partitions() -> None:
    hpa = render(SETS["hpa"])
    assert "replicas" not in hpa.role("scorer")["spec"]
    (scaler,) = hpa.kind("HorizontalPodAutoscaler").values()
    assert scaler["spec"]["maxReplicas"] == 12
    (keda,) = render(SETS["keda"]).kind("ScaledObject").values()
    (trigger,) = keda["spec"]["triggers"]
    group = Settings(topic_prefix="acme-eu.").group("scorer")
    assert trigger["metadata"]["consumerGroup"] == group
    assert trigger["metadata"]["topic"] == "acme-eu.mentions"
    assert not render({}).kind("HorizontalPodAutoscaler")


def test_monitoring_brings_the_rules_and_dashboards_of_this_repository() -> None:
    found = render(SETS["monitored"])
    (monitor,) = found.kind("PodMonitor").values()
    assert monitor["spec"]["jobLabel"] == "app.kubernetes.io/name"
    labels = found.role("scorer")["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/name"] == "squall"
    (made,) = found.kind("PrometheusRule").values()
    alerts = [r for g in made["spec"]["groups"] for r in g["rules"] if "alert" in r]
    assert len(alerts) == len(_alerts())
    assert all(
        alert["annotations"]["runbook_url"]
        == f"https://git.example.com/squall/docs/runbooks/{alert['alert']}.md"
        for alert in alerts
    )
    pages = [n for n in found.kind("ConfigMap") if "-dashboard-" in n]
    assert len(pages) == 3
    for name in pages:
        (text,) = found.kind("ConfigMap")[name]["data"].values()
        assert yaml.safe_load(text)["uid"].startswith("squall-")


def _alerts() -> list[str]:
    text = (CHART / "files/rules/alerting.rules.yaml").read_text("utf-8")
    return [rule["alert"] for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def test_the_canary_runs_once_where_it_is_wanted() -> None:
    assert "squall-canary" not in render({}).kind("Deployment")
    canary = render(SETS["monitored"]).role("canary")["spec"]
    container = canary["template"]["spec"]["containers"][0]
    assert (canary["replicas"], canary["strategy"]) == (1, {"type": "Recreate"})
    assert container["args"] == ["canary"]
    assert container["image"].endswith("-slim")
    assert canary["selector"]["matchLabels"]["app.kubernetes.io/component"] == "canary"


def test_the_intake_runs_once_where_it_is_wanted_and_can_be_reached() -> None:
    assert "squall-intake" not in {*render({}).kind("Deployment"), *render({}).kind("Service")}
    one = render(SETS["sources"])
    intake = one.role("intake")["spec"]
    pod = intake["template"]["spec"]
    (container,) = pod["containers"]
    assert (intake["replicas"], intake["strategy"]) == (1, {"type": "Recreate"})
    assert container["args"] == ["intake"]
    (port,) = one.kind("Service")["squall-intake"]["spec"]["ports"]
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    assert (port["targetPort"], ports["hooks"]) == ("hooks", port["port"])
    mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    assert mounts["hooks"] == "/run/secrets/intake"
    assert {"name": "hooks", "secret": {"secretName": "squall-hooks"}} in pod["volumes"]
    (policy,) = one.kind("NetworkPolicy").values()
    (rule,) = [r for r in policy["spec"]["ingress"] if r["ports"][0]["port"] == port["port"]]
    assert rule["from"] == [{"podSelector": {"matchLabels": {"app": "proxy"}}}]


def test_digests_are_made_by_the_schedules_that_are_set() -> None:
    assert not render({}).kind("CronJob")
    both = render({"digest": {"enabled": True}}).kind("CronJob")
    assert set(both) == {"squall-digest-day", "squall-digest-week"}
    ((name, found),) = render(SETS["monitored"]).kind("CronJob").items()
    spec = found["spec"]
    assert (name, spec["schedule"]) == ("squall-digest-day", "30 3 * * *")
    assert (spec["timeZone"], spec["concurrencyPolicy"]) == ("Europe/Warsaw", "Forbid")
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    options = ["--publish", "--period=day", "--zone=Europe/Warsaw", "--last=3"]
    assert container["args"] == ["digest", *options]
    assert container["image"].endswith("-slim")
    assert {"name": "settings", "configMap": {"name": "squall-settings"}} in pod["volumes"]


def test_nothing_misses_a_canary_that_is_not_wanted() -> None:
    (rules,) = render({"prometheusRule": {"enabled": True}}).kind("PrometheusRule").values()
    names = {group["name"] for group in rules["spec"]["groups"]}
    assert "squall.canary" not in names
    assert "squall.processes" in names


def test_budgets_are_only_for_what_has_more_than_one_pod() -> None:
    assert set(render({}).kind("PodDisruptionBudget")) == {"squall-scorer", "squall-detector"}
    assert not render(SETS["laptop"]).kind("PodDisruptionBudget")


def test_the_network_policy_lets_scrapes_in_and_kafka_out() -> None:
    (policy,) = render(SETS["pinned"]).kind("NetworkPolicy").values()
    (way_in,) = policy["spec"]["ingress"]
    assert way_in["ports"] == [{"port": 9464, "protocol": "TCP"}]
    assert way_in["from"] == [{"podSelector": {"matchLabels": {"app": "prometheus"}}}]
    ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
    assert ports == {53, 9092, 9093, 443}
    assert not render(SETS["laptop"]).kind("NetworkPolicy")


def test_another_release_has_other_names() -> None:
    found = render({}, release="acme")
    assert {name for kind in ("Deployment", "StatefulSet") for name in found.kind(kind)} == {
        "acme-scorer",
        "acme-detector",
        "acme-notifier",
    }


def test_a_changed_watch_list_rolls_the_pods() -> None:
    """Its hash is on the pod template."""
    before = render({}).role("scorer")["spec"]["template"]["metadata"]["annotations"]
    after = render(SETS["watch-list"]).role("scorer")["spec"]["template"]["metadata"]
    assert before["checksum/watchlist"] != after["annotations"]["checksum/watchlist"]
    assert after["annotations"]["example.com/a"] == "b"
    assert after["labels"]["team"] == "brands"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"kafka": {"securityProtocol": "PLAINTEXT"}}, "allowPlaintext"),
        ({"kafka": {"securityProtocol": "SSL"}}, "clientCertSecret"),
        ({"kafka": {"existingSecret": ""}}, "existingSecret"),
        ({"kafka": {"bootstrapServers": "kafka"}}, "bootstrapServers"),
        ({"kafka": {"password": "in the values"}}, "password"),
        ({"scorer": {"replica": 3}}, "replica"),
        ({"topics": {"partitions": 0}}, "partitions"),
        ({"topics": {"mode": "auto"}}, "mode"),
        ({"alertmanagerUrl": "https://me:secret@example.com"}, "alertmanagerUrl"),
        ({"terminationGracePeriodSeconds": 5}, "terminationGracePeriodSeconds"),
        ({"secretKeys": ["author-salt"]}, "existingSecret is needed"),
        ({"image": {"digests": {"full": "latest"}}}, "digests"),
    ],
)
def test_wrong_values_are_refused_by_name(values: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        render(values, name="refused")
