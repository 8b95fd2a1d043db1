"""The interface for programs, and the lists as files."""

from django.urls import include, path

from entente_node.api import exports, interface

urlpatterns = [
    path("records.csv", exports.table, name="records-csv"),
    path("records.geojson", exports.features, name="records-geojson"),
    path("api/v1/", include((interface.urlpatterns, "api"))),
]
