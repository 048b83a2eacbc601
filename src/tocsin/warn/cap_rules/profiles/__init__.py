"""Rule 44: agreements between senders and readers. One file is one profile.

A profile module has ``TITLE`` and ``check(subject) -> findings``, and may have
``check_feed(data, entries) -> findings``; it is found by reading this folder.
"""
