"""The tables of one node.

``entry`` holds what the journals hold, ours and the partners'. ``record`` is the common
typed header of everything that can be shown, local or received; ``dossier`` is what the
records that answer one another fold into, written in the same transaction. Bulk writes go
through :mod:`entente_node.ledger.store`; the desk reads through the managers here.

Instants are stored as text ``YYYY-MM-DDTHH:MM:SSZ`` where they are the protocol's own
bytes, and as Django datetimes where people sort and filter by them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import models
from django.db.models import F, Q

from entente.records.base import Purpose
from entente.store import audience_of

POSITION_BITS: Final = 40
"""An entry's key is ``journal << 40 | index``: one B-tree, written in order."""


class Version(models.Model):
    """One version of an agreement: the signed note, and the note that brought it into force."""

    agreement = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    note = models.BinaryField()
    adopt = models.BinaryField(null=True)
    adopted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "version"], name="version_once")]


class KeyStatement(models.Model):
    """What an authority said of its keys of everyday work: ours and the partners'."""

    party = models.CharField(max_length=64)
    serial = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    note = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "serial", "digest"], name="statement_once"),
        ]


class SignedNote(models.Model):
    """A signed note about a record, such as a communiqué with the authorities' lines; gone with its record."""

    agreement = models.CharField(max_length=64)
    subject = models.CharField(max_length=14)
    """The record's code."""
    digest = models.BinaryField(max_length=32)
    note = models.BinaryField()
    held = models.TextField()
    """JSON: when each line was first held here, Unix seconds by the name of its key."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "subject", "digest"], name="signed_note_once"),
        ]


class NoteSent(models.Model):
    """The first pouch that carried a note, as it is now, to a partner."""

    note = models.ForeignKey(SignedNote, on_delete=models.CASCADE)
    partner = models.CharField(max_length=64)
    sent_in = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "partner"], name="note_sent_once")]


class Channel(models.Model):
    """One partner under one agreement: sequences, and when it was last heard."""

    agreement = models.CharField(max_length=64)
    partner = models.CharField(max_length=64)
    sent = models.PositiveBigIntegerField(default=0)
    """The highest sequence that we have given to a pouch."""
    seen = models.PositiveBigIntegerField(default=0)
    """The highest sequence of theirs that we have applied."""
    confirmed = models.PositiveBigIntegerField(default=0)
    """The highest sequence of ours that they say they have seen."""
    notes_sent_in = models.PositiveBigIntegerField(null=True)
    """The first pouch that carried our agreement notes; null when they are yet to be sent."""
    decided = models.PositiveBigIntegerField(default=0)
    """The last local record that was decided for this partner."""
    heard_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "partner"], name="channel_once")]


class Address(models.Model):
    """Where a partner's pouches are delivered: an address is not part of the agreement."""

    partner = models.CharField(max_length=64, primary_key=True)
    url = models.CharField(max_length=500)


class Journal(models.Model):
    """One journal, ours or a partner's: its head, and how much of it is receipted."""

    origin = models.CharField(max_length=255, unique=True)
    agreement = models.CharField(max_length=64)
    sender = models.CharField(max_length=64)
    recipient = models.CharField(max_length=64)
    lane = models.CharField(max_length=10)
    ours = models.BooleanField()
    size = models.PositiveBigIntegerField(default=0)
    peaks = models.BinaryField(default=b"")
    released_at = models.CharField(max_length=25, blank=True)
    """The last released_at in it: it never decreases along a journal."""
    checkpoint = models.BinaryField(null=True)
    """The newest signed checkpoint: of a partner's journal, the one our copy was checked against."""
    receipt = models.BinaryField(null=True)
    """The newest receipt: theirs for our journal, ours for theirs."""
    receipted = models.PositiveBigIntegerField(default=0)
    receipt_sent_in = models.PositiveBigIntegerField(null=True)
    """For a partner's journal: the first pouch that carried the receipt for its present size."""
    claimed = models.PositiveBigIntegerField(null=True)
    """For our journal: what the partner's newest pouch says it holds; chooses where sending starts."""
    base = models.PositiveBigIntegerField(default=0)
    base_peaks = models.BinaryField(default=b"")
    """For our journal: the tree where the first batch that is still kept begins."""
    stopped = models.TextField(blank=True)
    """Why the journal stopped (a fork, a shrink), with both signed checkpoints; people decide."""


