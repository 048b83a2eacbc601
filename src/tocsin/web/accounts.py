"""Sign-in: officers are made by administrators, never by themselves."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, ReauthenticateForm
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's account adapter with the door for newcomers shut."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Nobody makes an account at the door."""
        return False


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth's second-factor adapter, for officers who may have no e-mail address."""

    def get_totp_label(self, user: Any) -> str:
        """What an authenticator app shows: the login, which the officer knows anyway."""
        return str(user.get_username())


def display(user: Any) -> str:
    """How a page addresses an officer: by login."""
    return str(user.get_username())


class SignIn(LoginForm):  # type: ignore[misc]  # allauth ships no types
    """Login and password, without the way to reset the password by e-mail: nobody here has an address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class SignInAgain(ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The password once more, before the second factor is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
