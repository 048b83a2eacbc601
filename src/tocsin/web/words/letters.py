"""English: dead letters, messages between our own processes that no worker could take."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "ltr_title": "Dead letters",
    "ltr_lamp": "Dead letters:",
    "ltr_lead": "Messages between the processes of Tocsin that no worker could take. No warning waits for them: "
    "sirens and pages are served by other ways. What is missing is the receipt that the message carried.",
    "ltr_none": "There are none.",
    "ltr_subject": "Subject",
    "ltr_about": "Event",
    "ltr_first": "First failure",
    "ltr_last": "Last failure",
    "ltr_tries": "Tries",
    "ltr_waiting": "waiting",
    "ltr_taken": "taken at a later try",
    "ltr_aside": "set aside",
    "ltr_again": "Try again",
    "ltr_set_aside": "Set aside",
    "ltr_again_done": "A worker tries it now. What came of it stands in the list when you load it again.",
    "ltr_aside_done": "It is set aside.",
    "ltr_why_unreadable": "It cannot be read",
    "ltr_why_refused": "A worker refused it",
    "ltr_why_not_safe": "It could not be recorded",
    "ltr_may_not": "An administrator of the whole city tries them again or sets them aside.",
    "ltr_times": "Times are those of the machines, in {zone}.",
}
