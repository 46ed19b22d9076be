"""Addresses of the API."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from forbear.web.api.views import api

# Each route says itself who may call it (auth.py); a redirect to a sign-in page is no answer for a machine.
for pattern in api.urls[0]:
    if hasattr(pattern, "callback"):
        pattern.callback = login_not_required(pattern.callback)

urlpatterns = [path("", api.urls)]
