"""The quick way to an alert: whatever it reads, the careful way reads the same; what is odd it leaves to that one."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tocsin.core.errors import Invalid
from tocsin.warn.alert import Alert
from tocsin.warn.cap_quick import quick_alert
from tocsin.warn.cap_read import careful_alert, parse
from tocsin.warn.cap_xml import MAX_CHILDREN, NS, Element, alert_root, load
from warn.cap_kit import TEXT, spoiled
from warn.cap_mutations import GOLDEN, mutations

EVERYTHING = (GOLDEN / "everything.xml").read_bytes()
CORPUS = Path(__file__).parents[3] / "shared" / "data" / "cap"
NAMES = sorted({element.tag.removeprefix(f"{{{NS}}}") for element in etree.fromstring(EVERYTHING).iter("*")})
WORDS = [
    "",
    " ",
    "\n x \t",
    "Actual",
    "Likely",
    "x",
    "1.5",
    "inf",
    "1,2 3,4 5,6 1,2",
    "1,2 3",
    "a,b,c",
    "\u00a0",
    '"a b" c',
]


def both(root: Element) -> Alert | None:
    """What the quick way read, once the careful way has read the same; None when it was left to that one."""
    quick = quick_alert(root)
    if quick is not None:
        assert quick == careful_alert(root)
    return quick


def test_what_is_read_quickly_is_read_the_same_carefully_over_every_mutation():
    read = 0
    for _, data in mutations():
        with contextlib.suppress(Invalid):  # another root, or what no way reads
            read += both(alert_root(load(data))) is not None
    assert read > 200


def test_sound_messages_are_read_quickly():
    for data in (EVERYTHING, (GOLDEN / "alert.xml").read_bytes(), TEXT.encode()):
        assert both(load(data)) == parse(data)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="no CAP corpus beside the checkout (../shared/data/cap)")
def test_messages_of_real_agencies_are_read_quickly_and_the_same():
    left = []
    for path in sorted(path for path in CORPUS.rglob("*") if path.is_file()):
        try:
            root = alert_root(load(path.read_bytes()))
        except Invalid:
            continue
        if both(root) is None and path.parent.name == "valid":
            left.append(path.name)
    assert left == ["defra__nws-alert.xml"]  # its polygon ends in three dots


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<scope>Public</scope>", "<scope>Public</scope><level>x</level>"),
        ("<scope>Public</scope>", '<scope>Public</scope><x:level xmlns:x="urn:x">x</x:level>'),
        ("<scope>Public</scope>", "<scope>Public</scope><scope>Public</scope>"),
        ("<scope>Public</scope>", "<scope> Public </scope>"),
        ("<scope>Public</scope>", "<scope>Pub<?x y?>lic</scope>"),
        ("<event>Air raid</event>", "<event>Air <b>raid</b></event>"),
        ("<event>Air raid</event>", "<event>Air <event>raid</event></event>"),
        ("<event>Air raid</event>", "<event>Air raid</event><event>Flood</event>"),
        ("<event>Air raid</event>", "<event>Air raid</event><info/>"),
        ("<info>", "<info><parameter><value>1</value><valueName>a</valueName></parameter>"),
        ("<info>", "<info><parameter><valueName>a</valueName><valueName>a</valueName></parameter>"),
        ("<info>", "<info><parameter><valueName>a</valueName><value>1<x/></value></parameter>"),
        ("<info>", "<info><area><areaDesc>x</areaDesc><polygon>1,2 here</polygon></area>"),
        ("<info>", "<info><area><areaDesc>x</areaDesc><altitude>high</altitude></area>"),
        ("<info>", "<info><area><areaDesc>x</areaDesc><areaDesc>y</areaDesc></area>"),
        ("<info>", "<info><category/>"),
        ("<identifier>X-1</identifier>", ""),
        ("<identifier>X-1</identifier>", "<identifier> </identifier>"),
        ("<status>Actual</status>", "<status>Life</status>"),
        ("<scope>", "<references>x</references><scope>"),
        ("</alert>", '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><a><Signature/></a></Signature></alert>'),
        ("<info>", '<info><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'),
    ],
)
def test_what_is_odd_is_left_to_the_careful_way(old, new):
    assert quick_alert(load(spoiled((old, new)))) is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_shuffled_messages_are_read_the_same_both_ways(data):
    root = load(EVERYTHING)
    for _ in range(data.draw(st.integers(1, 4))):
        elements = list(root.iter("*"))
        element = data.draw(st.sampled_from(elements))
        element.insert(
            data.draw(st.integers(0, len(element))), etree.Element(f"{{{NS}}}{data.draw(st.sampled_from(NAMES))}")
        )
        data.draw(st.sampled_from(list(root.iter("*")))).text = data.draw(st.sampled_from(WORDS))
        moved = data.draw(st.sampled_from(elements[1:]))
        new = data.draw(st.sampled_from(elements))
        if moved not in new.iterancestors() and moved is not new:
            new.append(moved)
    quick = quick_alert(root)
    try:
        careful: Alert | None = careful_alert(root)
    except Invalid:
        careful = None
    assert quick is None or quick == careful


def test_rule_39_the_shortest_document_that_is_too_wide_is_refused():
    with pytest.raises(Invalid, match="rule 39"):
        load(b"<r>" + b"<a/>" * (MAX_CHILDREN + 1) + b"</r>")
    assert len(load(b"<r>" + b"<a/>" * MAX_CHILDREN + b"</r>")) == MAX_CHILDREN
