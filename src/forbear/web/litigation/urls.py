"""Addresses of the court room."""

from django.urls import path

from forbear.web.litigation import actions, many, matter_views, offence, reserve, views

urlpatterns = [
    path("", views.docket, name="court"),
    path("screening/", views.screening, name="court_screening"),
    path("screening/open/", many.open_many, name="court_open"),
    path("limitation/", views.radar, name="court_limitation"),
    path("batch/", views.batch_board, name="court_batch"),
    path("batch/do/", many.batch_do, name="court_batch_do"),
    path("batch/<int:pk>/", views.batch_detail, name="court_batch_detail"),
    path("batch/<int:pk>/<str:form>.zip", many.batch_zip, name="court_batch_zip"),
    path("calendar/", views.calendar, name="court_calendar"),
    path("calendar.ics", views.calendar_file, name="court_ics"),
    path("service/", views.service, name="court_service"),
    path("costs/", views.costs, name="court_costs"),
    path("counsel/", views.counsel, name="court_counsel"),
    path("counsel/add/", actions.add_agent, name="court_agent_add"),
    path("counsel/<int:pk>/revoke/", actions.revoke, name="court_revoke"),
    path("matters/<int:pk>/", matter_views.matter, name="court_matter"),
    path("matters/<int:pk>/move/<str:code>/", actions.make, name="court_move"),
    path("matters/<int:pk>/answer/", actions.answer, name="court_answer"),
    path("matters/<int:pk>/write/<str:what>/", actions.write, name="court_write"),
    path("matters/<int:pk>/offence/", offence.page, name="court_offence"),
    path("matters/<int:pk>/reserve/", reserve.page, name="court_reserve"),
    path("hearings/<int:pk>/cancel/", actions.cancel, name="court_hearing_cancel"),
    path("papers/<int:pk>.<str:form>", actions.paper, name="court_paper"),
]
