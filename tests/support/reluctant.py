"""A server that takes a file slowly or not at all, with and without TLS."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PIECE_BYTES = 65536


class Reluctant(threading.Thread):
    """It tells where to send a file and then takes it piece by piece, 0 bytes a second: never."""

    def __init__(self, bytes_per_sec: float, certificate: Path | None = None) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE_BYTES)
        self._tls = _context(certificate)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._every_sec = PIECE_BYTES / bytes_per_sec if bytes_per_sec else 3600.0
        self._closing = threading.Event()
        self.received = bytearray()

    def __enter__(self) -> Reluctant:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._listener.close()
        self.join(5)

    def run(self) -> None:
        try:
            client, _ = self._listener.accept()
            if self._tls:
                client = self._tls.wrap_socket(client, server_side=True)
            with client:
                self._take(client)
        except OSError:
            return  # the client has given up

    def _take(self, client: socket.socket) -> None:
        client.recv(PIECE_BYTES)
        url = f"x-goog-upload-url: {self.url}/upload?upload_id=1"
        told = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-goog-upload-status: active\r\n"
        client.sendall(f"{told}{url}\r\n\r\n{{}}".encode())
        while not self._closing.wait(self._every_sec):
            piece = client.recv(PIECE_BYTES)
            if not piece:
                return
            self.received += piece


def certificate_in(folder: Path) -> Path:
    """A key and a certificate it signs itself, for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(here, False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "here.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _context(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
