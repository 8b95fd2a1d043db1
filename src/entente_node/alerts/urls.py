"""The situation and one alert."""

from django.urls import path

from entente_node.alerts import views

urlpatterns = [
    path("", views.the_situation, name="situation"),
    path("alerts/<str:code>", views.alert, name="alert"),
    path("alerts/<str:code>/answer", views.answer, name="answer"),
    path("alerts/<str:code>/confirm", views.confirm, name="confirm"),
]
