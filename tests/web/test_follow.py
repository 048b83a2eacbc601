"""Following by e-mail: confirmed from the mailbox, left with one click, and nobody learns who follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.test import Client

from tocsin.app.desk import Desk
from tocsin.app.memory_addresses import MemoryAddressBook
from tocsin.core.subscription import Subscription
from tocsin.web.following import set_following
from tocsin.web.public import follow
from tocsin.web.words import words

LANGUAGES = ("en", "ru", "uk", "de")
W = words("en")


@dataclass
class Post:
    """A mailbox, and the mail server before it."""

    book: MemoryAddressBook = field(default_factory=MemoryAddressBook)
    written: list[tuple[str, str]] = field(default_factory=list)
    down: bool = False

    def greet(self, one: Subscription) -> bool:
        if not self.down:
            self.written.append((one.state, one.token))
        return not self.down


@pytest.fixture
def post(desk: Desk) -> Iterator[Post]:
    made = Post()
    set_following(made.book, greet=made.greet)
    follow.limits.cache_clear()
    yield made
    set_following()


def ask(**more: str):
    client = Client(enforce_csrf_checks=True)
    page = client.get("/follow").content.decode()
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert csrf is not None
    given = {"what": "place", "area": "north", "email": "ann@people.example"} | more
    return client.post("/follow", {**given, "csrfmiddlewaretoken": csrf[1]})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_reads_in_every_language(post: Post, language: str) -> None:
    page = Client().get("/follow", headers={"Accept-Language": language}).content.decode()
    assert words(language)["fol_title"] in page
    assert len(page) < 12 * 1024


def test_the_form_itself_lets_a_browser_say_where_it_comes_from(post: Post) -> None:
    assert Client().get("/follow")["Referrer-Policy"] == "same-origin", (
        "with no-referrer the origin is null, and refused"
    )


def test_nobody_is_told_before_they_have_pressed_the_button(post: Post) -> None:
    answer = ask()
    assert W["fol_asked"] in answer.content.decode()
    ((state, token),) = post.written
    assert (state, post.book.counts()) == ("pending", {"email": {"pending": 1}})
    opened = Client().get(f"/follow/confirm/{token}")  # as a mail scanner does
    assert post.book.counts() == {"email": {"pending": 1}}
    assert W["fol_confirm"] in opened.content.decode()
    assert opened["Referrer-Policy"] == "no-referrer"
    assert opened["Cache-Control"] == "no-store"
    pressed = Client(enforce_csrf_checks=True).post(f"/follow/confirm/{token}")
    assert W["fol_confirmed"] in pressed.content.decode()
    assert post.book.counts() == {"email": {"active": 1}}


def test_one_click_in_a_mail_program_is_enough_to_leave(post: Post) -> None:
    ask()
    token = post.written[0][1]
    Client().post(f"/follow/confirm/{token}")
    assert Client().get(f"/follow/leave/{token}").status_code == 200
    assert post.book.counts() == {"email": {"active": 1}}, "a scanner that opens the link changes nothing"
    left = Client(enforce_csrf_checks=True).post(f"/follow/leave/{token}", {"List-Unsubscribe": "One-Click"})
    assert left.status_code == 200
    assert post.book.counts() == {}
    assert W["fol_left"] in Client().post(f"/follow/leave/{token}").content.decode(), "again it says the same"


def test_the_ledger_learns_of_nobody_who_comes_or_leaves(post: Post, desk: Desk) -> None:
    before = [entry.hash for entry in desk.ledger.read()]
    ask()
    token = post.written[0][1]
    Client().post(f"/follow/confirm/{token}")
    ask()
    Client().post(f"/follow/leave/{token}")
    assert post.book.counts() == {}
    assert [entry.hash for entry in desk.ledger.read()] == before


def test_the_answer_is_the_same_for_those_who_follow_already(post: Post) -> None:
    first = ask().content
    Client().post(f"/follow/confirm/{post.written[0][1]}")
    again = ask(area="south").content
    strip = re.compile(rb'value="[^"]{64}"')
    assert strip.sub(b"", first) == strip.sub(b"", again)
    assert post.written[1] == ("active", post.written[0][1])
    found = post.book.get(1)
    assert found is not None
    assert (
        found.cells
        == follow.following()
        .wish(follow.desk().state().areas, "email", found.address, areas=["north"], language="en")
        .cells
    ), "and a stranger changes nothing for them"


def test_the_record_is_followed_apart_from_warnings(post: Post) -> None:
    ask(what="record", area="")
    Client().post(f"/follow/confirm/{post.written[0][1]}")
    assert post.book.counts() == {"email_record": {"active": 1}}


@pytest.mark.parametrize(
    ("more", "said", "status"),
    [
        ({"email": "nobody"}, "fol_err_email", 422),
        ({"area": ""}, "fol_err_area", 422),
        ({"area": "nowhere"}, "fol_err_area", 422),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(post: Post, more: dict[str, str], said: str, status: int) -> None:
    answer = ask(**more)
    assert answer.status_code == status
    assert W[said] in answer.content.decode()
    assert post.written == []


def test_a_mail_server_that_is_away_is_admitted(post: Post) -> None:
    post.down = True
    answer = ask()
    assert answer.status_code == 503
    assert W["fol_err_send"] in answer.content.decode()


def test_a_mailbox_is_not_flooded(post: Post) -> None:
    codes = [ask().status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert len(post.written) == 3


def test_without_a_mail_server_the_page_says_so(desk: Desk) -> None:
    set_following(MemoryAddressBook())
    page = Client().get("/follow").content.decode()
    assert W["fol_not_ready"].partition(":")[0] in page
    assert 'name="email"' not in page
    set_following()


@pytest.mark.parametrize("token", ["x", "0" * 32, "a%00b", "..%2f"])
def test_a_link_that_nobody_was_told_leads_nowhere(post: Post, token: str) -> None:
    assert Client().get(f"/follow/confirm/{token}").status_code == 404
    assert Client().post(f"/follow/confirm/{token}").status_code == 404
    assert Client().post(f"/follow/leave/{token}").status_code in (200, 404)
