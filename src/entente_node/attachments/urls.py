"""Pictures of records."""

from django.urls import path

from entente_node.attachments import views

urlpatterns = [
    path("pictures/<str:code>/add", views.add, name="add-picture"),
    path("pictures/<str:code>/<slug:name>", views.picture, name="picture"),
    path("pictures/<str:code>/<slug:name>/image", views.image, name="picture-image"),
    path("pictures/<str:code>/<slug:name>/small", views.small, name="picture-small"),
    path("pictures/<str:code>/<slug:name>/confirm", views.confirm, name="confirm-picture"),
    path("pictures/<str:code>/<slug:name>/take-back", views.take_back, name="take-back-picture"),
]
