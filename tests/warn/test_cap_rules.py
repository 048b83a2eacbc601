"""Rules 1 to 29 and 44: each with at least one message that breaks it."""

from __future__ import annotations

import pytest

from tocsin.core.errors import Invalid
from tocsin.warn.cap_read import parse
from tocsin.warn.cap_rules import CHECKS, RULES, check, check_files, profile_titles
from tocsin.warn.cap_write import render, to_xml
from warn.cap_kit import ALERT, TEXT, found, spoiled, with_alert, with_info

SENT = "<sent>2024-01-04T20:58:00-00:00</sent>"
REFERENCE = "alerts@city.example,X-0,2024-01-04T20:50:00-00:00"


def update(references: str) -> bytes:
    return spoiled(
        ("<msgType>Alert", "<msgType>Update"), ("</scope>", f"</scope><references>{references}</references>")
    )


def test_the_sound_message_breaks_no_rule():
    assert check(spoiled()) == []
    assert check(spoiled(), strict_output=True) == []
    assert check(to_xml(ALERT), strict_output=True) == []


def test_there_are_44_rules_and_every_check_is_one_of_them():
    assert sorted(RULES) == list(range(1, 45))
    assert set(CHECKS) == {n for n, rule in RULES.items() if rule.where == "one message"} | {24, 39}


@pytest.mark.parametrize("old", ["urn:oasis:names:tc:emergency:cap:1.1", "http://www.incident.com/cap/1.0"])
def test_rule_01_old_versions_are_named_and_refused(old):
    data = spoiled(("urn:oasis:names:tc:emergency:cap:1.2", old))
    [finding] = check(data)
    assert finding.rule == 1
    assert f"CAP {old[-3:]}" in finding.message
    with pytest.raises(Invalid, match=r"CAP 1\.[01]") as refusal:
        parse(data)
    assert refusal.value.code == "TOC-3002"


def test_rule_02_latin_1_is_read_when_declared_and_never_written():
    data = TEXT.replace("UTF-8", "ISO-8859-1").replace("North district", "Nørre Alslev").encode("iso-8859-1")
    assert parse(data).infos[0].areas[0].desc == "Nørre Alslev"
    assert found(data, 2, "warning")
    assert found(data, 2, "error", strict_output=True)
    assert render(parse(data)).startswith(b'<?xml version="1.0" encoding="UTF-8"?>')


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("ISO-8859-2", "Černá Hora"), ("windows-1250", "Łódź"), ("windows-1251", "Київ"), ("KOI8-U", "Київ")],
)
def test_rule_02_other_alphabets_of_one_byte_are_read_when_declared(encoding, name):
    data = TEXT.replace("UTF-8", encoding).replace("North district", name).encode(encoding)
    assert parse(data).infos[0].areas[0].desc == name
    assert found(data, 2, "warning")
    hidden = data.replace(b"<alert ", b'<!DOCTYPE alert [<!ENTITY x "y">]><alert ', 1)
    assert found(hidden, 39, "error")


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-7", "EBCDIC-CP-US", "GBK", "ISO-2022-JP"])
def test_rule_02_other_encodings_are_refused_unread(encoding):
    assert found(TEXT.replace("UTF-8", encoding).encode(), 2, "error")
    assert found(TEXT.replace("UTF-8", encoding).encode("utf-16"), 2, "error")


def test_rule_02_bytes_that_are_not_utf_8_are_refused():
    assert found(spoiled().replace(b"North", b"N\xffrth"), 2, "error")


@pytest.mark.parametrize("name", ["identifier", "sender", "sent", "status", "msgType", "scope"])
def test_rule_03_required_elements_stand_once_with_a_value(name):
    line = next(line for line in TEXT.splitlines() if f"<{name}>" in line)
    for spoil in ("", f"<{name}/>", line + line):
        data = spoiled((line, spoil))
        assert found(data, 3, "error"), spoil
        with pytest.raises(Invalid, match="rule 3"):
            parse(data)


def test_rule_03_order_is_that_of_the_schema():
    assert found(spoiled((SENT, ""), ("</status>", f"</status>{SENT}")), 3, "error")
    late = f"<references>{REFERENCE}</references>"
    assert found(spoiled(("</scope>", "</scope><incidents>a</incidents>" + late)), 3, "error")
    assert not found(spoiled(("</scope>", "</scope>" + late + "<incidents>a</incidents>")), 3)


@pytest.mark.parametrize("bad", ["X 1", "X,1", "X&lt;1", "X&amp;1"])
def test_rule_04_identifier_and_rule_05_sender_hold_no_separator(bad):
    assert found(spoiled(("X-1", bad)), 4, "error")
    assert found(spoiled(("alerts@city.example", bad)), 5, "error")
    with pytest.raises(Invalid, match=r"Rule [45]:"):
        to_xml(with_alert(identifier=bad.replace("&lt;", "<").replace("&amp;", "&")))