class Batch(models.Model):
    """One append to one of our journals: its seed, until the receipt covers it, and the tree after it."""

    journal = models.ForeignKey(Journal, on_delete=models.CASCADE)
    start = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField()
    seed = models.BinaryField(null=True)
    peaks = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journal", "start"], name="batch_once")]


class Row(models.Model):
    """What an entry says beside its commitment: kind family and retention."""

    family = models.CharField(max_length=40)
    retention = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["family", "retention"], name="row_once")]


class Entry(models.Model):
    """One entry of one journal with its salt and payload; both are null once erased."""

    position = models.BigIntegerField(primary_key=True)
    row = models.ForeignKey(Row, on_delete=models.PROTECT, db_index=False)
    salt = models.BinaryField(null=True)
    payload = models.BinaryField(null=True)
    erased = models.BinaryField(null=True)
    """The entry's own bytes, kept when salt and payload are gone."""
    record = models.BigIntegerField(null=True)
    """For our journal: the local record that was released."""
    quarantine = models.CharField(max_length=300, blank=True)
    """Why it is not shown: what the agreement does not allow, or this version does not understand."""
    quarantined_at = models.BigIntegerField(null=True)
    """Since when it is not shown, Unix seconds: after 30 days it is blanked."""
    trouble_sent_in = models.PositiveBigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["record"], name="entry_record", condition=Q(record__isnull=False)),
            models.Index(fields=["position"], name="entry_quarantine", condition=~Q(quarantine="")),
        ]

    @property
    def index(self) -> int:
        """Its index in its journal."""
        return self.position & ((1 << POSITION_BITS) - 1)


class RecordQuerySet(models.QuerySet["Record"]):
    """What a service may see: the purpose wall in one place."""

    def visible(self, purposes: Iterable[Purpose]) -> RecordQuerySet:
        """The records that a service with these mandates may see."""
        mask = audience_of(purposes)
        return self.annotate(_wall=F("audience").bitand(mask)).exclude(_wall=0)


class Record(models.Model):
    """The header of a record, local or received."""

    party = models.CharField(max_length=64)
    local = models.BooleanField()
    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=14, null=True)  # noqa: DJ001  null keeps codeless flows out of the unique index
    at = models.CharField(max_length=25)
    starts = models.BigIntegerField()
    """The start of ``at`` in Unix seconds: to sort and filter by."""
    place = models.CharField(max_length=40, blank=True)
    service = models.CharField(max_length=64)
    purpose = models.CharField(max_length=20)
    tlp = models.CharField(max_length=12)
    about = models.CharField(max_length=14, blank=True)
    audience = models.PositiveSmallIntegerField()
    """The mandates that open it, as bits: the wall (see ``entente.store.audience_of``)."""
    body = models.BinaryField(null=True)
    """Canonical bytes of a local record; of a received one they are the entry's payload."""
    entry = models.BigIntegerField(null=True)
    confirmed = models.BooleanField(default=False)
    """A person has read the free text and confirms that it may leave."""
    filed_at = models.BigIntegerField()
    """When it was filed here, or arrived; Unix seconds."""
    withdrawn_at = models.BigIntegerField(null=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["kind", "starts"], name="record_kind"),
            # Not a partial one: it would serve only those queries that repeat its condition word for word.
            models.Index(fields=["about"], name="record_about"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="record_code", condition=Q(code__isnull=False)),
        ]


