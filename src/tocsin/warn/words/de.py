"""German."""

TAG = "de"
NAME = "Deutsch"
REVIEW = "draft, not reviewed by a native speaker"

TEXTS = {
    "word.drill": "ÜBUNG",
    "word.demo": "VORFÜHRUNG",
    "word.more": "und {n} weitere",
    "word.lead": "Zeit bis zur Deckung: etwa {seconds} s.",
    "word.lead_none": "Die Zeit reicht vielleicht nicht bis zu einem Schutzraum. Gehen Sie in die nächste Deckung.",
    "any.pre_alert.headline": "{title}: {areas}",
    "any.pre_alert.description": "{what} Wo: {areas}. Gilt bis {until} Uhr, falls nicht vorher Entwarnung kommt.",
    "any.pre_alert.instruction": "{do}",
    "any.pre_alert.short": "{title}: {areas}. {do_short} Bis {until} Uhr.",
    "any.pre_alert.spoken": "Achtung. {title}. Wo: {areas}. {do_short} Gilt bis {until} Uhr.",
    "any.alert.headline": "{title}: {areas}",
    "any.alert.description": "{what} Wo: {areas}. Gilt bis {until} Uhr, falls nicht vorher Entwarnung kommt.",
    "any.alert.instruction": "{do}",
    "any.alert.short": "{title}: {areas}. {do_short} Bis {until} Uhr.",
    "any.alert.spoken": "Achtung. {title}. Wo: {areas}. {do_short} Warten Sie auf die Entwarnung.",
    "any.update.headline": "Aktualisierung. {title}: {areas}",
    "any.update.description": "Die Warnung wurde geändert. {what} Wo: {areas}. "
    "Gilt bis {until} Uhr, falls nicht vorher Entwarnung kommt.",
    "any.update.instruction": "{do}",
    "any.update.short": "Aktualisierung. {title}: {areas}. {do_short} Bis {until} Uhr.",
    "any.update.spoken": "Achtung. Die Warnung wurde geändert. {title}. Wo: {areas}. {do_short}",
    "any.partial_clear.headline": "Teilweise Entwarnung ({of}): {areas}",
    "any.partial_clear.description": "In einem Teil des Gebiets ist die Gefahr vorbei. Entwarnung für: {areas}. "
    "Die Warnung gilt weiter für: {remaining}.",
    "any.partial_clear.instruction": "Gilt die Entwarnung für Ihr Gebiet, können Sie die Deckung verlassen. "
    "Überall sonst bleiben Sie in Deckung. Fahren Sie nicht in Gebiete, in denen die Warnung noch gilt.",
    "any.partial_clear.short": "Entwarnung ({of}): {areas}. Warnung gilt weiter: {remaining}.",
    "any.partial_clear.spoken": "Achtung. Entwarnung für: {areas}. Die Warnung gilt weiter für: {remaining}.",
    "any.all_clear.headline": "Entwarnung ({of}): {areas}",
    "any.all_clear.description": "Die Gefahr, vor der gewarnt wurde, ist vorbei. Wo: {areas}.",
    "any.all_clear.instruction": "Sie können die Deckung verlassen. Berühren Sie keine Trümmerteile und keine "
    "unbekannten Gegenstände. Halten Sie Abstand zu beschädigten Gebäuden. Melden Sie sie den Rettungskräften. "
    "Helfen Sie Nachbarn, die Hilfe brauchen.",
    "any.all_clear.short": "Entwarnung ({of}): {areas}. Keine Trümmerteile oder unbekannten Gegenstände berühren.",
    "any.all_clear.spoken": "Achtung. Entwarnung. Die Gefahr ist vorbei. Wo: {areas}. "
    "Berühren Sie keine Trümmerteile und keine unbekannten Gegenstände.",
    "any.cancel.headline": "Berichtigung. Die Warnung „{title}“ war ein Irrtum: {areas}",
    "any.cancel.description": "Die frühere Warnung „{title}“ wurde irrtümlich gesendet. Befolgen Sie sie nicht. "
    "Wo: {areas}. Andere Warnungen für Ihr Gebiet gelten weiter.",
    "any.cancel.instruction": "Sie müssen nicht tun, was in der irrtümlichen Warnung stand. Sind Sie ihretwegen in "
    "Deckung gegangen, können Sie diese verlassen. Gilt für Ihr Gebiet eine andere Warnung, befolgen Sie diese weiter.",
    "any.cancel.short": "Berichtigung. „{title}“ war ein Irrtum: {areas}. Befolgen Sie die Warnung nicht.",
    "any.cancel.spoken": "Achtung. Berichtigung. Die Warnung „{title}“ war ein Irrtum. Wo: {areas}. "
    "Befolgen Sie sie nicht.",
    "any.expired.headline": "Die Warnung „{title}“ ist abgelaufen: {areas}. Das ist keine Entwarnung",
    "any.expired.description": "Die Zeit dieser Warnung ist abgelaufen, sie wurde nicht verlängert. "
    "Niemand hat bestätigt, dass die Gefahr vorbei ist. Wo: {areas}.",
    "any.expired.instruction": "Bleiben Sie vorsichtig und in der Nähe einer Deckung. "
    "Prüfen Sie amtliche Meldungen, bevor Sie hinausgehen.",
    "any.expired.short": "Die Warnung „{title}“ ist abgelaufen: {areas}. Das ist keine Entwarnung. "
    "Bleiben Sie nahe der Deckung.",
    "any.expired.spoken": "Achtung. Die Zeit der Warnung ist abgelaufen. Wo: {areas}. Das ist keine Entwarnung. "
    "Bleiben Sie nahe der Deckung.",
    "missile.of": "Raketengefahr",
    "missile.pre_alert.title": "Raketengefahr möglich",
    "missile.pre_alert.what": "Raketen könnten sich diesem Gebiet nähern.",
    "missile.pre_alert.do": "Gehen Sie in ein Gebäude und bleiben Sie von Fenstern weg. Wählen Sie jetzt Ihren "
    "Schutzraum und den Weg dorthin. Halten Sie Telefon, Ausweise, Medikamente und Wasser bereit.",
    "missile.pre_alert.do_short": "Gehen Sie in ein Gebäude und halten Sie sich bereit.",
    "missile.alert.title": "Raketengefahr",
    "missile.alert.what": "Raketen können in wenigen Minuten einschlagen.",
    "missile.alert.do": "Gehen Sie jetzt in einen Schutzraum oder Keller, wenn Sie ihn rechtzeitig erreichen. Sonst "
    "bleiben Sie im Gebäude: Gehen Sie in einen Flur oder Raum ohne Fenster, mit zwei Wänden zwischen Ihnen und der "
    "Straße. Verlassen Sie die oberen Stockwerke. Benutzen Sie keinen Aufzug. Sind Sie im Freien und ist kein Gebäude "
    "nah, legen Sie sich in eine Mulde und schützen Sie den Kopf. Bleiben Sie in Deckung bis zur Entwarnung.",
    "missile.alert.do_short": "Gehen Sie jetzt in Deckung, weg von Fenstern.",
    "rocket_artillery.of": "Raketenbeschuss",
    "rocket_artillery.pre_alert.title": "Raketenbeschuss möglich",
    "rocket_artillery.pre_alert.what": "Dieses Gebiet könnte mit Raketen beschossen werden. "
    "Die Vorwarnzeit kann nur Sekunden betragen.",
    "rocket_artillery.pre_alert.do": "Gehen Sie in ein Gebäude und bleiben Sie dort. Bleiben Sie von Fenstern weg. "
    "Suchen Sie den nächsten Flur oder Raum ohne Fenster. Bilden Sie draußen keine Gruppen.",
    "rocket_artillery.pre_alert.do_short": "Bleiben Sie im Gebäude, weg von Fenstern.",
    "rocket_artillery.alert.title": "Gefahr durch Raketenbeschuss",
    "rocket_artillery.alert.what": "Raketen können in wenigen Sekunden einschlagen.",
    "rocket_artillery.alert.do": "Gehen Sie sofort in die nächste Deckung. Im Gebäude: Bleiben Sie drinnen, weg von "
    "Fenstern, in einem Flur oder Raum ohne Fenster, mit zwei Wänden zwischen Ihnen und der Straße. Im Freien: Gehen "
    "Sie in das nächste Gebäude oder eine Unterführung. Gibt es keine, legen Sie sich hin und schützen Sie den Kopf. "
    "Laufen Sie nicht zu einem entfernten Schutzraum. Bleiben Sie in Deckung bis zur Entwarnung.",
    "rocket_artillery.alert.do_short": "Gehen Sie sofort in Deckung. Bleiben Sie im Gebäude, weg von Fenstern.",
    "artillery.of": "Artilleriebeschuss",
    "artillery.pre_alert.title": "Artilleriebeschuss möglich",
    "artillery.pre_alert.what": "Dieses Gebiet könnte mit Artillerie beschossen werden. "
    "Eine weitere Warnung kommt vielleicht nicht.",
    "artillery.pre_alert.do": "Bleiben Sie im Gebäude, weg von Fenstern. Bereiten Sie einen Platz im Keller oder in "
    "einem unteren Stockwerk vor. Gehen Sie nur hinaus, wenn es sein muss, und bleiben Sie nahe an fester Deckung.",
    "artillery.pre_alert.do_short": "Bleiben Sie im Gebäude, weg von Fenstern.",
    "artillery.alert.title": "Gefahr durch Artilleriebeschuss",
    "artillery.alert.what": "Granaten können jederzeit einschlagen.",
    "artillery.alert.do": "Gehen Sie sofort in Deckung: in einen Keller oder ein unteres Stockwerk hinter zwei Wänden, "
    "weg von Fenstern. Im Freien: Legen Sie sich hin, kriechen Sie zu einem Graben oder einer festen Mauer und "
    "schützen Sie den Kopf. Eine Pause heißt nicht, dass es vorbei ist: Bleiben Sie in Deckung bis zur Entwarnung.",
    "artillery.alert.do_short": "Gehen Sie jetzt in Deckung, unten und hinter zwei Wänden.",
    "drone.of": "Drohnengefahr",
    "drone.pre_alert.title": "Drohnengefahr möglich",
    "drone.pre_alert.what": "Drohnen könnten sich diesem Gebiet nähern.",
    "drone.pre_alert.do": "Gehen Sie in ein Gebäude und bleiben Sie von Fenstern weg. Holen Sie Kinder ins Haus. "
    "Wählen Sie den Raum oder Schutzraum, den Sie nutzen werden.",
    "drone.pre_alert.do_short": "Gehen Sie in ein Gebäude, weg von Fenstern.",
    "drone.alert.title": "Drohnengefahr",
    "drone.alert.what": "Über diesem Gebiet können Angriffsdrohnen sein.",
    "drone.alert.do": "Gehen Sie in ein Gebäude oder einen Schutzraum. Bleiben Sie von Fenstern weg, mit zwei Wänden "
    "zwischen Ihnen und der Straße. Gehen Sie nicht hinaus, um zu schauen oder zu filmen. Wenn Sie fahren, halten Sie "
    "an und gehen Sie in ein Gebäude. Gehen Sie nicht zu einer abgestürzten Drohne. "
    "Bleiben Sie in Deckung bis zur Entwarnung.",
    "drone.alert.do_short": "Gehen Sie ins Gebäude, weg von Fenstern. Nicht filmen.",
    "chemical.of": "Gefahrstoffe in der Luft",
    "chemical.pre_alert.title": "Gefahrstoffe in der Luft möglich",
    "chemical.pre_alert.what": "In diesem Gebiet können Gefahrstoffe in die Luft gelangen.",
    "chemical.pre_alert.do": "Gehen Sie in ein Gebäude, holen Sie Kinder und Tiere herein. Schließen Sie Fenster und "
    "Türen. Seien Sie bereit, Lüftung und Klimaanlage auszuschalten. Halten Sie Klebeband und feuchte Tücher bereit.",
    "chemical.pre_alert.do_short": "Gehen Sie ins Gebäude und schließen Sie die Fenster.",
    "chemical.alert.title": "Gefahrstoffe in der Luft",
    "chemical.alert.what": "Es sind Gefahrstoffe in der Luft, oder sie können es sein.",
    "chemical.alert.do": "Gehen Sie in ein Gebäude und bleiben Sie dort. Schließen Sie Fenster und Türen. Schalten Sie "
    "Lüftung und Klimaanlage aus. Gehen Sie in einen Innenraum in einem oberen Stockwerk. Gehen Sie nicht in den "
    "Keller: Viele Gase sind schwerer als Luft und sammeln sich unten. Dichten Sie Ritzen mit Klebeband oder feuchten "
    "Tüchern ab. Fällt das Atmen schwer, halten Sie ein feuchtes Tuch vor Mund und Nase. Im Freien: Gehen Sie quer zum "
    "Wind in das nächste Gebäude. Geben die Behörden für diesen Stoff einen anderen Rat, befolgen Sie diesen.",
    "chemical.alert.do_short": "Ins Gebäude, nach oben. Fenster zu, Lüftung aus.",
    "chemical.partial_clear.instruction": "Gilt die Entwarnung für Ihr Gebiet, öffnen Sie Fenster und Türen und lüften "
    "Sie alle Räume. Überall sonst bleiben Sie im Gebäude, mit geschlossenen Fenstern und ausgeschalteter Lüftung. "
    "Fahren Sie nicht in Gebiete, in denen die Warnung noch gilt.",
    "chemical.all_clear.instruction": "Öffnen Sie Fenster und Türen und lüften Sie alle Räume, den Keller zuletzt. "
    "Sie können hinausgehen. Essen Sie kein Obst und Gemüse aus dem Freien, bis die Behörden es freigeben. "
    "Wenn Ihnen unwohl ist, rufen Sie ärztliche Hilfe.",
    "chemical.all_clear.short": "Entwarnung ({of}): {areas}. Lüften Sie alle Räume.",
    "chemical.all_clear.spoken": "Achtung. Entwarnung. Die Gefahr ist vorbei. Wo: {areas}. Lüften Sie alle Räume.",
    "chemical.expired.instruction": "Bleiben Sie im Gebäude. Lassen Sie Fenster zu und Lüftung aus. Lesen Sie erst "
    "amtliche Meldungen, bevor Sie hinausgehen.",
    "chemical.expired.short": "Die Warnung „{title}“ ist abgelaufen: {areas}. Das ist keine Entwarnung. "
    "Lassen Sie die Fenster zu.",
    "chemical.expired.spoken": "Achtung. Die Zeit der Warnung ist abgelaufen. Wo: {areas}. Das ist keine Entwarnung. "
    "Lassen Sie die Fenster zu.",
    "radiation.of": "Strahlengefahr",
    "radiation.pre_alert.title": "Strahlengefahr möglich",
    "radiation.pre_alert.what": "Radioaktive Stoffe können in dieses Gebiet gelangen.",
    "radiation.pre_alert.do": "Gehen Sie in ein Gebäude, holen Sie Kinder und Tiere herein. Schließen Sie Fenster und "
    "Türen. Stellen Sie Trinkwasser und verpackte Lebensmittel ins Haus. "
    "Nehmen Sie keine Jodtabletten ohne Aufforderung der Behörden.",
    "radiation.pre_alert.do_short": "Gehen Sie ins Gebäude und schließen Sie die Fenster.",
    "radiation.alert.title": "Strahlengefahr",
    "radiation.alert.what": "Es sind radioaktive Stoffe in der Luft, oder sie können es sein.",
    "radiation.alert.do": "Gehen Sie in ein Gebäude und bleiben Sie dort. Gehen Sie in den Keller oder in die Mitte "
    "des Gebäudes, weg von Dach und Außenwänden. Schließen Sie Fenster und Türen. Schalten Sie Lüftungen aus, die Luft "
    "von außen holen. Waren Sie draußen, legen Sie Oberbekleidung und Schuhe an der Tür ab, in einen geschlossenen "
    "Beutel, und waschen Sie Haut und Haare. Verwenden Sie verpackte Lebensmittel und gelagertes Wasser. Nehmen Sie "
    "Jodtabletten nur, wenn die Behörden dazu auffordern.",
    "radiation.alert.do_short": "In den Keller oder Innenraum. Fenster zu.",
    "radiation.partial_clear.instruction": "Gilt die Entwarnung für Ihr Gebiet, können Sie hinausgehen. Überall sonst "
    "bleiben Sie im Gebäude, mit geschlossenen Fenstern und ausgeschalteter Lüftung. "
    "Fahren Sie nicht in Gebiete, in denen die Warnung noch gilt.",
    "radiation.all_clear.instruction": "Sie können hinausgehen. Beachten Sie den Rat der Behörden, bevor Sie "
    "Leitungswasser, Milch und Gartengemüse verwenden. Lassen Sie Schuhe an der Tür. "
    "Waschen Sie die Hände, wenn Sie hereinkommen.",
    "radiation.all_clear.short": "Entwarnung ({of}): {areas}. Beachten Sie den Rat zu Wasser und Essen.",
    "radiation.all_clear.spoken": "Achtung. Entwarnung. Sie können hinausgehen. Wo: {areas}. "
    "Beachten Sie den Rat der Behörden zu Wasser und Essen.",
    "radiation.expired.instruction": "Bleiben Sie im Gebäude. Lassen Sie Fenster zu und Lüftung aus. Lesen Sie erst "
    "amtliche Meldungen, bevor Sie hinausgehen.",
    "radiation.expired.short": "Die Warnung „{title}“ ist abgelaufen: {areas}. Das ist keine Entwarnung. "
    "Bleiben Sie im Gebäude.",
    "radiation.expired.spoken": "Achtung. Die Zeit der Warnung ist abgelaufen. Wo: {areas}. Das ist keine Entwarnung. "
    "Bleiben Sie im Gebäude.",
    "other.of": "Gefahr",
    "other.pre_alert.title": "Gefahr möglich",
    "other.pre_alert.what": "In diesem Gebiet kann es eine Gefahr für Menschen geben.",
    "other.pre_alert.do": "Gehen Sie in ein Gebäude und bleiben Sie von Fenstern weg. Lassen Sie das Telefon an. "
    "Achten Sie auf amtliche Meldungen und seien Sie bereit, in Deckung zu gehen.",
    "other.pre_alert.do_short": "Gehen Sie in ein Gebäude und warten Sie auf Meldungen.",
    "other.alert.title": "Gefahr für Menschen",
    "other.alert.what": "In diesem Gebiet besteht Gefahr für Menschen.",
    "other.alert.do": "Gehen Sie in ein festes Gebäude und bleiben Sie dort, weg von Fenstern. Befolgen Sie die "
    "Anweisungen der Rettungskräfte. Gehen Sie vor der Entwarnung nur hinaus, wenn sie es sagen.",
    "other.alert.do_short": "Gehen Sie in ein Gebäude und bleiben Sie dort.",
    "step.go_in": "Gehen Sie in ein Gebäude",
    "step.stay_in": "Bleiben Sie im Gebäude",
    "step.solid": "Gehen Sie in ein festes Gebäude",
    "step.in_or_shelter": "In ein Gebäude oder einen Schutzraum",
    "step.outside_in": "Im Freien: ins nächste Gebäude",
    "step.windows": "Bleiben Sie weg von Fenstern",
    "step.no_film": "Nicht hinausschauen, nicht filmen",
    "step.choose_shelter": "Wählen Sie Schutzraum und Weg",
    "step.shelter_if_time": "Reicht die Zeit: Schutzraum oder Keller",
    "step.near_cover": "Bleiben Sie nahe der Deckung",
    "step.know_shelter": "Merken Sie sich den nächsten Schutzraum",
    "step.basement": "In den Keller oder ein unteres Stockwerk",
    "step.basement_or_middle": "In den Keller oder die Mitte des Gebäudes",
    "step.prepare_basement": "Bereiten Sie einen Platz im Keller vor",
    "step.no_time_room": "Sonst: Flur oder Raum ohne Fenster",
    "step.inner_room": "Gehen Sie in einen Raum ohne Fenster",
    "step.pick_room": "Suchen Sie einen Raum ohne Fenster",
    "step.two_walls": "Zwei Wände zwischen Ihnen und der Straße",
    "step.no_lift": "Benutzen Sie keinen Aufzug",
    "step.outside_down": "Im Freien: hinlegen, Kopf schützen",
    "step.no_building_down": "Kein Gebäude: hinlegen, Kopf schützen",
    "step.wait": "Warten Sie auf die Entwarnung",
    "step.wait_in_pause": "Pause heißt nicht Ende: abwarten",
    "step.not_all_clear": "Das ist keine Entwarnung",
    "step.not_cleared_wait": "Nicht entwarnt: in Deckung bleiben",
    "step.not_cleared_shut": "Nicht entwarnt: Fenster zu lassen",
    "step.cleared_leave": "Entwarnt: Sie können hinausgehen",
    "step.cleared_air": "Entwarnt: lüften Sie alle Räume",
    "step.no_travel": "Nicht in Gebiete mit Warnung fahren",
    "step.children_in": "Holen Sie Kinder ins Haus",
    "step.animals_in": "Holen Sie Kinder und Tiere herein",
    "step.neighbours": "Helfen Sie Ihren Nachbarn",
    "step.fallen_drone": "Nicht zu abgestürzten Drohnen gehen",
    "step.unknown_objects": "Unbekannte Gegenstände nicht berühren",
    "step.garden_food": "Essen Sie noch nichts aus dem Garten",
    "step.shut_windows": "Schließen Sie Fenster und Türen",
    "step.keep_shut": "Lassen Sie die Fenster zu",
    "step.air_ready": "Lüftung: zum Ausschalten bereit sein",
    "step.air_off": "Schalten Sie die Lüftung aus",
    "step.air_stays_off": "Lassen Sie die Lüftung aus",
    "step.air_rooms": "Lüften Sie alle Räume",
    "step.upstairs": "Gehen Sie in einen Innenraum weiter oben",
    "step.at_hand": "Telefon, Medikamente, Wasser bereithalten",
    "step.packed_food": "Stellen Sie Wasser und Essen ins Haus",
    "step.water_food": "Beachten Sie den Rat zu Wasser und Essen",
    "step.outer_clothes": "Draußen gewesen? Kleidung an der Tür ab",
    "step.shoes": "Schuhe an der Tür lassen, Hände waschen",
    "step.phone_on": "Lassen Sie das Telefon an",
    "step.check": "Prüfen Sie amtliche Meldungen",
    "step.services": "Folgen Sie den Rettungskräften",
    "step.unwell": "Unwohl? Rufen Sie ärztliche Hilfe",
    "step.leave": "Sie können die Deckung verlassen",
    "step.go_out": "Sie können hinausgehen",
    "step.error": "Die Warnung war ein Irrtum",
    "step.other_warning": "Prüfen Sie, ob eine andere Warnung gilt",
    "step.sirens": "Achten Sie auf Sirenen",
    "step.drill_no_danger": "ÜBUNG: Es besteht keine Gefahr",
    "step.drill_way": "ÜBUNG: Gehen Sie den Weg zum Schutzraum",
    "step.drill_over": "ÜBUNG: Sie ist beendet",
    "step.drill_tell": "ÜBUNG: Nichts gehört? Bitte melden",
    "drill.start.headline": "ÜBUNG. Probe des Warnsystems: {areas}",
    "drill.start.description": "ÜBUNG. Das Warnsystem wird erprobt. Es besteht keine Gefahr. Wo: {areas}. "
    "Ende um {until} Uhr.",
    "drill.start.instruction": "ÜBUNG. Sie müssen nicht in Deckung gehen. Nimmt Ihre Schule oder Ihr Betrieb teil, "
    "üben Sie in Ruhe den Weg zu Ihrem Schutzraum.",
    "drill.start.short": "ÜBUNG. Probe des Warnsystems: {areas}. Es besteht keine Gefahr. Bis {until} Uhr.",
    "drill.start.spoken": "ÜBUNG. Das Warnsystem wird erprobt. Es besteht keine Gefahr. Wo: {areas}.",
    "drill.end.headline": "ÜBUNG beendet: {areas}",
    "drill.end.description": "ÜBUNG. Die Probe des Warnsystems ist beendet. Wo: {areas}.",
    "drill.end.instruction": "ÜBUNG. Sie ist beendet. Haben Sie nichts gehört oder empfangen, "
    "sagen Sie es den Veranstaltern.",
    "drill.end.short": "ÜBUNG beendet: {areas}.",
    "drill.end.spoken": "ÜBUNG. Sie ist beendet. Wo: {areas}.",
}
