"""What an IP address is: public, or for which special purpose it is set aside.

The tables follow IANA's special-purpose registries (RFC 6890 and its updates). An address that only carries an IPv4
address (mapped, NAT64, 6to4, ISATAP) is judged by the one that it carries.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network


class OddLiteralError(Exception):
    """An IP address written so that programs read it differently: octal, hexadecimal, one number, shortened, …"""


_SPECIAL_V4 = [
    (IPv4Network(network), what)
    for network, what in (
        ("0.0.0.0/8", "an unspecified"),
        ("10.0.0.0/8", "a private"),
        ("100.64.0.0/10", "a shared (carrier-grade NAT)"),
        ("127.0.0.0/8", "a loopback"),
        ("168.63.129.16/32", "a cloud platform's internal"),
        ("169.254.0.0/16", "a link-local"),
        ("172.16.0.0/12", "a private"),
        ("192.0.0.0/24", "a reserved"),
        ("192.0.2.0/24", "a documentation"),
        ("192.88.99.0/24", "a reserved"),
        ("192.168.0.0/16", "a private"),
        ("198.18.0.0/15", "a benchmarking"),
        ("198.51.100.0/24", "a documentation"),
        ("203.0.113.0/24", "a documentation"),
        ("224.0.0.0/4", "a multicast"),
        ("255.255.255.255/32", "a broadcast"),
        ("240.0.0.0/4", "a reserved"),
    )
]
_SPECIAL_V6 = [
    (IPv6Network(network), what)
    for network, what in (
        ("::/128", "an unspecified"),
        ("::1/128", "a loopback"),
        ("fe80::/10", "a link-local"),
        ("fc00::/7", "a private"),
        ("ff00::/8", "a multicast"),
        ("2001::/23", "a reserved"),
        ("2001:db8::/32", "a documentation"),
        ("3fff::/20", "a documentation"),
    )
]
_PUBLIC_V6 = IPv6Network("2000::/3")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""What stands before the IPv4 address in the lower half of an ISATAP address, under any prefix (RFC 5214)."""
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)


def special_purpose(address: Address) -> str | None:
    """What sets the address apart, as in "a private" (address), or None where it is public."""
    address = carried(address)
    if isinstance(address, IPv4Address):
        return next((what for network, what in _SPECIAL_V4 if address in network), None)
    what = next((what for network, what in _SPECIAL_V6 if address in network), None)
    return what or (None if address in _PUBLIC_V6 else "a reserved")


def carried(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries; else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    isatap = int(address) >> 32 & 0xFFFF_FFFF in _ISATAP
    if address.ipv4_mapped is not None or address in _NAT64 or isatap:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def literal(host: str) -> Address | None:
    """The address that a URL's host is, or None where it is a name. Raises OddLiteralError.

    A host whose last label is a number is an address (WHATWG URL): C libraries read `0x7f.1` and `2130706433` as one.
    """
    if ":" in host or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            address = ip_address(host)
        except ValueError as error:
            raise OddLiteralError(host) from error
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            raise OddLiteralError(host)
        return address
    return None