class Withheld(models.Model):
    """A decision not to release, or not yet: kept with its reason, shown at once."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE)
    agreement = models.CharField(max_length=64)
    recipient = models.CharField(max_length=64)
    article = models.CharField(max_length=30, blank=True)
    message = models.TextField()
    """The reason's template, and its values as JSON: said in the reader's language."""
    values = models.TextField()
    decided_at = models.BigIntegerField()
    later = models.BooleanField()
    """Decided again: at ``not_before``, or when a person has confirmed the text."""
    not_before = models.BigIntegerField(null=True)
    spoken = models.BooleanField(default=True)
    """Its record has a code: people are told of it. Flows, of which a million may wait, have none."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "agreement", "recipient"], name="withheld_once"),
        ]
        indexes = [
            models.Index(fields=["agreement", "recipient"], name="withheld_later", condition=Q(later=True)),
            models.Index(fields=["-decided_at", "-id"], name="withheld_newest", condition=Q(spoken=True)),
        ]


class Dossier(models.Model):
    """A record and all that answers it, folded; stores instants, never "overdue"."""

    code = models.CharField(max_length=14, primary_key=True)
    record = models.OneToOneField(Record, on_delete=models.CASCADE)
    state = models.CharField(max_length=20)
    steps = models.TextField()
    """Canonical JSON of ``entente.dossier.Dossier``."""
    opened_at = models.BigIntegerField()
    moved_at = models.BigIntegerField()
    audience = models.PositiveSmallIntegerField(default=63)
    """The mandates that open every answer in it, as bits: who has one of them sees its state whole."""
    highest = models.PositiveSmallIntegerField(default=0)
    """The highest marking of an answer in it (``TLP_RANK``): below it, the state is folded without what is hidden."""

    class Meta:
        indexes = [
            models.Index(fields=["state", "-opened_at", "-record"], name="dossier_state"),
            models.Index(fields=["audience", "highest"], name="dossier_seen"),
        ]


class SaidGate(models.Model):
    """What decides who may find a record by its words (``entente_node.ledger.wall.Gate``)."""

    kind = models.CharField(max_length=40)
    tlp = models.CharField(max_length=12)
    audience = models.PositiveSmallIntegerField()
    agreement = models.CharField(max_length=64, blank=True)
    service = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "tlp", "audience", "agreement", "service"], name="said_gate_once"
            ),
        ]


class Said(models.Model):
    """The words of a record that people search for, without accents and in lower case; gone with its record.

    On SQLite triggers keep an index of them (migration 0009): a migration that makes this table
    anew takes the triggers with it, and has to make them again.
    """

    record = models.OneToOneField(Record, on_delete=models.CASCADE, primary_key=True)
    words = models.TextField()
    key = models.BigIntegerField()
    """Its gate and its record: :mod:`entente_node.ledger.finding` makes it."""

    class Meta:
        indexes = [models.Index(fields=["key"], name="said_key")]


class Approval(models.Model):
    """One function of this side wants a record released under an exceptional article; two make it due."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE)
    agreement = models.CharField(max_length=64)
    recipient = models.CharField(max_length=64)
    article = models.CharField(max_length=30)
    service = models.CharField(max_length=64)
    function = models.CharField(max_length=64)
    by = models.CharField(max_length=40)
    """The account; it never leaves the node."""
    why = models.TextField()
    at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record", "agreement", "recipient", "article", "service", "function"],
                name="approval_once",
            ),
        ]


class Original(models.Model):
    """What was imported, byte for byte; it never leaves its node."""

    record = models.OneToOneField(Record, on_delete=models.CASCADE, primary_key=True)
    media_type = models.CharField(max_length=80)
    data = models.BinaryField()


class Imported(models.Model):
    """A row of a table that became a record: the same row again adds nothing."""

    record = models.OneToOneField(Record, on_delete=models.CASCADE, primary_key=True)
    hash = models.BinaryField(max_length=16, unique=True)
    """Of the record's bytes, which name the service: see ``entente_node.ledger.imported``."""


class Trouble(models.Model):
    """What a partner could not take of ours, as it reported: never values."""

    origin = models.CharField(max_length=255)
    index = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=300)
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["origin", "index"], name="trouble_once")]


# The other tables of this app, which Django finds here.
from entente_node.ledger.sums import Addend, Part, Sum  # noqa: E402, F401  they point at Record
from entente_node.ledger.tallies import DayTally, HourTally, Tallied, TallyGate  # noqa: E402, F401  beside these
