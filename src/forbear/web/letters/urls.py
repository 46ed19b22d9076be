"""Addresses of the letters."""

from django.urls import path

from forbear.web.letters import views

urlpatterns = [
    path("", views.board, name="letters"),
    path("ask/", views.create, name="letters_ask"),
    path("results/", views.results, name="letters_results"),
    path("<int:pk>/", views.detail, name="letters_batch"),
    path("<int:pk>/sign/", views.sign_batch, name="letters_sign"),
    path("<int:pk>/release/", views.release_batch, name="letters_release"),
    path("letter/<int:pk>.pdf", views.pdf, name="letter_pdf"),
]
