"""Addresses of sign-in, home, preferences, search, staff and the access log."""

from django.urls import path

from forbear.web.people import search_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("preferences/", views.preferences, name="preferences"),
    path("password/", views.password, name="password"),
    path("search/", search_views.search_view, name="search"),
]
