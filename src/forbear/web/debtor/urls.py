"""Addresses of the debtor's page. A page of its own module adds its lines here; none holds a number of a person."""

from django.urls import path

from forbear.web.debtor import access_views, home_views, owed_views, pay_views, relative_views

urlpatterns = [
    path("", home_views.home, name="my_home"),
    path("l/<str:token>/", access_views.link, name="my_link"),
    path("identity/", access_views.identity, name="my_identity"),
    path("trust/", access_views.trust, name="my_trust"),
    path("not-me/", access_views.not_me, name="my_not_me"),
    path("language/", access_views.language, name="my_language"),
    path("leave/", access_views.leave, name="my_leave"),
    path("why/", owed_views.why, name="my_why"),
    path("contacts/", owed_views.contacts, name="my_contacts"),
    path("messages/", owed_views.messages, name="my_messages"),
    path("agreements/", owed_views.agreements, name="my_agreements"),
    path("papers/<int:paper_id>/", owed_views.paper, name="my_paper"),
    path("pay/", pay_views.pay, name="my_pay"),
    path("pay/<str:order_no>/", pay_views.receipt, name="my_receipt"),
    path("relative/", pay_views.relative, name="my_relative"),
    path("relative/<int:link_id>/revoke/", pay_views.revoke, name="my_relative_revoke"),
    path("for/l/<str:token>/", relative_views.link, name="my_for_link"),
    path("for/", relative_views.page, name="my_for"),
]
