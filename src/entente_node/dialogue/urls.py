"""Communiqués, commitments, meetings, and the public page."""

from django.urls import path

from entente_node.dialogue import views
from entente_node.dialogue.public import public

urlpatterns = [
    path("dialogue", views.overview, name="dialogue"),
    path("dialogue/communiques/<str:code>", views.communique, name="communique"),
    path("dialogue/communiques/<str:code>/consent", views.consent, name="consent"),
    path("dialogue/communiques/<str:code>/note", views.note, name="communique-note"),
    path("dialogue/meetings/<str:code>.ics", views.meeting_calendar, name="meeting-calendar"),
    path("dialogue/meetings/<str:code>/next.ics", views.next_calendar, name="next-calendar"),
    path("public", public, name="public"),
]
"""``public`` needs no account: what it shows is marked for everybody."""
