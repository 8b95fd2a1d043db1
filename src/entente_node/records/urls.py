"""Lists, pages and forms of records."""

from django.urls import path

from entente_node.records import views

urlpatterns = [
    path("records", views.listing, name="records"),
    path("records/new", views.choose, name="new-record"),
    path("records/new/<slug:kind>", views.new, name="new-record-of"),
    path("records/<str:code>", views.record, name="record"),
]
