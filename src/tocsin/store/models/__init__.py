"""The tables. Every module of this folder is one group of them; Django meets them all by importing this package."""

from __future__ import annotations

from tocsin.core.registry import modules_of

modules_of(__name__)
