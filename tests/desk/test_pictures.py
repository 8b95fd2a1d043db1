"""Photos of a record: added, looked at, confirmed, sent in parts, shown behind the wall and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from entente.agreements.document import Form, Share
from entente.courier import outbound
from entente.errors import RecordError
from entente.records import Attachment, decode
from entente.records.attachment import split
from entente.records.base import TLPS
from entente_node.attachments import adding, reading
from entente_node.attachments.receiving import InMemory
from entente_node.attachments.reducing import LARGEST, reduced
from entente_node.directory import auditing
from entente_node.directory.models import AuditEntry, User
from entente_node.directory.roles import RIGHTS, Role
from entente_node.ledger.models import Entry, Record
from tests import parties
from tests.desk import photos
from tests.desk.conftest import Desk, text_of
from tests.federation import AGREEMENT, Federation

SERVICE = "protection-civile"
OBSERVATIONS = Share(
    id="A31",
    text="Les observations des communautés sont transmises sans leurs mots.",
    from_=("gao.ml", "tillaberi.ne"),
    to=("gao.ml", "tillaberi.ne"),
    kinds=("observation",),
    purposes=("humanitarian",),
    tlp="GREEN",
    form=Form(fields=("state", "subject", "urgency"), place="district", time="day"),
    retention_days=90,
)


@pytest.fixture
def federation(ledgers: None) -> Federation:  # noqa: ARG001  asked for what it does
    """Gao and Tillabéri, whose agreement has an article for photos."""
    return Federation.agreed(parties.agreement(articles=(*parties.ARTICLES, OBSERVATIONS, photos.ARTICLE)))


@pytest.fixture
def desk(desk_of: Callable[[str], Desk], raised: str) -> Desk:  # noqa: ARG001  it has been raised
    """The desk of Gao, which has raised an alert that Tillabéri has."""
    return desk_of("gao")


def upload(client: Client, code: str, data: bytes, name: str = "photo.jpg", **fields: str) -> HttpResponse:
    """What a browser sends of the form."""
    file = SimpleUploadedFile(name, data, content_type="image/jpeg")
    answer: HttpResponse = client.post(f"/pictures/{code}/add", {**fields, "file": file})  # type: ignore[assignment]  # a response
    return answer


def added(desk: Desk, code: str, data: bytes | None = None, **fields: str) -> str:
    """Add a photo; the address of its page."""
    answer = upload(desk.client(), code, data or photos.jpeg(), **fields)
    assert answer.status_code == 302, re.findall(r'role="alert">(.*?)</div>', text_of(answer))
    return str(answer["Location"])


def parts() -> list[Attachment]:
    found = [
        decode(bytes(row.body or b"")) for row in Record.objects.filter(kind="attachment").order_by("pk")
    ]
    return [one for one in found if isinstance(one, Attachment)]


def test_a_photo_is_looked_at_confirmed_and_arrives_whole_in_parts(
    desk: Desk, raised: str, desk_of: Callable[[str], Desk]
) -> None:
    path = added(desk, raised, caption="Le gué  sous l’eau (donnée synthétique)")
    page = desk.page(path)
    assert "I have looked at it: it names no person and may leave" in page
    federation = desk.federation
    federation.exchange()
    assert not Entry.objects.filter(record__in=Record.objects.filter(kind="attachment").values("pk")).exists()
    assert desk.client().post(f"{path}/confirm")["Location"] == path
    assert len(parts()) > 3
    assert [bool(one.caption) for one in parts()] == [True] + [False] * (len(parts()) - 1)
    federation.exchange()
    page = desk.page(path)
    assert "Has received it, receipt signed." in page
    sent = desk.client().get(f"{path}/image").content

    there = desk_of("tillaberi")
    alert = there.page(f"/alerts/{raised}")
    assert f'src="{path}/small"' in alert
    assert 'alt="Le gué sous l’eau (donnée synthétique)"' in alert
    assert "I have looked at it" not in there.page(path)
    answer = there.client().get(f"{path}/image")
    assert answer.content == sent
    with Image.open(BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("JPEG", (960, 1280))
    for held in Entry.objects.all():
        assert photos.SECRET.encode() not in bytes(held.payload or b"")


def test_parts_that_have_come_are_counted_until_the_picture_is_whole(
    federation: Federation, raised: str, desk_of: Callable[[str], Desk]
) -> None:
    desk = desk_of("gao")
    path = added(desk, raised)
    desk.client().post(f"{path}/confirm")
    federation.gao.release()
    there = desk_of("tillaberi")
    many = len(federation.gao.store.records_of(["attachment"]))
    for came in range(1, many + 1):
        # A slow line: one part in each pouch.
        written = outbound.write(federation.gao._office, AGREEMENT, "tillaberi.ne", most=1)
        assert written is not None
        assert written.entries == 1
        federation.tillaberi.read_pouch(written.pouch)
        answer = federation.tillaberi.write_pouch(AGREEMENT, "gao.ml", poll=True)
        assert answer is not None
        federation.gao.read_pouch(answer.pouch)
        alert = there.page(f"/alerts/{raised}")
        if came < many:
            assert f"{came} of {many} parts have come" in alert
            assert there.client().get(f"{path}/image").status_code == 404
            assert there.client().get(f"{path}/small").status_code == 404
        else:
            assert f'src="{path}/small"' in alert


def test_a_slow_line_takes_one_part_and_never_waits_for_the_whole(
    federation: Federation, raised: str, desk_of: Callable[[str], Desk]
) -> None:
    desk = desk_of("gao")
    path = added(desk, raised)
    desk.client().post(f"{path}/confirm")
    federation.gao.release()
    written = outbound.write(federation.gao._office, AGREEMENT, "tillaberi.ne", most=20)
    assert written is not None
    assert written.entries == 1
    assert written.more
    assert len(written.pouch) < 20_000


def test_without_an_article_it_stays_and_says_so(
    desk_in: Callable[[Federation, str], Desk],
) -> None:
    federation = Federation.agreed()
    code = (
        federation.gao.file([parties.alert(at="2022-02-01T07:40:00Z")], confirmed=True)[0].record.code or ""
    )
    federation.exchange()
    desk = desk_in(federation, "gao")
    path = added(desk, code)
    desk.client().post(f"{path}/confirm")
    federation.exchange()
    assert "no article shares records of kind attachment" in desk.page(path).lower().replace(
        "pièce jointe", "attachment"
    )
    there = desk_in(federation, "tillaberi")
    assert not Record.objects.filter(kind="attachment").exists()
    assert "/pictures/" not in there.page(f"/alerts/{code}").replace("/add", "").replace(
        f'href="/pictures/{code}"', ""
    )


def test_the_non_party_gets_nothing(desk: Desk, raised: str, desk_of: Callable[[str], Desk]) -> None:
    path = added(desk, raised)
    desk.client().post(f"{path}/confirm")
    desk.federation.exchange()
    kayes = desk_of("kayes")
    assert kayes.node.store.journals() == []
    client = kayes.client()
    for address in (path, f"{path}/image", f"{path}/small", f"/pictures/{raised}/add"):
        assert client.get(address).status_code in {403, 404}
    assert client.post(f"{path}/confirm").status_code in {403, 404}


@pytest.mark.parametrize("name", photos.HOSTILE)
def test_what_is_no_picture_is_refused_and_nothing_is_filed(desk: Desk, raised: str, name: str) -> None:
    answer = upload(desk.client(), raised, photos.HOSTILE[name], name="photo.jpg")
    assert answer.status_code == 422
    assert 'role="alert"' in text_of(answer)
    assert not Record.objects.filter(kind="attachment").exists()


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x", "a\x00.jpg", "<script>.svg", "COM1", "x" * 5_000, "photo.php\r\nX: 1"]
)
def test_the_name_of_a_file_means_nothing(desk: Desk, raised: str, name: str) -> None:
    path = added_as(desk, raised, name)
    page = desk.page(path)
    assert "cron" not in page
    assert "<script>" not in page
    answer = desk.client().get(f"{path}/image")
    assert re.fullmatch(rf'inline; filename="{raised}-[0-9a-f]{{6}}"', answer["Content-Disposition"])


def added_as(desk: Desk, code: str, name: str) -> str:
    answer = upload(desk.client(), code, photos.webp(), name=name)
    assert answer.status_code == 302
    return str(answer["Location"])


def test_a_polyglot_is_only_a_picture_when_it_comes_out(desk: Desk, raised: str) -> None:
    path = added(desk, raised, photos.jpeg() + b"PK\x03\x04<html><script>alert(1)</script>")
    data = desk.client().get(f"{path}/image").content
    assert b"script" not in data
    assert b"PK\x03\x04" not in data


def test_a_picture_is_served_in_a_sandbox_as_its_type_and_nothing_else(desk: Desk, raised: str) -> None:
    path = added(desk, raised)
    for address in (f"{path}/image", f"{path}/small"):
        answer = desk.client().get(address)
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["Cache-Control"] == "private, no-store"
        assert not answer.has_header("ETag")
        assert not answer.has_header("Accept-Ranges")
        part = desk.client().get(address, headers={"Range": "bytes=0-9", "If-None-Match": "*"})
        assert (part.status_code, part.content) == (200, answer.content)


def test_too_much_is_not_read(desk: Desk, raised: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    whole = InMemory.receive_data_chunk
    monkeypatch.setattr(
        InMemory,
        "receive_data_chunk",
        lambda self, data, start: (read.append(len(data)), whole(self, data, start))[1],
    )
    answer = upload(desk.client(), raised, bytes(LARGEST + 200_000))
    assert answer.status_code == 422
    assert "at most 12 megabytes" in text_of(answer)
    assert read == [], "it was announced as too much"
    # Whoever announces less than comes is cut off at the limit.
    monkeypatch.setattr(InMemory, "handle_raw_input", lambda *_, **__: None)
    answer = upload(desk.client(), raised, bytes(LARGEST + 200_000))
    assert answer.status_code == 422
    assert sum(read) <= LARGEST + 200_000
    assert not Record.objects.filter(kind="attachment").exists()


def test_a_form_without_a_file_says_what_is_wanted(desk: Desk, raised: str) -> None:
    answer = desk.client().post(f"/pictures/{raised}/add", {"caption": "x"})
    assert answer.status_code == 422
    assert "Choose a picture of at most 12 megabytes" in text_of(answer)  # type: ignore[arg-type]  # a response
    assert 'value="x"' in text_of(answer)  # type: ignore[arg-type]  # a response


def test_it_is_taken_back_until_somebody_has_confirmed_it(desk: Desk, raised: str) -> None:
    path = added(desk, raised)
    client = desk.client()
    assert client.post(f"{path}/take-back")["Location"] == f"/records/{raised}"
    assert not Record.objects.filter(kind="attachment").exists()
    assert client.get(path).status_code == 404
    path = added(desk, raised)
    client.post(f"{path}/confirm")
    assert client.post(f"{path}/take-back").status_code == 422
    assert Record.objects.filter(kind="attachment").exists()


def test_a_picture_waits_while_the_words_of_its_record_wait_and_follows(
    desk: Desk, desk_of: Callable[[str], Desk]
) -> None:
    waiting = desk.node.file([parties.alert(code=None, at="2022-02-01T07:50:00Z")])[0].record.code or ""
    desk.node.release()
    path = added(desk, waiting)
    assert desk.client().post(f"{path}/confirm").status_code == 302
    desk.federation.exchange()
    assert "what it answers was not released" in desk.page(path).lower()
    assert "It follows by itself when its record leaves." in desk.page(path)
    desk.node.confirm(waiting)
    desk.federation.exchange()
    assert "Has received it, receipt signed." in desk.page(path)
    assert desk_of("tillaberi").client().get(f"{path}/image").status_code == 200


def test_a_picture_and_its_record_leave_together(desk: Desk, desk_of: Callable[[str], Desk]) -> None:
    code = desk.node.file([parties.alert(code=None, at="2022-02-01T07:50:00Z")], confirmed=True)[
        0
    ].record.code
    path = added(desk, str(code))
    desk.client().post(f"{path}/confirm")
    desk.federation.exchange()
    assert desk_of("tillaberi").client().get(f"{path}/image").status_code == 200


def test_a_record_takes_a_few_pictures_and_no_more(desk: Desk, raised: str) -> None:
    for seed in range(6):
        added(desk, raised, photos.jpeg(photos.painted(300, 200, seed)))
    assert f'href="/pictures/{raised}/add"' not in desk.page(f"/alerts/{raised}")
    answer = upload(desk.client(), raised, photos.jpeg(photos.painted(300, 200, 99)))
    assert answer.status_code == 422
    assert len({one.sha256 for one in parts()}) == 6


def test_who_may_not_confirm_may_not(desk: Desk, raised: str) -> None:
    path = added(desk, raised)
    for role, may_look in (("agent", True), ("community", True), ("observer", False)):
        user = desk.account(role, role=role)
        client = Client()
        client.force_login(user)
        assert (client.get(f"{path}/image").status_code == 200) is may_look
        assert client.post(f"{path}/confirm").status_code in {403, 404}
    other = desk.client("securite")
    for address in (path, f"{path}/image", f"{path}/small", f"/pictures/{raised}/add"):
        assert other.get(address).status_code == 404
    assert not any(row.confirmed for row in Record.objects.filter(kind="attachment"))


LOOKING = {
    str(role): rights
    for role, rights in RIGHTS.items()
    if rights.highest is not None and (rights.kinds is None or {"alert", "attachment"} <= rights.kinds)
}
"""The roles that see alerts and their pictures, by the desk's one table."""
HIGHEST = {role: rights.highest or "" for role, rights in LOOKING.items()}
"""Up to which marking a role sees what its service has a mandate for; the other roles see no picture."""
OWN = {role: rights.own or "" for role, rights in LOOKING.items()}
"""The same of what its own service filed."""
MANDATES = {
    "protection-civile": "humanitarian",
    "elevage": "pastoral",
    "securite": "security",
}
"""One of the purposes of each service."""


