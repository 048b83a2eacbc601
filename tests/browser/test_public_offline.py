"""The resident's page without a network: it opens, says that it does not know, and how old what it knew is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from browser.kit import eventually
from browser.resident import alert, area, choose, greet, says, shows
from fake_edge import FakeEdge

pytestmark = pytest.mark.browser

READY = """async () => {
  await navigator.serviceWorker.ready;
  const cache = await caches.open("tocsin-kept");
  const kept = (await cache.keys()).map((one) => new URL(one.url).pathname);
  return navigator.serviceWorker.controller !== null && kept.includes("/") && kept.includes("/resident.json");
}"""


def with_worker(open_page: Callable[..., Any], path: str = "/") -> Any:
    """A page whose worker holds everything that it needs."""
    page = open_page(path, service_workers="allow")
    assert eventually(page, READY)
    return page


def test_it_opens_without_a_network_and_knows_nothing_new(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge, [area("city"), area("north", "alert")], alert())
    page = with_worker(open_page)
    choose(page, "North")
    shows(page, "alert")
    page.wait_for_selector("#headline:visible")
    page.wait_for_function("() => localStorage.getItem('tocsin.last').includes('Drones near')")
    page.context.set_offline(True)
    edge.drop()
    page.reload()
    shows(page, "unknown")
    says(page, "beforesaid", "Before the link was lost: Danger, ")
    says(page, "beforesaid", "Stay in cover until you know more.")
    assert page.inner_text("#instruction") == "Go to the basement now."
    assert page.locator("#steps li:visible").count() >= 2
    assert page.get_attribute("html", "data-kept").isdigit()
    says(page, "age", "No link yet")

    page.context.set_offline(False)
    page.reload()
    shows(page, "alert")
    assert page.get_attribute("html", "data-kept") is None
    assert not page.is_visible("#before")


def test_a_page_out_of_memory_takes_no_state_in_it_for_news(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = with_worker(open_page, "/?area=north")
    shows(page, "ok")
    page.context.set_offline(True)
    edge.drop()
    page.reload()
    page.wait_for_selector("html[data-kept]")
    page.wait_for_selector("#choose")
    assert page.locator('#card[data-shown="ok"]').count() == 0


def test_the_worker_keeps_no_answer_of_other_doors(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = with_worker(open_page)
    page.evaluate(
        "Promise.all(['/api/v1/phases', '/healthz', '/feeds/alerts.atom', '/areas'].map((one) => fetch(one)))"
    )
    kept = page.evaluate("""async () => {
      const paths = [];
      for (const name of await caches.keys())
        for (const one of await (await caches.open(name)).keys()) paths.push(new URL(one.url).pathname);
      return paths;
    }""")
    assert "/" in kept
    allowed = (
        "/static/tocsin/",
        "/places.json",
        "/shelters.json",
        "/resident.json",
        "/manifest.webmanifest",
        "/map.json",
        "/report",  # the empty form, so that damage can be written down without a network
    )
    assert [path for path in kept if path != "/" and not path.startswith(allowed)] == []


def test_a_new_worker_waits_until_the_open_page_is_closed(open_page: Callable[..., Any], edge: FakeEdge) -> None:
    greet(edge)
    page = with_worker(open_page)
    choose(page, "North")
    shows(page, "ok")
    page.context.route("**/sw.js", lambda route: route.fulfill(body=_other(page), content_type="text/javascript"))
    page.evaluate("navigator.serviceWorker.ready.then((one) => one.update())")
    page.wait_for_function("() => navigator.serviceWorker.getRegistration().then((one) => one.waiting !== null)")
    assert page.evaluate("navigator.serviceWorker.controller.state") == "activated"
    edge.send("ping", {"server_time": "", "data_age_s": 0.0, "seq": 1})
    shows(page, "ok")


def _other(page: Any) -> str:
    return httpx.get(page.url.rstrip("/") + "/sw.js").text.replace('"version": "', '"version": "x')


def test_it_can_be_put_on_a_home_screen(site: str) -> None:
    said = httpx.get(site + "/manifest.webmanifest", headers={"Accept-Language": "uk"}).json()
    assert said["lang"] == "uk"
    assert said["display"] == "standalone"
    assert {icon["purpose"] for icon in said["icons"]} == {"any", "maskable"}
    for icon in said["icons"]:
        answer = httpx.get(site + icon["src"])
        assert answer.headers["Content-Type"] == "image/png"
        size = int.from_bytes(answer.content[16:20], "big")  # the width in a PNG's header
        assert f"{size}x{size}" == icon["sizes"]
    worker = httpx.get(site + "/sw.js")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert not re.search(r"\bimport\s*[\"'{(*]|\bexport\b", worker.text), "an old browser takes no module as a worker"
