"""What allauth asks of this node: names without mail, one confirmation page, sessions of ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from entente_node.directory import attempts, auditing, factors, sessions
from entente_node.directory.frame import node_name
from entente_node.directory.models import User
from entente_node.directory.roles import RIGHTS, Role


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Signing in."""

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponseBase:
        """Every step is done: the session begins."""
        if not how.get("redirect_url") or how["redirect_url"] == "/":
            how["redirect_url"] = self.home_of(user)
        response: HttpResponseBase = super().post_login(request, user, **how)
        steps = get_authentication_records(request, user)
        strong = any(step.get("strong") for step in steps)
        held = factors.is_required(user) and not factors.has_one(user) and not strong
        sessions.begin(request, held=held)
        attempts.remember_device(request, response, user)
        by = " ".join(dict.fromkeys(str(step.get("type") or step["method"]) for step in steps))
        auditing.write(user, "session.began", by=by)
        return response

    def home_of(self, user: User) -> str:
        """Where an account begins: the situation; who sees no record, at the accounts."""
        return reverse("situation" if RIGHTS[Role(user.role)].highest else "accounts")

    def respond_user_inactive(self, *_args: Any, **_more: Any) -> HttpResponseBase:
        """Locked between two steps: no word about it to who may be a stranger."""
        return redirect("sign-in")

    def add_message(self, *_args: Any, **_more: Any) -> None:
        """Our pages say what happened."""

    def is_safe_url(self, url: str) -> bool:
        """Only a path of this desk: ALLOWED_HOSTS is open, so the Host header proves nothing."""
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:  # noqa: ARG002  allauth's signature
        """One page, which offers what the account has."""
        return [{"id": "confirm", "description": "", "url": reverse("account-confirm")}]


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """The second step."""

    def get_totp_issuer(self) -> str:
        """What an authenticator app shows above the code."""
        return node_name() or "Entente"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What a passkey is bound to: the address of node.toml, else the host that was asked."""
        host = urlsplit(settings.ADDRESS).hostname or context.request.get_host().partition(":")[0]
        return {"id": host, "name": self.get_totp_issuer()}

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """An account that must have a factor keeps one."""
        return factors.can_remove(authenticator.user)
