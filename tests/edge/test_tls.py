"""An edge that ends TLS itself."""

import asyncio
import os
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.rig import HERE, Rig, Stream, read_head, read_reply, until
from tocsin.core.errors import Invalid
from tocsin.edge.live import Limits
from tocsin.edge.tls import Certificate


def write_pair(folder, name):
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key()).serial_number(1)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    form = serialization.PrivateFormat.PKCS8
    (folder / "chain.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return folder / "chain.pem", folder / "key.pem"


def trusting(chain):
    return ssl.create_default_context(cafile=chain)


@pytest.fixture
async def rig(tmp_path):
    rig = Rig(tmp_path, Limits())
    rig.tls = Certificate(*write_pair(tmp_path, "edge.test"))
    await rig.start()
    yield rig
    await rig.stop()


async def test_a_stream_over_tls_has_every_update_once_and_a_short_answer_ends_well(rig, tmp_path):
    trust = trusting(tmp_path / "chain.pem")
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port, ssl=trust, server_hostname="edge.test")
    assert writer.get_extra_info("ssl_object").version() in ("TLSv1.2", "TLSv1.3")
    writer.write(f"GET /live?cells={HERE} HTTP/1.1\r\nHost: edge.test\r\n\r\n".encode())
    stream = Stream(reader, writer, *await read_head(reader))
    rig.streams.append(stream)
    await until(lambda: stream.named("state"))
    for _ in range(3):
        rig.publish(rig.city.update(pad=30_000))
    await until(lambda: stream.ids() == [1, 2, 3])

    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port, ssl=trust, server_hostname="edge.test")
    writer.write(b"POST /live HTTP/1.1\r\nHost: edge.test\r\n\r\n")
    assert (await read_reply(reader)).status == 405
    assert await reader.read() == b"", "and is closed"
    writer.close()


async def test_plain_http_is_not_answered_and_disturbs_nobody(rig):
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n")
    assert b"HTTP/1.1 200" not in await reader.read()
    writer.close()


def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(tmp_path):
    chain, key = write_pair(tmp_path, "edge.test")
    certificate = Certificate(chain, key)
    assert not certificate.look(), "nothing has changed"
    write_pair(tmp_path, "new.test")
    os.utime(chain, (1, 1))
    assert certificate.look()
    key.write_text("no key")
    os.utime(key, (2, 2))
    assert not certificate.look()
    with pytest.raises(Invalid) as refused:
        Certificate(chain, key)
    assert refused.value.code == "TOC-8001"
    assert refused.value.field == "TOCSIN_EDGE_CERTIFICATE"
