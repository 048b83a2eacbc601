"""The public record as files over HTTP: every form, the bulletin on paper, and no form that does not exist."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from doors import Api, Officer
from tocsin.app.desk import Desk
from tocsin.record.exports import form, forms


@pytest.mark.parametrize("name", sorted(forms()))
def test_everybody_takes_the_whole_record_in_every_form(desk: Desk, anybody: Api, name: str) -> None:
    answer = anybody.client.get(f"/record/export/{name}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == form(name).MIME
    assert answer["Content-Disposition"].endswith(f'.{form(name).ENDING}"')


def test_what_is_taken_can_be_read_back(desk: Desk, anybody: Api) -> None:
    found = form("json").read(anybody.client.get("/record/export/json").content)
    assert found == form("csv").read(anybody.client.get("/record/export/csv").content)


def test_there_is_no_other_form(desk: Desk, anybody: Api) -> None:
    assert anybody.client.get("/record/export/ledger").status_code == 404


def test_a_page_on_paper(desk: Desk, anybody: Api, officer: Callable[..., Officer]) -> None:
    records = officer("rita", "records").api
    body = {"title": {"en": "A night"}, "tags": ["drones"]}
    assert records.post("/record/pages/2024-01-05/revise", body).status_code == 201
    answer = anybody.client.get("/record/2024-01-05/pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert records.post("/record/pages/2024-01-05/withdraw", {"reason": "under review"}).status_code == 201
    assert anybody.client.get("/record/2024-01-05/pdf").status_code == 404
