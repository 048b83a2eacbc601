"""German."""

WORDS = {
    "test": "TEST. Hier wird nur der Kanal erprobt. Es besteht keine Gefahr.",
    "demo": "VORFÜHRUNG. Nichts davon ist wirklich.",
    "now": "Was jetzt gilt: {link}",
    "cap": "Signierte Meldung (CAP): {link}",
    "more": "Die ganze Seite: {link}",
    "why": "Sie haben {sender} gebeten, Ihnen dies mitzuteilen.",
    "leave": "Zum Abbestellen: {link}",
    "confirm_subject": "Bitte bestätigen: Warnungen von {sender}",
    "confirm_body": (
        "Jemand, vermutlich Sie, hat {sender} gebeten, an diese Adresse zu schreiben.\n\n"
        "Öffnen Sie zum Beginn diese Seite und drücken Sie den Knopf:\n{link}\n\n"
        "Waren Sie es nicht, tun Sie nichts: Ohne den Knopf wird nie etwas gesendet, und die Adresse "
        "wird nach 48 Stunden vergessen."
    ),
    "already_subject": "Sie folgen {sender} bereits",
    "already_body": (
        "Jemand, vermutlich Sie, hat {sender} gebeten, an diese Adresse zu schreiben. Das geschieht "
        "bereits.\n\n"
        "Öffnen Sie zum Ändern oder Beenden diese Seite:\n{link}"
    ),
}
