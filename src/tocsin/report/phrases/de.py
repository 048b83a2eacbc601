"""German."""

from functools import lru_cache

from tocsin.report.phrases._language import Language, bounds, table, words

_SMALL = words(
    (0, "null"),
    (1, "ein eins eine einen einem einer eines"),
    (2, "zwei zwo zweien"),
    (3, "drei dreien"),
    (4, "vier vieren"),
    (5, "fünf"),
    (6, "sechs"),
    (7, "sieben"),
    (8, "acht"),
    (9, "neun"),
    (10, "zehn"),
    (11, "elf"),
    (12, "zwölf"),
    (16, "sechzehn"),
    (17, "siebzehn"),
    *((10 + unit, f"{word}zehn") for unit, word in ((3, "drei"), (4, "vier"), (5, "fünf"), (8, "acht"), (9, "neun"))),
)
_TENS = words(
    (20, "zwanzig"),
    (30, "dreißig dreissig"),
    (40, "vierzig"),
    (50, "fünfzig"),
    (60, "sechzig"),
    (70, "siebzig"),
    (80, "achtzig"),
    (90, "neunzig"),
)
_UNITS = ("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")


@lru_cache(maxsize=1024)
def _below_hundred(word: str) -> int | None:
    if word in _SMALL or word in _TENS:
        return _SMALL.get(word, _TENS.get(word))
    unit, joined, ten = word.partition("und")
    return _UNITS.index(unit) + 1 + _TENS[ten] if joined and unit in _UNITS and ten in _TENS else None


def _fused(word: str) -> int | None:
    """``zweitausenddreihundertfünfundzwanzig`` and everything shorter."""
    total = 0
    for name, scale in (("tausend", 1000), ("hundert", 100)):
        many, found, rest = word.partition(name)
        if found:
            count = 1 if not many else _fused(many)
            if count is None or not 0 < count < 1000 or (scale == 100 and count > 9):
                return None
            total, word = total + count * scale, rest.removeprefix("und") if rest.startswith("und") else rest
            if not word:
                return total
    rest_value = _below_hundred(word)
    return None if rest_value is None else total + rest_value


LANGUAGE = Language(
    tag="de",
    grouping=". \u00a0\u202f'",
    numbers={**_SMALL, **_TENS},
    scales={"dutzend": 12, "hundert": 100, "tausend": 1000, "million": 1_000_000, "millionen": 1_000_000},
    fused=_fused,
    before=bounds(
        {
            "ge": ("mindestens", "wenigstens", "zumindest", "nicht weniger als", "minimal"),
            "gt": ("mehr als", "über"),
            "le": ("höchstens", "maximal", "nicht mehr als", "bis zu"),
            "lt": ("weniger als", "unter"),
            "approx": ("etwa", "rund", "ungefähr", "circa", "ca", "ca .", "zirka", "fast", "knapp", "an die", "~"),
            "eq": ("genau", "exakt", "insgesamt"),
        }
    ),
    after=bounds({"ge": ("oder mehr", "und mehr", "+"), "le": ("oder weniger",)}),
    ranges=(("zwischen", "und"), ("von", "bis"), ("", "bis"), ("", "oder"), ("", "-")),
    vague=table(
        {
            "several": "mehrere mehreren mehrerer einige einigen",
            "dozens": "dutzende dutzenden",
            "hundreds": "hunderte hunderten",
            "thousands": "tausende tausenden",
        }
    ),
    nothing=frozenset({"nicht einer", "kein", "keine", "keinen", "keiner", "niemand"}),
    no_count=frozenset({"angaben", "informationen", "daten", "berichte", "meldungen", "bestätigung", "nachrichten"}),
    spoils=frozenset({"anderthalb", "eineinhalb", "halb", "halbe", "hälfte", "prozent"}),
    fillers=frozenset({"die", "der", "das", "von"}),
    breaks=frozenset({"und", "aber", "sowie", "während"}),
    subjects={
        "mehrfamilienh(?:aus|äusern?)|wohnblocks?|hochh(?:aus|äusern?)": "houses",
        "fenster\\w*": "windows",
        "wohnung(?:en)?": "flats",
        "autos?|fahrzeuge?n?|pkws?": "cars",
        "gebäuden?|bauten": "buildings",
        "haus|häusern?|wohnh(?:aus|äusern?)": "houses",
        "tot|toten?|toter|getötete?[nr]?|todesopfern?|gestorben\\w*|starben|starb": "killed",
        "verletzte?[nr]?|verwundete?[nr]?": "injured",
        "vermisste?[nr]?": "missing",
        "hospitalisierte?[nr]?": "in_hospital",
        "i(?:m|ns) krankenhaus": "in_hospital",
        "in krankenhäusern?": "in_hospital",
        "evakuierte?[nr]?": "evacuated",
        "abgefangene?[nr]?|abgefangen|abgeschossen\\w*|abschuss|abschüssen?": "interceptions",
        "brand|brände|bränden|feuer": "fires",
        "dach|dächern?": "roofs",
        "tag(?:en?)? in folge": "streak_days",
    },
    weak={
        "menschen|mensch|personen|person|leute|zivilisten|zivilist|bewohnern?|kindern?|kind": ("people", ""),
        "raketen?": ("rockets", ""),
        "drohnen?": ("drones", ""),
        "km|kilometern?": ("", "km"),
    },
    categories={"zivilisten|zivilist|zivilpersonen": "civilian", "kindern?|kind|minderjährige\\w*": "child"},
    without={
        "ohne (?:heizung|wärme)": "heat",
        "ohne strom": "power",
        "ohne wasser": "water",
    },
    forms={
        "windows": ("Fenster", "Fenster"),
        "flats": ("Wohnung", "Wohnungen"),
        "cars": ("Auto", "Autos"),
        "buildings": ("Gebäude", "Gebäude"),
        "houses": ("Haus", "Häuser"),
        "killed": ("Toter", "Tote"),
        "injured": ("Verletzter", "Verletzte"),
        "missing": ("Vermisster", "Vermisste"),
        "in_hospital": ("Mensch im Krankenhaus", "Menschen im Krankenhaus"),
        "evacuated": ("Evakuierter", "Evakuierte"),
        "interceptions": ("Abschuss", "Abschüsse"),
        "fires": ("Brand", "Brände"),
        "roofs": ("Dach", "Dächer"),
        "people": ("Mensch", "Menschen"),
        "streak_days": ("Tag in Folge", "Tage in Folge"),
        "flats_without_heat": ("Wohnung ohne Heizung", "Wohnungen ohne Heizung"),
        "houses_without_heat": ("Haus ohne Heizung", "Häuser ohne Heizung"),
    },
    agree=lambda n, _governed: int(n != 1),
    said={
        "eq": "{n}",
        "ge": "mindestens {n}",
        "gt": "mehr als {n}",
        "le": "höchstens {n}",
        "lt": "weniger als {n}",
        "approx": "etwa {n}",
        "range": "{n} bis {n2}",
        "said": "",
    },
    tally={
        "unknown": "Zahl unbekannt",
        "differ": "{best} (Quellen uneins: {low} bis {high})",
        "unverified": "{text} (unbestätigt)",
        "up_to": "{text} (unbestätigt: bis zu {high})",
    },
    status={
        "unknown": "nichts bekannt",
        "discounted": "die einzige Quelle ist unglaubwürdig",
        "unverified": "unbestätigt",
        "single-source": "eine Quelle",
        "corroborated": "mehrere Quellen stimmen überein",
        "contested": "Quellen uneins",
    },
)
