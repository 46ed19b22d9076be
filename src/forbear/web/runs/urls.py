"""Addresses of the runs."""

from django.urls import path

from forbear.web.runs import views

urlpatterns = [
    path("", views.run_list, name="runs"),
    path("<int:pk>/", views.run_detail, name="run"),
    path("<int:pk>/account/", views.run_account, name="run_account"),
]
