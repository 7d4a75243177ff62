"""What the shop knows."""

from django.db import models
from django.db.models import F

OPEN = ("trialing", "active", "past_due")  # past due: the card is tried again, they stay


class Seen(models.Model):
    """An event that has been dealt with, by the digest of its bytes."""

    event = models.CharField(max_length=64, primary_key=True)


class Order(models.Model):
    """A sale, in cents."""

    id = models.CharField(max_length=64, primary_key=True)
    email = models.EmailField()
    paid = models.IntegerField()
    refunded = models.IntegerField(default=0)


class Subscription(models.Model):
    """A subscription as it was at the newest event about it."""

    id = models.CharField(max_length=64, primary_key=True)
    email = models.EmailField()
    status = models.CharField(max_length=32)
    at = models.BigIntegerField()


def has_access(email):
    """Say whether somebody may come in."""
    return (
        Order.objects.filter(email=email, refunded__lt=F("paid")).exists()
        or Subscription.objects.filter(email=email, status__in=OPEN).exists()
    )
