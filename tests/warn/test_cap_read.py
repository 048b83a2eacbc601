"""Rule 39 and the reader: hostile and odd bytes."""

from __future__ import annotations

import contextlib
from collections import Counter

import pytest

from tocsin.core.errors import Invalid
from tocsin.warn.cap_read import parse
from tocsin.warn.cap_rules import MAX_FINDINGS, check
from tocsin.warn.cap_values import split_items, split_places, split_references
from warn.cap_kit import TEXT, found, spoiled

LAUGHS = '<!DOCTYPE alert [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{"&" + chr(97 + i) + ";" + "&" + chr(97 + i) + ";"}">' for i in range(20)
)


def hostile(name: str) -> bytes:
    body = TEXT[TEXT.index("<alert") :]
    return {
        "external entity": '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + body.replace("Air raid", "&x;"),
        "external dtd": '<!DOCTYPE alert SYSTEM "http://127.0.0.1:9/x.dtd">' + body,
        "billion laughs": LAUGHS + "]>" + body.replace("Air raid", "&u;"),
        "laughs in an attribute": LAUGHS + "]>" + body.replace("<info>", '<info x="&u;">'),
        "parameter entity": '<!DOCTYPE alert [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]>' + body,
        "behind a comment": "<!-- <alert> --><!DOCTYPE alert [<!ENTITY x 'y'>]>" + body,
        "200 levels deep": body.replace("</alert>", "<x>" * 200 + "</x>" * 200 + "</alert>"),
        "100000 levels deep": body.replace("</alert>", "<x>" * 100_000 + "</x>" * 100_000 + "</alert>"),
        "ten megabytes": body.replace("Missiles are flying.", "x" * 10_000_000),
    }[name].encode()


@pytest.mark.parametrize(
    "name",
    [
        "external entity",
        "external dtd",
        "billion laughs",
        "laughs in an attribute",
        "parameter entity",
        "behind a comment",
        "200 levels deep",
        "ten megabytes",
    ],
)
def test_rule_39_hostile_documents_are_refused_unread(name):
    data = hostile(name)
    with pytest.raises(Invalid, match="rule 39") as refusal:
        parse(data)
    assert refusal.value.code == "TOC-3001"
    assert len(str(refusal.value)) < 500
    [finding] = check(data)
    assert (finding.rule, finding.severity) == (39, "error")


POLYGON = "<polygon>50.1,36.2 50.1,36.4 50.0,36.4 50.0,36.2 50.1,36.2</polygon>"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("50.1,36.2 50.1,36.4", "1" * 900_000),
        ("50.1,36.2 50.1,36.4", "1" * 900_000 + ",1 50.1,36.4"),
        ("50.1,36.2 50.1,36.4", "1" + " " * 900_000 + ". 50.1,36.4"),
        ("<polygon>", "<circle>" + "1" * 400_000 + "," + "1" * 400_000 + "</circle><polygon>"),
        ("</scope>", "</scope>" + "<code/>" * 120_000),
        ("</scope>", "</scope>" + "<x/>" * 200_000),
        ("</scope>", '</scope><addresses>"' + '""' * 400_000 + '"</addresses>'),
        (POLYGON, POLYGON * 12_000),
        (POLYGON, "<polygon>x</polygon>" * 40_000),
        ("Missiles", "&lt;a " * 150_000),
        ("Missiles", "&amp;" * 180_000),
    ],
    ids=range(11),
)
def test_rule_39_a_message_made_of_faults_costs_no_more_than_a_message(old, new):
    # Quadratic work on any of these would take hours: ending at all is what is asked.
    data = spoiled((old, new))
    per_rule = Counter(finding.rule for finding in check(data))
    assert all(count <= 2 * MAX_FINDINGS for count in per_rule.values())
    with contextlib.suppress(Invalid):
        parse(data)


@pytest.mark.parametrize("flood", ["<info/>", "<x/>", "<note/>"])
def test_rule_39_a_flood_of_small_elements_is_refused_unread(flood):
    data = spoiled(("</alert>", flood * 100_000 + "</alert>"))
    [finding] = check(data)
    assert (finding.rule, finding.severity) == (39, "error")
    with pytest.raises(Invalid, match="rule 39"):
        parse(data)


def test_rule_39_nesting_beyond_the_parser_is_refused():
    with pytest.raises(Invalid) as refusal:
        parse(hostile("100000 levels deep"))
    assert refusal.value.code == "TOC-3001"


def test_rule_39_an_undeclared_entity_is_not_well_formed():
    with pytest.raises(Invalid, match="well-formed"):
        parse(spoiled(("Air raid", "&nbsp;")))


def test_rule_39_xinclude_is_not_followed():
    include = '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd" parse="text"/></x>'
    alert = parse(spoiled(("</alert>", include + "</alert>")))
    assert "root:" not in "".join(alert.unknown)


def test_rule_39_an_alert_inside_the_alert_is_refused():
    inner = TEXT[TEXT.index("<alert") :]
    data = spoiled(("</alert>", inner + "</alert>"))
    assert found(data, 39, "error")
    with pytest.raises(Invalid, match="inside the alert"):
        parse(data)


