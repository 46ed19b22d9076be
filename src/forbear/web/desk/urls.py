"""Addresses of the desk."""

from django.urls import path

from forbear.web.debtor import staff_views as own_page
from forbear.web.desk import call_views, lead_views, note_views, review_views, views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("begin/", views.begin, name="desk_begin"),
    path("queue/", views.queue, name="desk_queue"),
    path("cases/<int:case_id>/", views.case, name="case"),
    path("cases/<int:case_id>/meter/", views.meter, name="desk_meter"),
    path("cases/<int:case_id>/dial/", call_views.dial, name="desk_dial"),
    path("cases/<int:case_id>/hang-up/", call_views.hang_up, name="desk_hang_up"),
    path("cases/<int:case_id>/phone/", call_views.phone, name="desk_phone"),
    path("cases/<int:case_id>/identity/", call_views.identity, name="desk_identity"),
    path("cases/<int:case_id>/wrap-up/", call_views.wrap_up, name="desk_wrap_up"),
    path("cases/<int:case_id>/own-page/", own_page.send_link, name="desk_own_page"),
    path("cases/<int:case_id>/note/", note_views.note, name="desk_note"),
    path("cases/<int:case_id>/later/", note_views.later, name="desk_later"),
    path("cases/<int:case_id>/done/", review_views.done, name="desk_done"),
    path("cases/<int:case_id>/reopen/", review_views.reopen, name="desk_reopen"),
    path("cases/<int:case_id>/emergency/", lead_views.emergency, name="desk_emergency"),
    path("cases/<int:case_id>/ask/", lead_views.ask, name="desk_ask"),
    path("approvals/<int:task_id>/", lead_views.answer, name="desk_answer"),
]