def test_rule_05_senders_of_real_life_are_kept_verbatim():
    assert parse(spoiled(("alerts@city.example", "http://x.example/a?b=1"))).sender == "http://x.example/a?b=1"


@pytest.mark.parametrize(
    "bad",
    [
        "2024-01-04T20:58:00Z",
        "2024-01-04T20:58:00.5-00:00",
        "2024-01-04T20:58-00:00",
        "2024-02-30T20:58:00-00:00",
        "2024-01-04 20:58:00-00:00",
        "2024-01-04T20:58:00",
    ],
)
def test_rule_06_times_are_to_the_second_with_an_offset(bad):
    assert found(spoiled((SENT, f"<sent>{bad}</sent>")), 6, "error")
    assert found(spoiled(("<expires>2024-01-04T21:58:00-00:00", f"<expires>{bad}")), 6, "error")


def test_rule_06_utc_is_written_minus_zero_and_read_either_way():
    data = spoiled((SENT, SENT.replace("-00:00", "+00:00")))
    assert not found(data, 6)
    assert found(data, 6, "error", strict_output=True)


def test_rule_09_status_is_known_and_says_what_it_is():
    assert found(spoiled(("Actual", "Real")), 9, "error")
    assert found(spoiled(("Actual", "Draft")), 9, "error", strict_output=True)
    assert found(spoiled(("Actual", "Exercise")), 9, "error", strict_output=True)
    named = spoiled(("Actual", "Exercise"), ("</scope>", "</scope><note>Spring drill</note>"))
    assert not found(named, 9, strict_output=True)
    lie = spoiled(("Actual", "Test"), ("Missiles are flying.", "This is not a drill."))
    assert found(lie, 9, "error")
    with pytest.raises(Invalid, match="status"):
        parse(spoiled(("Actual", "Real")))


def test_rule_10_an_unknown_msg_type_is_never_an_alert():
    data = spoiled(("<msgType>Alert", "<msgType>Renew"))
    assert found(data, 10, "error")
    with pytest.raises(Invalid, match="msgType") as refusal:
        parse(data)
    assert refusal.value.code == "TOC-3002"


def test_rule_11_scope_goes_with_restriction_and_addresses():
    assert found(spoiled(("Public", "Secret")), 11, "error")
    assert found(spoiled(("Public", "Restricted")), 11, "error")
    assert found(spoiled(("Public", "Private")), 11, "error")
    assert not found(spoiled(("Public</scope>", "Private</scope><addresses>a</addresses>")), 11)
    assert found(spoiled(("</scope>", "</scope><restriction>x</restriction>")), 11, "error", strict_output=True)


def test_rule_12_items_with_spaces_stand_in_quotes():
    data = spoiled(("</scope>", '</scope><addresses>one "two words"\n three</addresses>'))
    assert parse(data).addresses == ("one", "two words", "three")
    assert not found(data, 12)
    assert found(spoiled(("</scope>", '</scope><addresses>one "two words</addresses>')), 12, "error")
    with pytest.raises(Invalid, match="Rule 12"):
        to_xml(with_alert(incidents=('say "no"',)))


@pytest.mark.parametrize(
    "bad",
    [
        "junk",
        "a,b",
        "a,b,c,d",
        "a,b,2024-01-04",
        "alerts@city.example,X-1,2024-01-04T20:58:00-00:00",
        "alerts@city.example,X-1,2024-01-04T23:58:00+03:00",
        "alerts@city.example,X-0,2024-01-04T20:58:01-00:00",
    ],
)
def test_rule_13_references_are_older_triples(bad):
    assert found(update(bad), 13, "error")


def test_rule_13_what_changes_something_says_what():
    assert not found(update(REFERENCE), 13)
    for kind in ("Update", "Cancel", "Ack", "Error"):
        assert found(spoiled(("<msgType>Alert", f"<msgType>{kind}")), 13, "error")
        with pytest.raises(Invalid, match="Rule 13"):
            to_xml(with_alert(msg_type=kind, note="x"))
    assert found(spoiled(("</scope>", "</scope><references/>")), 13, "error", strict_output=True)


def test_rule_13_references_are_split_on_white_space_and_not_on_commas():
    text = f"{REFERENCE}\n   {REFERENCE.replace('X-0', 'X-00')}"
    assert [r.identifier for r in parse(update(text)).references] == ["X-0", "X-00"]


