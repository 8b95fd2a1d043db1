"""Pouches over HTTP: ``POST /pouch``, the reply is a pouch (PROTOCOL.md section 8).

It guarantees bounds: a reply is read up to a limit and never decompressed, a link that
says nothing for a while is given up, and no redirect is followed, because a pouch goes to
the address that a person entered and to no other. It does not retry: the courier decides
when, from the text and from ``retry_after`` in the error's values (seconds, or None).

One connection is kept between pouches: on a 2G link a new one costs several seconds.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from entente.errors import TransportError
from entente_node.digits import whole
from entente_node.transports import shown

MEDIA_TYPE: Final = "application/vnd.entente.pouch"
LIMIT: Final = 16 * 1024 * 1024 + 64 * 1024
"""Bytes of a reply: a sealed pouch at its limit and its envelope."""
LONGEST_RETRY: Final = 3_600
"""Seconds: a partner that asks for more is asked again after this."""

_TIMEOUT: Final = httpx.Timeout(60.0, connect=30.0)
"""Seconds without a byte: a 2G link may stand still that long and go on."""
_WHOLE: Final = 7_200.0
"""Seconds for one reply: a pouch at its limit needs 75 minutes at 30 kbit/s."""


class HttpTransport:
    """The carrier to one partner that listens at an address (a Transport of ``entente.store``)."""

    def __init__(self, url: str, *, limit: int = LIMIT, timeout: httpx.Timeout = _TIMEOUT) -> None:
        self._endpoint = endpoint(url)
        self._where = shown(url)
        self._limit = limit
        self._client = httpx.Client(
            timeout=timeout,
            follow_redirects=False,
            # A proxy of the environment has no business between two nodes of one machine.
            trust_env=not _is_loopback(self._endpoint),
            headers={"User-Agent": "entente", "Accept": MEDIA_TYPE, "Accept-Encoding": "identity"},
        )

    def send(self, pouch: bytes) -> bytes | None:
        """Deliver a pouch; the partner's pouch in reply, or None. Raises TransportError."""
        try:
            with self._client.stream(
                "POST", self._endpoint, content=pouch, headers={"Content-Type": MEDIA_TYPE}
            ) as response:
                return self._reply(response)
        except httpx.TimeoutException:
            raise TransportError(
                "{where} does not answer in time: the pouch stays here and goes with the next exchange",
                where=self._where,
                retry_after=None,
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise TransportError(
                "{where} cannot be reached ({reason}): the pouch stays here and goes with the next exchange",
                where=self._where,
                reason=_reason(error),
                retry_after=None,
            ) from None

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reply(self, response: httpx.Response) -> bytes | None:
        status = response.status_code
        if status == httpx.codes.NO_CONTENT:
            return None
        if status != httpx.codes.OK:
            raise self._refusal(response)
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type != MEDIA_TYPE or response.headers.get("Content-Encoding", "identity") != "identity":
            raise TransportError(
                "what answers at {where} is not a node of Entente: "
                "check the address with `entente partner list`",
                where=self._where,
                retry_after=None,
            )
        return self._read(response)

    def _read(self, response: httpx.Response) -> bytes:
        if (whole(response.headers.get("Content-Length", "")) or 0) > self._limit:
            raise self._too_large()
        until = time.monotonic() + _WHOLE
        reply = bytearray()
        # iter_raw: no decompression, so the limit holds for what is kept in memory.
        for chunk in response.iter_raw():
            reply += chunk
            if len(reply) > self._limit:
                raise self._too_large()
            if time.monotonic() > until:
                raise TransportError("{where} answers too slowly", where=self._where, retry_after=None)
        return bytes(reply)

    def _too_large(self) -> TransportError:
        return TransportError(
            "the reply of {where} is over {limit} bytes and was not read",
            where=self._where,
            limit=self._limit,
            retry_after=None,
        )

    def _refusal(self, response: httpx.Response) -> TransportError:
        retry = retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC))
        match response.status_code:
            case httpx.codes.BAD_REQUEST:
                return TransportError(
                    "the partner at {where} refused the pouch: it cannot open it, or does not know our keys; "
                    "compare the agreement on both sides (`entente agreement show`)",
                    where=self._where,
                    retry_after=None,
                )
            case httpx.codes.REQUEST_ENTITY_TOO_LARGE:
                return TransportError(
                    "the pouch is too large for the partner at {where}", where=self._where, retry_after=None
                )
            case httpx.codes.TOO_MANY_REQUESTS | httpx.codes.SERVICE_UNAVAILABLE if retry is not None:
                return TransportError(
                    "the partner at {where} is busy and asks to wait {retry_after} seconds",
                    where=self._where,
                    retry_after=retry,
                )
            case httpx.codes.TOO_MANY_REQUESTS | httpx.codes.SERVICE_UNAVAILABLE:
                return TransportError(
                    "the partner at {where} is busy: try again in a while",
                    where=self._where,
                    retry_after=None,
                )
            case status:
                return TransportError(
                    "{where} answered {status}, which is not the answer of a node: check the address "
                    "with `entente partner list`",
                    where=self._where,
                    status=status,
                    retry_after=None,
                )


def endpoint(url: str) -> str:
    """Where pouches are posted: ``<address>/pouch``. TransportError for what is no such address."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme.lower() not in {"http", "https"} or parts.query or parts.fragment:
        raise TransportError(
            "{url} is not an address like https://entente.example/ or http://192.0.2.7:8000/",
            url=shown(url)[:200],
        )
    base = url.rstrip("/")
    return base if base.endswith("/pouch") else f"{base}/pouch"


def retry_after(value: str, now: datetime) -> int | None:
    """Seconds that a Retry-After header asks for (RFC 9110: a number or a date), at most an hour."""
    text = value.strip()
    stated = whole(text)
    if stated is not None:
        return min(stated, LONGEST_RETRY)
    try:
        seconds = (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return int(min(max(seconds, 0), LONGEST_RETRY))


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reason(error: Exception) -> str:
    # The library's text may repeat the address with its password: only the system's own words pass.
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
