"""The 44 rules by number: what each asks, where it is decided, and what to do when it is broken.

``docs/reference/cap-rules.md`` is this table; a test keeps the two equal.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Where = Literal["one message", "several messages", "feed", "reader", "writer", "profile"]


class Rule(NamedTuple):
    """One rule."""

    title: str
    where: Where
    how: str
    remedy: str


_ORDER = "Write the elements in the order of the standard; `tocsin cap check` names the first that is out of place."
_TIME = "Write times like 2024-01-04T20:58:00+03:00, in UTC -00:00."

RULES: dict[int, Rule] = {
    1: Rule(
        "The root is `alert` of CAP 1.2; CAP 1.0 and 1.1 are named and refused",
        "reader",
        "`cap_xml.alert_root`",
        "Send CAP 1.2.",
    ),
    2: Rule(
        "UTF-8 is written; ISO-8859-1 and relatives are read when declared",
        "one message",
        "declared encoding; other encodings are refused unread",
        "Save the message in UTF-8.",
    ),
    3: Rule(
        "Required elements once each, in the order of the schema",
        "one message",
        "own schema `cap12.xsd`, then presence",
        _ORDER,
    ),
    4: Rule(
        "`identifier` without space, comma, `<`, `&`; never used twice",
        "one message",
        "characters; uniqueness comes from ULIDs and is a test",
        "Use letters, digits, dots and hyphens.",
    ),
    5: Rule(
        "`sender` without space, comma, `<`, `&`, kept verbatim",
        "one message",
        "characters",
        "Use a domain name, an e-mail address or a URI.",
    ),
    6: Rule("Times to the second with numeric offset; UTC is `-00:00`", "one message", "each time element", _TIME),
    7: Rule(
        "Identity is (sender, identifier, sent), `sent` as an instant, its text kept",
        "several messages",
        "`identity`, `deduplicated`: one message cannot be its own copy",
        "Keep the first copy.",
    ),
    8: Rule(
        "Republishing changes neither identity nor bytes",
        "several messages",
        "two versions are needed; the ledger stores bytes, `to_xml` is deterministic, `unsigned_of` gives them back",
        "Serve the stored bytes.",
    ),
    9: Rule(
        "`status` of the list; `Draft` never leaves; an exercise names itself in `note` and never claims to be real",
        "one message",
        "values and texts; only Actual enters `active` and the feed",
        "Set status to what it is; name the exercise in note.",
    ),
    10: Rule(
        "`msgType` of the list, never taken for Alert when unknown",
        "one message",
        "value; the reader refuses the message",
        "Use Alert, Update, Cancel, Ack or Error.",
    ),
    11: Rule(
        "Restricted ↔ `restriction`, Private ↔ `addresses`",
        "one message",
        "presence of each",
        "Say to whom, or make it Public.",
    ),
    12: Rule(
        "`addresses` and `incidents`: white space between items, double quotes around spaces",
        "one message",
        "quotes; property test of the round trip",
        "Quote items that hold spaces.",
    ),
    13: Rule(
        "`references`: whole triples, older, not itself; Update, Cancel, Ack and Error have one",
        "one message",
        "each triple",
        "Write sender,identifier,sent of every message that is meant, with spaces between.",
    ),
    14: Rule(
        "Update and Cancel list every unexpired message of the chain",
        "several messages",
        "`missing_references`: the chain is not in the message",
        "Add the references that are missing.",
    ),
    15: Rule(
        "Update supersedes, Cancel ends, in any order of arrival",
        "several messages",
        "`active`, `withdrawn`",
        "Fold all messages together.",
    ),
    16: Rule(
        "A Cancel may lack `info`; ours says why",
        "one message",
        "read without info; a hint on output",
        "Add an info that says why.",
    ),
    17: Rule("`code` any number of times, unknown ones kept", "one message", "kept by the reader", "Leave it out."),
    18: Rule(
        "Empty optional elements are left out",
        "one message",
        "every leaf",
        "Leave the element out.",
    ),
    19: Rule("At least one `category` of the list, and an `event`", "one message", "values", "Choose a category."),
    20: Rule(
        "`urgency`, `severity`, `certainty`: one legal value each",
        "one message",
        "values; `Very Likely` gets the hint `Likely`; an all-clear is Past",
        "Choose a value of the list.",
    ),
    21: Rule(
        "`responseType` of the list; Assess is not public", "one message", "values", "Choose a value of the list."
    ),
    22: Rule(
        "`language` is a tag; other languages are translations with the same facts",
        "one message",
        "tag, then category, eventCode and times across infos, and copied texts",
        "Use a tag such as ru or en-GB; translate words only.",
    ),
    23: Rule(
        "`expires` after `sent` and `effective`; required in what we write",
        "one message",
        "order of instants",
        "Set expires after sent and effective.",
    ),
    24: Rule(
        "The message is active while any info is",
        "several messages",
        "`expires_at`, `active`: needs the present; a hint when infos differ",
        "Give all infos one end, or mean it.",
    ),
    25: Rule(
        "Headline to 160 characters; texts are no copies; a warning has an instruction",
        "one message",
        "lengths and equality; instruction on output (lesson R9)",
        "Say in instruction what people should do.",
    ),
    26: Rule(
        "No HTML, no entities but XML's, no CDATA, no control characters; NFC kept",
        "one message",
        "every text",
        "Write plain text.",
    ),
    27: Rule("`web` is an absolute URI", "one message", "value", "Write https://… in full."),
    28: Rule("`eventCode` and `parameter` are name and value", "one message", "pairs", "Give both name and value."),
    29: Rule(
        "A resource has `resourceDesc` and `mimeType`; uri, derefUri, size and digest fit",
        "one message",
        "values; the digest is computed again",
        "Describe the resource and correct its digest.",
    ),
    30: Rule(
        "`areaDesc` required; the area is the union of its shapes and codes",
        "one message",
        "presence; union is how `target` reads it",
        "Name the area and draw it.",
    ),
    31: Rule(
        "Polygons: lat,lon pairs, closed, four or more, in range, not crossing, no holes",
        "one message",
        "every polygon",
        "Close the ring, write latitude first, split the area instead of cutting a hole.",
    ),
    32: Rule(
        "Latitude and longitude are not swapped",
        "one message",
        "against the city's box, or the other areas of the message",
        "Swap the numbers: latitude comes first.",
    ),
    33: Rule(
        "Circles: lat,lon radius in kilometres, drawn on the globe",
        "one message",
        "values; `circle_polygon`",
        "Write e.g. 50.1,36.2 15.",
    ),
    34: Rule(
        "Geocodes are never dropped; codes alone are legal",
        "one message",
        "pairs; a hint when nothing is drawn",
        "Give both valueName and value.",
    ),
    35: Rule("`ceiling` only with a lower `altitude`, in feet", "one message", "numbers", "Give both heights in feet."),
    36: Rule(
        "Antimeridian and poles do not crash; large polygons are simplified outward",
        "one message",
        "counts; `simplify_outward`",
        "Simplify outward to 100 corners.",
    ),
    37: Rule(
        "Enveloped XML-DSig, last child; changed white space breaks it",
        "one message",
        "shape and algorithms; white space",
        "Sign again and send the bytes unchanged.",
    ),
    38: Rule(
        "A bad signature is loud; trust comes from pinned certificates",
        "one message",
        "damage by the certificate inside; trust by `sign.verify` with pins",
        "Ask the sender for the original bytes.",
    ),
    39: Rule(
        "No DTD, entity, network; limits of size and depth; no wrapping",
        "reader",
        "`cap_xml.load`; signatures in their place",
        "Send one plain alert, signed once.",
    ),
    40: Rule(
        "Reading and writing again changes nothing that was understood",
        "writer",
        "property test and every valid file of the corpus; not seen in a message",
        "Report the message as a fault of Tocsin.",
    ),
    41: Rule(
        "The feed holds every active alert and recent cancels, with stable ids",
        "feed",
        "`feed.current`, `feed.atom`; not in a message",
        "Publish all of them.",
    ),
    42: Rule(
        "An empty feed is valid and not a broken one", "feed", "`feed.atom`, `feed.parse_feed`", "Publish it empty."
    ),
    43: Rule(
        "Readers choose links by type; one bad entry stops no other",
        "feed",
        "`feed.parse_feed`",
        "Give links type application/cap+xml.",
    ),
    44: Rule(
        "Profiles are plug-ins",
        "profile",
        "one file of `cap_rules/profiles` each: the message must be asked about one",
        "Keep to the profile, or check without it.",
    ),
}

REMEDIES: dict[int, str] = {number: rule.remedy for number, rule in RULES.items()}
"""What to do when a rule is broken."""
