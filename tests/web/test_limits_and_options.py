"""The rate limit, and the options of the web door."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tocsin.core.errors import Invalid


def test_tokens_come_back_with_time() -> None:
    from tocsin.web.limits import Limiter

    at = [0.0]
    limiter = Limiter(rate=2.0, burst=3, monotonic=lambda: at[0])
    assert [limiter.take("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limiter.take("a") == pytest.approx(0.5)
    assert limiter.take("b") == 0.0
    at[0] = 0.5
    assert limiter.take("a") == 0.0
    at[0] = 1000.0
    assert [limiter.take("a") for _ in range(4)][-1] > 0  # never more than the burst


def test_buckets_are_bounded_in_number() -> None:
    from tocsin.web.limits import Limiter

    limiter = Limiter(rate=1.0, burst=1, most=3, monotonic=lambda: 0.0)
    for name in "abcde":
        limiter.take(name)
    assert len(limiter) == 3


def test_a_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    from tocsin.web.options import secret_key

    path = tmp_path / "keys" / "web.key"
    first = secret_key(path)
    assert secret_key(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("short")
    with pytest.raises(Invalid, match="TOC-8001"):
        secret_key(path)


@pytest.mark.parametrize("url", ["ftp://x", "localhost:8000", "", "http://", "http://a b", "https://user@host"])
def test_addresses_that_cannot_be_an_origin(url: str) -> None:
    from tocsin.web.options import origin

    with pytest.raises(Invalid, match="TOC-8001"):
        origin(url, field="site_url")


def test_over_tls_cookies_and_headers_insist_on_it(tmp_path: Path) -> None:
    from tocsin.web.config import django_settings
    from tocsin.web.options import WebOptions

    options = WebOptions(
        home=tmp_path, key_file=tmp_path / "k", site_url="https://warn.example.org", edge_url="https://e"
    )
    made = django_settings(options)
    assert made["SESSION_COOKIE_SECURE"]
    assert made["CSRF_COOKIE_SECURE"]
    assert made["DEBUG"] is False
    assert "warn.example.org" in made["ALLOWED_HOSTS"]
    assert "*" not in made["ALLOWED_HOSTS"]


def test_proxies_and_the_second_factor_come_from_the_environment(tmp_path: Path) -> None:
    from tocsin.cli.common import web_options
    from tocsin.wiring.settings import load

    given = {"TOCSIN_HOME": str(tmp_path), "TOCSIN_PROXIES": "10.0.0.5, 2001:db8::1", "TOCSIN_SECOND_FACTOR": "offered"}
    made = web_options(load(given))
    assert made.proxies == ("10.0.0.5", "2001:db8::1")
    assert made.second_factor == "offered"
    assert web_options(load({"TOCSIN_HOME": str(tmp_path)})).second_factor == ""


@pytest.mark.parametrize(("name", "value"), [("TOCSIN_PROXIES", "10.0.0.5,proxy"), ("TOCSIN_SECOND_FACTOR", "maybe")])
def test_settings_that_say_nothing_usable_are_refused(name: str, value: str) -> None:
    from tocsin.wiring.settings import load

    with pytest.raises(Invalid) as fault:
        load({name: value})
    assert (fault.value.code, fault.value.field) == ("TOC-8001", name)
