"""What the tests of the API begin with."""

import pytest

from clients import serving


@pytest.fixture
def api(receiver):
    """A client of a served world whose webhooks go to `receiver`."""
    with serving(webhooks=(receiver.url,)) as client:
        yield client