def test_the_wall_by_role_service_purpose_marking_and_door(desk: Desk) -> None:
    small = reduced(photos.jpeg(photos.painted(64, 48)))
    there: dict[tuple[str, str], str] = {}
    for service, purpose in MANDATES.items():
        for tlp in TLPS[1:]:
            record = parties.alert(
                code=None, at="2022-02-01T07:50:00Z", purpose=purpose, tlp=tlp, service=service
            )
            code = desk.node.file([record], confirmed=True)[0].record.code or ""
            adding.add(desk.node, code, small, service=service, confirmed=True)
            there[purpose, tlp] = code
    name = sha256(small.data).hexdigest()[:20]
    shown = 0
    for role in Role:
        for service, mandate in MANDATES.items():
            user = User.objects.create_user(f"{role}-{service}", service=service, role=role)
            client = Client()
            client.force_login(user)
            for (purpose, tlp), code in there.items():
                rank = TLPS.index(tlp)
                may = role in HIGHEST and purpose == mandate and rank <= TLPS.index(HIGHEST[role])
                own = role in OWN and purpose == mandate and rank <= TLPS.index(OWN[role])
                for door in ("", "/image", "/small") if may or own else ("/image",):
                    status = client.get(f"/pictures/{code}/{name}{door}").status_code
                    assert (status == 200) is (may or own), (role, service, purpose, tlp, door)
                    assert status in {200, 404}
                shown += may or own
    reached = [max(HIGHEST[role], OWN[role], key=TLPS.index) for role in LOOKING]
    assert shown == 3 * sum(map(TLPS.index, reached)), "its own purpose, up to the marking of its role"


