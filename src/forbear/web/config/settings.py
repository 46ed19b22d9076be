"""Settings for every place Forbear runs; what differs comes from the environment.

FORBEAR_HOME    data folder (embedded PostgreSQL, run files, keys); default `var/` beside the checkout's src/
DATABASE_URL    a PostgreSQL server; without it the embedded one is started
FORBEAR_SECRET  secret from which Django's key and the vault's keys derive; made once under FORBEAR_HOME if absent
FORBEAR_HOSTS   comma-separated host names the workbench answers to; default localhost
FORBEAR_PUBLIC  address at which debtors reach us, for links in messages; default http://localhost:8000
FORBEAR_HTTPS   "1" behind TLS: secure cookies, HSTS
FORBEAR_SIP     the telephone exchange, udp://user@host:port or tcp://...; without it collectors dial by hand
FORBEAR_SIP_SECRET  the secret of that user at the exchange
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from forbear.web.database import connection_settings

WEB_DIR = Path(__file__).resolve().parents[1]
HOME = Path(os.environ.get("FORBEAR_HOME", WEB_DIR.parents[2] / "var")).resolve()
HOME.mkdir(parents=True, exist_ok=True)


def secret_text() -> str:
    """Return the installation's secret, creating it readable by its owner only."""
    if given := os.environ.get("FORBEAR_SECRET"):
        return given
    path = HOME / "secret"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


SECRET_KEY = FORBEAR_SECRET = secret_text()
DEBUG = os.environ.get("FORBEAR_DEBUG") == "1"
ALLOWED_HOSTS = [*os.environ.get("FORBEAR_HOSTS", "localhost,127.0.0.1").split(","), "testserver"]

INSTALLED_APPS = [
    "forbear.web.people",
    "forbear.web.portfolio",
    "forbear.web.intake",
    "forbear.web.contact",
    "forbear.web.reach",
    "forbear.web.telephony",
    "forbear.web.recordings",
    "forbear.web.reception",
    "forbear.web.cases",
    "forbear.web.runs",
    "forbear.web.outbox",
    "forbear.web.ledger",
    "forbear.web.codes",
    "forbear.web.documents",
    "forbear.web.agreements",
    "forbear.web.replies",
    "forbear.web.wording",
    "forbear.web.desk",
    "forbear.web.board",
    "forbear.web.law",
    "forbear.web.litigation",
    "forbear.web.genuine",
    "forbear.web.credit",
    "forbear.web.disposal",
    "forbear.web.letters",
    "forbear.web.payments",
    "forbear.web.debtor",
    "forbear.web.complaints",
    "forbear.web.visits",
    "forbear.web.api",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "forbear.web.config.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "forbear.web.config.middleware.never_cached",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "forbear.web.config.middleware.chosen_language",
    "forbear.web.debtor.quiet.quiet_pages",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "forbear.web.config.urls"
# People who cannot exist (the demo's) are let in only where the demo lives, or where somebody says so.
FORBEAR_ALLOW_TEST_IDS = os.environ.get("FORBEAR_ALLOW_TEST_IDS") == "1" or (HOME / "demo-files").exists()

FORBEAR_SIP = os.environ.get("FORBEAR_SIP", "")
FORBEAR_SIP_SECRET = os.environ.get("FORBEAR_SIP_SECRET", "")

WSGI_APPLICATION = "forbear.web.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "forbear.web.people.shell.shell",
                "forbear.web.replies.shell.calls",
            ],
        },
    },
]

DATABASES = {"default": connection_settings(HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
CSRF_FAILURE_VIEW = "forbear.web.people.views.stale_form"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [WEB_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FORMAT_MODULE_PATH = ["forbear.web.config.formats"]

STATIC_URL = "static/"
STATICFILES_DIRS = [WEB_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "forbear.web.config.finders.PlotlyFinder",
]
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # collected or not: whitenoise asks for it
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": HOME / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

FORBEAR_PUBLIC = os.environ.get("FORBEAR_PUBLIC", "http://localhost:8000").rstrip("/")
HTTPS = os.environ.get("FORBEAR_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 10 * 3600  # one working day
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
