"""Russian."""

MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)
DATE = "{day} {month}"
WHEN = "{date}, {clock}"
ON_DAY = "{date}"
AROUND = "около {date}"
AND = "и"
NOBODY = "нет"

SAY = {
    "warning_issued": "{when}: {source} — объявлено предупреждение ({areas}): «{headline}»",
    "instruction": "Что делать, как было сказано: «{instruction}»",
    "warning_updated": "{when}: {source} — предупреждение изменено ({areas}): «{headline}»",
    "warning_partly_cleared": "{when}: предупреждение снято ({areas}); в других местах оно действовало дальше",
    "warning_ended": "{when}: предупреждение завершено ({areas}): {end}",
    "sirens_sounded": "{when}: сирены, измерившие собственный звук: {count}; {areas}",
    "incident": "{when}: внесено в запись: {incident}{area}",
    "claim": "По данным: {source}{cites} ({when}) — {said}{about}",
    "quote": "дословно{tongue}: «{wording}»",
    "evidence": "Опубликовано с этой страницей: {kind}, {alt}",
    "weather": "{when}: температура на улице {temperature}, по данным: {source}",
    "repair": "Квартиры, которые надо закрыть от холода, на {when}: ждут — {waiting}, закрыты — {done}",
    "tally": "{subject}{about}: {wording}. Диапазон по сообщениям, сообщений: {count}; правило {rule}; {status}",
    "conflict": (
        "«{one}» ({one_when}) и «{other}» ({other_when}) — возможно, одно и то же событие. Запись "
        "сохраняет оба и ничего не объединяет"
    ),
    "streak": "{source} сообщает: {claimed} дн. подряд по {day}. В записи по этот день: {recorded}",
    "missing": "ничего не записано за {days}",
    "unclear": "о днях {days} ничего сказать нельзя",
    "agrees": "запись совпадает",
    "streaks": (
        "Дней подряд по {day} в записи: с предупреждениями — {warnings}, с подтверждёнными попаданиями "
        "— {impacts}, с пострадавшими — {casualties}"
    ),
    "distance": (
        "{source} указывает {said} до границы. Вычислено по геодезической линии: {nearest} км от края "
        "({area}), {centre} км от середины"
    ),
}
CITES = ", со ссылкой на: {attribution}"
ABOUT = " — {incident}"
IN_AREA = ", {area}"
TONGUE = " (язык: {language})"
PRINTED = "с отметкой «{printed}», часовой пояс не указан"
NOT_QUOTED = "заявление, которое здесь не приводится"
UNVERIFIED = "Не проверено"
UNVERIFIABLE = "Проверить не удалось"
RETRACTED = "Не подтвердилось: {reason}"
OUTSIDE = "Речь идёт о другом месте"
ATTRIBUTED = "Это утверждение источника; запись не занимает ничьей стороны"
SO_FAR = "{n} (день не закончен)"
GREY = "{n}, есть дни без данных"
LEAST = "около {n}"

ENDS = {
    "all_clear": "отбой",
    "cancelled": "отменено",
    "superseded": "его заменило другое предупреждение",
    "expired": "истёк срок; отбоя никто не давал",
    "manual": "завершено вручную",
    "imputed": "конца никто не наблюдал",
}
UNITS = {"km": "км"}
DECIMAL = ","
TEMPERATURE = {"eq": "{n} °C", "lt": "ниже {n} °C", "gt": "выше {n} °C"}
SOURCES = {
    "official": "официальные лица",
    "register": "реестр",
    "hospital": "больница",
    "police": "полиция",
    "sensor": "датчик",
    "media": "СМИ",
    "ngo": "организация",
    "witness": "очевидец",
    "social": "социальные сети",
    "resident": "житель",
    "unnamed": "неназванный источник",
}
SUBJECTS = {
    "windows": "Выбито окон",
    "flats": "Повреждено квартир",
    "cars": "Повреждено автомобилей",
    "buildings": "Повреждено зданий",
    "houses": "Повреждено домов",
    "killed": "Погибшие",
    "injured": "Пострадавшие",
    "wounded": "Раненые",
    "missing": "Пропавшие без вести",
    "in_hospital": "В больнице",
    "evacuated": "Эвакуировано",
    "interceptions": "Сбито",
    "fires": "Пожары",
    "roofs": "Повреждено крыш",
    "streak_days": "Дней подряд",
    "flats_without_heat": "Квартиры без отопления",
    "houses_without_heat": "Дома без отопления",
}
CATEGORIES = {"child": "дети", "civilian": "гражданские лица"}
EVIDENCE = {"photo": "фотография", "video": "видео", "document": "документ"}
TONGUES = {"en": "английский", "ru": "русский", "uk": "украинский", "de": "немецкий"}
TITLE = "{city}: {date} {year} года"
FOOT = "Написано только по записи, до строки {as_of}. В скобках — строки журнала."
WITHDRAWN = "Эта страница отозвана: {reason}"
EMPTY = "За этот день ничего не записано."
TOLD = {
    "bulletin": "Летопись за {day}: опубликована сводка",
    "correction": "Летопись за {day}: опубликовано исправление",
    "revision": "Летопись за {day}: изменён текст редакции",
    "withdrawal": "Летопись за {day}: страница отозвана",
}
