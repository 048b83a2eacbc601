"""English: following a place or the record by e-mail."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "fol_link": "Follow by e-mail",
    "fol_title": "Follow by e-mail",
    "fol_lead": "We write to you when there is a warning for your place, when it changes, and when it is over.",
    "fol_not_alone": "E-mail can be late. Do not rely on it alone: keep this site open at night, or let your phone "
    "sound.",
    "fol_not_ready": "E-mail is not set up here. A feed reader can follow the warnings:",
    "fol_what": "What do you want to follow?",
    "fol_place": "Warnings for a place",
    "fol_record": "The public record",
    "fol_area": "Place",
    "fol_area_hint": "Only for warnings. We keep the cells of a map that cover the place, no address.",
    "fol_early": "Also tell me when there is only a pre-alert",
    "fol_email": "E-mail address",
    "fol_email_hint": "It is used for this and nothing else, and is forgotten when you leave.",
    "fol_send": "Send me the link",
    "fol_err_email": "This is no e-mail address. Write it like name@example.org.",
    "fol_err_area": "Choose a place.",
    "fol_err_often": "That was too often. Wait a few minutes.",
    "fol_err_send": "The message could not be sent. Try again in a few minutes.",
    "fol_asked": "Look into your mailbox",
    "fol_asked_next": "We have written to that address. Open the link in the message and press the button. Until then "
    "nothing else is sent.",
    "fol_asked_hint": "Nothing there after five minutes? Look into the folder for unwanted mail.",
    "fol_confirm_title": "Do you want to be told?",
    "fol_confirm_why": "Somebody asked us to write to your address. Press the button if that was you.",
    "fol_confirm": "Yes, write to me",
    "fol_confirmed": "You will be told",
    "fol_confirmed_next": "Every message has a link with which you can stop it.",
    "fol_leave_title": "Do you want to stop?",
    "fol_leave_why": "Your address is then forgotten altogether.",
    "fol_leave": "Stop writing to me",
    "fol_left": "You have left",
    "fol_left_next": "Your address is forgotten. No further message is sent.",
    "fol_unknown": "This link is no longer good",
    "fol_unknown_next": "It was not used within 48 hours, or you have left. You can begin again.",
}
