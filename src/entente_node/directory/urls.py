"""Signing in and out, and the language."""

from django.urls import path

from entente_node.directory import views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/<str:token>", views.sign_in_by_link, name="sign-in-link"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("language", views.language, name="language"),
]
