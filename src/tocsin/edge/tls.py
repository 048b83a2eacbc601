"""The certificate of an edge that ends TLS itself; renewed ones are taken up while it runs."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

from tocsin.core.errors import Invalid

_LOG = logging.getLogger(__name__)


class Certificate:
    """A certificate with its key, and the context that new connections are made with.

    Args:
        chain: PEM file of the certificate and those above it.
        key: PEM file of its key, without a passphrase.

    Raises:
        Invalid: they cannot be read, or do not fit (TOC-8001).
    """

    def __init__(self, chain: Path, key: Path) -> None:
        self._files = (chain, key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self._seen = self._stamp()
        try:
            self.context.load_cert_chain(chain, key)
        except (OSError, ValueError) as fault:
            raise Invalid(
                "TOC-8001",
                f"The edge's certificate cannot be used: {fault}.",
                field="TOCSIN_EDGE_CERTIFICATE",
                remedy="Give the PEM files of a certificate and of its key, readable, the key without a passphrase.",
            ) from fault

    def look(self) -> bool:
        """Take up files that have changed; whether new ones are in use. A pair that does not fit is passed over."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files)  # the one in use stays whole
            self.context.load_cert_chain(*self._files)
        except (OSError, ValueError):
            _LOG.error("the edge's new certificate cannot be used; the old one stays")
            return False
        return True

    def _stamp(self) -> tuple[int, ...]:
        try:
            return tuple(one.stat().st_mtime_ns for one in self._files)
        except OSError:
            return ()
