"""Addresses of the wording desk."""

from django.urls import path

from forbear.web.wording import views

urlpatterns = [
    path("", views.board, name="wording"),
    path("new/", views.edit, name="wording_new"),
    path("preview/", views.preview, name="wording_preview"),
    path("version/<int:pk>/approve/", views.approve, name="wording_approve"),
    path("t/<slug:key>/", views.detail, name="wording_template"),
    path("t/<slug:key>/edit/", views.edit, name="wording_edit"),
]
