"""Settings: layers, bounds, secrets, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from app.config import ROLES, Settings, Topics, group_id, id_prefix, load_settings, transactional_id
from app.config.reference import reference
from app.core.rules import Rules
from app.errors import ConfigError

PLANTED = "pl4nted-s3cret"


pytestmark = pytest.mark.usefixtures("no_variables")


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "squall.yaml"
    path.write_text(text)
    return path


def _problems(path: Path | None = None, **overrides: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(path, **overrides)
    return str(caught.value).splitlines()


def test_without_anything_the_defaults_hold() -> None:
    settings = load_settings()

    assert settings == Settings()
    assert settings.kafka.bootstrap_servers == "localhost:9092"
    assert settings.sources() == {}


def test_a_later_layer_wins_and_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path, "partitions: 8\nscorer: {batch_max: 32, within_s: 0.5}\nslot: a\n")
    monkeypatch.setenv("SQUALL_SCORER__BATCH_MAX", "64")
    monkeypatch.setenv("SQUALL_SLOT", "b")

    settings = load_settings(path, slot="c", scorer={"threads": 2}, topic_prefix=None)

    assert settings.partitions == 8
    assert (settings.scorer.batch_max, settings.scorer.within_s) == (64, 0.5)
    assert (settings.slot, settings.scorer.threads, settings.topic_prefix) == ("c", 2, "")
    assert settings.sources() == {
        "partitions": str(path),
        "scorer.batch_max": "environment",
        "scorer.within_s": str(path),
        "scorer.threads": "command line",
        "slot": "command line",
    }


def test_models_of_languages_are_merged_from_their_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path, "scorer: {models: {pl: /tmp, de: /tmp}}\n")
    monkeypatch.setenv("SQUALL_SCORER__MODELS", f'{{"pl": "{tmp_path}"}}')

    settings = load_settings(path)

    assert settings.scorer.models == {"pl": tmp_path, "de": Path("/tmp")}
    assert settings.sources() == {"scorer.models.pl": "environment", "scorer.models.de": str(path)}
    assert settings.effective()["scorer"]["models"] == {"pl": str(tmp_path), "de": "/tmp"}


def test_the_file_is_named_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQUALL_CONFIG", str(_file(tmp_path, "partitions: 7\n")))

    assert load_settings().partitions == 7


def test_an_empty_file_and_empty_variables_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQUALL_WATCHLIST", "")
    monkeypatch.setenv("SQUALL_KAFKA__SASL_PASSWORD", "")

    assert load_settings(_file(tmp_path, "")) == Settings()


def test_plain_settings_never_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQUALL_PARTITIONS", "9")

    assert Settings().partitions == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("partitons: 4", "partitons: unknown key"),
        ("partitons: 4", "did you mean partitions?"),
        ("kafka: {bootstrap_server: a:1}", "did you mean kafka.bootstrap_servers?"),
        ("zzz: 1", "zzz: unknown key"),
        ("partitions: 0", "greater than or equal to 1, but is '0'"),
        ("partitions: many", "partitions: should be a valid integer"),
        ("topic_prefix: 'a b'", "topic_prefix: "),
        ("kafka: {bootstrap_servers: localhost}", "must be host:port"),
        ("kafka: {bootstrap_servers: 'localhost:99999'}", "must be host:port"),
        ("kafka: 3", "kafka: "),
        ("scorer: {model: /does/not/exist}", "scorer.model: "),
        ("scorer: {models: {pl: /does/not/exist}}", "scorer.models.pl: path does not point to"),
        ("scorer: {models: {xx: /}}", "scorer.models.xx: is no ISO 639-1 code in use; write one"),
        ("scorer: {models: {PL: /}}", "scorer.models.PL: is no ISO 639-1 code in use"),
        ("scorer: {models: {no: /}}", "scorer.models: a language is no text; put it in quotes"),
        ("scorer: {models: [/]}", "scorer.models: should be a valid dictionary"),
        ("scorer: {engine: magic}", "scorer.engine: should be 'transformer' or 'hash'"),
        ("- a\n- b", "holds no mapping"),
        ("a: [", "correct the YAML"),
        ("partitions: 3\npartitions: 4", "line 2: key partitions is given twice"),
        ("kafka: &a {x: *a}", "line 1: an alias (*name) is used"),
        ("[a]: 1", "a key is no plain word"),
        ("slot: 2020-13-45", "is no YAML"),
        ("slot: 2020-01-01", "slot: should be a valid string"),
        ("slot: " + "[" * 5_000, "is no YAML"),
        ("1: 2", "holds no mapping"),
        ("kafka: {1: 2}", "kafka.1: "),
        ("kafka: {heartbeat_s: 10}", "kafka.heartbeat_s: must be at most a third"),
        ("detector: {transaction_s: 60}", "detector.transaction_s: must be below"),
        ("kafka: {ssl_certfile: pyproject.toml}", "kafka.ssl_certfile: a certificate needs"),
        ("notifier: {alertmanager_url: 'alert:9093'}", "must be an http or https address"),
        ("notifier: {alertmanager_url: 'http://u:p@alert:9093'}", "use alertmanager_token"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    problems = _problems(_file(tmp_path, text))

    assert len(problems) == 1
    assert says in problems[0]


def test_all_problems_come_at_once_with_their_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path, "partitions: 0\nscorer: {batch: 3}\n")
    monkeypatch.setenv("SQUALL_METRICS__PORT", "70000")

    problems = _problems(path)

    assert [line.split(":")[0] for line in problems] == [
        "partitions",
        "scorer.batch",
        "metrics.port",
    ]
    assert f"(from {path})" in problems[0]
    assert f"(from {path})" in problems[1]
    assert "(from environment)" in problems[2]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "No such file" in _problems(tmp_path / "none.yaml")[0]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("SQUALL_TOPIC_PREFX", "did you mean SQUALL_TOPIC_PREFIX?"),
        ("SQUALL_KAFKA__SASL_PASWORD", "did you mean SQUALL_KAFKA__SASL_PASSWORD?"),
        ("SQUALL_METRICS_PORT", "did you mean SQUALL_METRICS__PORT?"),
        ("SQUALL_QQQQQQ", "remove it"),
        ("SQUALL_PARTITIONS_FILE", "unknown variable"),
    ],
)
def test_an_unknown_variable_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    monkeypatch.setenv(name, PLANTED)

    problems = _problems()

    assert len(problems) == 1
    assert problems[0].startswith(f"{name}: unknown variable")
    assert says in problems[0]
    assert PLANTED not in problems[0]


def test_variables_of_kubernetes_services_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SQUALL_SERVICE_HOST": "10.0.0.1",
        "SQUALL_METRICS_SERVICE_PORT": "9464",
        "SQUALL_METRICS_SERVICE_PORT_HTTP": "9464",
        "SQUALL_METRICS_PORT": "tcp://10.0.0.1:9464",
        "SQUALL_METRICS_PORT_9464_TCP": "tcp://10.0.0.1:9464",
        "SQUALL_METRICS_PORT_9464_TCP_ADDR": "10.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)

    assert load_settings() == Settings()


SASL = {"security_protocol": "SASL_SSL", "sasl_username": "squall"}


def test_a_secret_comes_from_a_mounted_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PLANTED}\n")
    monkeypatch.setenv("SQUALL_KAFKA__SASL_PASSWORD_FILE", str(secret))

    settings = load_settings(kafka=SASL)

    assert settings.kafka.sasl_password is not None
    assert settings.kafka.sasl_password.get_secret_value() == PLANTED
    assert PLANTED not in repr(settings)
    assert PLANTED not in str(settings.effective())
    assert "****" in settings.effective()["kafka"]["sasl_password"]


@pytest.mark.parametrize("content", [None, "", "\n", "x" * 70_000])
def test_a_secret_file_without_a_secret_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SQUALL_KAFKA__SASL_PASSWORD_FILE", str(path))

    assert _problems()[0].startswith("SQUALL_KAFKA__SASL_PASSWORD_FILE: ")


def test_a_secret_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "password"
    path.write_text(PLANTED)
    monkeypatch.setenv("SQUALL_KAFKA__SASL_PASSWORD_FILE", str(path))
    monkeypatch.setenv("SQUALL_KAFKA__SASL_PASSWORD", "other")

    assert "keep one" in _problems()[0]


@pytest.mark.parametrize(
    "text",
    [
        f"kafka: {{sasl_password: [{PLANTED}]}}",
        f"kafka: {{sasl_password: {{a: {PLANTED}}}}}",
        f"kafka: {{sasl_password: {PLANTED}}}",
        f"kafka: {{sasl_password: {PLANTED}, sasl_pasword: {PLANTED}}}",
        f"kafka: {{sasl_password: {PLANTED}",
        f"kafka: {PLANTED}",
        f"sasl_password: {PLANTED}",
    ],
)
def test_no_error_shows_a_secret(tmp_path: Path, text: str) -> None:
    assert PLANTED not in "\n".join(_problems(_file(tmp_path, text)))


@pytest.mark.parametrize(
    ("servers", "host"),
    [
        ("kafka-1:9092", "kafka-1"),
        ("localhost:9092,10.0.0.1:9092", "10.0.0.1"),
        ("0.0.0.0:9092", "0.0.0.0"),
        ("localhost.example.org:9092", "localhost.example.org"),
    ],
)
def test_plaintext_to_another_machine_is_refused(servers: str, host: str) -> None:
    (problem,) = _problems(kafka={"bootstrap_servers": servers})

    assert f"PLAINTEXT to {host} would send mentions in the clear" in problem
    assert "name the host in plaintext_hosts" in problem


@pytest.mark.parametrize("servers", ["localhost:9092", "127.0.0.1:1, [::1]:2", "LOCALHOST:9092"])
def test_plaintext_on_this_machine_is_fine(servers: str) -> None:
    assert load_settings(kafka={"bootstrap_servers": servers}).kafka.is_loopback()


@pytest.mark.parametrize("named", ["kafka", "other, Kafka"])
def test_plaintext_to_a_named_host_is_fine(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("SQUALL_KAFKA__PLAINTEXT_HOSTS", named)

    servers = "kafka:9092,localhost:9093"
    assert load_settings(kafka={"bootstrap_servers": servers}).kafka.plaintext_hosts == named


@pytest.mark.parametrize("named", ["other", "kafk", "*", ""])
def test_plaintext_to_a_host_beside_the_named_is_refused(named: str) -> None:
    kafka = {"bootstrap_servers": "kafka:9092", "plaintext_hosts": named}

    assert "PLAINTEXT to kafka" in _problems(kafka=kafka)[0]


def test_no_variable_allows_plaintext_to_every_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQUALL_ALLOW_PLAINTEXT", "1")

    assert "SQUALL_ALLOW_PLAINTEXT" in "\n".join(_problems())


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_a_password_without_sasl_over_tls_is_refused(protocol: str) -> None:
    kafka = {"security_protocol": protocol, "sasl_username": "squall", "sasl_password": PLANTED}

    assert "does not protect a user name" in _problems(kafka=kafka)[0]


def test_sasl_needs_a_user_and_a_password() -> None:
    problems = _problems(kafka={"security_protocol": "SASL_SSL"})

    assert [line.split(":")[0] for line in problems] == [
        "kafka.sasl_username",
        "kafka.sasl_password",
    ]


def test_a_token_goes_over_https_only() -> None:
    url = "http://alertmanager:9093"

    problems = _problems(notifier={"alertmanager_url": url, "alertmanager_token": PLANTED})

    assert problems[0].startswith("notifier.alertmanager_url: a token would go in the clear")


def test_settings_are_frozen() -> None:
    settings = Settings()

    with pytest.raises(ValidationError):
        settings.partitions = 5
    with pytest.raises(ValidationError):
        settings.kafka.heartbeat_s = 5


def test_names_on_kafka() -> None:
    settings = load_settings(topic_prefix="acme.")

    assert settings.topics.brand_state == "acme.squall.brand-state"
    assert settings.group("scorer") == "acme-scorer"
    assert settings.transactional_id(3) == "acme-detector-3"
    assert [id_prefix(prefix) for prefix in ("", ".", "a-.", "a.b-")] == [
        "squall",
        "squall",
        "a",
        "a.b",
    ]
    assert (group_id("", "notifier"), transactional_id("", 0)) == (
        "squall-notifier",
        "squall-detector-0",
    )
    assert set(vars(Topics()).values()) == {
        "mentions",
        "mentions.scored",
        "mentions.dead-letter",
        "mentions.labelled",
        "crisis.commands",
        "crisis.events",
        "crisis.state",
        "crisis.digests",
        "sentiment.windows",
        "squall.brand-state",
    }


def test_roles_started_together_get_ports_of_their_own() -> None:
    settings = load_settings(health={"port": 0})

    assert [settings.role_environment(role) for role in ROLES] == [
        {"SQUALL_METRICS__PORT": str(9464 + step), "SQUALL_HEALTH__PORT": "0"} for step in range(3)
    ]


def test_default_rules_are_those_of_the_core() -> None:
    assert Settings().rules() == Rules()


# Settings that mean something beside another one alone.
_ASKING: dict[str, dict[str, Any]] = {
    "first_detector": {"first_detector": "off", "second_detector": "deciding"},
    "second_model": {"second_model": "river.anomaly.GaussianScorer"},
    "second_model_parameters": {
        "second_model": "river.anomaly.HalfSpaceTrees",
        "second_model_parameters": {"n_trees": 5, "height": 6},
    },
}


def test_each_rule_follows_a_setting_of_its_own() -> None:
    usual = Rules()
    changed = dict.fromkeys(Rules.__struct_fields__, False)
    for name, field in type(Settings().detector).model_fields.items():
        less = load_settings(detector=_ASKING.get(name) or {name: _another(field.default)})
        for rule in _differing(less.rules(), usual):
            changed[rule] = True
    playbooks = {"scenarios": {"outage": {"team": "sre"}}}
    assert _differing(load_settings(playbooks=playbooks).rules(), usual) == ["playbooks"]
    changed["playbooks"] = True

    assert [rule for rule, is_set in changed.items() if not is_set] == []


def _another(default: Any) -> Any:
    if isinstance(default, tuple):
        return default[1:]
    if isinstance(default, str):
        return "off"
    if isinstance(default, dict):
        return {"sale": {"starts": "2026-11-27T00:00:00Z", "ends": "2026-12-01T00:00:00Z"}}
    return default // 2 if isinstance(default, int) and default > 1 else default * 0.9 or 1


def _differing(left: Rules, right: Rules) -> list[str]:
    ours, theirs = msgspec.to_builtins(left), msgspec.to_builtins(right)
    return [name for name in ours if ours[name] != theirs[name]]


def test_each_setting_says_what_it_means_and_numbers_have_bounds() -> None:
    for setting in reference():
        assert setting.description.endswith("."), setting.key
        if setting.kind in {"integer", "number"}:
            assert setting.bounds.count(",") == 1, setting.key


def test_a_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "squall.yaml"
    file.write_text("notifier: {alertmanager_url: 'http://ada:planted@alert:9093'}")
    with pytest.raises(ConfigError, match=r"'http://\*\*\*@alert:9093'") as caught:
        load_settings(file)
    assert "planted" not in str(caught.value)
