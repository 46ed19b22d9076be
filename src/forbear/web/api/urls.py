"""Addresses of the API."""

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, path

from forbear.web.api.views import api

routes, app_label, namespace = api.urls
# Each route says itself who may call it (auth.py); a redirect to a sign-in page is no answer for a machine.
for route in routes:
    if isinstance(route, URLPattern):
        route.callback = login_not_required(route.callback)

urlpatterns = [path("", (routes, app_label, namespace))]
