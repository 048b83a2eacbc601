"""An officer at the screen: signs in, opens, fills in, sends; what the page says back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.test import Client

from doors import Officer, detection
from tocsin.app.desk import Desk
from tocsin.warn.state import Thread

PASSWORD = "correct horse battery"


@dataclass
class Screen:
    """One signed-in officer's browser without script."""

    client: Client
    actor: str
    desk: Desk

    def get(self, path: str = "/control", **headers: str) -> str:
        return str(self.client.get(path, headers=headers).content.decode())

    def form(self, path: str, act: str) -> dict[str, str]:
        """The hidden fields of the form that goes to ``act`` on a page."""
        page = self.get(path)
        found = re.search(rf'<form[^>]*action="[^"]*{act}"[^>]*>(.*?)</form>', page, re.DOTALL)
        assert found, f"no form for {act} on {path}"
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[1]))

    def send(self, thread: Thread, confirm: str = "North District", **more: Any) -> Any:
        path = f"/control/drafts/{thread.id}"
        return self.client.post(f"{path}/send", self.form(path, "send") | {"confirm": confirm} | more)

    def on_draft(self, thread: Thread, act: str, **given: Any) -> Any:
        path = f"/control/drafts/{thread.id}"
        return self.client.post(f"{path}/{act}", {"sha256": thread.message.sha256} | given)

    def on_live(self, thread: Thread, act: str, **given: Any) -> Any:
        path = f"/control/warnings/{thread.id}/{act}"
        return self.client.post(path, {**self.form(path, act), "preset": "nothing left", **given})

    def thread(self, thread: Thread) -> Thread:
        """The warning as it is now."""
        return self.desk.state().threads[thread.id]


Enter = Callable[..., Screen]


def enter(make: Callable[..., Officer], desk: Desk, login: str, *roles: str, area: str = "*") -> Screen:
    """An officer signed in at a screen."""
    actor = make(login, *roles, area=area).actor
    from django.contrib.auth import get_user_model

    client = Client()
    client.force_login(get_user_model().objects.get(login=login))
    return Screen(client, actor, desk)


def detected(desk: Desk, sensor: Callable[..., Any], **changes: Any) -> Thread:
    """The draft that a detection made."""
    answer = sensor("radar-a").post("/detections", detection(**changes)).json()
    return desk.state().threads[answer["warning"]]
