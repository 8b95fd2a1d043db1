"""Accounts of this node. An account belongs to a service; the service's mandates open records."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from entente_node.directory.roles import Role


class UserManager(BaseUserManager["User"]):
    """Creates accounts; the command ``entente user`` is its only caller outside tests."""

    def create_user(
        self, name: str, *, service: str, function: str = "", password: str | None = None, **more: Any
    ) -> User:
        """An account for the service; without a password it signs in by link only."""
        user = self.model(name=name, service=service, function=function, **more)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """One account: a sign-in name, the service it acts for, and its function there."""

    name = models.SlugField(max_length=40, unique=True)
    service = models.CharField(max_length=64)
    function = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20, default=Role.OFFICER, choices=[(role, role) for role in Role])
    duty = models.SlugField(max_length=64, blank=True)
    """Its function as the rota, contacts and articles name it: ``permanence``; empty: none."""
    areas = models.JSONField(default=list, blank=True)
    """The codes of its area: its own district and the counterpart's; empty: the whole zone."""
    language = models.CharField(max_length=2, default="fr")
    is_active = models.BooleanField(default=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["service"]

    def __str__(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        """What a session holds of its account: another password, role or service ends every session of it."""
        held = f"{self.password}\n{self.role}\n{self.service}"
        return salted_hmac("entente.session", held, algorithm="sha256").hexdigest()


class Attempt(models.Model):
    """One try to sign in: what was typed only as a keyed hash, because people type passwords there."""

    name = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="attempt_at")]


class AuditEntry(models.Model):
    """Who saw or did what: one link of the chain that :mod:`entente_node.directory.auditing` writes."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    """1, 2, 3 …: without a gap."""
    at = models.CharField(max_length=20)
    """The instant as it is hashed: ``2022-02-01T08:00:00Z``."""
    account = models.CharField(max_length=40, blank=True)
    """Its sign-in name; empty: nobody had signed in, or the node itself."""
    service = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=20, blank=True)
    deed = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, blank=True)
    """The code of a record, or what else it was done to."""
    detail = models.TextField()
    """Canonical JSON of what else is known."""
    previous = models.CharField(max_length=64)
    """The hash of the entry before; of the first, that of the party's name."""
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["account"], name="audit_account"),
        ]


class AuditCut(models.Model):
    """Where the oldest entries of the log were removed: see :mod:`entente_node.directory.pruning`. All are kept."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    """The last entry that was removed."""
    hash = models.CharField(max_length=64)
    """Its hash, which the next entry has for the one before."""
    at = models.CharField(max_length=20)
    count = models.PositiveBigIntegerField()
    note = models.TextField()
    """What says so, signed with the log key: a head."""


class AccessKey(models.Model):
    """A key by which a program reads as an account does: see :mod:`entente_node.directory.keys`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    use = models.CharField(max_length=20)
    """What it opens: ``api`` or ``calendar``, and nothing else."""
    hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    """To the hour: a feed that is read every minute writes once an hour."""
    revoked_at = models.DateTimeField(null=True)