def test_rule_16_a_cancel_without_info_is_read_and_ours_gets_a_hint():
    bare = update(REFERENCE).replace(b"Update", b"Cancel")
    bare = bare[: bare.index(b"<info>")] + b"</alert>"
    assert parse(bare).infos == ()
    assert not [f for f in check(bare) if f.severity == "error"]
    assert found(bare, 16, "warning", strict_output=True)


def test_rule_17_unknown_codes_are_kept():
    data = spoiled(("</scope>", "</scope><code>profile:X</code><code>y</code>"))
    assert parse(data).codes == ("profile:X", "y")
    assert found(spoiled(("</scope>", "</scope><code/>")), 17, "error", strict_output=True)


def test_rule_18_empty_optional_elements_are_tolerated_and_not_written():
    data = spoiled(("</scope>", "</scope><note/>"), ("</headline>", "</headline>"), ("</event>", "</event>"))
    assert parse(data).note is None
    assert found(data, 18, "warning")
    assert found(data, 18, "error", strict_output=True)
    assert b"<note" not in to_xml(with_alert(note=""))


def test_rule_19_category_and_event():
    assert found(spoiled(("<category>Security</category>", "")), 19, "error")
    assert found(spoiled(("Security", "War")), 19, "error")
    assert found(spoiled(("Air raid", " ")), 19, "error")
    assert not found(spoiled(("Security</category>", "Security</category><category>Safety</category>")), 19)


@pytest.mark.parametrize(("name", "value"), [("urgency", "Now"), ("severity", "Bad"), ("certainty", "Very Likely")])
def test_rule_20_grades_are_of_the_list(name, value):
    line = next(line for line in TEXT.splitlines() if f"<{name}>" in line)
    [finding] = found(spoiled((line, f"<{name}>{value}</{name}>")), 20, "error")
    assert ("Likely" in finding.message) == (name == "certainty")
    assert found(spoiled((line, "")), 20, "error")


def test_rule_20_very_likely_gets_the_hint_likely():
    [finding] = found(spoiled(("<certainty>Likely", "<certainty>Very Likely")), 20)
    assert 'Use "Likely"' in finding.message


def test_rule_20_an_all_clear_is_past():
    assert found(spoiled(("<responseType>Shelter", "<responseType>AllClear")), 20, "warning")


def test_rule_21_response_types():
    assert found(spoiled(("<responseType>Shelter", "<responseType>Hide")), 21, "error")
    assert found(spoiled(("<responseType>Shelter", "<responseType>Assess")), 21, "warning")


def _second_info(*changes: tuple[str, str]) -> bytes:
    text = TEXT[TEXT.index("  <info>") : TEXT.index("</alert>")]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return spoiled(("</alert>", text + "</alert>"))


def test_rule_22_languages_are_tags_and_translations_keep_the_facts():
    assert found(spoiled(("<language>en", "<language>English!")), 22, "error")
    russian = ("<language>en", "<language>ru"), ("Missiles are flying.", "Летят ракеты.")
    assert not found(_second_info(*russian), 22)
    assert found(_second_info(*russian, ("Security", "Met")), 22, "warning")
    assert found(_second_info(*russian, ("21:58", "22:58")), 22, "warning")
    assert found(_second_info(russian[0]), 22, "warning"), "the same text under two languages"


def test_rule_22_no_language_means_en_us():
    assert parse(spoiled(("<language>en</language>", ""))).infos[0].language == "en-US"


def test_rule_23_expires_is_later():
    assert found(spoiled(("<expires>2024-01-04T21", "<expires>2024-01-04T19")), 23, "error")
    assert found(spoiled(("<effective>2024-01-04T20", "<effective>2024-01-04T22")), 23, "error")
    missing = spoiled(("<expires>2024-01-04T21:58:00-00:00</expires>", ""))
    assert found(missing, 23, "warning")
    assert found(missing, 23, "error", strict_output=True)
    assert parse(missing).infos[0].expires is None


def test_rule_24_infos_may_end_at_different_times():
    later = _second_info(("<language>en", "<language>ru"), ("21:58", "22:58"), ("Missiles are flying.", "Ракеты."))
    assert found(later, 24, "warning", strict_output=True)
    assert not found(later, 24, "error", strict_output=True)


def test_rule_25_headline_and_instruction():
    assert found(spoiled(("Take shelter", "x" * 161)), 25, "warning")
    assert found(spoiled(("Take shelter", "Missiles are flying.")), 25, "warning")
    assert found(spoiled(("Go to the nearest shelter.", "Missiles are flying.")), 25, "warning")
    assert found(spoiled(("Missiles are flying.", "x" * 1396)), 25, "warning")
    mute = spoiled(("<instruction>Go to the nearest shelter.</instruction>", ""))
    assert not found(mute, 25)
    assert found(mute, 25, "error", strict_output=True)
    with pytest.raises(Invalid, match="Rule 25"):
        to_xml(with_info(instruction=None))


