"""Rules 41 to 43: the feed that we publish and the feeds that we read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from lxml import etree

from tocsin.core.errors import Invalid, Refused
from tocsin.warn.alert import Alert
from tocsin.warn.feed import FeedItem, atom, current, entry_id, parse_feed
from warn.cap_kit import ALERT, INFO, with_alert

NOW = datetime(2024, 1, 4, 21, 0, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"


def feed(*items: FeedItem) -> bytes:
    return atom(
        items,
        feed_id="urn:uuid:6fa459ea-ee8a-3ca4-894e-db77e160355e",
        title="Alerts of Example <city>",
        self_url="https://city.example/feeds/alerts.atom",
        base_url="https://city.example",
        updated=NOW,
    )


def numbered(n: int, **changes) -> Alert:
    return with_alert(identifier=f"m-{n}", sent=f"2024-01-04T20:{n:02d}:00-00:00", **changes)


def test_rule_41_one_entry_per_message_with_a_stable_id_and_a_typed_absolute_link():
    root = etree.fromstring(feed(FeedItem(alert=ALERT), FeedItem(alert=numbered(1), url="https://cdn.example/m-1")))
    entries = root.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}updated") for entry in entries] == [
        "2024-01-04T20:58:00.000Z",
        "2024-01-04T20:01:00.000Z",
    ]
    links = [entry.find(f"{ATOM}link") for entry in entries]
    assert {link.get("type") for link in links} == {"application/cap+xml"}
    assert [link.get("href") for link in links] == [
        f"https://city.example/cap/{ALERT.identifier}.xml",
        "https://cdn.example/m-1",
    ]
    assert entries[0].findtext(f"{ATOM}id") == entry_id(ALERT, "urn:uuid:6fa459ea-ee8a-3ca4-894e-db77e160355e")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2


def test_rule_41_the_entry_id_does_not_change_when_texts_or_links_do():
    other = with_alert(infos=(msgspec.structs.replace(INFO, headline="Other"),))
    one = parse_feed(feed(FeedItem(alert=ALERT)))[0]
    two = parse_feed(feed(FeedItem(alert=other, url="/x.xml")))[0]
    assert one.id == two.id
    assert (one.url, two.url) == (f"https://city.example/cap/{ALERT.identifier}.xml", "https://city.example/x.xml")


def test_fault_02_the_sixth_and_the_sixtieth_alert_are_in_the_feed():
    messages = [numbered(n) for n in range(60)]
    chosen = current(messages, NOW)
    assert len(chosen) == 60
    assert len(parse_feed(feed(*(FeedItem(alert=one) for one in chosen)))) == 60


def test_fault_03_superseded_alerts_leave_and_cancels_stay_a_while():
    first = numbered(0)
    second = numbered(1, msg_type="Update", references=(first.reference(),))
    other = numbered(2)
    cancel = numbered(3, msg_type="Cancel", references=(other.reference(),))
    messages = [cancel, first, other, second]
    assert {one.identifier for one in current(messages, NOW)} == {"m-1", "m-3"}
    assert {one.identifier for one in current(messages, NOW, cancels_for=timedelta(minutes=5))} == {"m-1"}


@pytest.mark.parametrize("change", [{"status": "Draft"}, {"status": "Exercise"}, {"scope": "Private"}])
def test_fault_05_drafts_drills_and_private_messages_never_enter_a_public_feed(change):
    assert current([with_alert(**change)], NOW) == []
    with pytest.raises(Refused) as refusal:
        feed(FeedItem(alert=with_alert(**change)))
    assert refusal.value.code == "TOC-1011"


def test_fault_06_the_same_items_give_the_same_bytes_in_any_order():
    one, two = FeedItem(alert=numbered(1)), FeedItem(alert=numbered(2))
    assert feed(one, two) == feed(two, one)


def test_rule_42_an_empty_feed_is_valid_and_is_not_a_broken_one():
    root = etree.fromstring(feed())
    assert {"id", "title", "updated", "author", "link"} == {child.tag.removeprefix(ATOM) for child in root}
    assert parse_feed(feed()) == []
    for broken in (b"", b"<html/>", b"<feed", b"<feed/>", b"not found"):
        with pytest.raises(Invalid) as refusal:
            parse_feed(broken)
        assert refusal.value.code in ("TOC-3001", "TOC-3002")


def test_rule_41_texts_are_escaped_and_a_message_without_info_has_a_title():
    odd = with_alert(infos=(msgspec.structs.replace(INFO, headline='a < b & "c"', description="x\x0by"),))
    assert parse_feed(feed(FeedItem(alert=odd)))[0].title == 'a < b & "c"'
    assert "Alert" in parse_feed(feed(FeedItem(alert=with_alert(infos=()))))[0].title


@pytest.mark.parametrize("url", ["ftp://city.example/x", "javascript:alert(1)", "file:///etc/passwd", "https://a b/"])
def test_rule_41_links_are_web_links(url):
    with pytest.raises(Invalid, match="Rule 41"):
        feed(FeedItem(alert=ALERT, url=url))


def entries(body: str, **options) -> list:
    return parse_feed(f'<feed xmlns="http://www.w3.org/2005/Atom">{body}</feed>'.encode(), **options)


def test_rule_43_links_are_chosen_by_type_and_not_by_suffix():
    [entry] = entries(
        '<entry><link href="https://x.example/page.xml" type="text/html"/>'
        '<link rel="alternate" href="https://x.example/alert" type="application/cap+xml; charset=utf-8"/></entry>'
    )
    assert entry.url == "https://x.example/alert"
    assert entry.id == entry.url
    assert entry.title == ""


def test_rule_43_one_bad_entry_never_stops_the_others():
    found = entries(
        '<entry><title>no link</title></entry><entry><link href="//[bad" type="application/cap+xml"/></entry>'
        '<entry><link href="javascript:x" type="application/cap+xml"/></entry>'
        '<entry><id>4</id><link href="a.cap" type="application/cap+xml"/></entry>',
        url="https://x.example/feeds/all",
    )
    assert [entry.url for entry in found] == ["", "", "", "https://x.example/feeds/a.cap"]
    assert all(entry.problem for entry in found[:3])
    assert found[3].problem == ""


def test_rule_43_a_link_without_any_type_is_taken_when_no_other_claims_to_be_cap():
    [entry] = entries('<entry><link rel="self" href="https://x.example/s"/><link href="https://x.example/a"/></entry>')
    assert entry.url == "https://x.example/a"


def test_rule_43_xml_base_is_kept_to():
    [entry] = entries(
        '<entry xml:base="sub/"><link href="a" type="application/cap+xml"/></entry>', url="https://x.example/f/all.atom"
    )
    assert entry.url == "https://x.example/f/sub/a"


def test_rule_43_rss_is_read_too():
    data = b"""<rss version="2.0"><channel><title>t</title><link>https://x.example</link>
      <item><title>A</title><guid>g</guid><link>https://x.example/a</link><pubDate>Thu, 04 Jan 2024</pubDate></item>
      <item><enclosure url="https://x.example/b" type="application/cap+xml"/><link>https://x.example/page</link></item>
      <item/></channel></rss>"""
    found = parse_feed(data)
    assert [(entry.id, entry.url) for entry in found] == [
        ("g", "https://x.example/a"),
        ("https://x.example/b", "https://x.example/b"),
        ("", ""),
    ]
    assert found[0].updated == "Thu, 04 Jan 2024"


def test_rule_39_feeds_from_outside_are_read_without_entities():
    with pytest.raises(Invalid, match="rule 39"):
        parse_feed(b'<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed>&x;</feed>')
