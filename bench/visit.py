"""What somebody needs to visit a desk that is measured: ``python -m bench.visit FOLDER PEOPLE LINKS``.

Prints JSON: the name of the session's cookie, sessions of so many people who have signed in, and the
paths of links that acknowledge, as a message to the duty's telephone has them, each with its alert.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.pages import SERVICE, account
from entente_node.local import open_node


def main() -> None:
    """Make sessions and links."""
    node = open_node(Path(sys.argv[1]))
    from django.conf import settings

    print(
        json.dumps(
            {
                "cookie": settings.SESSION_COOKIE_NAME,
                "sessions": [_session(f"bench-{number}") for number in range(int(sys.argv[2]))],
                "links": list(_links(node, int(sys.argv[3]))),
            }
        )
    )


def _session(name: str) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(account(name, SERVICE, "officer"), "django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _links(node: Any, many: int) -> Any:
    from entente_node.duty.models import Call, Level, Reason
    from entente_node.ledger.models import Dossier
    from entente_node.notifications import links
    from entente_node.notifications.models import Channel, Delivery

    now = node.clock()
    who = {"service": SERVICE, "function": "permanence"}
    waiting = Dossier.objects.filter(state="new", record__kind="alert", record__local=False)
    for code in waiting.order_by("-opened_at").values_list("code", flat=True)[:many]:
        call, _ = Call.objects.get_or_create(
            code=code, level=Level.DUTY, reason=Reason.NEW, **who,
            defaults={"at": now, "deadline": now + timedelta(hours=1)},
        )  # fmt: skip
        channel, _ = Channel.objects.get_or_create(
            url="json://127.0.0.1:9", active=False, **who, defaults={"created_at": now}
        )
        delivery, _ = Delivery.objects.get_or_create(
            channel=channel, call=call, defaults={"next_try_at": now, "made_at": now}
        )
        yield {"code": code, "path": f"/a/{links.make(delivery, now)}"}


if __name__ == "__main__":
    main()
