"""What the tests of the API begin with."""

import pytest

import receivers
from clients import serving


@pytest.fixture
def receiver():
    """A receiver that answers 200."""
    with receivers.answering(200) as listening:
        yield listening


@pytest.fixture
def api(receiver):
    """A client of a served world whose webhooks go to `receiver`."""
    with serving(webhooks=(receiver.url,)) as client:
        yield client
