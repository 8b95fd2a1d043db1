"""The pages of channels and deliveries: for one's own service, without a secret, with every refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from entente_node.directory.models import AuditEntry
from entente_node.directory.roles import Role
from entente_node.duty.models import DutyFunction
from entente_node.notifications.models import Channel, Delivery, Sort, State
from tests.notifications.conftest import NUMBER, Night

FORM = {
    "function": "permanence",
    "label": "Essai",
    "number": NUMBER,
    "language": "fr",
    "url": "mailtos://u:geheim@example.org",
}


@pytest.fixture
def functions(night: Night) -> None:  # noqa: ARG001  its ledger is there
    for service in ("protection-civile", "elevage"):
        DutyFunction.objects.create(service=service, function="permanence", name=f"Permanence {service}")


def officer(night: Night, service: str = "protection-civile", role: str = Role.OFFICER) -> Client:
    """A browser in which somebody of this role has signed in."""
    user = night.desk.account(f"{role}-{service}", service, role=role, language="en")
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.usefixtures("functions")
class TestChannels:
    def test_one_is_added_tested_paused_changed_and_removed(self, night: Night) -> None:
        client = officer(night)
        form = FORM | {
            "purposes": ["humanitarian"],
            "severity": "Severe",
            "quiet_from": "22:00",
            "quiet_until": "05:30",
        }
        assert client.post("/notifications/new", form).status_code == 302
        channel = Channel.objects.get()
        assert (channel.service, channel.function, channel.number) == (
            "protection-civile",
            "permanence",
            NUMBER,
        )
        assert (channel.purposes, channel.severity_from) == (["humanitarian"], "Severe")
        page = client.get("/notifications").content.decode()
        assert "Essai" in page
        assert "mailtos://example.org …01" in page
        assert "geheim" not in page
        client.post(f"/notifications/{channel.pk}/act", {"deed": "pause"})
        assert not Channel.objects.get().active
        client.post(f"/notifications/{channel.pk}/act", {"deed": "resume"})
        client.post(f"/notifications/{channel.pk}", FORM | {"url": "", "label": "Autre"})
        changed = Channel.objects.get()
        assert (changed.label, changed.url) == ("Autre", FORM["url"])  # no address given: it stays
        assert "geheim" not in client.get(f"/notifications/{channel.pk}").content.decode()
        client.post(f"/notifications/{channel.pk}/act", {"deed": "remove"})
        assert not Channel.objects.exists()
        deeds = list(AuditEntry.objects.filter(deed__startswith="channel.").values_list("deed", flat=True))
        assert deeds == [
            "channel.added",
            "channel.pause",
            "channel.resume",
            "channel.changed",
            "channel.remove",
        ]
        assert not any("geheim" in entry.detail for entry in AuditEntry.objects.all())

    def test_a_test_message_is_sent_by_the_courier_and_says_nothing_of_any_record(self, night: Night) -> None:
        channel = night.channel()
        client = officer(night)
        client.post(f"/notifications/{channel.pk}/act", {"deed": "test"})
        assert night.send() == 1
        assert night.gateway.texts == ["Entente: this is a test of the duty's messages. Nothing to do."]
        assert "test" in client.get("/notifications").content.decode()

    def test_who_sees_no_record_leads_no_message_to_a_telephone_of_his_own(self, night: Night) -> None:
        channel = night.channel()
        client = officer(night, role=Role.ADMINISTRATOR)
        for path, form in (
            ("/notifications/new", FORM),
            (f"/notifications/{channel.pk}", FORM | {"number": "+22799999999"}),
        ):
            assert client.post(path, form).status_code == 403
        assert [one.number for one in Channel.objects.all()] == [NUMBER]

    def test_tests_have_an_end(self, night: Night) -> None:
        channel = night.channel()
        client = officer(night)
        for _ in range(9):
            client.post(f"/notifications/{channel.pk}/act", {"deed": "test"})
        assert Delivery.objects.count() == 5

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"url": "gammu:/etc/cron.d"}, "has no telephone"),
            ({"url": "gammu:../../etc"}, "has no telephone"),
            ({"url": "json://127.0.0.1:8000/x"}, "ends on this machine"),
            ({"url": "json://localhost/x"}, "ends on this machine"),
            ({"url": "json://[::1]/x"}, "ends on this machine"),
            ({"url": "json://169.254.169.254/latest"}, "ends on this machine"),
            ({"url": "mailto://a:b@example.org?smtp=127.0.0.1"}, "ends on this machine"),
            ({"url": "json://[::ffff:127.0.0.1]:8000/x"}, "ends on this machine"),
            ({"url": "json://[::ffff:7f00:1]/x"}, "ends on this machine"),
            ({"url": "json://[64:ff9b::7f00:1]/x"}, "ends on this machine"),
            ({"url": "json://[2002:7f00:1::]/x"}, "ends on this machine"),
            ({"url": "json://localhost./x"}, "ends on this machine"),
            ({"url": "json:// 127.0.0.1/x"}, "ends on this machine"),
            ({"url": "json://2130706433/x"}, "ends on this machine"),
            ({"url": "mailto://a:b@example.org?smtp=127%2e0%2e0%2e1"}, "ends on this machine"),
            ({"url": "mailto://a:b@example.org?sm%74p=127.0.0.1"}, "ends on this machine"),
            ({"url": "mailto://a:b@example.org?smtp=[::1]"}, "ends on this machine"),
            ({"url": "syslog://"}, "not one that the desk takes"),
            ({"url": "dbus://"}, "not one that the desk takes"),
            ({"url": "push:"}, "not one that the desk takes"),
            ({"url": "file:///etc/passwd"}, "not understood"),
            ({"url": "nosuch://geheim"}, "not understood"),
            ({"url": ""}, "not one that the desk takes"),
            ({"number": "12"}, "is not a telephone number"),
            ({"quiet_from": "22:00"}, "quiet hours have a beginning and an end"),
            ({"function": "nobody"}, "has no function nobody"),
            ({"purposes": "anything"}, "is not a purpose"),
        ],
    )
    def test_what_may_not_be_is_refused_without_repeating_a_secret(
        self, night: Night, change: dict[str, str], said: str
    ) -> None:
        response = officer(night).post("/notifications/new", FORM | change)
        assert response.status_code == 422
        page = response.content.decode()
        assert said in page.replace("&#x27;", "'")
        assert "geheim" not in page
        assert not Channel.objects.exists()

    def test_the_nodes_own_telephone_is_offered_where_it_has_one(self, night: Night, tmp_path: Path) -> None:
        spool = tmp_path / "outbox"
        spool.mkdir()
        client = officer(night)
        assert "the telephone of this node" not in client.get("/notifications/new").content.decode()
        night.reach("https://desk.til.example", gammu=str(spool))
        assert "the telephone of this node" in client.get("/notifications/new").content.decode()
        client.post("/notifications/new", FORM | {"way": "telephone", "url": "gammu:/etc"})
        assert Channel.objects.get().url == f"gammu:{spool}"

    def test_a_telephone_without_a_number_is_refused(self, night: Night, tmp_path: Path) -> None:
        night.reach("https://desk.til.example", gammu=str(tmp_path))
        response = officer(night).post("/notifications/new", FORM | {"way": "telephone", "number": ""})
        assert response.status_code == 422

    @pytest.mark.parametrize("role", [Role.AGENT, Role.SECRETARIAT, Role.OBSERVER, Role.COMMUNITY])
    def test_who_writes_no_rota_sees_and_does_nothing_here(self, night: Night, role: Role) -> None:
        channel = night.channel()
        client = officer(night, role=role)
        for path in ("/notifications", "/notifications/new", f"/notifications/{channel.pk}"):
            assert client.get(path).status_code == 403
        assert client.post(f"/notifications/{channel.pk}/act", {"deed": "remove"}).status_code == 403
        assert Channel.objects.exists()

    def test_another_services_channels_are_not_there(self, night: Night) -> None:
        channel = night.channel(label="Le portable")
        row = Delivery.objects.create(
            channel=channel,
            sort=Sort.TEST,
            state=State.FAILED,
            next_try_at=night.clock(),
            made_at=night.clock(),
        )
        client = officer(night, "elevage")
        assert "Le portable" not in client.get("/notifications").content.decode()
        assert client.get(f"/notifications/{channel.pk}").status_code == 404
        assert client.post(f"/notifications/{channel.pk}/act", {"deed": "remove"}).status_code == 404
        assert client.post(f"/notifications/messages/{row.pk}/retry").status_code == 404
        assert Channel.objects.exists()

    def test_without_a_form_of_the_desk_nothing_is_done(self, night: Night) -> None:
        channel = night.channel()
        client = Client(enforce_csrf_checks=True)
        client.force_login(night.desk.account())
        assert client.post(f"/notifications/{channel.pk}/act", {"deed": "remove"}).status_code == 403
        assert Channel.objects.exists()


@pytest.mark.usefixtures("functions")
class TestDeliveries:
    def test_what_was_not_sent_says_why_and_may_be_tried_again(self, night: Night) -> None:
        night.channel()
        night.call()
        night.gateway.status = 401
        night.send()
        client = officer(night)
        page = client.get("/notifications").content.decode()
        assert "the gateway refused it (401)" in page
        assert night.code in page
        night.gateway.status = 200
        row = Delivery.objects.get()
        assert client.post(f"/notifications/messages/{row.pk}/retry").status_code == 302
        assert night.send() == 1

    def test_what_has_ended_is_not_tried_again(self, night: Night) -> None:
        night.channel()
        call = night.call()
        night.gateway.status = 500
        night.send()
        call.ended_at = night.clock()
        call.save()
        row = Delivery.objects.get()
        officer(night).post(f"/notifications/messages/{row.pk}/retry")
        night.gateway.status = 200
        assert night.send() == 0

    def test_the_wall_hides_the_code_from_who_sees_no_record(self, night: Night) -> None:
        night.channel()
        night.call()
        night.send()
        night.reach("", second_factor="none")
        page = officer(night, role=Role.ADMINISTRATOR).get("/notifications").content.decode()
        assert night.code not in page
        assert "sent" in page
