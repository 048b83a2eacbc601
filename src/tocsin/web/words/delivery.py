"""English: the delivery board of the control room."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "dlv_title": "Delivery by channel",
    "dlv_none": "Nobody follows these areas by a channel.",
    "dlv_of": "of",
    "dlv_pace": "{n} a second",
    "dlv_email": "E-mail",
    "dlv_sms": "SMS",
    "dlv_webpush": "Web push",
    "dlv_webhook": "Webhooks",
    "dlv_apprise": "Rooms and topics",
    "dlv_queued": "waiting",
    "dlv_sent": "sent",
    "dlv_accepted": "accepted by a server",
    "dlv_delivered": "delivered",
    "dlv_failed": "to be tried again",
    "dlv_exhausted": "given up",
    "dlv_gone": "address gone",
    "dlv_withdrawn": "not needed any more",
    "dlv_act_alert": "Warning",
    "dlv_act_update": "Change",
    "dlv_act_all_clear": "All clear",
    "dlv_act_cancel": "Correction",
    "dlv_act_end": "Expiry",
}
