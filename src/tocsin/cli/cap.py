"""``tocsin cap``: check, sign and verify CAP 1.2 messages."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tocsin.cli.common import json_option, parts, say

_FILES = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def cap() -> None:
    """CAP 1.2 messages: check them against the rules, sign, verify."""


@cap.command()
@click.argument("files", nargs=-1, required=True, type=_FILES)
@click.option("--profile", help="Also the rules of a profile, e.g. ipaws, cap-cp, meteoalarm, google, wmo.")
@click.option("--strict", is_flag=True, help="Judge the messages as ones that are about to go out.")
@click.option("--together", is_flag=True, help="The files are one history, oldest first: also judge them side by side.")
@click.option(
    "--feed", type=_FILES, help="A feed that publishes these files, to be judged with them; means --together."
)
@json_option
def check(
    files: tuple[Path, ...], *, profile: str | None, strict: bool, together: bool, feed: Path | None, as_json: bool
) -> None:
    """Name every rule that a file breaks, with its number in docs/reference/cap-rules.md."""
    from tocsin.warn.cap import check_files, check_together

    given = [(str(path), path.read_bytes()) for path in files]
    if together or feed is not None:
        published = None if feed is None else (str(feed), feed.read_bytes())
        results = check_together(given, feed=published, profile=profile, strict_output=strict)
    else:
        results = check_files(given, profile=profile, strict_output=strict)
    if as_json:
        say(results)
    else:
        for result in results:
            click.echo(f"{result['file']}: {'ok' if result['ok'] else 'not ok'}")
            for finding in result["findings"]:
                click.echo(f"  rule {finding['rule']} {finding['severity']} {finding['path']}: {finding['message']}")
    if not all(result["ok"] for result in results):
        sys.exit(1)


@cap.command()
@click.argument("file", type=_FILES)
def sign(file: Path) -> None:
    """Sign a message with the city's key; the signed message goes to stdout."""
    from tocsin.warn.cap_xml import MAX_OWN_BYTES, load
    from tocsin.wiring import keys

    message = file.read_bytes()
    load(message, max_bytes=MAX_OWN_BYTES)  # what nobody could read is not signed
    sys.stdout.buffer.write(keys.cap_signer(parts().settings.keys).sign_cap(message))


@cap.command()
@click.argument("files", nargs=-1, required=True, type=_FILES)
@click.option("--cert", type=_FILES, multiple=True, help="Certificate (PEM) to trust for every sender.")
@json_option
def verify(files: tuple[Path, ...], cert: tuple[Path, ...], as_json: bool) -> None:
    """Verify signatures against the city's own certificates, former ones among them, the pinned partners, or --cert."""
    results = []
    for path in files:
        verdict = _verdict(path.read_bytes(), cert)
        results.append({"file": str(path), "ok": verdict[0] == "valid", "result": verdict[0], "reason": verdict[1]})
    if as_json:
        say(results)
    else:
        for result in results:
            click.echo(f"{result['file']}: {result['result']}. {result['reason']}")
    if not all(result["ok"] for result in results):
        sys.exit(1)


def _verdict(data: bytes, certificates: tuple[Path, ...]) -> tuple[str, str]:
    from tocsin.core.errors import TocsinError
    from tocsin.warn.cap_read import parse
    from tocsin.warn.sign import verify as check_signature
    from tocsin.wiring import keys
    from tocsin.wiring.outside import partners

    try:
        sender = parse(data).sender
    except TocsinError as fault:
        return "refused", fault.message
    if certificates:
        pinned = {sender: tuple(path.read_bytes() for path in certificates)}
    else:
        made = parts()
        own = keys.cap_certificates(made.settings.keys)
        pinned = {**partners(made.settings.home), made.city.sender: own}
    verdict = check_signature(data, pinned)
    return str(verdict.result), verdict.reason
