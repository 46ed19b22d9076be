"""Addresses of stored documents."""

from django.urls import path

from forbear.web.documents import views

urlpatterns = [path("<int:document_id>/", views.download, name="document")]
