"""German."""

MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
DATE = "{day}. {month}"
WHEN = "{date}, {clock} Uhr"
ON_DAY = "{date}"
AROUND = "um den {date}"
AND = "und"
NOBODY = "keine"

SAY = {
    "warning_issued": "{when}: {source} warnte für {areas}: „{headline}“",
    "instruction": "Was zu tun ist, wie es gesagt wurde: „{instruction}“",
    "warning_updated": "{when}: {source} änderte die Warnung für {areas}: „{headline}“",
    "warning_partly_cleared": "{when}: Die Warnung endete für {areas}; anderswo galt sie weiter",
    "warning_ended": "{when}: Die Warnung für {areas} endete: {end}",
    "sirens_sounded": "{when}: Sirenen, die ihren eigenen Ton gemessen haben: {count}; für {areas}",
    "incident": "{when}: in die Aufzeichnung eingetragen: {incident}{area}",
    "claim": "Nach Angaben von {source}{cites} ({when}): {said}{about}",
    "quote": "im Wortlaut der Quelle{tongue}: „{wording}“",
    "evidence": "Mit dieser Seite veröffentlicht: {kind}, {alt}",
    "weather": "{when}: Außentemperatur {temperature}, nach Angaben von {source}",
    "repair": "Wohnungen, die gegen die Kälte zu schließen sind, Stand {when}: {waiting} warten, {done} geschlossen",
    "tally": "{subject}{about}: {wording}. Berichtete Spanne aus Angaben: {count}; Regel {rule}; {status}",
    "conflict": (
        "„{one}“ ({one_when}) und „{other}“ ({other_when}) sind vielleicht dasselbe Ereignis. Die "
        "Aufzeichnung behält beide und verbindet nichts"
    ),
    "streak": "{source} sprach von {claimed} Tagen in Folge bis zum {day}. Aufgezeichnet bis zu diesem Tag: {recorded}",
    "missing": "nichts ist aufgezeichnet für {days}",
    "unclear": "über {days} lässt sich nichts sagen",
    "agrees": "die Aufzeichnung stimmt überein",
    "streaks": (
        "Tage in Folge bis zum {day}, aufgezeichnet: mit Warnungen {warnings}, mit bestätigten "
        "Einschlägen {impacts}, mit Opfern {casualties}"
    ),
    "distance": (
        "{source} nannte {said} bis zur Grenze. Entlang der Geodäte berechnet: {nearest} km vom Rand "
        "von {area}, {centre} km von der Mitte"
    ),
}
CITES = ", unter Berufung auf {attribution}"
ABOUT = " — {incident}"
IN_AREA = ", {area}"
TONGUE = " (auf {language})"
PRINTED = "mit dem Stempel „{printed}“, Zeitzone nicht genannt"
NOT_QUOTED = "eine Aussage, die hier nicht zitiert wird"
UNVERIFIED = "Nicht überprüft"
UNVERIFIABLE = "Ließ sich nicht überprüfen"
RETRACTED = "Nicht aufrechterhalten: {reason}"
OUTSIDE = "Es geht um einen anderen Ort"
ATTRIBUTED = "Das ist eine Behauptung; die Aufzeichnung ergreift keine Partei"
SO_FAR = "{n} bisher"
GREY = "{n}, mit Tagen, über die sich nichts sagen lässt"
LEAST = "etwa {n}"

ENDS = {
    "all_clear": "Entwarnung",
    "cancelled": "widerrufen",
    "superseded": "eine andere Warnung trat an ihre Stelle",
    "expired": "ihre Zeit lief ab; niemand gab Entwarnung",
    "manual": "von Hand beendet",
    "imputed": "kein Ende wurde beobachtet",
}
UNITS = {"km": "km"}
DECIMAL = ","
TEMPERATURE = {"eq": "{n} °C", "lt": "unter {n} °C", "gt": "über {n} °C"}
SOURCES = {
    "official": "Behörden",
    "register": "einem Register",
    "hospital": "einem Krankenhaus",
    "police": "der Polizei",
    "sensor": "einem Sensor",
    "media": "Medien",
    "ngo": "einer Organisation",
    "witness": "einem Zeugen",
    "social": "sozialen Medien",
    "resident": "einem Bewohner",
    "unnamed": "einer ungenannten Quelle",
}
SUBJECTS = {
    "windows": "Zerbrochene Fenster",
    "flats": "Beschädigte Wohnungen",
    "cars": "Beschädigte Autos",
    "buildings": "Beschädigte Gebäude",
    "houses": "Beschädigte Häuser",
    "killed": "Getötete",
    "injured": "Verletzte",
    "wounded": "Verwundete",
    "missing": "Vermisste",
    "in_hospital": "Im Krankenhaus",
    "evacuated": "Evakuierte",
    "interceptions": "Abgeschossen",
    "fires": "Brände",
    "roofs": "Beschädigte Dächer",
    "streak_days": "Tage in Folge",
    "flats_without_heat": "Wohnungen ohne Heizung",
    "houses_without_heat": "Häuser ohne Heizung",
}
CATEGORIES = {"child": "Kinder", "civilian": "Zivilpersonen"}
EVIDENCE = {"photo": "ein Foto", "video": "ein Video", "document": "ein Dokument"}
TONGUES = {"en": "Englisch", "ru": "Russisch", "uk": "Ukrainisch", "de": "Deutsch"}
TITLE = "{city}: {date} {year}"
FOOT = "Allein aus der Aufzeichnung geschrieben, bis Eintrag {as_of}. In Klammern: Einträge des Ledgers."
WITHDRAWN = "Diese Seite wurde zurückgezogen: {reason}"
EMPTY = "Für diesen Tag ist nichts aufgezeichnet."
TOLD = {
    "bulletin": "Die Chronik vom {day}: ein Bericht wurde veröffentlicht",
    "correction": "Die Chronik vom {day}: eine Berichtigung wurde veröffentlicht",
    "revision": "Die Chronik vom {day}: die Worte der Redaktion wurden geändert",
    "withdrawal": "Die Chronik vom {day}: die Seite wurde zurückgezogen",
}
