"""pywebpush and other HTTP clients: ``encrypt COUNT``, or ``send|aiohttp|httpx COUNT ORIGIN CERTIFICATE``."""

import asyncio
import json
import os
import ssl
import statistics
import sys
import time
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AT_ONCE = 100
BLOCK = 25


def encrypt(count):
    from pywebpush import WebPusher

    pusher = WebPusher(subscription("https://push.example"))
    message, took = os.urandom(1024), []
    for _ in range(count // BLOCK):
        began = time.perf_counter()
        for _ in range(BLOCK):
            pusher.encode(message, "aes128gcm")
        took.append(time.perf_counter() - began)
    return statistics.median(took) / BLOCK * count


def subscription(origin):
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": urlsafe_b64encode(point).decode(), "auth": urlsafe_b64encode(os.urandom(16)).decode()}
    return {"endpoint": f"{origin}/send/{'0' * 120}", "keys": keys}


def send(count, origin, pem):
    import requests
    from py_vapid import Vapid
    from pywebpush import webpush

    session, to, message = requests.Session(), subscription(origin), os.urandom(1024)
    os.environ["REQUESTS_CA_BUNDLE"] = pem  # requests heeds it before the session
    vapid = Vapid()
    vapid.generate_keys()
    began = time.perf_counter()
    for _ in range(count):
        claims = {"sub": "mailto:duty@city.example"}
        webpush(to, message, vapid_private_key=vapid, vapid_claims=claims, ttl=60, requests_session=session)
    return time.perf_counter() - began


def tls(pem):
    return ssl.create_default_context(cafile=pem)


async def side_by_side(count, post):
    waiting = iter(range(count))

    async def work():
        for n in waiting:
            assert await post(n) == 201

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return time.perf_counter() - began


async def with_aiohttp(count, origin, pem):
    import aiohttp

    body, connector = os.urandom(1127), aiohttp.TCPConnector(ssl=tls(pem), limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post(n):
            async with session.post(f"{origin}/send/{n:0120d}", data=body, headers={"ttl": "60"}) as answer:
                return answer.status

        return await side_by_side(count, post)


async def with_httpx(count, origin, pem):
    import httpx

    body = os.urandom(1127)
    async with httpx.AsyncClient(http2=True, verify=tls(pem), timeout=60) as client:

        async def post(n):
            return (await client.post(f"{origin}/send/{n:0120d}", content=body, headers={"ttl": "60"})).status_code

        return await side_by_side(count, post)


def main():
    what, many, *where = sys.argv[1:]
    count = int(many)
    if what == "encrypt":
        took = encrypt(count)
    elif what == "send":
        took = send(count, *where)
    else:
        import uvloop

        took = uvloop.run({"aiohttp": with_aiohttp, "httpx": with_httpx}[what](count, *where))
    print(json.dumps({"us": took / count * 1e6}))


main()
