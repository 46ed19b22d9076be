"""Addresses of the law room."""

from django.urls import path

from forbear.web.law import draft_views, extra_views, notice_views, views

urlpatterns = [
    path("", views.library_page, name="law"),
    path("rules/<str:rule_id>/", views.rule, name="law_rule"),
    path("parameters/<path:name>/", views.parameter, name="law_parameter"),
    path("instruments/<path:key>/", views.instrument, name="law_instrument"),
    path("capacity/", extra_views.capacity_page, name="law_capacity"),
    path("conflicts/", extra_views.conflicts, name="law_conflicts"),
    path("replay/", views.replay_page, name="law_replay"),
    path("drafts/", draft_views.drafts, name="law_drafts"),
    path("drafts/new/", draft_views.new, name="law_draft_new"),
    path("drafts/<int:draft_id>/", draft_views.draft, name="law_draft"),
    path("drafts/<int:draft_id>/edit/", draft_views.edit, name="law_draft_edit"),
    path("drafts/<int:draft_id>/<str:step>/", draft_views.act, name="law_draft_step"),
    path("notices/", notice_views.notices, name="law_notices"),
    path("notices/<int:publication_id>/", notice_views.notice, name="law_notice"),
]
