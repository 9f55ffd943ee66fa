"""What Kafka's refusals become: an error that names the right and says what to do."""

from __future__ import annotations

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from app.errors import ConfigError
from app.stream.rights import NOT_TOLD, _allows, _bits, refused


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (TopicAuthorizationFailedError("crisis.events"), "its topic (crisis.events)"),
        (TopicAuthorizationFailedError({"b", "a"}), "its topic (a, b)"),
        (GroupAuthorizationFailedError("squall-scorer"), "its group (squall-scorer)"),
        (TransactionalIdAuthorizationFailed("squall-detector-0"), "(squall-detector-0)"),
        (TopicAuthorizationFailedError(), "its topic (not named)"),
    ],
)
def test_a_refusal_is_named(error: KafkaError, part: str) -> None:
    found = refused(error)
    assert isinstance(found, ConfigError)
    assert part in str(found)
    assert str(found).endswith("docs/operate.md, Rights, lists what each role needs")


def test_a_refusal_behind_another_error_is_found() -> None:
    outer = KafkaError("batch delivery failed")
    outer.__cause__ = TopicAuthorizationFailedError("mentions")
    found = refused(outer)
    assert found is not None
    assert "mentions" in str(found)


def test_a_refusal_that_a_failed_abort_hides_is_found() -> None:
    def give_up() -> None:
        try:
            raise TopicAuthorizationFailedError({"squall.brand-state"})
        finally:
            raise KafkaError("InvalidTxnState")

    with pytest.raises(KafkaError) as caught:
        give_up()
    assert "(squall.brand-state)" in str(refused(caught.value))


@pytest.mark.parametrize("error", [None, KafkaError("broken"), TimeoutError()])
def test_what_is_no_refusal_is_left_alone(error: BaseException | None) -> None:
    assert refused(error) is None


def test_a_hidden_topic_allows_nothing_and_an_old_broker_tells_nothing() -> None:
    assert _bits(29, NOT_TOLD) == 0
    assert _allows(_bits(0, NOT_TOLD), "write")
    assert _allows(1 << 4, "write")
    assert not _allows(1 << 4, "read")
