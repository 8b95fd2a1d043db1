"""Django settings of one node; what differs between nodes comes from its folder.

The folder is named by ``ENTENTE_NODE``. SQLite settings and why: DESIGN of the ledger,
``docs/decisions/0003-sqlite.md``. Never ATOMIC_REQUESTS: a transaction begins where the
Store begins it, takes the write lock at once, and holds neither network nor cryptography.
"""

from __future__ import annotations

import os
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

NODE = Path(os.environ.get("ENTENTE_NODE", ".")).resolve()
HERE = Path(__file__).resolve().parent


def _secret() -> str:
    file = NODE / "keys" / "session.key"
    return file.read_text("ascii").strip() if file.exists() else "a node without a folder signs no session"


def _told(name: str, otherwise: str = "") -> str:
    """What ``node.toml`` says, checked by folder.Config when the node is opened."""
    file = NODE / "node.toml"
    return str(tomllib.loads(file.read_text("utf-8")).get(name, otherwise)) if file.exists() else otherwise


def _party() -> str:
    # Cookies know hosts and not ports: two nodes on one machine need names of their own.
    return re.sub(r"[^a-z0-9]", "-", _told("party")) or "node"


def _leaflet() -> list[tuple[str, Path]]:
    # Leaflet's own files, as django-leaflet carries them; its template tags and settings are not used.
    found = find_spec("leaflet")
    return [("leaflet", Path(found.origin).parent / "static" / "leaflet")] if found and found.origin else []


SECRET_KEY = _secret()
DEBUG = False
ALLOWED_HOSTS = ["*"]  # the desk is reached by address on a local network; links never use the Host header
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "entente_node.ledger",
    "entente_node.clock",
    "entente_node.drafts",
    "entente_node.directory",
    "entente_node.duty",
    "entente_node.notifications",
    "entente_node.attachments",
    "entente_node.measures",
    "entente_node.exchanges",
    "entente_node.alerts",
    "entente_node.dialogue",
    "entente_node.flows",
    "entente_node.records",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "entente_node.directory.headers.Headers",
    "django.middleware.gzip.GZipMiddleware",  # 2G: Django masks the CSRF token anew in each page (BREACH)
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "entente_node.directory.reloading.Reloading",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "entente_node.directory.language.LanguageMiddleware",
    "entente_node.directory.sessions.Sessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "entente_node.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "entente_node.directory.frame.frame",
            ],
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": NODE / "ledger.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
                "PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=0;"
            ),
        },
        "TEST": {"NAME": None},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "directory.User"
CSRF_FAILURE_VIEW = "entente_node.directory.views.csrf_failure"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "situation"
LOGOUT_REDIRECT_URL = "sign-in"
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [HERE / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
FILE_UPLOAD_HANDLERS = ["entente_node.attachments.receiving.InMemory"]
STATIC_URL = "static/"
STATICFILES_DIRS = [
    HERE / "static",
    *_leaflet(),
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 30 * 24 * 3600  # addresses carry the content's hash: directory.frame
SESSION_COOKIE_NAME = f"entente-{_party()}"
CSRF_COOKIE_NAME = f"entente-{_party()}-csrf"
LANGUAGE_COOKIE_NAME = f"entente-{_party()}-language"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # scripts take the token from the form
SESSION_COOKIE_AGE = 12 * 3600  # of idleness; a duty phone stays longer: directory.sessions
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
ADDRESS = _told("address")
"""Where people reach this node, when that is said: ``https://…``."""
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ADDRESS.startswith("https://")
REFUSAL_SECONDS = 0.5
"""What a refused password takes at least: more than checking one by any of PASSWORD_HASHERS."""
AUDIT_DAYS = int(_told("audit_days", "0"))
"""How many days the log of accesses is kept; 0: all of it. The page of the log says what is older."""
SECOND_FACTOR = _told("second_factor", "roles")
"""Who must have a second factor: ``roles`` (those of directory.factors), ``all`` or ``none``."""
LEAST_ROOM = 50_000_000
"""Bytes of free disk below which the desk says that it is nearly full."""
X_FRAME_OPTIONS = "DENY"
FRAMED_BY = os.environ.get("ENTENTE_FRAMED_BY", "")
"""The one origin that may show the desk in a frame: the demonstration, which shows two side by side."""
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
PASSWORD_HASHERS = [  # the first is used; a password kept by another is kept anew when it signs in
    "entente_node.directory.passwords.Argon2",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# allauth: names and passwords, no mail, nobody signs up by himself; docs/decisions/0013-sign-in.md
ACCOUNT_ADAPTER = "entente_node.directory.adapters.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "name"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_RATE_LIMITS = False  # tries are counted in the database: directory.attempts
MFA_ADAPTER = "entente_node.directory.adapters.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # one step of 30 seconds to either side; none is accepted twice: directory.factors
MFA_RATE_LIMITS = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Who was refused stands in the log of accesses: here a fault must not drown in refusals.
    "loggers": {"django.request": {"level": "ERROR"}},
}
