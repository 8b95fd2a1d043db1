"""Django settings of one node; what differs between nodes comes from its folder.

The folder is named by ``ENTENTE_NODE``. SQLite settings and why: DESIGN of the ledger,
``docs/decisions/0003-sqlite.md``. Never ATOMIC_REQUESTS: a transaction begins where the
Store begins it, takes the write lock at once, and holds neither network nor cryptography.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

NODE = Path(os.environ.get("ENTENTE_NODE", ".")).resolve()
HERE = Path(__file__).resolve().parent


def _secret() -> str:
    file = NODE / "keys" / "session.key"
    return file.read_text("ascii").strip() if file.exists() else "a node without a folder signs no session"


def _party() -> str:
    # Cookies know hosts and not ports: two nodes on one machine need names of their own.
    file = NODE / "node.toml"
    party = tomllib.loads(file.read_text("utf-8")).get("party", "") if file.exists() else ""
    return re.sub(r"[^a-z0-9]", "-", str(party)) or "node"


SECRET_KEY = _secret()
DEBUG = False
ALLOWED_HOSTS = ["*"]  # the desk is reached by address on a local network; links never use the Host header
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "entente_node.ledger",
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
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "entente_node.directory.language.LanguageMiddleware",
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
STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 30 * 24 * 3600  # addresses carry the content's hash: directory.frame
SESSION_COOKIE_NAME = f"entente-{_party()}"
CSRF_COOKIE_NAME = f"entente-{_party()}-csrf"
LANGUAGE_COOKIE_NAME = f"entente-{_party()}-language"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 3600  # a night of duty
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
FRAMED_BY = os.environ.get("ENTENTE_FRAMED_BY", "")
"""The one origin that may show the desk in a frame: the demonstration, which shows two side by side."""
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
