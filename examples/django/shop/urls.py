"""Where things are."""

from django.urls import path

from shop import views

urlpatterns = [
    path("webhooks/pocketsflow", views.webhook),
    path("members/<email>", views.member),
]
