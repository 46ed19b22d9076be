"""Addresses of the dialler."""

from django.urls import path

from forbear.web.telephony import views

urlpatterns = [
    path("", views.dialler, name="dialler"),
    path("say/", views.say, name="dialler_say"),
    path("floor/", views.floor, name="dialler_floor"),
]
