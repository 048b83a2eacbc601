"""English."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DATE = "{day} {month}"
WHEN = "{date}, {clock}"
ON_DAY = "{date}"
AROUND = "around {date}"
AND = "and"
NOBODY = "none"

SAY = {
    "warning_issued": "{when}: {source} issued a warning for {areas}: “{headline}”",
    "instruction": "What to do, as it was said: “{instruction}”",
    "warning_updated": "{when}: {source} changed the warning for {areas}: “{headline}”",
    "warning_partly_cleared": "{when}: the warning ended for {areas}; it stayed in force elsewhere",
    "warning_ended": "{when}: the warning for {areas} ended: {end}",
    "sirens_sounded": "{when}: sirens that measured their own sound: {count}; for {areas}",
    "incident": "{when}: entered in the record: {incident}{area}",
    "claim": "According to {source}{cites} ({when}): {said}{about}",
    "quote": "in the words of the source{tongue}: “{wording}”",
    "evidence": "Published with this page: {kind}, {alt}",
    "weather": "{when}: outside temperature {temperature}, according to {source}",
    "repair": "Flats to be closed against the cold, as of {when}: {waiting} waiting, {done} closed",
    "tally": "{subject}{about}: {wording}. Reported range from claims: {count}; rule {rule}; {status}",
    "conflict": (
        "“{one}” ({one_when}) and “{other}” ({other_when}) may be the same event. The record keeps both "
        "and joins nothing"
    ),
    "streak": "{source} spoke of {claimed} days in a row up to {day}. On record up to that day: {recorded}",
    "missing": "nothing is recorded for {days}",
    "unclear": "of {days} nobody can say",
    "agrees": "the record agrees",
    "streaks": (
        "Days in a row up to {day}, on record: with warnings {warnings}, with confirmed impacts "
        "{impacts}, with casualties {casualties}"
    ),
    "distance": (
        "{source} gave {said} to the border. Computed along the geodesic: {nearest} km from the edge of "
        "{area}, {centre} km from its middle"
    ),
}
CITES = ", citing {attribution}"
ABOUT = " — {incident}"
IN_AREA = ", {area}"
TONGUE = " (in {language})"
PRINTED = "stamped “{printed}”, zone not stated"
NOT_QUOTED = "a statement that is not quoted here"
UNVERIFIED = "Not verified"
UNVERIFIABLE = "Could not be verified"
RETRACTED = "Not upheld: {reason}"
OUTSIDE = "It is about another place"
ATTRIBUTED = "This is a claim; the record takes no side"
SO_FAR = "{n} so far"
GREY = "{n}, with days of which nobody can say"
LEAST = "about {n}"

ENDS = {
    "all_clear": "all clear",
    "cancelled": "cancelled",
    "superseded": "another warning took its place",
    "expired": "its time ran out; nobody gave an all clear",
    "manual": "ended by hand",
    "imputed": "no end was seen",
}
UNITS = {"km": "km"}
DECIMAL = "."
TEMPERATURE = {"eq": "{n} °C", "lt": "below {n} °C", "gt": "above {n} °C"}
SOURCES = {
    "official": "officials",
    "register": "a register",
    "hospital": "a hospital",
    "police": "the police",
    "sensor": "a sensor",
    "media": "media",
    "ngo": "an organisation",
    "witness": "a witness",
    "social": "social media",
    "resident": "a resident",
    "unnamed": "an unnamed source",
}
SUBJECTS = {
    "windows": "Windows broken",
    "flats": "Flats damaged",
    "cars": "Cars damaged",
    "buildings": "Buildings damaged",
    "houses": "Houses damaged",
    "killed": "Killed",
    "injured": "Injured",
    "wounded": "Wounded",
    "missing": "Missing",
    "in_hospital": "In hospital",
    "evacuated": "Evacuated",
    "interceptions": "Shot down",
    "fires": "Fires",
    "roofs": "Roofs damaged",
    "streak_days": "Days in a row",
    "flats_without_heat": "Flats without heat",
    "houses_without_heat": "Houses without heat",
}
CATEGORIES = {"child": "children", "civilian": "civilians"}
EVIDENCE = {"photo": "a photograph", "video": "a video", "document": "a document"}
TONGUES = {"en": "English", "ru": "Russian", "uk": "Ukrainian", "de": "German"}
TITLE = "{city}: {date} {year}"
FOOT = "Written from the record alone, up to entry {as_of}. In brackets: entries of the ledger."
WITHDRAWN = "This page was withdrawn: {reason}"
EMPTY = "Nothing is on record for this day."
TOLD = {
    "bulletin": "The record of {day}: a bulletin was published",
    "correction": "The record of {day}: a correction was published",
    "revision": "The record of {day}: an editor's words were changed",
    "withdrawal": "The record of {day}: the page was withdrawn",
}
