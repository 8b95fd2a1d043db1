"""Every address of a node."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("entente_node.directory.urls")),
    path("", include("entente_node.api.urls")),
    path("", include("entente_node.notifications.urls")),
    path("", include("entente_node.alerts.urls")),
    path("", include("entente_node.duty.urls")),
    path("", include("entente_node.measures.urls")),
    path("", include("entente_node.attachments.urls")),
    path("", include("entente_node.records.urls")),
    path("", include("entente_node.flows.urls")),
    path("", include("entente_node.dialogue.urls")),
    path("", include("entente_node.exchanges.urls")),
]

handler400 = "entente_node.directory.views.bad_request"
handler403 = "entente_node.directory.views.forbidden"
handler404 = "entente_node.directory.views.not_found"
handler500 = "entente_node.directory.views.server_error"
