"""The pouch endpoint, the exchange page, the agreement page."""

from django.urls import path

from entente_node.exchanges import views
from entente_node.exchanges.pouch import pouch

urlpatterns = [
    path("pouch", pouch, name="pouch"),
    path("exchange", views.exchange, name="exchange"),
    path("agreement", views.agreements, name="agreements"),
    path("agreement/<slug:agreement>", views.agreement, name="agreement"),
]
