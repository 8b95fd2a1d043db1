"""Measures: list, board, one measure, calendar."""

from django.urls import path

from entente_node.measures import views

urlpatterns = [
    path("measures", views.listing, name="measures"),
    path("measures/board", views.board, name="measures-board"),
    path("measures/<str:code>", views.one, name="measure"),
    path("measures/<str:code>/move", views.move, name="move-measure"),
    path("measures/<str:code>/moves/<str:move>/take-back", views.take_back, name="take-back-move"),
    path("calendar/<str:token>.ics", views.calendar, name="calendar"),
]
