"""From a quantity to words."""

from __future__ import annotations

from tocsin.report.events import Op
from tocsin.report.phrases._language import language
from tocsin.report.quantity import Quantity


def say(quantity: Quantity, tag: str) -> str:
    """The quantity in a few words, with its noun in the right form where the language knows the subject."""
    spoken = language(tag)
    number = bound(quantity.op, quantity.n, quantity.n2, tag)
    forms = spoken.forms.get(quantity.subject)
    if forms is None or quantity.n is None:
        return number
    last = quantity.n if quantity.n2 is None else quantity.n2
    return f"{number} {forms[spoken.agree(last, quantity.op in spoken.governing)]}"


def bound(op: Op, n: int | None, n2: int | None, tag: str) -> str:
    """The bound alone, e.g. "at least 130"."""
    return language(tag).said[op].format(n=n, n2=n2)
