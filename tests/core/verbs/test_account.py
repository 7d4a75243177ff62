"""The account itself: the identity check and the dunning policy."""

import pytest

from pocketsflow_emulator.core.clock import parse
from pocketsflow_emulator.core.models import Verification
from pocketsflow_emulator.errors import UnknownName
from worlds import Story, keys


@pytest.mark.parametrize("status", ["processing", "requires_input", "verified"])
def test_an_identity_check_sends_the_event_of_its_status(status):
    """Each status of the seller's identity check has an event, without a buyer."""
    story = Story()

    session = story.do("set_verification", status=status)

    assert keys(story.last) == [f"identity.verification_session.{status}"]
    assert story.last[0].get(Verification) == session
    assert story.last[0].buyer == ""
    assert session.status == status


def test_what_is_missing_is_named_while_input_is_required():
    """What is asked for, and when the check succeeded, is there only where it belongs."""
    story = Story("2030-01-01")

    asked = story.do("set_verification", status="requires_input")
    verified = story.do("set_verification", status="verified")

    assert asked.required_fields == ("document_back", "selfie")
    assert asked.verified_at is None
    assert verified.required_fields == ()
    assert verified.verified_at == parse("2030-01-01")


def test_a_check_goes_on_until_it_is_verified():
    """One session goes on until it is verified; after that a new one starts."""
    story = Story("2030-01-01")
    first = story.do("set_verification", status="processing")
    story.advance("2030-01-02")

    second = story.do("set_verification", status="verified")
    third = story.do("set_verification", status="processing")

    assert first.id == second.id != third.id
    assert second.created_at == parse("2030-01-01")
    assert third.created_at == parse("2030-01-02")
    assert first.user_id == third.user_id


@pytest.mark.parametrize("status", ["done", "", None, 5, []])
def test_other_statuses_are_refused(status):
    """A status that an identity check does not have is refused."""
    error = Story().refuse("set_verification", status=status)

    assert isinstance(error, UnknownName)


def test_the_dunning_policy_of_the_world():
    """The world's dunning policy is chosen silently."""
    story = Story()

    made = story.do("set_dunning", name="patient")

    assert made is None
    assert story.last == []
    assert story.state.dunning == "patient"


@pytest.mark.parametrize("name", ["stern", "", None, 5, {}])
def test_other_policies_are_refused(name):
    """A policy nobody knows is refused."""
    error = Story().refuse("set_dunning", name=name)

    assert isinstance(error, UnknownName)


def test_the_seller():
    """What is given of the seller changes; the identity check is in the seller's name."""
    story = Story("2030-01-01")

    seller = story.do("update_user", email="ada@example.com", subdomain="ada-shop", country="gb")
    again = story.do("update_user", first_name="Ada")
    checked = story.do("set_verification", status="verified")

    assert (seller.id, seller.email) == (checked.user_id, checked.email)
    assert seller._replace(first_name="Ada") == again
    assert (seller.subdomain, seller.country, seller.currency) == ("ada-shop", "GB", "usd")


@pytest.mark.parametrize("label", ["", "Shop", "my shop", "-shop", "shop-", "a" * 64])
def test_a_subdomain_is_a_label(label):
    """A subdomain is what a host name may contain."""
    story = Story()

    error = story.refuse("update_user", subdomain=label)

    assert "subdomain is" in str(error)
