"""One door under atheris: inputs that reach new code are kept and changed further. Ends the process.

python -m fuzz.guided NAME SECONDS
"""

from __future__ import annotations

import hashlib
import sys
from importlib import import_module

import atheris

from fuzz.place import WORK, found

with atheris.instrument_imports(include=["tocsin"]):
    from fuzz.harness import allowed_ms, cost_ms

    TARGET = import_module(f"fuzz.targets.{sys.argv[1]}")


def main() -> None:
    """Fuzz until the time is over or something breaks. What seems slow is kept, to be measured without the counting."""
    name, seconds = sys.argv[1], sys.argv[2]
    corpus, slow = WORK / "corpus" / name, WORK / "slow" / name
    for folder in (corpus, slow, WORK / "found"):
        folder.mkdir(parents=True, exist_ok=True)
    for data in (*TARGET.SEEDS, *found(name)):
        (corpus / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)
    words = WORK / f"{name}.words"
    words.write_text("".join(f'"{_quoted(word)}"\n' for word in TARGET.WORDS), encoding="ascii")

    def one(data: bytes) -> None:
        if cost_ms(TARGET.take, data) > allowed_ms(data):
            (slow / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)

    options = [
        f"-max_total_time={seconds}",
        "-max_len=65536",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    options += [f"-dict={words}", f"-artifact_prefix={WORK / 'found' / name}-", "-verbosity=1", str(corpus)]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def _quoted(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main()
