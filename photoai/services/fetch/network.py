"""Names, addresses and connections, and which addresses lie on the open internet."""

from __future__ import annotations

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

# The only IPv6 addresses handed out so far; mapped and NAT64 forms of IPv4 lie outside.
GLOBAL_UNICAST = IPv6Network("2000::/3")
# Special ranges that one version of `ipaddress` or another calls global.
SPECIAL = [
    ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure's platform, which tells machines their secrets
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",  # Teredo among others
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
]


class Network:
    """All that a download asks of the operating system."""

    def addresses(self, host: str) -> Collection[str]:
        """What a host's name stands for, best first. Raises OSError."""
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))

    def connect(self, address: str, port: int, timeout_sec: float) -> socket.socket:
        """A connection to an address, not to a name. Raises OSError."""
        return socket.create_connection((address, port), timeout_sec)


def is_public(address: Address) -> bool:
    """Whether it belongs to one machine on the open internet."""
    if address.version == 6 and address not in GLOBAL_UNICAST:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in SPECIAL)


def address_in(text: str) -> Address | None:
    """The address a host is written as, None when it is a name or an odd notation."""
    if "%" in text:  # a zone names one of our own interfaces
        return None
    try:
        return ip_address(text)
    except ValueError:
        return None
