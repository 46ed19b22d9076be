"""Addresses of reaching people."""

from django.urls import path

from forbear.web.reach import views

urlpatterns = [
    path("cases/<int:case_id>/wishes/", views.store_wishes, name="reach_wishes"),
    path("closed/", views.closed, name="reach_closed"),
    path("closed/<int:point_id>/", views.reopen, name="reach_reopen"),
]
