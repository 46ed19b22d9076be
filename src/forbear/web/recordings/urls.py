"""Addresses of recordings."""

from django.urls import path

from forbear.web.recordings import views

urlpatterns = [
    path("", views.overview, name="recordings"),
    path("<int:recording_id>/audio", views.listen, name="recording_audio"),
    path("hooks/<slug:vendor>/", views.hook, name="recording_hook"),
    path("hooks/<slug:vendor>/<str:external_id>/audio", views.upload, name="recording_upload"),
]
