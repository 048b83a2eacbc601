"""English."""

WORDS = {
    "test": "TEST. This only tries the channel. There is no danger.",
    "demo": "DEMONSTRATION. Nothing of this is real.",
    "now": "What holds now: {link}",
    "cap": "Signed message (CAP): {link}",
    "more": "The whole page: {link}",
    "why": "You asked {sender} to be told of this.",
    "leave": "To stop it: {link}",
    "confirm_subject": "Please confirm: warnings from {sender}",
    "confirm_body": (
        "Somebody, you it seems, asked {sender} to write to this address.\n\n"
        "To begin, open this page and press the button:\n{link}\n\n"
        "If it was not you, do nothing: without the button nothing is ever sent, and the address is "
        "forgotten after 48 hours."
    ),
    "already_subject": "You follow {sender} already",
    "already_body": (
        "Somebody, you it seems, asked {sender} to write to this address. It does so already.\n\n"
        "To change or to stop it, open this page:\n{link}"
    ),
}
