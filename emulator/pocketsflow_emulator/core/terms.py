"""What was agreed at a checkout: a subscription, its invoices and its orders share one copy."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Terms(NamedTuple):
    """What was sold, to whom, taxed how, and the merchant's own data.

    `product_id` may be an offer's; empty text means "none".
    """

    product_id: str
    variant_id: str
    subscription_id: str
    customer_id: str
    email: str
    currency: str
    tax_rate: str
    country: str
    zip: str
    state: str
    vat_number: str
    metadata: Mapping[str, Any]
    client_reference_id: str
    discount_id: str


class Agreed:
    """What has `terms` shows their fields as its own."""

    __slots__ = ()

    terms: Terms

    @property
    def product_id(self) -> str:
        """The product or offer that was sold."""
        return self.terms.product_id

    @property
    def variant_id(self) -> str:
        """The version of the product."""
        return self.terms.variant_id

    @property
    def subscription_id(self) -> str:
        """The subscription that it belongs to."""
        return self.terms.subscription_id

    @property
    def customer_id(self) -> str:
        """The buyer."""
        return self.terms.customer_id

    @property
    def email(self) -> str:
        """The buyer's e-mail."""
        return self.terms.email

    @property
    def currency(self) -> str:
        """The currency of all amounts."""
        return self.terms.currency

    @property
    def tax_rate(self) -> str:
        """The tax rate as a fraction."""
        return self.terms.tax_rate

    @property
    def country(self) -> str:
        """The buyer's country, two letters."""
        return self.terms.country

    @property
    def zip(self) -> str:
        """The buyer's postal code."""
        return self.terms.zip

    @property
    def state(self) -> str:
        """The buyer's state."""
        return self.terms.state

    @property
    def vat_number(self) -> str:
        """The buyer's VAT number."""
        return self.terms.vat_number

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The merchant's own data."""
        return self.terms.metadata

    @property
    def client_reference_id(self) -> str:
        """The merchant's own id."""
        return self.terms.client_reference_id

    @property
    def discount_id(self) -> str:
        """The discount that lowered the price."""
        return self.terms.discount_id
