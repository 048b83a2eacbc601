"""English. A new language is one more file like this one: same keys, same placeholders."""

TAG = "en"
NAME = "English"
REVIEW = "draft, not reviewed by a civil-protection editor"

TEXTS = {
    "word.drill": "EXERCISE",
    "word.demo": "DEMONSTRATION",
    "word.more": "and {n} more",
    "word.lead": "Time to reach cover: about {seconds} s.",
    "word.lead_none": "There may be no time to reach a shelter. Take the nearest cover.",
    # What every threat shares. {title}, {of}, {what}, {do} and {do_short} are filled from the threat's own texts.
    "any.pre_alert.headline": "{title}: {areas}",
    "any.pre_alert.description": "{what} Where: {areas}. In force until {until}, unless ended earlier.",
    "any.pre_alert.instruction": "{do}",
    "any.pre_alert.short": "{title}: {areas}. {do_short} Until {until}.",
    "any.pre_alert.spoken": "Attention. {title}. For: {areas}. {do_short} In force until {until}.",
    "any.alert.headline": "{title}: {areas}",
    "any.alert.description": "{what} Where: {areas}. In force until {until}, unless ended earlier.",
    "any.alert.instruction": "{do}",
    "any.alert.short": "{title}: {areas}. {do_short} Until {until}.",
    "any.alert.spoken": "Attention. {title}. For: {areas}. {do_short} Wait for the all clear.",
    "any.update.headline": "Update. {title}: {areas}",
    "any.update.description": "The warning has changed. {what} Where: {areas}. "
    "In force until {until}, unless ended earlier.",
    "any.update.instruction": "{do}",
    "any.update.short": "Update. {title}: {areas}. {do_short} Until {until}.",
    "any.update.spoken": "Attention. The warning has changed. {title}. For: {areas}. {do_short}",
    "any.partial_clear.headline": "Partial all clear, {of}: {areas}",
    "any.partial_clear.description": "The danger is over in a part of the area. All clear for: {areas}. "
    "The warning stays in force for: {remaining}.",
    "any.partial_clear.instruction": "If your area is clear, you may leave cover. Everywhere else, stay in cover. "
    "Do not travel into the areas that are still under warning.",
    "any.partial_clear.short": "All clear, {of}: {areas}. Still in force: {remaining}.",
    "any.partial_clear.spoken": "Attention. All clear for: {areas}. The warning stays in force for: {remaining}.",
    "any.all_clear.headline": "All clear, {of}: {areas}",
    "any.all_clear.description": "The danger that this warning was about is over. Where: {areas}.",
    "any.all_clear.instruction": "You may leave cover. Do not touch fragments or unknown objects. "
    "Keep away from damaged buildings. Report them to the emergency services. Look after neighbours who need help.",
    "any.all_clear.short": "All clear, {of}: {areas}. Do not touch fragments or unknown objects.",
    "any.all_clear.spoken": "Attention. All clear. The danger is over. For: {areas}. "
    "Do not touch fragments or unknown objects.",
    "any.cancel.headline": "Correction. The warning “{title}” was sent in error: {areas}",
    "any.cancel.description": "The earlier warning “{title}” was an error. Do not act on it. Where: {areas}. "
    "Any other warning for your area stays in force.",
    "any.cancel.instruction": "You do not need to do what the earlier warning said. If you took cover because of it, "
    "you may leave. If another warning is in force for your area, keep following that one.",
    "any.cancel.short": "Correction. “{title}” was sent in error: {areas}. Do not act on it.",
    "any.cancel.spoken": "Attention. Correction. The warning, {title}, was sent in error. For: {areas}. "
    "Do not act on it.",
    "any.expired.headline": "The warning “{title}” has run out: {areas}. This is not an all clear",
    "any.expired.description": "The time set for this warning has passed and it was not renewed. "
    "Nobody has confirmed that the danger is over. Where: {areas}.",
    "any.expired.instruction": "Stay careful and stay close to cover. Check official messages before you go out.",
    "any.expired.short": "The warning “{title}” has run out: {areas}. This is not an all clear. Stay close to cover.",
    "any.expired.spoken": "Attention. The time of the warning has passed. For: {areas}. This is not an all clear. "
    "Stay close to cover.",
    # Threats: name in texts, name after "all clear", then per level what it is and what to do.
    "missile.of": "missile threat",
    "missile.pre_alert.title": "Possible missile threat",
    "missile.pre_alert.what": "Missiles may come towards this area.",
    "missile.pre_alert.do": "Go indoors and keep away from windows. Choose your shelter and the way to it now. "
    "Keep your phone, documents, medicines and water at hand.",
    "missile.pre_alert.do_short": "Go indoors and be ready to take cover.",
    "missile.alert.title": "Missile threat",
    "missile.alert.what": "Missiles may hit within minutes.",
    "missile.alert.do": "Go to a shelter or basement now if you can get there in time. If not, stay in the building: "
    "go to a corridor or a room without windows, with two walls between you and the street. Leave the upper floors. "
    "Do not use lifts. If you are outside with no building near, lie down in a low place and cover your head. "
    "Stay in cover until the all clear.",
    "missile.alert.do_short": "Take cover now, away from windows.",
    "rocket_artillery.of": "rocket fire",
    "rocket_artillery.pre_alert.title": "Rocket fire possible",
    "rocket_artillery.pre_alert.what": "Rockets may be fired at this area. There may be only seconds of warning.",
    "rocket_artillery.pre_alert.do": "Go indoors and stay there. Keep away from windows. "
    "Pick the nearest corridor or room without windows. Do not gather outside.",
    "rocket_artillery.pre_alert.do_short": "Stay indoors, away from windows.",
    "rocket_artillery.alert.title": "Danger of rocket fire",
    "rocket_artillery.alert.what": "Rockets may hit within seconds.",
    "rocket_artillery.alert.do": "Take the nearest cover at once. Indoors: stay indoors, away from windows, in a "
    "corridor or a room without windows, with two walls between you and the street. Outside: enter the nearest "
    "building or underpass. If there is none, lie down and cover your head. Do not run to a distant shelter. "
    "Stay in cover until the all clear.",
    "rocket_artillery.alert.do_short": "Take the nearest cover now. Stay indoors, away from windows.",
    "artillery.of": "shelling",
    "artillery.pre_alert.title": "Shelling possible",
    "artillery.pre_alert.what": "Shells may hit this area. There may be no further warning.",
    "artillery.pre_alert.do": "Stay indoors, away from windows. Prepare a place in a basement or on a low floor. "
    "Go out only if you must, and stay close to solid cover.",
    "artillery.pre_alert.do_short": "Stay indoors, away from windows.",
    "artillery.alert.title": "Danger of shelling",
    "artillery.alert.what": "Shells may hit at any moment.",
    "artillery.alert.do": "Take cover at once: a basement, or a low floor behind two walls, away from windows. "
    "Outside: drop to the ground, crawl to a ditch or a solid wall and cover your head. A pause does not mean that it "
    "is over: stay in cover until the all clear.",
    "artillery.alert.do_short": "Take cover now, low and behind two walls.",
    "drone.of": "drone threat",
    "drone.pre_alert.title": "Possible drone threat",
    "drone.pre_alert.what": "Drones may come towards this area.",
    "drone.pre_alert.do": "Go indoors and keep away from windows. Bring children inside. "
    "Choose the room or shelter you will use.",
    "drone.pre_alert.do_short": "Go indoors and keep away from windows.",
    "drone.alert.title": "Drone threat",
    "drone.alert.what": "Attack drones may be over this area.",
    "drone.alert.do": "Go indoors or to a shelter. Stay away from windows, with two walls between you and the street. "
    "Do not go out to look or to film. If you are driving, stop and go into a building. "
    "Do not go near a fallen drone. Stay in cover until the all clear.",
    "drone.alert.do_short": "Go indoors, away from windows. Do not film.",
    "chemical.of": "chemical danger",
    "chemical.pre_alert.title": "Possible chemical danger",
    "chemical.pre_alert.what": "Harmful substances may get into the air in this area.",
    "chemical.pre_alert.do": "Go indoors and bring children and animals in. Shut windows and doors. "
    "Be ready to switch off ventilation and air conditioning. Keep tape and damp cloths at hand.",
    "chemical.pre_alert.do_short": "Go indoors and shut windows.",
    "chemical.alert.title": "Chemical danger",
    "chemical.alert.what": "Harmful substances are in the air, or may be.",
    "chemical.alert.do": "Go indoors and stay indoors. Shut windows and doors. Switch off ventilation and air "
    "conditioning. Go to an inner room on an upper floor. Do not go into a basement: many gases are heavy and collect "
    "there. Seal gaps with tape or damp cloths. If it is hard to breathe, hold a damp cloth over nose and mouth. "
    "Outside: go into the nearest building, across the wind. If officials give other advice for this substance, "
    "follow that.",
    "chemical.alert.do_short": "Go indoors, upstairs. Shut windows, ventilation off.",
    "chemical.partial_clear.instruction": "If your area is clear, open windows and doors and air all rooms. "
    "Everywhere else, stay indoors with windows shut and ventilation off. "
    "Do not travel into the areas that are still under warning.",
    "chemical.all_clear.instruction": "Open windows and doors and air all rooms, cellars last. You may go out. "
    "Do not eat fruit or vegetables from outside until officials say that they are safe. "
    "If you feel unwell, call for medical help.",
    "chemical.all_clear.short": "All clear, {of}: {areas}. Air all rooms.",
    "chemical.all_clear.spoken": "Attention. All clear. The danger is over. For: {areas}. Air all rooms.",
    "chemical.expired.instruction": "Stay indoors. Keep windows shut and ventilation off. Check official messages "
    "before you go out or open a window.",
    "chemical.expired.short": "The warning “{title}” has run out: {areas}. This is not an all clear. "
    "Keep windows shut.",
    "chemical.expired.spoken": "Attention. The time of the warning has passed. For: {areas}. "
    "This is not an all clear. Keep windows shut.",
    "radiation.of": "radiation danger",
    "radiation.pre_alert.title": "Possible radiation danger",
    "radiation.pre_alert.what": "Radioactive substances may reach this area.",
    "radiation.pre_alert.do": "Go indoors and bring children and animals in. Shut windows and doors. "
    "Put drinking water and packed food indoors. Do not take iodine tablets unless officials tell you to.",
    "radiation.pre_alert.do_short": "Go indoors and shut windows.",
    "radiation.alert.title": "Radiation danger",
    "radiation.alert.what": "Radioactive substances are in the air, or may be.",
    "radiation.alert.do": "Go indoors and stay indoors. Go to a basement or the middle of the building, away from the "
    "roof and outer walls. Shut windows and doors. Switch off ventilation that brings in outside air. If you were "
    "outside, take off outer clothes and shoes at the door, put them in a closed bag and wash skin and hair. Use "
    "packed food and stored water. Take iodine tablets only if officials tell you to.",
    "radiation.alert.do_short": "Go indoors, to a basement or inner room. Shut windows.",
    "radiation.partial_clear.instruction": "If your area is clear, you may go out. Everywhere else, stay indoors with "
    "windows shut and ventilation off. Do not travel into the areas that are still under warning.",
    "radiation.all_clear.instruction": "You may go out. Follow official advice on tap water, milk and food from "
    "gardens before you use them. Leave shoes at the door. Wash your hands when you come in.",
    "radiation.all_clear.short": "All clear, {of}: {areas}. Follow advice on water and food.",
    "radiation.all_clear.spoken": "Attention. All clear. You may go out. For: {areas}. "
    "Follow official advice on water and food.",
    "radiation.expired.instruction": "Stay indoors. Keep windows shut and ventilation off. Check official messages "
    "before you go out or open a window.",
    "radiation.expired.short": "The warning “{title}” has run out: {areas}. This is not an all clear. Stay indoors.",
    "radiation.expired.spoken": "Attention. The time of the warning has passed. For: {areas}. "
    "This is not an all clear. Stay indoors.",
    "other.of": "danger",
    "other.pre_alert.title": "Possible danger",
    "other.pre_alert.what": "There may be a danger to people in this area.",
    "other.pre_alert.do": "Go indoors and keep away from windows. Keep your phone on. "
    "Check official messages and be ready to take cover.",
    "other.pre_alert.do_short": "Go indoors and wait for official messages.",
    "other.alert.title": "Danger to people",
    "other.alert.what": "There is a danger to people in this area.",
    "other.alert.do": "Go into a solid building and stay there, away from windows. Do what the emergency services say. "
    "Do not go out before the all clear unless they tell you to.",
    "other.alert.do_short": "Go indoors and stay there.",
    # What to do in a few words beside a pictogram; which step stands where is in the threats' files and ``actions.py``.
    "step.go_in": "Go indoors",
    "step.stay_in": "Stay indoors",
    "step.solid": "Go into a solid building",
    "step.in_or_shelter": "Go indoors or to a shelter",
    "step.outside_in": "Outside: into the nearest building",
    "step.windows": "Keep away from windows",
    "step.no_film": "Do not look out, do not film",
    "step.choose_shelter": "Choose your shelter and the way there",
    "step.shelter_if_time": "To a shelter or basement, if in time",
    "step.near_cover": "Stay close to cover",
    "step.know_shelter": "Know your nearest shelter",
    "step.basement": "Go to a basement or low floor",
    "step.basement_or_middle": "To a basement or the building’s middle",
    "step.prepare_basement": "Prepare a place in the basement",
    "step.no_time_room": "No time: a room without windows",
    "step.inner_room": "Go to a room without windows",
    "step.pick_room": "Pick a room without windows",
    "step.two_walls": "Two walls between you and the street",
    "step.no_lift": "Do not use lifts",
    "step.outside_down": "Outside: lie down, cover your head",
    "step.no_building_down": "No building: lie down, cover your head",
    "step.wait": "Wait for the all clear",
    "step.wait_in_pause": "A pause is not the end: wait",
    "step.not_all_clear": "This is not an all clear",
    "step.not_cleared_wait": "Not cleared: stay in cover",
    "step.not_cleared_shut": "Not cleared: keep windows shut",
    "step.cleared_leave": "Cleared: you may leave cover",
    "step.cleared_air": "Cleared: air all rooms",
    "step.no_travel": "Do not go where it still applies",
    "step.children_in": "Bring children inside",
    "step.animals_in": "Bring children and animals in",
    "step.neighbours": "Look after your neighbours",
    "step.fallen_drone": "Do not go near a fallen drone",
    "step.unknown_objects": "Do not touch unknown objects",
    "step.garden_food": "Do not eat food from gardens yet",
    "step.shut_windows": "Shut windows and doors",
    "step.keep_shut": "Keep windows shut",
    "step.air_ready": "Be ready to switch off ventilation",
    "step.air_off": "Switch off ventilation",
    "step.air_stays_off": "Leave ventilation off",
    "step.air_rooms": "Air all rooms",
    "step.upstairs": "Go to an inner room upstairs",
    "step.at_hand": "Keep phone, medicines, water at hand",
    "step.packed_food": "Put water and packed food indoors",
    "step.water_food": "Follow advice on water and food",
    "step.outer_clothes": "Been outside? Outer clothes off at the door",
    "step.shoes": "Leave shoes at the door, wash your hands",
    "step.phone_on": "Keep your phone on",
    "step.check": "Check official messages",
    "step.services": "Do what the emergency services say",
    "step.unwell": "Unwell? Call for medical help",
    "step.leave": "You may leave cover",
    "step.go_out": "You may go out",
    "step.error": "The warning was an error",
    "step.other_warning": "Check whether another warning applies",
    "step.sirens": "Listen for sirens",
    "step.drill_no_danger": "EXERCISE: there is no danger",
    "step.drill_way": "EXERCISE: try the way to your shelter",
    "step.drill_over": "EXERCISE: it is over",
    "step.drill_tell": "EXERCISE: heard nothing? Tell organisers",
    # Exercises have words of their own. Each begins with the word for an exercise.
    "drill.start.headline": "EXERCISE. Trial of the warning system: {areas}",
    "drill.start.description": "EXERCISE. The warning system is being tried out. There is no danger. "
    "Where: {areas}. It ends at {until}.",
    "drill.start.instruction": "EXERCISE. You do not need to take cover. If your school or workplace takes part, "
    "calmly practise the way to your shelter.",
    "drill.start.short": "EXERCISE. Trial of the warning system: {areas}. There is no danger. Ends at {until}.",
    "drill.start.spoken": "EXERCISE. The warning system is being tried out. There is no danger. For: {areas}.",
    "drill.end.headline": "EXERCISE over: {areas}",
    "drill.end.description": "EXERCISE. The trial of the warning system has ended. Where: {areas}.",
    "drill.end.instruction": "EXERCISE. It is over. Tell the organisers if you did not hear or receive it.",
    "drill.end.short": "EXERCISE over: {areas}.",
    "drill.end.spoken": "EXERCISE. It is over. For: {areas}.",
}
