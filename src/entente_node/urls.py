"""Every address of a node."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
