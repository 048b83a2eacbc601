import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tocsin.store.models.accounts
import tocsin.store.models.ledger


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Officer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "ref",
                    models.CharField(
                        default=tocsin.store.models.accounts.new_ref, editable=False, max_length=20, unique=True
                    ),
                ),
                ("login", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("is_active", models.BooleanField(default=True)),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "tocsin_officer",
            },
        ),
        migrations.CreateModel(
            name="AreaRow",
            fields=[
                ("seq", models.BigIntegerField(default=0)),
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("defined", models.BooleanField(default=False)),
                ("parent", models.TextField(db_index=True, default="")),
                ("kind", models.TextField(default="")),
                ("names", models.JSONField(default=dict)),
                ("population", models.BigIntegerField(null=True)),
                ("lead_time_s", models.BigIntegerField(default=0)),
                ("zone", models.TextField(default="UTC")),
                ("drawn", models.BooleanField(default=False)),
                ("demo", models.BooleanField(default=False)),
                ("unknown_since", models.DateTimeField(null=True)),
                ("unknown_reason", models.TextField(default="")),
                ("end_kind", models.TextField(default="")),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_warning", models.TextField(default="")),
            ],
            options={
                "db_table": "read_area",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Cursor",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "ledger_cursor",
            },
        ),
        migrations.CreateModel(
            name="DetectionRow",
            fields=[
                ("seq", models.BigIntegerField(default=0)),
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("source", models.TextField()),
                ("source_id", models.TextField()),
                ("trusted", models.BooleanField()),
                ("threat", models.TextField()),
                ("areas", models.JSONField()),
                ("observed_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_index=True)),
                ("note", models.TextField()),
            ],
            options={
                "db_table": "read_detection",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DrillRow",
            fields=[
                ("seq", models.BigIntegerField(default=0)),
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("exercise", models.TextField(default="")),
                ("status", models.TextField(default="")),
                ("areas", models.JSONField(default=list)),
                ("headline", models.JSONField(default=dict)),
                ("instruction", models.JSONField(default=dict)),
                ("description", models.JSONField(default=dict)),
                ("drill_identifier", models.TextField(db_index=True, default="")),
                ("drill_xml", models.TextField(default="")),
                ("started_at", models.DateTimeField(null=True)),
                ("expires", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.TextField(default="")),
            ],
            options={
                "db_table": "read_drill",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LedgerCheckpoint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(db_index=True)),
                ("text", models.TextField()),
            ],
            options={
                "db_table": "ledger_checkpoint",
            },
        ),
        migrations.CreateModel(
            name="MessageRow",
            fields=[
                ("seq", models.BigIntegerField(default=0)),
                ("identifier", models.TextField(primary_key=True, serialize=False)),
                ("sender", models.TextField()),
                ("sent", models.TextField()),
                ("msg_type", models.TextField()),
                ("sha256", models.TextField()),
                ("warning", models.TextField(db_index=True)),
                ("xml", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "read_message",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SirenRow",
            fields=[
                ("seq", models.BigIntegerField(default=0)),
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("registered", models.BooleanField(default=False)),
                ("name", models.JSONField(default=dict)),
                ("area", models.TextField(db_index=True, default="")),
                ("tones", models.JSONField(default=list)),
                ("hard_limit_s", models.BigIntegerField(default=0)),
                ("key", models.TextField(default="")),
                ("demo", models.BooleanField(default=False)),
                ("command_id", models.TextField(default="")),
                ("command_action", models.TextField(default="")),
                ("command_tone", models.TextField(default="")),
                ("command_warning", models.TextField(default="")),
                ("commanded_at", models.DateTimeField(null=True)),
                ("command_expires", models.DateTimeField(null=True)),
                ("skipped_command", models.TextField(default="")),
                ("skipped_reason", models.TextField(default="")),
                ("skipped_at", models.DateTimeField(null=True)),
                ("state", models.TextField(default="")),
                ("tone", models.TextField(default="")),
                ("report_command", models.TextField(default="")),
                ("measured_at", models.DateTimeField(null=True)),
                ("reported_at", models.DateTimeField(null=True)),
                ("detail", models.TextField(default="")),
                ("silent_since", models.DateTimeField(null=True)),
                ("silent_command", models.TextField(default="")),
            ],
            options={
                "db_table": "read_siren",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WarningRow",
            fields=[
                ("seq", models.BigIntegerField(default=0)),
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("status", models.TextField(db_index=True)),
                ("origin", models.TextField(default="")),
                ("author", models.TextField(default="")),
                ("threat", models.TextField(default="")),
                ("level", models.TextField(default="")),
                ("areas", models.JSONField(default=list)),
                ("content", models.JSONField(default=dict)),
                ("identifier", models.TextField(default="")),
                ("sha256", models.TextField(default="")),
                ("sources", models.JSONField(default=list)),
                ("approvals", models.JSONField(default=list)),
                ("drafted_at", models.DateTimeField(null=True)),
                ("edited_at", models.DateTimeField(null=True)),
                ("escalated", models.BigIntegerField(default=0)),
                ("rule", models.TextField(default="")),
                ("issued_at", models.DateTimeField(db_index=True, null=True)),
                ("issued_by", models.TextField(default="")),
                ("updated_at", models.DateTimeField(null=True)),
                ("expires", models.DateTimeField(null=True)),
                ("cleared", models.JSONField(default=list)),
                ("parted", models.JSONField(default=list)),
                ("end_kind", models.TextField(default="")),
                ("end_reason", models.TextField(default="")),
                ("ended_at", models.DateTimeField(null=True)),
                ("supersedes", models.TextField(default="")),
                ("superseded_by", models.TextField(default="")),
                ("flash", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "read_warning",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("prefix", models.CharField(max_length=12, unique=True)),
                ("digest", models.CharField(max_length=64)),
                ("label", models.CharField(max_length=100)),
                (
                    "ref",
                    models.CharField(
                        default=tocsin.store.models.accounts.new_ref, editable=False, max_length=20, unique=True
                    ),
                ),
                ("owner_kind", models.CharField(max_length=8)),
                ("grants", models.JSONField(default=list)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("last_used", models.DateField(blank=True, null=True)),
                ("revoked", models.DateTimeField(blank=True, null=True)),
                (
                    "officer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "tocsin_api_key",
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("seq", tocsin.store.models.ledger.RowNumber(primary_key=True, serialize=False)),
                ("event_id", models.TextField()),
                ("kind", models.TextField()),
                ("subject", models.TextField()),
                ("event", models.TextField()),
                ("prev", models.TextField()),
                ("hash", models.TextField()),
            ],
            options={
                "db_table": "ledger_entry",
                "indexes": [models.Index(fields=["subject", "seq"], name="ledger_entry_subject")],
                "constraints": [models.UniqueConstraint(fields=("event_id",), name="ledger_entry_event_id")],
            },
        ),
        migrations.CreateModel(
            name="RoleGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(max_length=16)),
                ("area_id", models.CharField(default="*", max_length=100)),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roles", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "tocsin_role_grant",
                "constraints": [
                    models.UniqueConstraint(fields=("officer", "role", "area_id"), name="tocsin_role_once")
                ],
            },
        ),
    ]
