"""The situation, its timeline, search and map, and one alert."""

from django.urls import path

from entente_node.alerts import looking, views

urlpatterns = [
    path("", views.the_situation, name="situation"),
    path("timeline", looking.the_timeline, name="timeline"),
    path("search", looking.the_search, name="search"),
    path("area", looking.the_area, name="area"),
    path("map", looking.the_map, name="map"),
    path("map.json", looking.map_data, name="map-data"),
    path("map/outlines.json", looking.map_outlines, name="map-outlines"),
    path("alerts/<str:code>", views.alert, name="alert"),
    path("alerts/<str:code>/answer", views.answer, name="answer"),
    path("alerts/<str:code>/confirm", views.confirm, name="confirm"),
]
