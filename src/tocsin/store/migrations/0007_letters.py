from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0006_proofs"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                ("letter", models.TextField(primary_key=True, serialize=False)),
                ("subject", models.TextField()),
                ("sender", models.TextField()),
                ("about", models.TextField()),
                ("reason", models.TextField()),
                ("tries", models.IntegerField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("text", models.TextField()),
                ("standing", models.TextField(default="waiting")),
            ],
            options={
                "db_table": "tocsin_dead_letter",
                "indexes": [models.Index(fields=["standing", "last_at"], name="tocsin_dead_letter_of")],
            },
        ),
    ]
