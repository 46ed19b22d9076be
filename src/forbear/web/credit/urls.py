"""Addresses of the credit room."""

from django.urls import path

from forbear.web.credit import record_views, views

urlpatterns = [
    path("", views.months, name="credit"),
    path("tell/", views.tell, name="credit_tell"),
    path("notices/", views.tell_debtors, name="credit_notices"),
    path("correct/", views.correct, name="credit_correct"),
    path("months/<int:pk>/", views.progress, name="credit_progress"),
    path("files/<str:what>/<int:pk>/", views.carry, name="credit_carry"),
    path("withheld/", views.withheld, name="credit_withheld"),
    path("find/", record_views.find, name="credit_find"),
    path("cases/<int:case_id>/", record_views.of_case, name="credit_of_case"),
    path("accounts/<int:pk>/", record_views.account, name="credit_account"),
    path("accounts/<int:pk>/object/", record_views.object_to, name="credit_object"),
    path("accounts/<int:pk>/served/", record_views.served, name="credit_served"),
    path("objections/", record_views.objection_list, name="credit_objections"),
    path("objections/<str:number>/", record_views.objection, name="credit_objection"),
    path("objections/<str:number>/step/", record_views.step, name="credit_step"),
]
