"""Django's settings for the web door: sessions, sign-in with a second factor, strict headers, no debug ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tocsin.store import django as store
from tocsin.web.languages import LOCALE, SOURCE, languages
from tocsin.web.options import WebOptions, origin, secret_key

_HERE = Path(__file__).parent

API_BODY = 64 * 1024
"""Bytes that an API body may have."""

CAP_BODY = 1024 * 1024
"""Bytes that a CAP message sent to us may have."""

REPORT_BODY = 48 * 1024 * 1024
"""Bytes that a report with its photos may have."""

EXPORT_BODY = 4 * 1024 * 1024
"""Bytes that an export of filled-in forms may have."""


def body_doors(evidence: int) -> dict[str, int]:
    """Bytes that a body may have, by path; at every other path, ``API_BODY``."""
    return {
        "/api/v1/cap": CAP_BODY,
        "/api/v1/odk/json": EXPORT_BODY,
        "/api/v1/odk/submission": REPORT_BODY,
        "/report": REPORT_BODY,
        "/crew/act": REPORT_BODY,
        "/api/v1/evidence": evidence,
        "/control/claims/evidence": evidence,
    }


_CACHE = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    # Who was held up at the sign-in, and which codes were used, must not be forgotten because many others tried.
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}

APPS = (
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "ninja",
    "tocsin.web",
)

MIDDLEWARE = (
    "tocsin.web.middleware.LetGo",
    "tocsin.web.middleware.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tocsin.web.middleware.BodyLimit",
    "tocsin.web.middleware.ApiMethods",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tocsin.web.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tocsin.web.middleware.Standing",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tocsin.web.second_factor.Gate",
)


def django_settings(options: WebOptions) -> dict[str, Any]:
    """Everything that ``django.conf.settings.configure`` takes.

    Raises:
        Invalid: an address, the key file or the database address is unusable (TOC-8001).
    """
    return store.settings(
        options.database_url,
        home=options.home,
        INSTALLED_APPS=APPS,
        **_site(options),
        **_cookies(options),
        **_accounts(options),
    )


def _site(options: WebOptions) -> dict[str, Any]:
    return {
        "DEBUG": False,
        "SECRET_KEY": secret_key(options.key_file),
        "ALLOWED_HOSTS": options.allowed_hosts,
        "ROOT_URLCONF": "tocsin.web.urls",
        "MIDDLEWARE": list(MIDDLEWARE),
        "APPEND_SLASH": False,
        "TEMPLATES": [_templates()],
        "STATIC_URL": "/static/",
        # Found in the package itself: nothing to collect, nothing to build. Django's own finder order puts ours first.
        "STATICFILES_DIRS": [],
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_MAX_AGE": 300,
        # A built file's name holds the hash of its bytes.
        "WHITENOISE_IMMUTABLE_FILE_TEST": r"^/static/tocsin/built/assets/",
        "USE_I18N": True,
        "LANGUAGE_CODE": SOURCE,
        "LANGUAGES": list(languages()),
        # Before the catalogues of the libraries, so that ours may complete them.
        "LOCALE_PATHS": [str(LOCALE)],
        "DATA_UPLOAD_MAX_MEMORY_SIZE": EXPORT_BODY,  # files are not in it; the middleware bounds each door
        # A large land has a thousand areas to tick; the body's limit bounds them anyway.
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 4000,
        "CACHES": {"default": _CACHE},
        "X_FRAME_OPTIONS": "DENY",
        "CSRF_FAILURE_VIEW": "tocsin.web.pages.errors.csrf_failure",
        "NINJA_PAGINATION_CLASS": "ninja.pagination.LimitOffsetPagination",
        "TOCSIN_SITE_URL": origin(options.site_url, field="site_url"),
        "TOCSIN_EDGE_URL": origin(options.edge_url, field="edge_url"),
        "TOCSIN_RUN": str(options.home / "run"),
        "TOCSIN_SECURE": options.secure,
        "TOCSIN_BASEMAP": str(options.basemap or ""),
        "TOCSIN_EVIDENCE_BODY": options.evidence_body,
        "TOCSIN_PARTNERS": dict(options.partners),
        "TOCSIN_PROXIES": frozenset(options.proxies),
        "TOCSIN_SECOND_FACTOR": options.second_factor,
        "TOCSIN_REAUTH_S": options.reauth_s,
        "TOCSIN_KEY_RATE": (options.key_rate, options.key_burst),
        "TOCSIN_IP_RATE": (options.ip_rate, options.ip_burst),
    }


def _templates() -> dict[str, Any]:
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [str(_HERE / "templates")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tocsin.web.words.context",
            ]
        },
    }


def _cookies(options: WebOptions) -> dict[str, Any]:
    return {
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": options.secure,
        "SESSION_COOKIE_AGE": 12 * 3600,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": options.secure,
        "CSRF_TRUSTED_ORIGINS": [origin(options.site_url, field="site_url")],
        "LANGUAGE_COOKIE_NAME": "tocsin_language",
    }


def _accounts(options: WebOptions) -> dict[str, Any]:
    return {
        "AUTH_USER_MODEL": "store.Officer",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "AUTH_PASSWORD_VALIDATORS": [
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": 12},
            },
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
        ],
        "PASSWORD_HASHERS": [
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
            "django.contrib.auth.hashers.Argon2PasswordHasher",
        ],
        "LOGIN_URL": "/accounts/login/",
        "LOGIN_REDIRECT_URL": "/control",
        "ACCOUNT_LOGOUT_REDIRECT_URL": "/",
        "ACCOUNT_FORMS": {
            "login": "tocsin.web.accounts.SignIn",
            "reauthenticate": "tocsin.web.accounts.SignInAgain",
            "change_password": "tocsin.web.accounts.NewPassword",
        },
        "ACCOUNT_ADAPTER": "tocsin.web.accounts.Adapter",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": "login",
        "ACCOUNT_USER_DISPLAY": "tocsin.web.accounts.display",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_SESSION_REMEMBER": False,
        # Each per login, so that nobody guesses, and per address. A passkey is not held up by others' guesses.
        "ACCOUNT_RATE_LIMITS": {"login": "30/m/ip", "login_failed": "10/m/ip,10/5m/key"},
        **_factors(options),
    }


def _factors(options: WebOptions) -> dict[str, Any]:
    return {
        "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes", "webauthn"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        # Browsers give out passkeys on plain http for localhost alone; elsewhere the origin must be https.
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": options.local,
        "MFA_TOTP_ISSUER": "Tocsin",
        # One code early or late: clocks differ, and a tired person types slowly (RFC 6238, section 5.2).
        "MFA_TOTP_TOLERANCE": 1,
        "MFA_RECOVERY_CODE_DIGITS": 8,
        "MFA_ADAPTER": "tocsin.web.accounts.SecondFactor",
        "MFA_FORMS": {
            "authenticate": "tocsin.web.accounts.EnterCode",
            "reauthenticate": "tocsin.web.accounts.EnterCodeAgain",
            "activate_totp": "tocsin.web.accounts.StartApp",
            "add_webauthn": "tocsin.web.accounts.AddPasskey",
            "edit_webauthn": "tocsin.web.accounts.RenamePasskey",
        },
    }
