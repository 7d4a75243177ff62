"""The public pages behind the rules, each listed once, and where they contradict each other.

Pocketsflow has described its webhooks several times; a tag says which time. Comments and schemas
cite a page by its key, such as `G2 /api-webhooks/events`, and a conflict by its number.
"""

from types import MappingProxyType
from typing import NamedTuple

DOCS = "https://docs.pocketsflow.com"
HELP = "https://help.pocketsflow.com"

TAGS = MappingProxyType(
    {
        "G1": "help centre, early 2025",
        "GEN": "generic documentation text, partly provisional",
        "G2": "the detailed documentation; the authority for the dialect `documented`",
        "G3": "the newest documentation, July 2026",
        "G3-EX": "the vendor's example repository for subscriptions, July 2026; the source of the"
        " dialect `current`",
        "SDK": "the vendor's npm package `pocketsflow`, 1.0.1 and 1.2.1",
        "CON": "receivers and clients that merchants have published, by number",
    }
)
"""Tag -> what it is, the oldest first."""


class Source(NamedTuple):
    """A page: its tag, its path (empty where the tag has only one) and its address.

    A merchant's code has no address here, it has `shows` instead: what was learned from it.
    """

    tag: str
    path: str
    address: str
    shows: str = ""

    @property
    def key(self) -> str:
        """How it is cited."""
        return f"{self.tag} {self.path}" if self.path.startswith("/") else self.tag + self.path


_sources: dict[str, Source] = {}


def _source(tag: str, path: str, address: str = "", shows: str = "") -> Source:
    source = Source(tag, path, address, shows)
    if source.key in _sources:
        raise ValueError(f"source {source.key} is listed twice")
    _sources[source.key] = source
    return source


def _docs(tag: str, path: str) -> Source:
    return _source(tag, path, DOCS + path)


def _help(path: str) -> Source:
    return _source("G1", path, HELP + path)


G1_WEBHOOKS = _help("/en/articles/10516809-webhooks")
G1_SUBSCRIPTIONS = _help("/en/articles/10516902-subscriptions")
G1_TEST_MODE = _help("/en/articles/10690609-test-mode")
GEN_OVERVIEW = _docs("GEN", "/api-webhooks/overview")
GEN_AUTHENTICATION = _docs("GEN", "/api-webhooks/authentication-and-security")
GEN_CONSUMING = _docs("GEN", "/api-webhooks/consuming-webhooks")
GEN_EXAMPLES = _docs("GEN", "/api-webhooks/examples")
GEN_SELLING = _docs("GEN", "/selling/subscriptions")
GEN_BUYERS = _docs("GEN", "/buyers/managing-subscriptions")
G2_EVENTS = _docs("G2", "/api-webhooks/events")
G2_OVERVIEW = _docs("G2", "/api-webhooks/overview")
G2_AUTHENTICATION = _docs("G2", "/api-webhooks/authentication-and-security")
G2_HTTP_API = _docs("G2", "/api-webhooks/http-api-preview")
G2_SELLING = _docs("G2", "/selling/subscriptions")
G2_API = _docs("G2", "/api-reference/introduction")
G2_PRODUCTS_CREATE = _docs("G2", "/api-reference/products-create")
G2_CHECKOUT_CREATE = _docs("G2", "/api-reference/checkout-create")
G2_DISCOUNTS_VALIDATE = _docs("G2", "/api-reference/discounts-validate")
G2_SDK = _docs("G2", "/sdk/nodejs")
G2_OPENAPI = _source("G2", "/docs.json", "https://api.pocketsflow.com/docs.json")
G3_EVENTS = _docs("G3", "/api-webhooks/events")
G3_INTEGRATIONS = _docs("G3", "/integrations/overview")
G3_CUSTOM = _docs("G3", "/integrations/custom-platforms")
G3_WOOCOMMERCE = _docs("G3", "/integrations/woocommerce")
G3_EX = _source("G3-EX", "", "https://github.com/Pocketsflow/subscriptions-example")
SDK = _source("SDK", "", "pkg:npm/pocketsflow@1.2.1")
CON_1 = _source("CON", "-1", shows="a receiver for the live service, September 2026")
CON_3 = _source("CON", "-3", shows="a receiver that checks the parsed body, written anew")
CON_5 = _source("CON", "-5", shows="a client with types for what it receives")

SOURCES = MappingProxyType(_sources)
"""Key -> page, in the order of the tags."""

CONFLICTS = MappingProxyType(
    {
        "C1": "the name in the body: G2 `event`, G3-EX none",
        "C2": "retries: GEN perhaps, G3 none",
        "C3": "what is signed: GEN the body and the timestamp, all others the raw body",
        "C4": "amounts: G2 decimals, G3-EX integer cents",
        "C5": "an id of the event: GEN says there is one, no payload shows it",
        "C6": "the envelope: samples read `type` and `data`, the events page is flat",
        "C7": "pausing: G2 `customer.subscription.paused`, others `customer.subscription.pause`",
        "C8": "creating a product: the API's description wants a currency, the client sends none",
        "C9": "one order: the client's types say an order, the live service answers with a `sale`",
        "C10": "the interval: `month` and `year` in webhooks, `weekly` too in offers",
        "C11": "`subscription.id`: G2 the buyer's, G3-EX the offer's",
        "C12": "a customer's id: `cus_` in subscription events, `cust_` in `customer.created`",
        "C13": "ids: prefixed in G2 webhooks, 24 hex digits in the API and in G3-EX",
        "C14": "`order.refunded` and `customer.created`: G1 the body of an order, G2 their own",
        "C15": "`webhookId`: G2 first, G3-EX last",
        "C16": "a session's addresses: required in the API's description, optional in G3",
        "C17": "the rate limit: 100 a minute with bursts, or 200 a minute for each address",
        "C18": "a refund that went well: `succeeded` in webhooks, `completed` in the API",
        "C19": "the secret of a webhook: shown once, or on every read",
        "C22": "`deleted`: G2 on cancelling, G3-EX when access ends",
    }
)
"""Number -> what differs between the pages. What the emulator does about it is a rule."""

OF_THE_API = frozenset({"C8", "C9", "C17", "C18", "C19"})
"""Conflicts about the merchant API, whose routes say how they read them."""
