"""Read tables of the warn room. Disposable: ``store.projections`` rebuilds them from the ledger at any time.

Nothing here has a limit on length, a default taken from a clock, or a number given by the database: a row says what
the ledger says, so that a rebuilt table is equal to the live one.
"""

from __future__ import annotations

from django.db import models


class Projection(models.Model):
    """The base of every read table. ``seq`` is the last entry that touched the row."""

    seq = models.BigIntegerField(default=0)

    class Meta:
        abstract = True
        app_label = "store"


class AreaRow(Projection):
    """An area and what is known of it. ``defined`` is false where the ledger speaks of it before defining it."""

    id = models.TextField(primary_key=True)
    defined = models.BooleanField(default=False)
    parent = models.TextField(default="", db_index=True)
    kind = models.TextField(default="")
    names = models.JSONField(default=dict)
    population = models.BigIntegerField(null=True)
    lead_time_s = models.BigIntegerField(default=0)
    zone = models.TextField(default="UTC")
    drawn = models.BooleanField(default=False)
    demo = models.BooleanField(default=False)
    unknown_since = models.DateTimeField(null=True)
    unknown_reason = models.TextField(default="")
    end_kind = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)
    ended_warning = models.TextField(default="")

    class Meta(Projection.Meta):
        db_table = "read_area"


class SirenRow(Projection):
    """A siren, the last command handed to the broker, and the newest thing that the device measured of itself."""

    id = models.TextField(primary_key=True)
    registered = models.BooleanField(default=False)
    name = models.JSONField(default=dict)
    area = models.TextField(default="", db_index=True)
    tones = models.JSONField(default=list)
    hard_limit_s = models.BigIntegerField(default=0)
    key = models.TextField(default="")
    demo = models.BooleanField(default=False)
    command_id = models.TextField(default="")
    command_action = models.TextField(default="")
    command_tone = models.TextField(default="")
    command_warning = models.TextField(default="")
    commanded_at = models.DateTimeField(null=True)
    command_expires = models.DateTimeField(null=True)
    skipped_command = models.TextField(default="")
    skipped_reason = models.TextField(default="")
    skipped_at = models.DateTimeField(null=True)
    state = models.TextField(default="")
    tone = models.TextField(default="")
    report_command = models.TextField(default="")
    measured_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)
    detail = models.TextField(default="")
    silent_since = models.DateTimeField(null=True)
    silent_command = models.TextField(default="")

    class Meta(Projection.Meta):
        db_table = "read_siren"


class DetectionRow(Projection):
    """A detection, recorded once for each source and its own identifier."""

    id = models.TextField(primary_key=True)
    source = models.TextField()
    source_id = models.TextField()
    trusted = models.BooleanField()
    threat = models.TextField()
    areas = models.JSONField()
    observed_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_index=True)
    note = models.TextField()

    class Meta(Projection.Meta):
        db_table = "read_detection"


class WarningRow(Projection):
    """A warning from draft to end. ``status``: draft, live, ended, discarded. ``sha256`` is of the present bytes."""

    id = models.TextField(primary_key=True)
    status = models.TextField(db_index=True)
    origin = models.TextField(default="")
    author = models.TextField(default="")
    threat = models.TextField(default="")
    level = models.TextField(default="")
    areas = models.JSONField(default=list)
    content = models.JSONField(default=dict)
    identifier = models.TextField(default="")
    sha256 = models.TextField(default="")
    sources = models.JSONField(default=list)
    approvals = models.JSONField(default=list)
    drafted_at = models.DateTimeField(null=True)
    edited_at = models.DateTimeField(null=True)
    escalated = models.BigIntegerField(default=0)
    rule = models.TextField(default="")
    issued_at = models.DateTimeField(null=True, db_index=True)
    issued_by = models.TextField(default="")
    updated_at = models.DateTimeField(null=True)
    expires = models.DateTimeField(null=True)
    cleared = models.JSONField(default=list)
    parted = models.JSONField(default=list)
    end_kind = models.TextField(default="")
    end_reason = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)
    supersedes = models.TextField(default="")
    superseded_by = models.TextField(default="")
    flash = models.BooleanField(default=False)

    class Meta(Projection.Meta):
        db_table = "read_warning"


class MessageRow(Projection):
    """A CAP message that went out. ``xml`` is served for ever as it is: the first entry with an identifier wins."""

    identifier = models.TextField(primary_key=True)
    sender = models.TextField()
    sent = models.TextField()
    msg_type = models.TextField()
    sha256 = models.TextField()
    warning = models.TextField(db_index=True)
    xml = models.TextField()
    at = models.DateTimeField()

    class Meta(Projection.Meta):
        db_table = "read_message"


class DrillRow(Projection):
    """A drill. Its message has other columns than a live one, so that no query can take one for the other."""

    id = models.TextField(primary_key=True)
    exercise = models.TextField(default="")
    status = models.TextField(default="")
    areas = models.JSONField(default=list)
    headline = models.JSONField(default=dict)
    instruction = models.JSONField(default=dict)
    description = models.JSONField(default=dict)
    drill_identifier = models.TextField(default="", db_index=True)
    drill_xml = models.TextField(default="")
    started_at = models.DateTimeField(null=True)
    expires = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(default="")

    class Meta(Projection.Meta):
        db_table = "read_drill"
