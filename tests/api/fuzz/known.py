"""For schemathesis: ids that lead somewhere, and a further check of every answer.

Loaded by name (`SCHEMATHESIS_HOOKS`) into the process that sends the requests.
"""

import random

import schemathesis

SEED = """\
products:
  - {id: prod_course, name: Course, price: "60.00"}
  - {id: prod_book, name: Book, price: "10.00"}
variants: [{id: var_team, product: prod_course, name: Team, price: "240.00"}]
offers: [{id: prod_pro, name: Pro, price: "29.00", trial_days: 14}]
customers: [{id: cust_jane, email: jane@example.com}]
discounts: [{id: disc_half, code: HALF, value: 50}]
webhooks: [{id: webhook_main, url: "http://127.0.0.1:9/hooks", active: false}]
"""
"""What the world begins with; after that every request may change it."""

BY_PATH = {
    "/products/variants": "var_team",
    "/products": "prod_course",
    "/subscriptions": "prod_pro",
    "/customers": "cust_jane",
    "/discounts": "disc_half",
    "/webhooks": "webhook_main",
    "/_emulator/scenarios": "purchase",
    "/_emulator/deliveries": "1",
    "/_emulator/events": "order.completed",
}
BY_FIELD = {
    **dict.fromkeys(("productId", "product", "upsellProductId", "upsell_product"), "prod_course"),
    **dict.fromkeys(("offer",), "prod_pro"),
    **dict.fromkeys(("customer", "payer"), "cust_jane"),
    **dict.fromkeys(("variant",), "var_team"),
    **dict.fromkeys(("discount", "discountCode", "code"), "HALF"),
    **dict.fromkeys(("webhook",), "webhook_main"),
}
LISTS = {"mainProductIds": ["prod_course"], "products": ["prod_course"]}
CHANCE = 0.7
"""How often a known id takes the place of an invented one."""


def _chosen(value):
    return random.Random(repr(value)).random() < CHANCE


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Put a known id into most paths."""
    if not path_parameters:
        return path_parameters
    for head, known in BY_PATH.items():
        if context.operation.path.startswith(head) and _chosen(path_parameters):
            name = next(n for n in ("name", "type", "id") if n in path_parameters or n == "id")
            return {**path_parameters, name: known} if name in path_parameters else path_parameters
    return path_parameters


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """Wait for nothing that is not there."""
    for given, name in ((case.query, "seconds"), (case.body, "timeout")):
        if isinstance(given, dict) and _is_number(given.get(name)):
            given[name] = 0
    if case.operation.path.endswith("deliveries/wait") and isinstance(case.body, dict):
        case.body.setdefault("timeout", 0)


@schemathesis.hook
def map_body(_context, body):
    """Put known ids into most bodies, where a text was invented."""
    if not isinstance(body, dict) or not _chosen(body):
        return body
    texts = {name: id for name, id in BY_FIELD.items() if _is_id(body.get(name))}
    lists = {name: ids for name, ids in LISTS.items() if _are_ids(body.get(name))}
    return {**body, **texts, **lists}


def _is_number(value):
    try:
        return not isinstance(value, bool) and 0 <= float(value) <= 60
    except (TypeError, ValueError):
        return False


def _is_id(value):
    return isinstance(value, str) and 0 < len(value) <= 200


def _are_ids(value):
    return isinstance(value, list) and 0 < len(value) <= 1_000 and all(map(_is_id, value))


@schemathesis.check
def errors_are_the_apis(_context, response, _case):
    """A refusal has `error`, `message` and `code`, and says something."""
    if response.status_code >= 400 and response.headers["content-type"][0].startswith("app"):
        said = response.json()
        assert set(said) == {"error", "message", "code"}
        assert said["error"] == said["message"]
        assert len(said["message"]) > 5
        assert "Traceback" not in said["message"]
