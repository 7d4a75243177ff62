"""Orders, refunds, customers, reviews, payments: what buyers have done, over the API."""

import pytest


@pytest.fixture
def course(api):
    """A product of 60 usd; its API id."""
    return api.post("/products", {"name": "Course", "price": 60}).json["_id"]


@pytest.fixture
def order(api, course):
    """Jane's order of it, with 8 % tax."""
    return api.act(
        "purchase",
        product=course,
        email="jane@example.com",
        tax_rate="0.08",
        metadata={"user": "7"},
        client_reference_id="cart-1",
    )


def test_an_order_has_the_clients_fields_and_the_live_ones(api, course, order):
    """An order is shown as the client's type has it, and once more as `sale`."""
    shown = api.get(f"/orders/{order['id']}").json

    assert shown["_id"] == order["api_id"]
    assert (shown["grossAmount"], shown["netAmount"], shown["taxAmount"]) == (64.8, 60, 4.8)
    assert (shown["buyerEmail"], shown["productId"]) == ("jane@example.com", course)
    assert shown["product"]["name"] == "Course"
    assert shown["customer"]["buyerEmail"] == "jane@example.com"
    assert (shown["metadata"], shown["clientReferenceId"]) == ({"user": "7"}, "cart-1")
    assert (shown["isRefunded"], shown["isDisputed"], shown["testMode"]) == (False, False, True)
    assert shown["sale"]["amountBeforeTax"] == 60
    assert shown["sale"]["_id"] == shown["_id"]


def test_orders_are_paged_newest_first(api, course):
    """`page` and `pageSize` cut the list; `pagination` says where one is."""
    bought = [api.act("purchase", product=course)["api_id"] for _ in range(5)]

    page = api.get("/orders?page=2&pageSize=2").json

    assert [order["_id"] for order in page["orders"]] == [bought[2], bought[1]]
    assert page["pagination"] == {
        "totalCount": 5,
        "totalPages": 3,
        "currentPage": 2,
        "pageSize": 2,
        "hasMore": True,
    }


def test_orders_are_filtered_by_date_and_product(api, course):
    """Both dates are included; a product filter takes either id."""
    first = api.act("purchase", product=course)["api_id"]
    api.control("clock/advance", {"days": 2})
    other = api.post("/products", {"name": "Book", "price": 10}).json["_id"]
    second = api.act("purchase", product=other)["api_id"]

    def ids(query):
        return [order["_id"] for order in api.get(f"/orders?{query}").json["orders"]]

    assert ids("startDate=2030-02-01") == [second]
    assert ids("endDate=2030-01-31T00:00:00Z") == [first]
    assert ids(f"productId=prod_{course}") == [first]
    assert ids("startDate=2030-03-01") == []


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("page=0", 400, "page"),
        ("page=x", 400, "page"),
        ("pageSize=101", 400, "pageSize"),
        ("startDate=soon", 400, "startDate"),
        ("productId=nothing", 404, "productId"),
    ],
)
def test_a_query_that_cannot_be_used_names_the_parameter(api, query, status, field):
    """Every refusal says which parameter is wrong."""
    refused = api.get(f"/orders?{query}")

    assert status == refused.status
    assert field in refused.json["message"]


def test_a_refund_is_made_shown_and_listed(api, course, order):
    """Two partial refunds and the order is refunded; nothing is left for a third."""
    path = "/refunds"

    first = api.post(path, {"orderId": order["api_id"], "amount": 4.8, "reason": "damaged"})
    second = api.post(path, {"orderId": order["id"]})
    third = api.post(path, {"orderId": order["id"]})

    assert (first.status, first.json["amount"], first.json["reason"]) == (201, 4.8, "damaged")
    assert (second.json["amount"], second.json["status"]) == (60, "completed")
    assert (third.status, third.json["code"]) == (400, "ILLEGAL_MOVE")
    assert api.get(f"/refunds/{first.json['_id']}").json == first.json
    assert api.get(path).json == [second.json, first.json]
    assert api.get(f"/orders/{order['id']}").json["isRefunded"] is True


def test_a_refund_of_no_order_is_not_found(api):
    """The message names the field, as the API calls it."""
    refused = api.post("/refunds", {"orderId": "65f000000000000000000000"})

    assert refused.status == 404
    assert refused.json["message"].startswith("orderId:")


def test_customers_show_what_they_have_spent(api, course, order):
    """Orders are counted, refunds are taken off."""
    api.act("purchase", product=course, email="jane@example.com")
    api.post("/refunds", {"orderId": order["id"], "amount": 4.8})

    [jane] = api.get("/customers").json

    assert (jane["numberOfOrders"], jane["totalSpent"]) == (2, 120)
    assert api.get(f"/customers/{jane['_id']}").json == jane


def test_customers_are_filtered_sorted_and_cut(api, course):
    """`email`, `productId`, `sortBy`, `sortOrder`, `limit` and `offset` hold together."""
    for name, country in (("ann", "US"), ("bob", "GB"), ("cleo", "DE")):
        api.act("purchase", product=course, email=f"{name}@example.com", country=country)

    def names(query):
        found = api.get(f"/customers?{query}").json
        return [customer["buyerEmail"].partition("@")[0] for customer in found]

    assert names("sortBy=email&sortOrder=asc") == ["ann", "bob", "cleo"]
    assert names("sortBy=country&sortOrder=desc&limit=2") == ["ann", "bob"]
    assert names("sortBy=email&sortOrder=asc&offset=1") == ["bob", "cleo"]
    assert names("email=BOB@example.com") == ["bob"]
    assert len(names(f"productId={course}")) == 3


def test_reviews_are_listed_by_product(api, course, order):
    """A review shows its product, its buyer and its words."""
    api.act("review", order=order["id"], rating=4, text="Good")
    other = api.post("/products", {"name": "Book", "price": 10}).json["_id"]

    [review] = api.get(f"/reviews?productId={course}").json

    assert (review["rating"], review["review"], review["buyerEmail"]) == (
        4,
        "Good",
        "jane@example.com",
    )
    assert api.get("/reviews").json == [review]
    assert api.get(f"/reviews?productId={other}").json == []


def test_payments_can_be_reconciled(api, course, order):
    """Payments are listed with what was refunded of each, all or of one kind."""
    offer = api.post("/subscriptions", {"name": "Pro", "price": 29, "frequency": "monthly"}).json
    subscription = api.act("subscribe", offer=offer["_id"], email="jane@example.com")
    api.post("/refunds", {"orderId": order["id"], "amount": 4.8})

    every = api.get("/payments").json["payments"]
    [recurring] = api.get("/payments?type=subscription").json["payments"]
    [once] = api.get("/payments?type=one-time").json["payments"]

    assert len(every) == 2
    assert recurring["subscriptionId"] == subscription["api_id"]
    assert (once["amountRefunded"], once["status"]) == (4.8, "partially_refunded")
