from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from entente_node.directory import links
from tests.desk.conftest import Desk

PAGES = ("/", "/?state=all", "/exchange", "/agreement/gao-tillaberi", "/nowhere")


def test_every_answer_forbids_frames_sniffing_inline_code_and_other_sites(desk: Desk, raised: str) -> None:
    client = desk.client()
    for path in (*PAGES, f"/alerts/{raised}", "/sign-in", "/static/desk/desk.css", "/pouch"):
        response = client.get(path)
        assert "default-src 'self'" in response["Content-Security-Policy"], path
        assert "unsafe" not in response["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        if not path.startswith("/static"):
            assert response["X-Frame-Options"] == "DENY"
        response.close()


def test_no_page_has_code_style_or_anything_from_elsewhere(desk: Desk, raised: str) -> None:
    client = desk.client()
    link = links.sign_in_link(desk.account("other"))
    for path in (*PAGES, f"/alerts/{raised}", link):
        page = client.get(path).content.decode()
        assert not re.search(r"<script(?! [^>]*src=\"/static/)|<style|\sstyle=|\son\w+=|https?://", page)
        assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) in ([], [""]), path
    style = finders.find("desk/desk.css")
    assert isinstance(style, str)
    with open(style) as file:  # noqa: PTH123
        assert not re.search(r"url\(|@import", file.read())


def test_pages_are_not_kept_by_the_browser_and_the_style_is(desk: Desk) -> None:
    client = desk.client()
    page = client.get("/")
    assert page["Cache-Control"] == "private, no-store"
    style = re.search(r'href="(/static/desk/desk.css\?[0-9a-f]{8})"', page.content.decode())
    assert style
    kept = client.get(style[1])
    assert "max-age=2592000" in kept["Cache-Control"]
    kept.close()


@pytest.mark.usefixtures("desk")
def test_pages_and_style_travel_compressed() -> None:
    client = Client(headers={"accept-encoding": "gzip"})
    for path in ("/sign-in", "/static/desk/desk.css"):
        response = client.get(path)
        assert response["Content-Encoding"] == "gzip"
        response.close()
