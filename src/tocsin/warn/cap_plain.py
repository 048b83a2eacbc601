"""Messages that are their own canonical form, as those that Tocsin writes are: no tree need be built to sign them."""

from __future__ import annotations

import re
from xml.parsers import expat

from tocsin.warn.cap_xml import MAX_CHILDREN, MAX_OWN_BYTES, NS

# One name space, no attribute, comment, instruction or empty tag, no carriage return, and in the text exactly the
# escapes that exclusive canonicalisation writes: nothing is left for it to change but the line above and the one below.
_PLAIN = re.compile(
    rb'<\?xml version="1\.0" encoding="UTF-8"\?>\n'
    rb'(<alert xmlns="' + re.escape(NS.encode()) + rb'">(?:[^<>&\r]++|</?[A-Za-z]++>|&(?:amp|lt|gt);)*+)\n?\Z'
)


def plain(unsigned: bytes) -> bytes | None:
    """The exclusive canonical form (without comments) of a whole message, where it is the message itself; None where it
    is another or there is none, which is for a parser to say.
    """
    narrow = len(unsigned) <= MAX_OWN_BYTES and unsigned.count(b"</") < MAX_CHILDREN
    found = _PLAIN.match(unsigned) if narrow else None
    if found is None:
        return None
    try:
        expat.ParserCreate().Parse(unsigned, True)
    except expat.ExpatError:
        return None
    return found[1].rstrip(b" \t\n")
