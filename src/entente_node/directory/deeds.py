"""What the log's deeds are called; a deed without a word here is shown as it is written."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: Final[dict[str, Promise]] = {
    "saw": _("Saw"),
    "did": _("Sent a form"),
    "refused": _("Was refused"),
    "failed": _("Met a fault"),
    "exported": _("Took a file"),
    "audit.exported": _("Took the log"),
    "audit.pruned": _("Removed old entries of the log"),
    "alert.answered": _("Answered"),
    "record.filed": _("Filed a record"),
    "record.revised": _("Revised a record"),
    "record.confirmed": _("Confirmed a text"),
    "record.withdrawn": _("Withdrew a record"),
    "release.approved": _("Decided to release"),
    "release.retracted": _("Took back a decision to release"),
    "observation.reviewed": _("Reviewed an observation"),
    "measure.moved": _("Moved a measure"),
    "measure.taken-back": _("Took back what was said of a measure"),
    "communique.consented": _("Consented to a communiqué"),
    "picture.added": _("Added a picture"),
    "picture.confirmed": _("Confirmed a picture"),
    "picture.removed": _("Removed a picture"),
    "duty.rota-changed": _("Changed the rota"),
    "duty.handed-over": _("Handed the duty over"),
    "duty.taken-over": _("Took the duty over"),
    "channel.added": _("Added a channel"),
    "channel.changed": _("Changed a channel"),
    "channel.test": _("Tested a channel"),
    "channel.pause": _("Paused a channel"),
    "channel.resume": _("Resumed a channel"),
    "channel.remove": _("Removed a channel"),
    "webhook.made": _("Made an address for a gateway"),
    "webhook.revoked": _("Ended the addresses of gateways"),
    "message.retried": _("Sent a message again"),
    "sms.stranger": _("An SMS of a stranger"),
    "sms.unknown": _("An SMS without a known code"),
    "session.began": _("Signed in"),
    "session.ended": _("A session ended"),
    "session.refused": _("Could not sign in"),
    "session.duty-phone": _("Duty phone"),
    "password.changed": _("Changed a password"),
    "factor.added": _("Added a second factor"),
    "factor.removed": _("Removed a second factor"),
    "account.made": _("Made an account"),
    "account.changed": _("Changed an account"),
    "account.locked": _("Locked an account"),
    "account.unlocked": _("Unlocked an account"),
    "account.removed": _("Removed an account"),
    "account.link": _("Made a one-time link"),
    "account.area": _("Chose an area"),
    "account.confirmed": _("Confirmed who is there"),
    "clock.held": _("The clock is not believed"),
    "clock.came-back": _("The clock came back by itself"),
    "clock.partner-agrees": _("A partner’s signature agrees with the clock"),
    "clock.confirmed": _("Confirmed the clock"),
    "key.made": _("Made a key"),
    "key.revoked": _("Revoked a key"),
}


def words_of(deed: str) -> str:
    """What a deed is called."""
    return str(WORDS.get(deed, deed))
