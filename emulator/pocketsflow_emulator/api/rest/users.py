"""The seller, whose account the world is."""

from typing import Annotated

from pydantic import Field

from pocketsflow_emulator.api.call import Call
from pocketsflow_emulator.api.fields import Body, Country, Currency, Email, Text, TypedDict
from pocketsflow_emulator.api.routes import Group
from pocketsflow_emulator.core import ids, models
from pocketsflow_emulator.core.verbs.account import seller

group = Group("Users")

Label = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
"""What a store's address begins with."""


class User(TypedDict):
    """The seller."""

    _id: str
    userId: str
    email: str
    name: str
    firstName: str
    lastName: str
    subdomain: str
    currency: str
    country: str
    testMode: bool
    hasSales: bool
    createdFirstProduct: bool


class UserChange(Body):
    """What of the seller can be changed."""

    first_name: Text | None = None
    last_name: Text | None = None
    currency: Currency | None = None
    country: Country | None = None
    subdomain: Label | None = None
    contact_email: Email | None = None


def user(call: Call) -> User:
    """Return the seller as the API shows them."""
    item = seller(call.state)
    return {
        "_id": ids.api_id(item.id),
        "userId": ids.api_id(item.id),
        "email": item.email,
        "name": f"{item.first_name} {item.last_name}",
        "firstName": item.first_name,
        "lastName": item.last_name,
        "subdomain": item.subdomain,
        "currency": item.currency,
        "country": item.country,
        "testMode": call.test_mode,
        "hasSales": bool(call.store.table(models.Order)),
        "createdFirstProduct": bool(call.store.table(models.Product)),
    }


@group.route("GET", "/users/me", source="G2 /api-reference/introduction, SDK 1.2.1")
def me(call: Call) -> User:
    """Get the seller."""
    return user(call)


@group.route(
    "POST",
    "/users/update",
    source="G2 /api-reference/introduction, SDK 1.2.1",
    assumed="that `contactEmail` is shown as `email`",
)
def update(call: Call, body: UserChange) -> User:
    """Change the seller."""
    given = body.given("contact_email")
    if body.contact_email is not None:
        given["email"] = body.contact_email
    call.do("update_user", models.User, **given)
    return user(call)
