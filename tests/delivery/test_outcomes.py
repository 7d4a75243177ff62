"""Outcomes: what a try can come to, and what people are told about it."""

import pytest

from pocketsflow_emulator.delivery.outcomes import COULD_NOT_CONNECT, OUTCOMES
from pocketsflow_emulator.delivery.tries import of_status

KINDS = {
    *("delivered", "rejected", "redirected", "timeout_connect", "timeout_response", "refused"),
    *("dns", "reset", "disconnected", "tls_untrusted", "tls_error", "not_http", "bad_response"),
    *("dropped", "blocked", "cancelled", "unknown"),
}


def test_the_outcomes_are_these():
    """A try has exactly one of seventeen outcomes."""
    assert set(OUTCOMES) == KINDS


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_outcome_is_explained(kind):
    """Every outcome has a sentence, a likely cause and a next step, each a full sentence."""
    for text in OUTCOMES[kind]:
        assert text[0].isupper()
        assert text[-1] in ".?"
        assert "  " not in text
        assert text == text.strip()


def test_some_outcomes_mean_the_receiver_was_never_reached():
    """A run stops early where its first try could not even connect."""
    expected = {"timeout_connect", "refused", "dns", "tls_untrusted", "tls_error"}

    assert expected == COULD_NOT_CONNECT
    assert set(OUTCOMES) > COULD_NOT_CONNECT


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (100, "rejected"),
        (199, "rejected"),
        (200, "delivered"),
        (204, "delivered"),
        (299, "delivered"),
        (300, "redirected"),
        (308, "redirected"),
        (399, "redirected"),
        (400, "rejected"),
        (404, "rejected"),
        (500, "rejected"),
        (599, "rejected"),
    ],
)
def test_2xx_is_success(status, expected):
    """2xx is success, 3xx a redirect that is not followed, everything else a refusal."""
    assert expected == of_status(status)
