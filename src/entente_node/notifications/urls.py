"""Links that acknowledge, the gateways' webhook, and the pages of channels and deliveries."""

from django.urls import path

from entente_node.notifications import public, subscribing, views

urlpatterns = [
    path("a/<str:token>", public.acknowledge, name="acknowledge"),
    path("sms/<str:secret>", public.sms, name="sms"),
    path("notifications", views.overview, name="notifications"),
    path("notifications/new", views.edit, name="new-channel"),
    path("notifications/<int:number>", views.edit, name="channel"),
    path("notifications/<int:number>/act", views.act, name="act-on-channel"),
    path("notifications/messages/<int:number>/retry", views.retry, name="retry-message"),
    path("push", subscribing.page, name="push"),
    path("push/subscribe", subscribing.subscribe, name="subscribe-push"),
    path("push/end", subscribing.unsubscribe, name="unsubscribe-push"),
]
