"""Addresses of the debtor's page. A page of its own module adds its lines here; none holds a number of a person."""

from django.urls import path

from forbear.web.debtor import access_views, home_views

urlpatterns = [
    path("", home_views.home, name="my_home"),
    path("l/<str:token>/", access_views.link, name="my_link"),
    path("identity/", access_views.identity, name="my_identity"),
    path("trust/", access_views.trust, name="my_trust"),
    path("not-me/", access_views.not_me, name="my_not_me"),
    path("language/", access_views.language, name="my_language"),
    path("leave/", access_views.leave, name="my_leave"),
]
