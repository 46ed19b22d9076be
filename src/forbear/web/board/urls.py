"""Addresses of the board."""

from django.urls import path

from forbear.web.board import views

urlpatterns = [
    path("", views.today, name="board"),
    path("flow/", views.flow, name="board_flow"),
    path("contact/", views.contact, name="board_contact"),
    path("team/", views.team, name="board_team"),
    path("runs/", views.runs, name="board_runs"),
]
