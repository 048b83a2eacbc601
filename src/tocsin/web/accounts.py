"""Sign-in: officers are made by administrators, never by themselves. allauth's parts, with our words and limits."""

from __future__ import annotations

import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as codes
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from tocsin.core.errors import Unknown
from tocsin.web.limits import address_of
from tocsin.web.words import current, words

CODE_USED_S = 120
"""Seconds for which a one-time code is remembered as used: longer than any code is good for (RFC 6238, section 5.2)."""


def said(key: str) -> str:
    """A string of ours in the language of this request."""
    return words(current())[key]


def _plain(name: str) -> str:
    """allauth's name of a way to sign in, as our keys say it: password, code or passkey."""
    return {"reauthenticate": "password", "mfa_reauthenticate": "code"}.get(name, "passkey")


class _OurWords:
    """What an adapter of allauth says against an input, in our words where we have them."""

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """The error; ``code`` is allauth's."""
        text = words(current()).get(f"acc_error_{code}")
        if text is None:
            fault: ValidationError = super().validation_error(code, *args)  # type: ignore[misc]  # a mix-in
            return fault
        return ValidationError(text, code=code)


class Adapter(_OurWords, DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's account adapter with the door for newcomers shut, and without e-mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Nobody makes an account at the door."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is mailed: no control room depends on a mail server."""

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """How an officer shows again who sits there: by the second factor when there is one, else by password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        strong = [method for method in methods if method["id"] != "reauthenticate"]
        return [method | {"description": said(f"acc_again_{_plain(method['id'])}")} for method in strong or methods]

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that limits and the list of sessions go by."""
        try:
            return str(ipaddress.ip_address(address_of(request)))
        except ValueError:
            return "0.0.0.0"  # noqa: S104 - a name for "unknown", nothing is bound to it


class SecondFactor(_OurWords, DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's second-factor adapter, for officers who may have no e-mail address."""

    def get_totp_label(self, user: Any) -> str:
        """What an authenticator app shows: the login, which the officer knows anyway."""
        return str(user.get_username())

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 - allauth's signature
        """A first name for a new passkey, which the officer may change."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return said("acc_passkey_name").format(n=count + 1)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Whom a passkey is for, as the browser shows it."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Tocsin"}


def display(user: Any) -> str:
    """How a page addresses an officer: by login."""
    return str(user.get_username())


class _Labelled:
    """Gives a form of allauth our labels and hints, and takes its placeholders away: they vanish when one types."""

    labels: dict[str, str] = {}  # noqa: RUF012 - never changed
    hints: dict[str, str] = {}  # noqa: RUF012 - never changed
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = said(self.hints[name]) if name in self.hints else ""
            if name in self.labels:
                field.label = said(self.labels[name])


class SignIn(_Labelled, LoginForm):  # type: ignore[misc]  # allauth ships no types
    """Login and password, without the way to reset the password by e-mail: nobody here has an address."""

    labels = {"login": "acc_login", "password": "acc_password"}  # noqa: RUF012 - never changed


class SignInAgain(_Labelled, ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The password once more, before the second factor is changed."""

    labels = {"password": "acc_password"}  # noqa: RUF012 - never changed


class NewPassword(_Labelled, ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Another password."""

    labels = {  # noqa: RUF012 - never changed
        "oldpassword": "acc_password_now",
        "password1": "acc_password_new",
        "password2": "acc_password_again",
    }
    hints = {"password1": "acc_password_hint"}  # noqa: RUF012 - never changed


class _Code(_Labelled):
    labels = {"code": "acc_code"}  # noqa: RUF012 - never changed
    user: Any
    authenticator: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "maxlength": "16"}


class _Once(_Code):
    """A code that is taken once. allauth forgets a used code after 30 s, while one step late it still counts."""

    def clean_code(self) -> str:
        """The code.

        Raises:
            ValidationError: it is wrong, was used before, or too many were tried.
        """
        code: str = super().clean_code()  # type: ignore[misc]  # a mix-in
        fresh = cache.add(f"tocsin.code:{self.authenticator.pk}:{code.strip()}", 1, timeout=CODE_USED_S)
        if self.authenticator.type == Authenticator.Type.TOTP and not fresh:
            raise SecondFactor().validation_error("incorrect_code")
        return code


class EnterCode(_Once, codes.AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The code of the authenticator app, or a recovery code, at sign-in."""


class EnterCodeAgain(_Once, codes.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The code once more, before the second factor is changed."""


class StartApp(_Code, ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """The first code of a new authenticator app."""


class AddPasskey(_Labelled, AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """A new passkey. It signs in alone unless the officer wants it beside the password only."""

    labels = {"name": "acc_passkey_label", "passwordless": "acc_passkey_alone"}  # noqa: RUF012 - never changed
    hints = {"passwordless": "acc_passkey_alone_hint"}  # noqa: RUF012 - never changed

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].max_length = 60
        self.fields["passwordless"].initial = True


class RenamePasskey(_Labelled, EditWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """Another name for a passkey."""

    labels = {"name": "acc_passkey_label"}  # noqa: RUF012 - never changed


def forget_factors(login: str) -> int:
    """Take every second factor from an officer who lost them, and end the officer's sessions. Returns how many went.

    Raises:
        Unknown: nobody has that login (TOC-6004).
    """
    user = get_user_model().objects.filter(login__iexact=login).first()
    if user is None:
        raise Unknown("TOC-6004", f"No officer has the login {login!r}.", field="login", remedy="List the officers.")
    gone, _ = Authenticator.objects.filter(user_id=user.pk).delete()
    for session in UserSession.objects.filter(user_id=user.pk):
        session.end()
    return int(gone)
