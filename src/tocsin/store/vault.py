"""The vault in a database, beside the ledger: never exported with it, and the one thing here that can be erased."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.app.memory_vault import document_of, new_reference, sealed_text
from tocsin.store.erase import overwriting
from tocsin.store.models.vault import SealedDocument
from tocsin.store.trouble import trouble
from tocsin.store.turns import turn


class DjangoVault:
    """A :class:`tocsin.core.ports.Vault` in the database ``using``. Safe between threads and processes.

    Args:
        using: Django's alias of the database.
    """

    def __init__(self, using: str = "default") -> None:
        self._using = using
        self._rows = SealedDocument.objects.using(using)

    def keep(self, kind: str, document: Mapping[str, object]) -> str:
        """Keep a JSON document durably; its new reference.

        Raises:
            Invalid: it cannot be kept (TOC-6003).
            Unavailable: the database does not do its part (TOC-8002).
        """
        text = sealed_text(document)
        reference = new_reference()
        with trouble(self._using, "TOC-8002", "what is to be sealed could not be kept"), turn(self._using, first=True):
            self._rows.create(reference=reference, kind=kind, text=text)
        return reference

    def open(self, reference: str) -> Mapping[str, object] | None:
        """The document, or None when it was erased or never kept.

        Raises:
            Unavailable: the database does not do its part (TOC-8002).
        """
        if "\x00" in reference:  # PostgreSQL takes no such text, and no reference of ours is one
            return None
        with trouble(self._using, "TOC-8002", "the vault could not be read"):
            text = self._rows.filter(reference=reference).values_list("text", flat=True).first()
        return document_of(text) if text else None

    def open_all(self, kind: str) -> Mapping[str, Mapping[str, object]]:
        """Every document of a kind by its reference.

        Raises:
            Unavailable: the database does not do its part (TOC-8002).
        """
        with trouble(self._using, "TOC-8002", "the vault could not be read"):
            rows = list(self._rows.filter(kind=kind).exclude(text="").values_list("reference", "text"))
        return {reference: document_of(text) for reference, text in rows}

    def erase(self, reference: str) -> None:
        """Forget the document; the reference stays and opens to nothing.

        On SQLite its bytes are overwritten in the file, too, and the journal that still held them is emptied as soon as
        no reader needs it. Copies in backups are the business of whoever keeps the backups.

        Raises:
            Unavailable: the database does not do its part (TOC-8002).
        """
        if "\x00" in reference:
            return
        with trouble(self._using, "TOC-8002", "the sealed document could not be erased"), overwriting(self._using):
            self._rows.filter(reference=reference).update(text="")
