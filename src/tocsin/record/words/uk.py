"""Ukrainian."""

MONTHS = (
    "січня",
    "лютого",
    "березня",
    "квітня",
    "травня",
    "червня",
    "липня",
    "серпня",
    "вересня",
    "жовтня",
    "листопада",
    "грудня",
)
DATE = "{day} {month}"
WHEN = "{date}, {clock}"
ON_DAY = "{date}"
AROUND = "близько {date}"
AND = "і"
NOBODY = "немає"

SAY = {
    "warning_issued": "{when}: {source} — оголошено попередження ({areas}): «{headline}»",
    "instruction": "Що робити, як було сказано: «{instruction}»",
    "warning_updated": "{when}: {source} — попередження змінено ({areas}): «{headline}»",
    "warning_partly_cleared": "{when}: попередження знято ({areas}); в інших місцях воно діяло далі",
    "warning_ended": "{when}: попередження завершено ({areas}): {end}",
    "sirens_sounded": "{when}: сирени, що виміряли власний звук: {count}; {areas}",
    "incident": "{when}: внесено до запису: {incident}{area}",
    "claim": "За даними: {source}{cites} ({when}) — {said}{about}",
    "quote": "дослівно{tongue}: «{wording}»",
    "evidence": "Опубліковано з цією сторінкою: {kind}, {alt}",
    "weather": "{when}: температура надворі {temperature}, за даними: {source}",
    "repair": "Квартири, які треба закрити від холоду, станом на {when}: чекають — {waiting}, закрито — {done}",
    "tally": "{subject}{about}: {wording}. Діапазон за повідомленнями, повідомлень: {count}; правило {rule}; {status}",
    "conflict": (
        "«{one}» ({one_when}) і «{other}» ({other_when}) — можливо, та сама подія. Запис зберігає "
        "обидві й нічого не об’єднує"
    ),
    "streak": "{source} повідомляє: {claimed} дн. поспіль по {day}. У записі по цей день: {recorded}",
    "missing": "нічого не записано за {days}",
    "unclear": "про дні {days} нічого сказати не можна",
    "agrees": "запис збігається",
    "streaks": (
        "Днів поспіль по {day} у записі: з попередженнями — {warnings}, з підтвердженими влучаннями — "
        "{impacts}, з постраждалими — {casualties}"
    ),
    "distance": (
        "{source} вказує {said} до кордону. Обчислено за геодезичною лінією: {nearest} км від краю "
        "({area}), {centre} км від середини"
    ),
}
CITES = ", з посиланням на: {attribution}"
ABOUT = " — {incident}"
IN_AREA = ", {area}"
TONGUE = " (мова: {language})"
PRINTED = "з позначкою «{printed}», часовий пояс не вказано"
NOT_QUOTED = "заява, яку тут не наведено"
UNVERIFIED = "Не перевірено"
UNVERIFIABLE = "Перевірити не вдалося"
RETRACTED = "Не підтвердилося: {reason}"
OUTSIDE = "Ідеться про інше місце"
ATTRIBUTED = "Це твердження джерела; запис не стає ні на чий бік"
SO_FAR = "{n} (день не закінчився)"
GREY = "{n}, є дні без даних"
LEAST = "близько {n}"

ENDS = {
    "all_clear": "відбій",
    "cancelled": "скасовано",
    "superseded": "його замінило інше попередження",
    "expired": "минув строк; відбою ніхто не давав",
    "manual": "завершено вручну",
    "imputed": "кінця ніхто не спостерігав",
}
UNITS = {"km": "км"}
DECIMAL = ","
TEMPERATURE = {"eq": "{n} °C", "lt": "нижче {n} °C", "gt": "вище {n} °C"}
SOURCES = {
    "official": "офіційні особи",
    "register": "реєстр",
    "hospital": "лікарня",
    "police": "поліція",
    "sensor": "датчик",
    "media": "ЗМІ",
    "ngo": "організація",
    "witness": "очевидець",
    "social": "соціальні мережі",
    "resident": "мешканець",
    "unnamed": "неназване джерело",
}
SUBJECTS = {
    "windows": "Вибито вікон",
    "flats": "Пошкоджено квартир",
    "cars": "Пошкоджено автомобілів",
    "buildings": "Пошкоджено будівель",
    "houses": "Пошкоджено будинків",
    "killed": "Загиблі",
    "injured": "Постраждалі",
    "wounded": "Поранені",
    "missing": "Зниклі безвісти",
    "in_hospital": "У лікарні",
    "evacuated": "Евакуйовано",
    "interceptions": "Збито",
    "fires": "Пожежі",
    "roofs": "Пошкоджено дахів",
    "streak_days": "Днів поспіль",
    "flats_without_heat": "Квартири без опалення",
    "houses_without_heat": "Будинки без опалення",
}
CATEGORIES = {"child": "діти", "civilian": "цивільні"}
EVIDENCE = {"photo": "світлина", "video": "відео", "document": "документ"}
TONGUES = {"en": "англійська", "ru": "російська", "uk": "українська", "de": "німецька"}
TITLE = "{city}: {date} {year} року"
FOOT = "Написано лише за записом, до рядка {as_of}. У дужках — рядки журналу."
WITHDRAWN = "Цю сторінку відкликано: {reason}"
EMPTY = "За цей день нічого не записано."
TOLD = {
    "bulletin": "Літопис за {day}: опубліковано зведення",
    "correction": "Літопис за {day}: опубліковано виправлення",
    "revision": "Літопис за {day}: змінено текст редакції",
    "withdrawal": "Літопис за {day}: сторінку відкликано",
}