def test_a_withdrawn_record_shows_its_pictures_no_more(
    desk: Desk, raised: str, desk_of: Callable[[str], Desk]
) -> None:
    path = added(desk, raised)
    desk.client().post(f"{path}/confirm")
    desk.federation.exchange()
    desk.node.withdraw(raised, "error", service=SERVICE)
    desk.federation.exchange()
    for name in ("gao", "tillaberi"):
        client = desk_of(name).client()
        assert client.get(f"{path}/image").status_code == 404
        assert client.get(f"/pictures/{raised}/add").status_code == 404


def test_of_a_record_that_was_withdrawn_no_picture_leaves_any_more(
    desk: Desk, raised: str, desk_of: Callable[[str], Desk]
) -> None:
    path = added(desk, raised)
    desk.client().post(f"{path}/confirm")
    desk.node.withdraw(raised, "error", service=SERVICE)
    desk.federation.exchange()
    assert not Entry.objects.filter(record__in=Record.objects.filter(kind="attachment")).exists()
    desk_of("tillaberi")
    assert not Record.objects.filter(kind="attachment").exists()


def test_what_the_partner_sends_is_shown_only_if_it_is_what_it_says(
    federation: Federation, raised: str, desk_of: Callable[[str], Desk]
) -> None:
    header = {
        "at": "2022-02-01T08:00:00Z",
        "service": SERVICE,
        "purpose": "humanitarian",
        "tlp": "GREEN",
        "about": raised,
    }
    page = b"<script>alert(document.domain)</script>" * 30
    good = reduced(photos.jpeg(photos.painted(200, 200))).data
    sent = [
        *split(page, 500, media_type="image/jpeg", **header),
        *split(good, 40_000, media_type="image/png", **header),
        *split(photos.png_of(50_000, 50_000), 40_000, media_type="image/png", **header),
    ]
    first, second, *_ = split(good[:3_000], 2_000, media_type="image/webp", **header)
    sent += [first, msgspec.structs.replace(second, data=b"\0" * len(second.data))]
    federation.gao.file(sent, confirmed=True)
    federation.exchange()
    there = desk_of("tillaberi")
    assert Record.objects.filter(kind="attachment").count() == len(sent)
    alert = there.page(f"/alerts/{raised}")
    assert alert.count("and is not what it says: it is not shown") == 4
    assert "<img" not in re.findall(r'<section class="card pictures".*?</section>', alert, re.DOTALL)[0]
    for one in sent:
        address = f"/pictures/{raised}/{one.sha256[:20]}"
        assert there.client().get(f"{address}/image").status_code == 404
        assert there.client().get(f"{address}/small").status_code == 404
        assert "it is not shown" in there.page(address)


