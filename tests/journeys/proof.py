"""What holds of every issue, whatever died on its way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from journeys.rig import Live, Stack, until


def died(city: Stack, point: str) -> None:
    """The process that left the mark at this point is no more."""
    mark = city.own.run / f"crashed-{point}"
    try:
        until(mark.exists, f"a process reaches {point}")
    except AssertionError as fault:
        fault.add_note(city.said()[-4000:])
        raise
    pid = int(until(mark.read_text, "its id"))
    until(lambda: _gone(pid), f"process {pid} is dead")


def went_out_once(city: Stack, area: str, page: Live, before: int, *others: Live) -> None:
    """One issue, one measured start of one command, one update on each page, one receipt; and the book is whole."""
    pages = (page, *others)
    siren = city.sirens[area]
    (issued,) = until(lambda: city.facts("warning.issued", before), "the issue in the ledger")
    command = f"{issued['id']}.{siren}"
    until(lambda: city.mqtt.starts(siren), "measured sound")
    until(lambda: all(each.updates(issued["seq"]) for each in pages), "the update")
    until(lambda: _of(city, "siren.commanded", command, before), "the command in the ledger")
    until(lambda: _sounded(city, command, before), "the measured sound in the ledger")

    ended = city.duty.post(f"/warnings/{issued['body']['warning_id']}/all-clear", reason="over")

    # Once the end is through, nothing of the beginning can still be on its way.
    until(lambda: [s for s in city.mqtt.starts(siren) if s["tone"] == "all_clear"], "the all-clear tone")
    until(lambda: all(each.updates(max(ended["entries"])) for each in pages), "the end on the page")
    assert [s["command_id"] for s in city.mqtt.starts(siren)].count(command) == 1
    assert [s["tone"] for s in city.mqtt.starts(siren)] == ["wail", "all_clear"]
    for each in pages:
        assert [u["seq"] for u in each.updates()] == [issued["seq"], *ended["entries"]]
    assert len(_of(city, "siren.commanded", command, before)) == 1
    assert city.facts("siren.skipped", before) == []
    assert city.facts("siren.silent", before) == []
    assert len(city.facts("detection.recorded", before)) == 2
    city.sound_book()


def _of(city: Stack, kind: str, command: str, after: int) -> list[dict[str, Any]]:
    return [f for f in city.facts(kind, after) if f["body"]["command_id"] == command]


def _sounded(city: Stack, command: str, after: int) -> bool:
    return any(f["body"]["state"] == "sounding" for f in _of(city, "siren.reported", command, after))


def _gone(pid: int) -> bool:
    """A process that its parent has not collected yet is dead too."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
