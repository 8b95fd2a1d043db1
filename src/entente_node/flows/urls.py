"""The flows."""

from django.urls import path

from entente_node.flows import views

urlpatterns = [path("flows", views.flows, name="flows")]
