"""Addresses of the disposal room."""

from django.urls import path

from forbear.web.disposal import transfer_views, views

urlpatterns = [
    path("", views.candidates, name="disposal"),
    path("begin/", views.begin, name="disposal_begin"),
    path("write-offs/", views.write_off_list, name="disposal_write_offs"),
    path("write-offs/<str:number>/", views.write_off, name="disposal_write_off"),
    path("write-offs/<str:number>/<str:what>/", views.step, name="disposal_step"),
    path("register/", views.register, name="disposal_register"),
    path("transfers/", transfer_views.transfer_list, name="disposal_transfers"),
    path("transfers/begin/", transfer_views.begin, name="disposal_transfer_begin"),
    path("transfers/<str:number>/", transfer_views.transfer, name="disposal_transfer"),
    path("transfers/<str:number>/file.p7m", transfer_views.data_file, name="disposal_file"),
    path("transfers/<str:number>/<str:what>/", transfer_views.step, name="disposal_transfer_step"),
]
