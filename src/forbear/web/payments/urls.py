"""Addresses of payments."""

from django.urls import path

from forbear.web.payments import staff_views, views

urlpatterns = [
    path("told/", views.told, name="pay_told"),
    path("orders/", staff_views.orders, name="pay_orders"),
    path("orders/<int:order_id>/refund/", staff_views.refund, name="pay_refund"),
]
