"""The duty: who has it, the figures, the forms of the rota."""

from django.urls import path

from entente_node.duty import editing, views

urlpatterns = [
    path("duty", views.overview, name="duty"),
    path("duty/hand-over", views.hand_over, name="hand-over"),
    path("duty/hand-over/<int:number>/take", views.take_over, name="take-over"),
    path("duty/figures", views.figures, name="duty-figures"),
    path("duty/calendar/<slug:service>.ics", views.rota_calendar, name="rota-calendar"),
    path("duty/rota", editing.rota, name="own-rota"),
    path("duty/rota/<slug:service>", editing.rota, name="rota"),
    path("duty/rota/<slug:service>/change", editing.change, name="change-rota"),
]
