"""One page with both desks, so that a visitor files on the left and sees it arrive on the right.

A page of the demonstration alone: the desks show themselves in a frame of this origin only
because the demonstration serves them so (``ENTENTE_FRAMED_BY``). Loopback, no script, no input.
"""

from __future__ import annotations

import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from entente_node.cli.words import LANGUAGE, _

_PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ margin: 0; display: flex; flex-wrap: wrap; font: 1rem system-ui, sans-serif; background: #0f4c55 }}
section {{ flex: 1 1 22rem; height: 100vh; display: flex; flex-direction: column }}
h1 {{ margin: 0; padding: .4rem .8rem; color: #fff; font-size: 1rem }}
iframe {{ flex: 1; border: 0; background: #fff }}
section + section {{ border-left: 3px solid #f2c14e }}
</style>
{frames}
</html>
"""


class SideBySide:
    """Serves the page on the port that the desks were told about."""

    def __init__(self, port: int, desks: list[tuple[str, str]]) -> None:
        frames = "".join(
            f'<section><h1>{escape(name)}</h1><iframe src="{escape(url)}/" title="{escape(name)}"></iframe></section>'
            for name, url in desks
        )
        page = _PAGE.format(language=LANGUAGE, title=escape(_("Both desks")), frames=frames).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing: the story is told elsewhere."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
