"""Addresses of reception."""

from django.urls import path

from forbear.web.reception import roster_views, views

urlpatterns = [
    path("roster/", roster_views.roster, name="reception_roster"),
    path("roster/add/", roster_views.add, name="reception_roster_add"),
    path("roster/<int:pk>/remove/", roster_views.remove, name="reception_roster_remove"),
    path("", views.desk, name="reception"),
    path("look-up/", views.look_up, name="reception_look_up"),
    path("<int:inbound_id>/", views.inbound, name="reception_inbound"),
    path("<int:inbound_id>/identity/", views.identify, name="reception_identify"),
    path("<int:inbound_id>/wishes/", views.wishes, name="reception_wishes"),
    path("<int:inbound_id>/finish/", views.finish, name="reception_finish"),
]