@pytest.mark.parametrize("bad", ["&lt;b&gt;Run&lt;/b&gt;", "a&amp;nbsp;b", "<![CDATA[Run]]>", "Run&#x85;&#x9b;"])
def test_rule_26_plain_text_only(bad):
    assert found(spoiled(("Missiles are flying.", bad)), 26, "error", strict_output=True)


@pytest.mark.parametrize("code", [0x00, 0x07, 0x1B, 0x7F, 0x9B, 0xFFFE, 0xD800])
def test_rule_26_control_characters_are_refused_in_any_text(code):
    for alert in (with_info(headline=f"Run{chr(code)}now"), with_alert(note=chr(code)), with_alert(codes=(chr(code),))):
        with pytest.raises(Invalid, match="Rule 26") as refusal:
            to_xml(alert)
        assert refusal.value.code == "TOC-3003"
        assert refusal.value.remedy


def test_rule_26_composed_and_decomposed_text_is_kept_as_it_is():
    for text in ("Виїзд Київ", "й й", "e\u0301é", "a < b & c > d", "line\nline\ttab"):
        assert parse(to_xml(with_info(description=text))).infos[0].description == text


def test_rule_27_web_is_absolute():
    for bad in ("www.city.example", "/alerts", "https://a b"):
        assert found(spoiled(("</instruction>", f"</instruction><web>{bad}</web>")), 27, "error", strict_output=True)
    assert not found(spoiled(("</instruction>", "</instruction><web>https://city.example/a</web>")), 27)


def test_rule_28_pairs_have_a_name_and_a_value():
    pair = "</instruction><parameter><valueName>{}</valueName><value>{}</value></parameter>"
    assert found(spoiled(("</instruction>", pair.format("", "x"))), 28, "error")
    assert found(spoiled(("</instruction>", pair.format("x", ""))), 28, "warning")
    assert found(spoiled(("</instruction>", pair.format("x", ""))), 28, "error", strict_output=True)
    assert parse(spoiled(("</instruction>", pair.format("x", "")))).infos[0].parameters[0].value == ""


def _resource(parts: str) -> bytes:
    return spoiled(("</instruction>", f"</instruction><resource>{parts}</resource>"))


def test_rule_29_resources():
    head = "<resourceDesc>map</resourceDesc><mimeType>image/png</mimeType>"
    assert found(_resource("<resourceDesc>map</resourceDesc>"), 29, "error")
    assert found(_resource(head + "<size>-5</size>"), 29, "error")
    assert found(_resource(head + "<uri>map.png</uri>"), 29, "warning")
    assert not found(_resource(head + "<uri>map.png</uri><derefUri>AAEC</derefUri>"), 29)
    assert found(_resource(head + "<derefUri>%%%</derefUri>"), 29, "error")
    right = "<digest>0c7a623fd2bbc05b06423be359e4021d36e721ad</digest>"
    assert not found(_resource(head + "<derefUri>AAEC</derefUri>" + right), 29)
    assert found(_resource(head + "<derefUri>AAED</derefUri>" + right), 29, "warning")
    assert found(_resource(head + "<digest>abc</digest>"), 29, "error", strict_output=True)


@pytest.mark.parametrize("name", ["ipaws", "cap-cp", "cap-au", "meteoalarm", "google"])
def test_rule_44_profiles_are_found_in_their_folder(name):
    assert name in profile_titles()
    expected = [] if name == "google" else [44]
    data = spoiled()
    assert sorted({f.rule for f in check(data, profile=name) if f.severity == "error"}) == expected


def test_rule_44_ipaws_asks_for_same_codes():
    data = spoiled(
        ("</scope>", "</scope><code>IPAWSv1.0</code>"),
        ("</certainty>", "</certainty><eventCode><valueName>SAME</valueName><value>CAE</value></eventCode>"),
        ("</polygon>", "</polygon><geocode><valueName>SAME</valueName><value>006109</value></geocode>"),
    )
    assert not found(data, 44, profile="ipaws")
    assert found(data.replace(b"006109", b"6109"), 44, profile="ipaws")


def test_rule_44_an_unknown_profile_is_refused():
    with pytest.raises(Invalid, match="no profile"):
        check(spoiled(), profile="mars")


def test_check_files_gives_the_documented_form():
    answer = check_files([("good.xml", spoiled()), ("bad.xml", b"<alert/>"), ("none.xml", b"")])
    assert [entry["ok"] for entry in answer] == [True, False, False]
    assert answer[0] == {"file": "good.xml", "ok": True, "findings": []}
    for entry in answer[1:]:
        for finding in entry["findings"]:
            assert set(finding) == {"rule", "path", "message", "severity"}
            assert finding["severity"] in ("error", "warning")