def test_a_partner_that_sends_too_many_parts_hides_only_its_own(
    federation: Federation, raised: str, desk_of: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 12)
    header = {
        "at": "2022-02-01T08:00:00Z",
        "service": SERVICE,
        "purpose": "humanitarian",
        "tlp": "GREEN",
        "about": raised,
    }
    federation.gao.file(split(bytes(50), 1, media_type="image/jpeg", **header), confirmed=True)
    federation.exchange()
    there = desk_of("tillaberi")
    path = added(there, raised, photos.jpeg(photos.painted(64, 64)))
    alert = there.page(f"/alerts/{raised}")
    assert f'src="{path}/small"' in alert
    assert "11 of 50 parts have come" in alert


def test_the_other_side_may_add_one_to_what_it_received(desk_of: Callable[[str], Desk], raised: str) -> None:
    there = desk_of("tillaberi")
    path = added(there, raised)
    there.client().post(f"{path}/confirm")
    there.federation.exchange()
    assert desk_of("gao").client().get(f"{path}/image").status_code == 200


def test_pictures_are_in_no_table_and_move_no_dossier(desk: Desk, raised: str) -> None:
    state = desk.node.dossier(raised)
    path = added(desk, raised, caption="Mot introuvable")
    desk.client().post(f"{path}/confirm")
    desk.federation.exchange()
    assert desk.node.dossier(raised) == state
    assert "attachment" not in desk.page("/records").lower()
    assert desk.client().get("/records/new/attachment").status_code == 404
    assert not Record.objects.filter(kind="attachment", said__isnull=False).exists()


