"""The story of the demonstration, act by act; each act checks what it says.

It follows the meeting of Gao of December 2021, which is real and whose source it names, and
then plays what the two regions committed to, with fictional authorities, an agreement that is
a model, and synthetic numbers.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from entente.errors import EntenteError
from entente_node.cli.words import LANGUAGE, _
from entente_node.demo import beginning, dialogue, exchange, movement, night
from entente_node.demo.cast import CABINET, PROTECTION, Cast, account_of
from entente_node.demo.side_by_side import SideBySide
from entente_node.demo.stage import Stage
from entente_node.speech import say_error

ACTS: Final[tuple[Callable[[Cast], None], ...]] = (
    beginning.meeting_of_gao,
    beginning.authorities,
    beginning.agree,
    beginning.open_desks,
    dialogue.communique,
    dialogue.promises,
    exchange.alert_there_and_back,
    movement.flows,
    movement.corridor,
    movement.herds,
    movement.emergency,
    movement.incident,
    night.response,
    night.photo,
    night.exceptional,
    exchange.cut,
    exchange.withhold,
    dialogue.kept,
    dialogue.invitation,
    exchange.prove,
)


def play(*, once: bool, root: Path | None = None) -> int:
    """Play the story; then serve until Ctrl-C, unless ``once``. The exit code: 0 when all was true."""
    stage = Stage((root or Path("demo")).resolve())
    is_open = False
    # A terminal that is closed, or `kill`, ends it as Ctrl-C does: no node outlives the demonstration.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with stage:
            _tell_title(stage)
            cast = Cast(stage)
            for act in ACTS:
                act(cast)
            stage.act(_("{count} statements, all checked through public doors.", count=stage.statements))
            if not once:
                is_open = True
                _keep_open(stage, cast)
    except EntenteError as error:
        stage.console.print(f"   [red]✗ {say_error(error, language=LANGUAGE)}[/]")
        return 1
    except KeyboardInterrupt:
        stage.console.print()
        return 0 if is_open else 128 + signal.SIGINT
    return 0


def _tell_title(stage: Stage) -> None:
    stage.console.print(f"[bold]{_('Entente: the Gao meeting, carried out')}[/]")
    stage.tell(
        _(
            "Two border authorities share what their signed agreement lets them share, and nothing else, with proof. "
            "Every line marked ✓ was checked."
        )
    )


def _keep_open(stage: Stage, cast: Cast) -> None:
    for service in (PROTECTION, CABINET):
        for authority in cast.both:
            account = account_of(authority, service)
            link = stage.ask(authority, "user", "link", account, "--minutes", "720")["url"]
            stage.console.print(f"   {authority.name}, {service}: [link={link}]{link}[/link]", soft_wrap=True)
    stage.tell(
        _(
            "No password: each link signs in once, within twelve hours; what a service sees is what its mandates "
            "open. Another link: entente --node demo/gao user link {account}",
            account=account_of(cast.gao, PROTECTION),
        )
    )
    with SideBySide(stage.frame, [(authority.name, authority.url) for authority in cast.both]) as page:
        stage.console.print(f"   [bold]{_('Both desks side by side: {url}', url=page.url)}[/]")
        stage.tell(
            _(
                "Open this page, sign in on both sides with the two links of {service}, file an alert on the left, "
                "and see it arrive on the right within seconds. Ctrl-C ends.",
                service=PROTECTION,
            )
        )
        sys.stdout.flush()
        signal.pause()
