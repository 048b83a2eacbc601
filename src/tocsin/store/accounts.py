"""Officers, roles and API keys, for everybody outside the store. Returns plain values, never models."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from copy import copy
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args

import msgspec
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connections, models, transaction

from tocsin.app.actor import Actor, Grant, Role
from tocsin.core.errors import Invalid, Refused, Unknown
from tocsin.store.erase import overwriting
from tocsin.store.models.accounts import ApiKey, Officer, RoleGrant

KeyKind = Literal["officer", "sensor", "partner"]

MACHINE_ROLES: tuple[Role, ...] = ("sensor", "partner", "observer", "records")
"""Roles that a key without an officer may hold. Two machine keys in one hand must never be two persons."""

SHORTEST_PASSWORD = 12
_MARK = "tocsin"
_KEY = f"SELECT * FROM {ApiKey._meta.db_table} WHERE prefix = %s"  # noqa: S608 - a table of ours
_OWNER = f"SELECT * FROM {Officer._meta.db_table} WHERE id = %s"  # noqa: S608 - a table of ours
_READ: dict[str, tuple[tuple[object, ...], ApiKey]] = {}
"""Keys by their prefix, beside the row that each was made of."""
_MOST_READ = 1_000
_NOBODY = hashlib.sha256(secrets.token_bytes(32)).hexdigest()
"""Compared against when no key has the prefix, so that both ways take the same time. Matches no secret."""


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key just made. ``secret`` is shown now and never again."""

    secret: str
    prefix: str
    actor: str


