"""The public record as files, one file of this folder a form, found by reading the folder.

A form is a module with ``NAME``, ``MIME``, ``ENDING`` and ``write(bundle) -> bytes``; one that loses nothing has
``read(data) -> bundle`` as well. What a form is given is public already: it leaves nothing out and adds nothing.
"""

from __future__ import annotations

from types import ModuleType

from tocsin.core.errors import Invalid
from tocsin.core.registry import modules_of


def forms() -> dict[str, ModuleType]:
    """Every form by its name."""
    return {module.NAME: module for module in modules_of(__name__).values()}


def form(name: str) -> ModuleType:
    """The form of that name.

    Raises:
        Invalid: there is none (TOC-12003).
    """
    found = forms().get(name)
    if found is None:
        listed = ", ".join(forms())
        raise Invalid("TOC-12003", f"There is no form {name[:40]!r}.", field="form", remedy=f"Use one of {listed}.")
    return found
