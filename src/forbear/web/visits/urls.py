"""Addresses of visits."""

from django.urls import path

from forbear.web.visits import actions, phone_views, views, visit_views

urlpatterns = [
    path("", views.today, name="visits"),
    path("requests/", views.requests, name="visits_requests"),
    path("requests/ask/", actions.ask_many, name="visits_ask_many"),
    path("routes/", views.routes, name="visits_routes"),
    path("routes/plan/", actions.plan, name="visits_plan"),
    path("routes/plans/<int:pk>/", views.progress, name="visits_progress"),
    path("teams/", actions.team, name="visits_team"),
    path("teams/<int:pk>/dissolve/", actions.dissolve, name="visits_dissolve"),
    path("teams/<int:pk>/badges/", visit_views.badge_sheet, name="visits_badges"),
    path("reviews/", views.reviews, name="visits_reviews"),
    path("people/", views.people, name="visits_people"),
    path("people/write/", actions.person, name="visits_person"),
    path("alarms/<int:pk>/", actions.alarm, name="visits_alarm"),
    path("files/<int:pk>/", visit_views.evidence, name="visits_evidence"),
    path("cases/<int:case_id>/", visit_views.panel, name="visits_panel"),
    path("cases/<int:case_id>/ask/", actions.ask, name="visits_ask"),
    path("<int:pk>/", visit_views.visit, name="visit"),
    path("<int:pk>/call-off/", actions.call_off, name="visits_call_off"),
    path("<int:pk>/review/", actions.review, name="visits_review"),
    path("<int:pk>/place/", actions.place, name="visits_place"),
    path("phone/", phone_views.phone, name="visits_phone"),
    path("phone/sw.js", phone_views.worker, name="visits_phone_worker"),
    path("phone/manifest.json", phone_views.manifest, name="visits_phone_manifest"),
    path("phone/day/", phone_views.begin, name="visits_phone_day"),
    path("phone/permit/", phone_views.permit, name="visits_phone_permit"),
    path("phone/sync/", phone_views.take, name="visits_phone_sync"),
    path("phone/evidence/<uuid:client_id>/", phone_views.file, name="visits_phone_evidence"),
    path("phone/sos/", phone_views.sos, name="visits_phone_sos"),
    path("phone/end/", phone_views.end, name="visits_phone_end"),
]
