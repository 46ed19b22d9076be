"""Addresses of the outbox."""

from django.urls import path

from forbear.web.outbox import views

urlpatterns = [
    path("", views.board, name="outbox"),
    path("<int:pk>/settle/", views.settle, name="outbox_settle"),
    path("callback/<slug:channel>/", views.callback, name="outbox_callback"),
]
