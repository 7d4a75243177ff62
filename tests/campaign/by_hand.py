"""A run that is written down: through what chance brings about too rarely."""

ADA = "ada@example.com"
MONTHLY = {"currency": "usd", "trial_days": 0, "frequency": "monthly", "dunning": "pausing"}
UPGRADE = {"offer": "max", "proration": "immediate"}

STEPS = (
    ("create_offer", {"id": "basic", "price": "30", **MONTHLY}),
    ("create_offer", {"id": "max", "price": "90", **MONTHLY}),
    # Dunning for a change of plan has paused it, its end is scheduled, a resume is declined; then
    # the end comes before the next retry.
    ("subscribe", {"offer": "basic", "email": ADA, "id": "owing"}),
    ("decline_next", {"payer": "owing", "times": "until_new_card"}),
    ("advance", "2030-01-20"),
    ("change_plan", {"subscription": "owing", **UPGRADE}),
    ("advance", "2030-01-29"),
    ("cancel", {"subscription": "owing", "at_period_end": True}),
    ("update_offer", {"offer": "max", "dunning": "patient"}),
    ("resume", {"subscription": "owing"}),
    ("advance", "2030-02-01"),
    # A difference is paid when its period is over, and a change back is settled after that.
    ("subscribe", {"offer": "basic", "email": ADA, "id": "late"}),
    ("advance", "2030-02-26"),
    ("decline_next", {"payer": "late", "times": 2}),
    ("change_plan", {"subscription": "late", **UPGRADE}),
    ("advance", "2030-03-06"),
    ("change_plan", {"subscription": "late", "offer": "basic", "proration": "immediate"}),
    ("advance", "2030-04-02"),
    # A resume and an end in one instant.
    ("subscribe", {"offer": "basic", "email": ADA, "id": "both"}),
    ("cancel", {"subscription": "both", "at_period_end": True}),
    ("pause", {"subscription": "both", "until": "2030-05-02"}),
    ("advance", "2030-05-03"),
    # A code in the instant in which it expires; a variant in another currency; an upsell.
    ("create_product", {"id": "course", "price": "60", "currency": "usd"}),
    ("create_variant", {"id": "large", "product": "course", "price": "80.00"}),
    ("update_product", {"product": "course", "currency": "jpy"}),
    ("purchase", {"product": "course", "variant": "large", "email": ADA, "id": "bought"}),
    (
        "create_discount",
        {
            "id": "spring",
            "code": "SPRING",
            "value": "10",
            "value_type": "percentage",
            "expiration": "2030-05-10",
        },
    ),
    ("advance", "2030-05-10"),
    ("purchase", {"product": "course", "discount": "SPRING", "email": ADA, "id": "refused"}),
    (
        "create_upsell",
        {"id": "more", "products": ["course"], "upsell_product": "course", "price": "9"},
    ),
    ("update_upsell", {"upsell": "more", "active": False}),
    ("delete_upsell", {"upsell": "more"}),
)
"""Verb and arguments; of an advance, the date."""
