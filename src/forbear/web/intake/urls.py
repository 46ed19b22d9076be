"""Addresses of the files room."""

from __future__ import annotations

from django.urls import path

from forbear.web.intake import row_views, views

urlpatterns = [
    path("", views.files, name="files"),
    path("upload/", views.upload, name="file_upload"),
    path("under-way/", views.under_way, name="files_under_way"),
    path("uploads/<int:upload_id>/again/", views.upload_again, name="file_upload_again"),
    path("alerts/", row_views.alerts, name="file_alerts"),
    path("alerts/<int:alert_id>/settle/", row_views.settle, name="file_settle"),
    path("rows/<int:issue_id>/", row_views.issue, name="file_issue"),
    path("rows/<int:issue_id>/drop/", row_views.drop, name="file_drop"),
    path("<int:batch_id>/", views.batch, name="file_batch"),
    path("<int:batch_id>/set-aside.csv", views.rows, {"kind": "csv"}, name="file_rows_csv"),
    path("<int:batch_id>/set-aside.xlsx", views.rows, {"kind": "xlsx"}, name="file_rows_xlsx"),
    path("<int:batch_id>/reverse/", views.reverse, name="file_reverse"),
]