def test_every_step_is_in_the_log(desk: Desk, raised: str) -> None:
    path = added(desk, raised)
    desk.client().post(f"{path}/confirm")
    desk.client().get(f"{path}/image")
    deeds = list(AuditEntry.objects.filter(subject=raised).values_list("deed", flat=True))
    assert {"picture.added", "picture.confirmed"} <= set(deeds)
    assert any('"picture-image"' in one.detail for one in AuditEntry.objects.filter(subject=raised))
    assert auditing.verify() is None


def test_the_same_photo_again_is_refused_so_that_what_is_confirmed_was_seen(desk: Desk, raised: str) -> None:
    path = added(desk, raised, caption="Le gué")
    # Words that stand behind the same picture would be confirmed with it, and shown to nobody before.
    answer = upload(desk.client(), raised, photos.jpeg(), caption="Le nom de quelqu’un")
    assert answer.status_code == 422
    assert "is there already" in text_of(answer)
    desk.client().post(f"{path}/confirm")
    assert {one.caption for one in parts()} == {"Le gué", None}


def test_the_command_adds_no_more_pictures_than_the_desk(desk: Desk, raised: str) -> None:
    for seed in range(6):
        picture = reduced(photos.jpeg(photos.painted(80, 60, seed)))
        adding.add(desk.node, raised, picture, service=SERVICE, confirmed=True)
    with pytest.raises(RecordError, match="at most 6"):
        adding.add(desk.node, raised, reduced(photos.jpeg(photos.painted(80, 60, 99))), service=SERVICE)


