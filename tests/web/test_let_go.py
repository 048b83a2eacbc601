"""A request of the API goes when it is answered, without the garbage collector; of a page its words wait for it."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator

import pytest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.test import RequestFactory
from django.utils.module_loading import import_string

from tocsin.web.config import MIDDLEWARE


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("path", ["/api/v1/areas", "/api/v1/sirens", "/api/v1/nowhere", "/healthz", "/control"])
def test_nothing_is_left_of_a_request_that_was_answered(path: str, desk: object, no_collector: None) -> None:
    handler = WSGIHandler()
    logging.disable()  # what captures the log keeps the requests that it speaks of
    try:
        for _ in range(2):
            answer = handler(RequestFactory()._base_environ(PATH_INFO=path), lambda *_: None)
            b"".join(answer)
            answer.close()
            del answer
    finally:
        logging.disable(logging.NOTSET)
    assert [one.path for one in gc.get_objects() if isinstance(one, WSGIRequest)] == []


def test_it_is_outermost() -> None:
    assert import_string(MIDDLEWARE[0]).__name__ == "LetGo"
