"""Addresses of payments."""

from django.urls import path

from forbear.web.payments import views

urlpatterns = [path("told/", views.told, name="pay_told")]
