"""Who acts: an identity without personal data, and the roles that it holds in areas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from tocsin.core.area import AreaTree
from tocsin.core.errors import Denied

Role = Literal["duty", "approver", "records", "dispatcher", "observer", "sensor", "partner", "admin", "crew"]

ACTING: tuple[Role, ...] = ("duty", "approver", "admin")
"""Roles with which a person can send a warning out, or let somebody send one."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A role in an area and everything below it; ``area`` "*" is everywhere."""

    role: Role
    area: str = "*"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` is ``officer:REF``, ``key:REF`` or ``system:NAME``; REF is random and says nothing of the person."""

    id: str
    grants: tuple[Grant, ...] = ()

    def may(self, role: Role, areas: Iterable[str], tree: AreaTree) -> bool:
        """Whether the actor holds ``role`` in every one of the areas."""
        mine = [grant.area for grant in self.grants if grant.role == role]
        if "*" in mine:
            return True
        held = tree.closure(mine)
        return bool(mine) and all(area in held for area in areas)

    def require(self, role: Role, areas: Iterable[str], tree: AreaTree) -> None:
        """Raise ``Denied`` TOC-6002 unless :meth:`may`."""
        wanted = tuple(areas)
        if not self.may(role, wanted, tree):
            raise Denied(
                "TOC-6002",
                f"This act needs the role {role!r} in {', '.join(wanted) or 'every area'}.",
                field="actor",
                remedy="Ask an administrator for the role, or an officer who holds it to act.",
            )


OPERATOR = Actor(id="system:operator", grants=(Grant(role="admin"),))
"""Whoever has the command line of this machine, where no officer is named."""

SYSTEM = Actor(id="system:watch", grants=(Grant(role="admin"),))
"""Rules acting by themselves: expiry, escalation."""
