"""Private keys in a backup: sealed by a passphrase, or left out.

scrypt (RFC 7914) makes the key, AES-256-GCM seals. Whoever finds the backup must guess the passphrase at a quarter of a
gigabyte of memory a guess.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from tocsin.core.errors import Invalid

SHORTEST = 16
"""Characters that a passphrase must have."""

_MARK = b"tocsin keys 1\n"
_COST, _MOST_COST = 18, 20
"""Powers of two of scrypt's N, with r 8 and p 1: what is used, and what is believed of a file. 2^18 takes 256 MiB."""

_SALT, _NONCE = 16, 12


def seal(files: Mapping[str, bytes], passphrase: str) -> bytes:
    """The files, sealed.

    Raises:
        Invalid: the passphrase is too short (TOC-8005).
    """
    if len(passphrase) < SHORTEST:
        raise Invalid(
            "TOC-8005",
            f"The passphrase has fewer than {SHORTEST} characters.",
            field="TOCSIN_BACKUP_PASSPHRASE",
            remedy="Take six words or more, and keep them apart from the backup.",
        )
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    head = _MARK + bytes([_COST])
    sealed = AESGCM(_key(passphrase, salt, _COST)).encrypt(nonce, msgspec.json.encode(dict(files)), head)
    return head + salt + nonce + sealed


def unseal(data: bytes, passphrase: str) -> dict[str, bytes]:
    """The files again.

    Raises:
        Invalid: the passphrase is wrong, or what was sealed was changed (TOC-8005).
    """
    head, body = data[: len(_MARK) + 1], data[len(_MARK) + 1 :]
    salt, nonce, sealed = body[:_SALT], body[_SALT : _SALT + _NONCE], body[_SALT + _NONCE :]
    try:
        if not 1 <= head[-1] <= _MOST_COST:
            raise ValueError("a cost that nobody chose")
        text = AESGCM(_key(passphrase, salt, head[-1])).decrypt(nonce, sealed, head)
        return msgspec.json.decode(text, type=dict[str, bytes])
    except (InvalidTag, ValueError, IndexError, msgspec.MsgspecError) as fault:
        raise Invalid(
            "TOC-8005",
            "The keys cannot be unsealed: the passphrase is wrong, or the backup was changed.",
            field="TOCSIN_BACKUP_PASSPHRASE",
            remedy="Try again; without it restore with --new-keys and give every siren the new public key.",
        ) from fault


def _key(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**cost, r=8, p=1).derive(passphrase.encode())
