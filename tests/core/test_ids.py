"""Ids are seeded, and every object has two of them."""

import re

import pytest

from pocketsflow_emulator.core import ids

HEX = "65f0a1b2c3d4e5f6a7b8c9d0"


def test_the_same_seed_gives_the_same_ids():
    """The n-th object of a kind always gets the same id under the same seed."""
    first = [ids.generated(7, "order", n) for n in range(1, 50)]
    second = [ids.generated(7, "order", n) for n in range(1, 50)]

    assert first == second
    assert len(set(first)) == len(first)


def test_seed_kind_and_number_all_count():
    """Another seed, another kind or another number gives another id."""
    actual = {
        ids.api_id(ids.generated(seed, kind, n))
        for seed in (7, 8)
        for kind in ids.PREFIXES
        for n in (1, 2)
    }

    expected = 2 * 2 * len(ids.PREFIXES)
    assert expected == len(actual)


@pytest.mark.parametrize("kind", ids.PREFIXES)
def test_ids_have_the_prefix_of_their_kind_and_24_hex_digits(kind):
    """Prefixed ids are the kind's prefix and the 24 hex digits that the API shows."""
    id = ids.generated(7, kind, 1)

    assert re.fullmatch(f"{ids.PREFIXES[kind]}_[0-9a-f]{{24}}", id)
    assert id == f"{ids.PREFIXES[kind]}_{ids.api_id(id)}"


def test_ids_do_not_change_from_release_to_release():
    """The ids of a seed are a promise: stored expectations may name them."""
    actual = ids.generated(7, "order", 1), ids.secret(7, 1), ids.api_id("prod_pro")

    expected = (
        "order_82706ac2b00a4d9f749a2a8b",
        "whsec_eca9371ca872109b199c",
        "665360a4cb7a7d1b656c3f36",
    )
    assert expected == actual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(HEX, f"prod_{HEX}", id="24 hex digits become the API's id"),
        pytest.param(f"prod_{HEX}", f"prod_{HEX}", id="a prefixed one stays"),
        pytest.param("prod_pro", "prod_pro", id="a free one stays"),
        pytest.param("a", "a", id="one character"),
        pytest.param("0.9-beta_1", "0.9-beta_1", id="with signs"),
        pytest.param(HEX.upper(), HEX.upper(), id="upper case is no API id"),
        pytest.param("x" * 100, "x" * 100, id="100 characters"),
        pytest.param("x" * 101, None, id="101 characters"),
        pytest.param("", None, id="empty"),
        pytest.param("-a", None, id="begins with a sign"),
        pytest.param("a b", None, id="a blank"),
        pytest.param("a/b", None, id="a slash"),
        pytest.param("a\n", None, id="a line end"),
        pytest.param("é", None, id="not ASCII"),
    ],
)
def test_own_ids(text, expected):
    """A user's own id stands as it is; one of 24 hex digits sets the API's id."""
    actual = ids.own("product", text)

    assert expected == actual


def test_an_own_id_has_an_api_id_too():
    """The API shows 24 hex digits for a free id as well, always the same ones."""
    first, second = ids.api_id("prod_pro"), ids.api_id("prod_pro")

    assert re.fullmatch("[0-9a-f]{24}", first)
    assert first == second
    assert ids.api_id("prod_max") != first


@pytest.mark.parametrize(("id", "expected"), [(f"cust_{HEX}", f"cus_{HEX}"), ("jane", "cus_jane")])
def test_subscriptions_name_their_customer_with_another_prefix(id, expected):
    """Subscription events write a customer's id with `cus_`."""
    actual = ids.customer_reference(id)

    assert expected == actual


def test_secrets_are_seeded_and_differ():
    """A generated signing secret is `whsec_` and 20 characters, one for each number."""
    secrets = [ids.secret(7, n) for n in range(1, 20)]

    assert all(re.fullmatch("whsec_[0-9a-f]{20}", secret) for secret in secrets)
    assert len(set(secrets)) == len(secrets)
    assert secrets[0] == ids.secret(7, 1)
    assert secrets[0] != ids.secret(8, 1)
