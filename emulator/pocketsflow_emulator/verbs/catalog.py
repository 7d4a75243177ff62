"""What is for sale."""

from collections.abc import Mapping, Sequence
from typing import Any

from pocketsflow_emulator.verbs.doing import Amount, D, Doing, H, N, Thing, When, given


class CatalogVerbs(Doing[H, D, N]):
    """Products, variants, offers, discounts and upsells."""

    def create_product(
        self,
        *,
        name: str = "Product",
        price: Amount = "10.00",
        currency: str = "usd",
        published: bool = True,
        details: Mapping[str, Any] | None = None,
        id: str | None = None,
        quiet: bool = False,
    ) -> H:
        """Add a product; sends `product.created` unless `quiet`. Prices exclude tax; `details` are
        what else the API shows of it, like `{"description": "..."}`.
        """
        return self._do("create_product", given(locals()))

    def update_product(
        self,
        product: Thing,
        *,
        name: str | None = None,
        price: Amount | None = None,
        currency: str | None = None,
        published: bool | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> H:
        """Change what is given; sends `product.updated`."""
        return self._do("update_product", given(locals()))

    def delete_product(self, product: Thing) -> H:
        """Take a product out of the catalogue; sends `product.deleted`."""
        return self._do("delete_product", given(locals()))

    def create_variant(
        self,
        product: Thing,
        *,
        price: Amount,
        name: str = "Variant",
        details: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> H:
        """Add a version of a product with a price of its own. Silent."""
        return self._do("create_variant", given(locals()))

    def update_variant(
        self,
        variant: Thing,
        *,
        name: str | None = None,
        price: Amount | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> H:
        """Change what is given. Silent."""
        return self._do("update_variant", given(locals()))

    def delete_variant(self, variant: Thing) -> H:
        """Take a variant out of the catalogue. Silent."""
        return self._do("delete_variant", given(locals()))

    def create_offer(
        self,
        *,
        name: str = "Membership",
        price: Amount = "10.00",
        currency: str = "usd",
        frequency: str = "monthly",
        trial_days: int = 0,
        dunning: str | None = None,
        details: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> H:
        """Add something to subscribe to: `weekly`, `monthly` or `yearly`. Silent."""
        return self._do("create_offer", given(locals()))

    def update_offer(
        self,
        offer: Thing,
        *,
        name: str | None = None,
        price: Amount | None = None,
        trial_days: int | None = None,
        dunning: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> H:
        """Change what is given; subscriptions keep the price they were sold at. Silent."""
        return self._do("update_offer", given(locals()))

    def delete_offer(self, offer: Thing) -> H:
        """Stop selling an offer; its subscriptions go on. Silent."""
        return self._do("delete_offer", given(locals()))

    def create_discount(
        self,
        code: str,
        *,
        value: Amount,
        value_type: str = "percentage",
        name: str = "Discount",
        products: Sequence[Thing] | None = None,
        active: bool = True,
        expiration: When | None = None,
        id: str | None = None,
    ) -> H:
        """Add a code that takes `value` percent off, or with `value_type="fixed"` that many major
        units, before tax; off `products` and offers, or off everything. Silent.
        """
        return self._do("create_discount", given(locals()))

    def update_discount(
        self,
        discount: Thing,
        *,
        code: str | None = None,
        value: Amount | None = None,
        value_type: str | None = None,
        name: str | None = None,
        products: Sequence[Thing] | None = None,
        active: bool | None = None,
        expiration: When | None = None,
    ) -> H:
        """Change what is given; what was sold with the code keeps its price. Silent."""
        return self._do("update_discount", given(locals()))

    def delete_discount(self, discount: Thing) -> H:
        """Withdraw a code; what was sold with it keeps its price. Silent."""
        return self._do("delete_discount", given(locals()))

    def create_upsell(
        self,
        products: Sequence[Thing],
        upsell_product: Thing,
        *,
        price: Amount,
        name: str = "Upsell",
        active: bool = True,
        details: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> H:
        """Offer `upsell_product` at a price to those who buy one of `products`. Silent, and only
        kept: no checkout shows it.
        """
        return self._do("create_upsell", given(locals()))

    def update_upsell(
        self,
        upsell: Thing,
        *,
        products: Sequence[Thing] | None = None,
        upsell_product: Thing | None = None,
        price: Amount | None = None,
        name: str | None = None,
        active: bool | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> H:
        """Change what is given. Silent."""
        return self._do("update_upsell", given(locals()))

    def delete_upsell(self, upsell: Thing) -> H:
        """Withdraw an upsell. Silent."""
        return self._do("delete_upsell", given(locals()))
