"""How every client reaches Kafka: addresses, TLS and passwords, made of the settings once."""

from __future__ import annotations

import ssl
from typing import Any

from faust.auth import SASLCredentials, SSLCredentials

from app.config.kafka import KafkaSettings
from app.errors import ConfigError


def client_options(kafka: KafkaSettings) -> dict[str, Any]:
    """Return the arguments that each aiokafka client shares.

    Raises ConfigError when a certificate can't be read.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": kafka.bootstrap_servers.split(","),
        "security_protocol": kafka.security_protocol,
        "ssl_context": tls_context(kafka),
        "request_timeout_ms": round(kafka.request_timeout_s * 1000),
    }
    if kafka.security_protocol == "SASL_SSL":
        options["sasl_mechanism"] = kafka.sasl_mechanism
        options["sasl_plain_username"] = kafka.sasl_username
        options["sasl_plain_password"] = _password(kafka)
    return options


def faust_brokers(kafka: KafkaSettings) -> list[str]:
    """Return the bootstrap brokers in the form of Faust's ``broker`` setting."""
    return [f"kafka://{server}" for server in kafka.bootstrap_servers.split(",")]


def faust_credentials(kafka: KafkaSettings) -> SASLCredentials | SSLCredentials | None:
    """Return Faust's credentials, always with a TLS context of ours; None for PLAINTEXT.

    Without a context ``SASLCredentials`` silently means SASL_PLAINTEXT, and ``SSLCredentials``
    fails with a TypeError.
    """
    context = tls_context(kafka)
    if context is None:
        return None
    if kafka.security_protocol == "SSL":
        return SSLCredentials(context)
    return SASLCredentials(
        username=kafka.sasl_username,
        password=_password(kafka),
        ssl_context=context,
        mechanism=kafka.sasl_mechanism,
    )


def tls_context(kafka: KafkaSettings) -> ssl.SSLContext | None:
    """Return a context that checks the broker's certificate and name, None for PLAINTEXT.

    Raises ConfigError when a certificate or key can't be read.
    """
    if kafka.security_protocol == "PLAINTEXT":
        return None
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=kafka.ssl_cafile)
        if kafka.ssl_certfile is not None:
            secret = kafka.ssl_key_password
            password = secret.get_secret_value() if secret is not None else ""
            context.load_cert_chain(kafka.ssl_certfile, kafka.ssl_keyfile, lambda: password)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError(
            f"a TLS file of the kafka settings can't be read ({error}): "
            "check ssl_cafile, ssl_certfile, ssl_keyfile and ssl_key_password"
        ) from error
    return context


def _password(kafka: KafkaSettings) -> str | None:
    return kafka.sasl_password.get_secret_value() if kafka.sasl_password is not None else None
