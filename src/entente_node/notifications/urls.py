"""Links that acknowledge, the gateways' webhook, and the pages of channels and deliveries."""

from django.urls import path

from entente_node.notifications import public

urlpatterns = [
    path("a/<str:token>", public.acknowledge, name="acknowledge"),
    path("sms/<str:secret>", public.sms, name="sms"),
]