class KeyHolder(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands behind a key. ``label`` is the source that a sensor's key speaks for."""

    actor: Actor
    kind: KeyKind
    label: str


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A key as administrators see it."""

    prefix: str
    label: str
    kind: str
    actor: str
    grants: tuple[Grant, ...]
    created: datetime
    last_used: date | None
    revoked: datetime | None


class OfficerRow(msgspec.Struct, frozen=True, kw_only=True):
    """An officer as administrators see it."""

    actor: str
    login: str
    name: str
    active: bool
    grants: tuple[Grant, ...]


def create_officer(
    login: str, *, password: str | None = None, name: str = "", email: str = "", grants: Iterable[Grant] = ()
) -> str:
    """Make an officer and give roles. Returns the actor id, ``officer:<ref>``.

    Raises:
        Invalid: the login is empty or longer than 64 characters, or a role does not exist (TOC-6003).
        Refused: the login is taken (TOC-6003).
    """
    if not login.strip() or len(login) > 64:
        raise Invalid(
            "TOC-6003", "An officer needs a login of 1 to 64 characters.", field="login", remedy="Choose a login."
        )
    if password is not None:
        fit_password(password)
    wanted = [_checked(grant) for grant in grants]
    taken = Refused("TOC-6003", f"The login {login!r} is taken.", field="login", remedy="Choose another login.")
    try:
        with transaction.atomic():
            if Officer.objects.filter(login__iexact=login.strip()).exists():
                raise taken
            officer = Officer.objects.create_user(login.strip(), password, name=name, email=email)
            RoleGrant.objects.bulk_create(RoleGrant(officer=officer, role=g.role, area_id=g.area) for g in wanted)
    except IntegrityError as fault:
        raise taken from fault
    return f"officer:{officer.ref}"


def grant(actor: str, role: Role, area: str = "*") -> None:
    """Give an officer a role in an area and below; giving it twice changes nothing."""
    checked = _checked(Grant(role=role, area=area))
    RoleGrant.objects.get_or_create(officer=_officer(actor), role=checked.role, area_id=checked.area)


def ungrant(actor: str, role: Role, area: str = "*") -> None:
    """Take a role away; taking away what is not there changes nothing."""
    RoleGrant.objects.filter(officer=_officer(actor), role=role, area_id=area).delete()


def fit_password(password: str) -> str:
    """The password, if it may open a control room: by the site's validators, and never under 12 characters.

    Raises:
        Invalid: it may not (TOC-6003); the message says why and never repeats it.
    """
    why = [] if len(password) >= SHORTEST_PASSWORD else [f"It has fewer than {SHORTEST_PASSWORD} characters."]
    try:
        validate_password(password)
    except ValidationError as fault:
        why = [str(message) for message in fault.messages]
    if why:
        raise Invalid(
            "TOC-6003",
            f"The password cannot be used. {' '.join(why)}",
            field="password",
            remedy="Choose a longer one that nobody guesses, e.g. four unrelated words.",
        )
    return password


def set_active(actor: str, active: bool) -> None:
    """Let an officer in, or shut them and all their keys out."""
    officer = _officer(actor)
    officer.is_active = active
    officer.save(update_fields=["is_active"])


def set_password(login: str, password: str) -> None:
    """Give an officer another password."""
    officer = Officer.objects.filter(login__iexact=login).first()
    if officer is None:
        raise Unknown("TOC-6004", f"No officer has the login {login!r}.", field="login", remedy="List the officers.")
    officer.set_password(fit_password(password))
    officer.save(update_fields=["password"])


def new_api_key(label: str, kind: KeyKind, grants: Iterable[Grant] = (), *, officer: str = "") -> NewKey:
    """Make a key of 256 random bits. The secret is in the answer and nowhere else.

    An officer's key acts as that officer, so that one person cannot approve with a key what they wrote at the screen;
    it holds the officer's roles of the moment, narrowed to ``grants`` when some are given.

    Args:
        label: what the key is for; for a sensor or partner, the source it may speak for.
        kind: officer, sensor or partner.
        grants: roles of the key.
        officer: actor id of the owner, for ``kind="officer"`` only.

    Raises:
        Invalid: the label, the kind, a role, or the presence of ``officer`` is wrong (TOC-6003).
    """
    if not label.strip() or len(label) > 100:
        raise Invalid("TOC-6003", "A key needs a label of 1 to 100 characters.", field="label", remedy="Name the key.")
    if kind not in get_args(KeyKind) or (kind == "officer") != bool(officer):
        raise Invalid(
            "TOC-6003",
            "A key belongs to an officer, or to a sensor or partner without one.",
            field="kind",
            remedy="Give kind=officer with the officer's actor id, or kind=sensor or kind=partner alone.",
        )
    wanted = [_checked(one) for one in grants]
    if kind != "officer" and any(one.role not in MACHINE_ROLES for one in wanted):
        raise Invalid(
            "TOC-6003",
            f"A machine's key holds only the roles {', '.join(MACHINE_ROLES)}.",
            field="grants",
            remedy="Warnings are drafted, approved and issued by persons: make a key of an officer.",
        )
    owner = _officer(officer) if officer else None
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        prefix=prefix,
        digest=_digest(secret),
        label=label.strip(),
        owner_kind=kind,
        officer=owner,
        grants=[[one.role, one.area] for one in wanted],
    )
    return NewKey(secret=f"{_MARK}_{prefix}_{secret}", prefix=prefix, actor=_key_actor_id(row))


def holder_of_key(secret: str, *, today: date | None = None) -> KeyHolder | None:
    """Who stands behind a secret, or None when it is wrong, revoked, or its officer may not come in.

    The row is found by the public prefix; the secret itself is only ever compared as a digest, in constant time.
    """
    mark, _, rest = secret.partition("_")
    prefix, _, proof = rest.partition("_")
    row = _key_row(prefix[:12])
    good = hmac.compare_digest(row.digest if row else _NOBODY, _digest(proof))
    if row is None or not good or mark != _MARK or _ended(row):
        return None
    if (owner := getattr(row, "officer_id", None)) is not None:
        row.officer = next(iter(Officer.objects.raw(_OWNER, [owner])), None)
        if row.officer is None or not row.officer.is_active:
            return None
    _mark_used(row, today or datetime.now(UTC).date())
    actor = Actor(id=_key_actor_id(row), grants=_key_grants(row))
    return KeyHolder(actor=actor, kind=_kind(row.owner_kind), label=row.label)


def _key_row(prefix: str) -> ApiKey | None:
    """The key with that prefix. The database is asked with each request; an object is made of what it says when that is
    new, as making one takes several times as long.
    """
    with connections[ApiKey.objects.db].cursor() as cursor:
        cursor.execute(_KEY, [prefix])
        said = cursor.fetchone()
    if said is None:
        return None
    kept = _READ.get(prefix)
    if kept is not None and kept[0] == said:
        return copy(kept[1])
    row = next(iter(ApiKey.objects.raw(_KEY, [prefix])), None)
    if row is not None:
        if len(_READ) >= _MOST_READ:
            _READ.clear()
        _READ[prefix] = (said, copy(row))  # whoever asked reads its officer into it
    return row


def _ended(row: ApiKey) -> bool:
    return row.revoked is not None and row.revoked <= datetime.now(UTC)


def rotate(prefix: str, overlap: timedelta) -> NewKey:
    """Make a key with the kind, label, roles and owner of another; that one ends after ``overlap``.

    Raises:
        Unknown: there is no such key (TOC-6004).
        Refused: it has ended, or is ending (TOC-6003).
    """
    row = ApiKey.objects.select_related("officer").filter(prefix=prefix).first()
    if row is None:
        raise Unknown("TOC-6004", f"No key begins with {prefix!r}.", field="prefix", remedy="List the keys.")
    if row.revoked is not None:
        raise Refused("TOC-6003", "That key has ended, or is ending.", field="prefix", remedy="Make a new key.")
    with transaction.atomic():
        wanted = [Grant(role=role, area=area) for role, area in row.grants]
        made = new_api_key(row.label, _kind(row.owner_kind), wanted, officer=_owner(row))
        ApiKey.objects.filter(prefix=prefix).update(revoked=datetime.now(UTC) + overlap)
    return made


def _owner(row: ApiKey) -> str:
    return f"officer:{row.officer.ref}" if row.officer else ""


def forget(login: str) -> str:
    """Take everything personal from an officer, and every key; the actor id, under which the ledger goes on.

    Raises:
        Unknown: nobody has that login (TOC-6004).
    """
    officer = Officer.objects.filter(login__iexact=login).first()
    if officer is None:
        raise Unknown("TOC-6004", "No officer has that login.", field="login", remedy="List the officers.")
    with overwriting("default"):
        RoleGrant.objects.filter(officer=officer).delete()
        ApiKey.objects.filter(officer=officer).delete()
        officer.login, officer.name, officer.email = f"erased-{officer.ref}", "", ""
        officer.is_active = False
        officer.set_unusable_password()
        officer.save()
    return f"officer:{officer.ref}"


def actor_for_key(secret: str) -> Actor | None:
    """The actor behind a secret, or None."""
    holder = holder_of_key(secret)
    return holder.actor if holder else None


def actor_for_user(user: object) -> Actor | None:
    """The actor of a signed-in officer, or None for anybody else."""
    if not isinstance(user, Officer) or not user.is_active:
        return None
    return Actor(id=f"officer:{user.ref}", grants=_officer_grants(user))


def revoke(prefix: str) -> None:
    """End a key for good, at once; ending it twice keeps the first time."""
    if not ApiKey.objects.filter(prefix=prefix).exists():
        raise Unknown("TOC-6004", f"No key begins with {prefix!r}.", field="prefix", remedy="List the keys.")
    now = datetime.now(UTC)
    ApiKey.objects.filter(models.Q(revoked=None) | models.Q(revoked__gt=now), prefix=prefix).update(revoked=now)


def keys() -> list[KeyRow]:
    """Every key, oldest first."""
    return [
        KeyRow(
            prefix=row.prefix,
            label=row.label,
            kind=row.owner_kind,
            actor=_key_actor_id(row),
            grants=_key_grants(row),
            created=row.created,
            last_used=row.last_used,
            revoked=row.revoked,
        )
        for row in ApiKey.objects.select_related("officer").order_by("id")
    ]


def officers() -> list[OfficerRow]:
    """Every officer, oldest first."""
    return [
        OfficerRow(
            actor=f"officer:{row.ref}",
            login=row.login,
            name=row.name,
            active=row.is_active,
            grants=_officer_grants(row),
        )
        for row in Officer.objects.order_by("id")
    ]


def _digest(secret: str) -> str:
    # A plain hash is enough: the secret has 256 random bits, so there is nothing to guess and no need to be slow.
    return hashlib.sha256(secret.encode()).hexdigest()


def _kind(text: str) -> KeyKind:
    kind: KeyKind = msgspec.convert(text, KeyKind)
    return kind


def _checked(wanted: Grant) -> Grant:
    if wanted.role not in get_args(Role) or not wanted.area or len(wanted.area) > 100:
        raise Invalid(
            "TOC-6003",
            f"{wanted.role!r} in {wanted.area!r} is not a role in an area.",
            field="role",
            remedy=f"Use one of {', '.join(get_args(Role))} and an area id or *.",
        )
    return wanted


def _officer(actor: str) -> Officer:
    found = Officer.objects.filter(ref=actor.removeprefix("officer:")).first()
    if found is None:
        raise Unknown("TOC-6004", f"No officer is known as {actor!r}.", field="officer", remedy="List the officers.")
    return found


def _grants(pairs: Iterable[tuple[str, str]]) -> tuple[Grant, ...]:
    return tuple(msgspec.convert({"role": role, "area": area}, Grant) for role, area in pairs)


def _officer_grants(officer: Officer) -> tuple[Grant, ...]:
    return _grants(RoleGrant.objects.filter(officer=officer).order_by("role", "area_id").values_list("role", "area_id"))


def _key_actor_id(row: ApiKey) -> str:
    return f"officer:{row.officer.ref}" if row.officer else f"key:{row.ref}"


def _key_grants(row: ApiKey) -> tuple[Grant, ...]:
    own = _grants((role, area) for role, area in row.grants)
    if row.officer is None:
        return own
    held = _officer_grants(row.officer)
    if not own:
        return held
    # Narrowing is by role and exact area: a key never reaches further than its officer does at this moment.
    everywhere = {g.role for g in held if g.area == "*"}
    narrowed = [g for g in own if g in held or g.role in everywhere]
    narrowed += [g for g in held if Grant(role=g.role) in own and g not in narrowed]
    return tuple(narrowed)


def _mark_used(row: ApiKey, today: date) -> None:
    if row.last_used == today:
        return
    try:
        ApiKey.objects.filter(pk=row.pk).update(last_used=today)
    except DatabaseError:
        # Housekeeping: a busy database must not keep a sensor from speaking. The next request tries again.
        return