def test_rule_39_a_comment_cannot_split_what_is_read():
    assert parse(spoiled(("X-1", "X<!-- -->-<!-- 9 -->1"))).identifier == "X-1"
    assert parse(spoiled(("Air raid", "Air<?pi x?> raid"))).infos[0].event == "Air raid"


@pytest.mark.parametrize("data", [b"", b"   ", b"hello", b"{}", b"<", b"<alert", b"\x00\x01", b"\xff\xfe<\x00"])
def test_what_is_not_xml_is_refused_clearly(data):
    with pytest.raises(Invalid) as refusal:
        parse(data)
    assert refusal.value.code == "TOC-3001"
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("root", "name"),
    [
        ('<feed xmlns="http://www.w3.org/2005/Atom"/>', "Atom"),
        ("<rss/>", "RSS"),
        ("<html/>", "html"),
        ('<alert xmlns="urn:oasis:names:tc:emergency:alerts:1.2"/>', "alerts:1.2"),
        ("<alert/>", "root element is alert"),
    ],
)
def test_rule_01_other_documents_are_named(root, name):
    with pytest.raises(Invalid, match=name) as refusal:
        parse(root.encode())
    assert refusal.value.code == "TOC-3002"


def test_prefixes_stylesheets_and_byte_order_marks_do_not_matter():
    plain = parse(spoiled())
    prefixed = TEXT.replace("<alert xmlns=", "<c:alert xmlns:c=").replace("</alert>", "</c:alert>")
    for name in sorted({part.split(">")[0] for part in TEXT.split("</")[1:]} - {"alert"}, key=len, reverse=True):
        prefixed = prefixed.replace(f"<{name}>", f"<c:{name}>").replace(f"</{name}>", f"</c:{name}>")
    styled = TEXT.replace("?>", '?>\n<?xml-stylesheet type="text/xsl" href="https://x.example/s.xsl"?>', 1)
    for other in (prefixed.encode(), styled.encode(), b"\xef\xbb\xbf" + TEXT.encode()):
        assert parse(other) == plain
        assert check(other) == []


def test_unknown_elements_are_kept_wherever_they_stand():
    data = spoiled(
        ("</scope>", "</scope><reference>r</reference>"),
        ("</areaDesc>", "</areaDesc><Type>County</Type>"),
        ("</alert>", '<e xmlns="urn:x"><f a="1">t</f></e></alert>'),
    )
    kept = parse(data).unknown
    assert [text.partition(" ")[0] for text in kept] == ["<reference", "<e", "<Type"]
    assert '<f a="1">t</f>' in kept[1]
    assert found(data, 3, "error")


def test_fault_10_polygons_items_and_references_survive_any_white_space():
    assert split_items(' a\n"b c"\t d  "" ') == ("a", "b c", "d")
    two = split_references("a,b,2024-01-01T00:00:00-00:00 \n\t c,d,2024-01-01T00:00:00+03:00", field="x")
    assert [reference.identifier for reference in two] == ["b", "d"]
    with pytest.raises(Invalid, match="rule 13"):
        split_references("a,b", field="x")


@pytest.mark.parametrize("spoil", ["<altitude>high</altitude>", "<altitude>inf</altitude>", "<altitude>nan</altitude>"])
def test_numbers_that_are_none_are_refused(spoil):
    with pytest.raises(Invalid, match="no number"):
        parse(spoiled(("</polygon>", "</polygon>" + spoil)))


def test_an_element_that_may_stand_once_and_stands_twice_is_refused():
    with pytest.raises(Invalid, match="headline stands 2 times"):
        parse(spoiled(("<headline>", "<headline>a</headline><headline>")))


STRANGE = b"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier><sender>b</sender>
<sent>2026-01-01T00:00:00+00:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
<info><area><areaDesc>x</areaDesc><polygon>here</polygon></area><resource><deep/></resource><middle/></info>
<info><area><late/></area></info><x xmlns="relative"/></alert>"""


def test_what_is_not_understood_is_kept_a_level_at_a_time_in_document_order():
    kept = parse(STRANGE).unknown
    assert [one.partition(" ")[0].rstrip("/>") for one in kept] == ["<x", "<middle", "<polygon", "<deep", "<late"]
    assert 'xmlns="relative"' in kept[0]


def test_every_way_to_write_a_number_is_read_alike():
    wanted = ((50.0, 36.5), (-0.5, 7.0))
    for text in ("50,36.5 -0.5,7", "50.,36.5 -.5,+7", "050.0,36.50\n -0.5,07", " 50 , 36.5  -0.5,7 "):
        assert split_places(text, field="polygon") == wanted, text
    assert split_places("  ", field="polygon") == ()
    for text in ("50", "50,36,1", "50,36,", ",", "1,2 3", "[1,2]", "9" * 400 + ",1"):
        with pytest.raises(Invalid):
            split_places(text, field="polygon")
