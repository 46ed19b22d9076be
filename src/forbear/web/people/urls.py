"""Addresses of sign-in, home, preferences, search, staff and the access log."""

from django.urls import path

from forbear.web.people import access_views, search_views, staff_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("preferences/", views.preferences, name="preferences"),
    path("password/", views.password, name="password"),
    path("search/", search_views.search_view, name="search"),
    path("access/", access_views.access_log, name="access_log"),
    path("staff/", staff_views.staff_list, name="staff"),
    path("staff/new/", staff_views.staff_new, name="staff_new"),
    path("staff/<int:user_id>/", staff_views.staff_edit, name="staff_edit"),
]
