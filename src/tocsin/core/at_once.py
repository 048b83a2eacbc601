"""How a connection is asked to send each message at once."""

from __future__ import annotations

import socket

AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Socket options. Without it TCP keeps a small message back until the one before it is acknowledged (RFC 896), which
the other side may put off for a fifth of a second and more (RFC 1122, 4.2.3.2): as long would a siren be silent.
"""