@pytest.fixture
def women(desk: Desk) -> Client:
    """Somebody of the women's organisation."""
    client = Client()
    client.force_login(desk.account("femmes", "femmes", role=Role.COMMUNITY, language="en"))
    return client


def observed(desk: Desk, service: str = "femmes", **changes: object) -> str:
    """An observation of the community: a well that dried up."""
    record = parties.observation(code=None, service=service, **changes)
    return desk.node.file([record], confirmed=True)[0].record.code or ""


def test_an_organisation_adds_a_photo_to_its_observation_and_an_officer_confirms_it(
    desk: Desk, women: Client, desk_of: Callable[[str], Desk]
) -> None:
    code = observed(desk)
    assert f'href="/pictures/{code}/add"' in text_of(women.get(f"/records/{code}"))
    path = str(upload(women, code, photos.jpeg(), caption="Le puits est à sec")["Location"])
    page = text_of(women.get(path))
    assert "It stays here until an officer of your service has looked at it and confirms it." in page
    assert "Remove it" in page
    assert women.post(f"{path}/confirm").status_code == 403
    desk.federation.exchange()
    assert not Entry.objects.filter(record__in=Record.objects.filter(kind="attachment")).exists()
    assert women.get(f"{path}/image").status_code == 200
    assert desk.client().post(f"{path}/confirm").status_code == 302
    desk.federation.exchange()
    assert women.post(f"{path}/take-back").status_code in {403, 422}
    assert "Has received it, receipt signed." in text_of(women.get(path))
    assert desk_of("tillaberi").client().get(f"{path}/image").status_code == 200


def test_an_organisation_adds_photos_to_nothing_else(desk: Desk, women: Client, raised: str) -> None:
    alert = desk.node.file(
        [parties.alert(code=None, tlp="GREEN", at="2022-02-01T07:50:00Z")], confirmed=True
    )[0].record.code
    other = observed(desk, "protection-civile", tlp="GREEN")
    adding.add(desk.node, other, reduced(photos.jpeg(photos.painted(64, 48))), service="protection-civile")
    for code in (str(alert), other):
        page = text_of(women.get(f"/records/{code}", follow=True))
        assert code in page
        assert "/pictures/" + code + "/add" not in page
        assert women.get(f"/pictures/{code}/add").status_code == 403
        assert upload(women, code, photos.jpeg()).status_code == 403
    path = f"/pictures/{other}/{parts()[0].sha256[:20]}"
    assert women.get(path).status_code == 200, "a photo of what it sees is seen"
    assert women.post(f"{path}/take-back").status_code == 403
    Record.objects.filter(code=raised).update(tlp="AMBER")
    assert women.get(f"/pictures/{raised}/add").status_code == 404, "above what its role sees"
