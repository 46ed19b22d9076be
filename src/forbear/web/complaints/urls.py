"""Addresses of the desk of complaints."""

from django.urls import path

from forbear.web.complaints import views

urlpatterns = [
    path("", views.desk, name="complaints"),
    path("new/", views.new, name="complaint_new"),
    path("<str:number>/", views.complaint, name="complaint"),
    path("<str:number>/step/", views.step, name="complaint_step"),
    path("<str:number>/evidence/<int:evidence_id>/", views.evidence, name="complaint_evidence"),
]
