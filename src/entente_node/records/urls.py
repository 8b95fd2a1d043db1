"""Lists, pages and forms of records."""

from django.urls import path

from entente_node.records import answering, releasing, revising, views

urlpatterns = [
    path("records", views.listing, name="records"),
    path("records/new", views.choose, name="new-record"),
    path("records/new/<slug:kind>", views.new, name="new-record-of"),
    path("records/<str:code>", views.record, name="record"),
    path("records/<str:code>/answer", answering.answer, name="answer-record"),
    path("records/<str:code>/revise", revising.revise, name="revise"),
    path("records/<str:code>/review", revising.review, name="review"),
    path("records/<str:code>/release", releasing.approve, name="approve-release"),
    path("records/<str:code>/release/retract", releasing.retract, name="retract-release"),
]
