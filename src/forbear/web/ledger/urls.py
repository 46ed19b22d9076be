"""Addresses of the ledger's screens."""

from django.urls import path

from forbear.web.ledger import views

urlpatterns = [
    path("", views.desk, name="ledger"),
    path("compare/", views.compare, name="ledger_compare"),
    path("differences/<int:difference_id>/", views.difference, name="ledger_difference"),
    path("accounts/<int:account_id>/", views.why, name="ledger_why"),
    path("accounts/<int:account_id>/statement.pdf", views.statement, name="ledger_statement"),
]
