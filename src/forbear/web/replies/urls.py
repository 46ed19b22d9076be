"""Addresses of replies."""

from django.urls import path

from forbear.web.replies import views

urlpatterns = [
    path("", views.inbox, name="replies"),
    path("<int:pk>/handled/", views.handled, name="replies_handled"),
    path("<int:pk>/undo/", views.undo, name="replies_undo"),
    path("called/<int:pk>/", views.take, name="replies_take"),
]
