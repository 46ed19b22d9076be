"""Addresses of agreements and approvals."""

from django.urls import path

from forbear.web.agreements import case_views, views

urlpatterns = [
    path("approvals/", case_views.inbox, name="approvals"),
    path("approvals/lend/", case_views.lend, name="approvals_lend"),
    path("approvals/<int:approval_id>/", case_views.answer, name="approvals_answer"),
    path("cases/<int:case_id>/", case_views.case, name="agreements_case"),
    path("cases/<int:case_id>/matters/", case_views.open_matter, name="agreements_open_matter"),
    path("cases/<int:case_id>/panel/", views.panel, name="agreements_panel"),
    path("cases/<int:case_id>/formula/", views.formula, name="agreements_formula"),
    path("cases/<int:case_id>/means/", views.record, name="agreements_means"),
    path("cases/<int:case_id>/choose/", views.choose, name="agreements_choose"),
    path("cases/<int:case_id>/letter/", views.letter, name="agreements_letter"),
    path("cases/<int:case_id>/proofs/", views.proofs, name="agreements_proofs"),
    path("cases/<int:case_id>/code/", views.send_code, name="agreements_code"),
    path("cases/<int:case_id>/sign/", views.sign, name="agreements_sign"),
    path("cases/<int:case_id>/decline/", views.decline, name="agreements_decline"),
    path("cases/<int:case_id>/notice/", views.notice, name="agreements_notice"),
    path("cases/<int:case_id>/breach/", views.breach, name="agreements_breach"),
    path("matters/<int:matter_id>/proof/", case_views.bring, name="agreements_bring"),
    path("matters/<int:matter_id>/decide/", case_views.decide, name="agreements_decide"),
]
