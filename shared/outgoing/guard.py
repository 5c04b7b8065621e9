"""The outgoing guard: what a page's redirect or a subscriber may make us call is on the public Internet and nowhere
else, unless the operator allows it (LIVEBELL_ALLOW_TARGETS).

`check_url` says early, and in one sentence, what is wrong with an address that somebody names. `check_address` decides:
it sees the address that the socket goes to, so that no name, redirect or second answer of a name server gets past it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from shared.outgoing.addresses import Address, Network, OddLiteralError, carried, literal, special_purpose

MAX_URL = 2048
MAX_HOST = 253
ALLOW = "have the operator add it to LIVEBELL_ALLOW_TARGETS"
# fmt: off
BAD_PORTS = frozenset((
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
))
# fmt: on
"""The ports that browsers refuse (WHATWG Fetch, "port blocking"): other protocols would take the request as theirs."""

_UNREADABLE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff\\]")
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_INTERNAL = (".local", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa")


class RefusedTargetError(Exception):
    """A target that may not be called. The text is one sentence: what is wrong and how to mend it.

    It does not name the address that a name led to, since subscribers may read it; `address` does, for the log.
    """

    def __init__(self, sentence: str, address: str | None = None) -> None:
        super().__init__(sentence)
        self.address = address


class Guard:
    """`allow` holds networks (`10.0.0.0/8`), addresses and host names (`*.` before it for its subdomains).

    Raises ValueError where one of them is none of these.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._networks: list[Network] = []
        self._hosts: set[str] = set()
        for target in allow:
            self._allow(target.strip().lower().rstrip("."))

    def check_url(self, url: str, *, plain_http: bool = False) -> None:
        """Raises RefusedTargetError. `plain_http`: http is fine for any target, as when public pages are fetched."""
        parts = _split(url)
        host = _host(parts)
        address = _literal(host)
        allowed = self._allows_host(host) or (address is not None and self._allows(address))
        _check_scheme(parts.scheme, plain_http or allowed or (address is None and bool(self._networks)))
        if "@" in parts.netloc:
            raise RefusedTargetError("The address carries a user name or password: leave out what stands before the @.")
        port = _port(parts)
        if allowed:
            return
        if port in BAD_PORTS:
            raise RefusedTargetError(f"Port {port} belongs to another protocol than HTTP: use 443 or another port.")
        if address is not None:
            _refuse_special(address, host)
        else:
            self._check_name(host)

    def check_address(self, ip: str, host: str, *, only_allowed: bool = False) -> None:
        """Raises RefusedTargetError unless the address that `host` led to may be called.

        `only_allowed`: a public address will not do either, as for a webhook over plain http.
        """
        address = ip_address(ip.partition("%")[0])
        if self._allows_host(host.lower().rstrip(".")) or self._allows(address):
            return
        _refuse_special(address, host)
        if only_allowed:
            raise RefusedTargetError(_over_plain_http(), ip)

    def opens(self, url: str) -> bool:
        """Whether the operator named this very target: its host, or its address where it is written as one."""
        host = _host(_split(url))
        address = _literal(host)
        return self._allows_host(host) or (address is not None and self._allows(address))

    def _allow(self, target: str) -> None:
        try:
            self._networks.append(ip_network(target, strict=False))
        except ValueError:
            if not _NAME.fullmatch(target.removeprefix("*.")):
                raise ValueError(
                    f"{target!r} is no network, address or host name: write 10.0.0.0/8, ::1, or hooks.example.org."
                ) from None
            self._hosts.add(target)

    def _allows_host(self, host: str) -> bool:
        labels = host.split(".")
        return host in self._hosts or any(f"*.{'.'.join(labels[at:])}" in self._hosts for at in range(1, len(labels)))

    def _allows(self, address: Address) -> bool:
        return any(address in network or carried(address) in network for network in self._networks)

    def _check_name(self, host: str) -> None:
        if host == "localhost" or host.endswith(".localhost"):
            if not (self._allows(IPv4Address("127.0.0.1")) or self._allows(IPv6Address("::1"))):
                raise RefusedTargetError(f"{host} is this machine itself: name a public host, or {ALLOW}.")
        elif not self._networks and ("." not in host or host.endswith(_INTERNAL)):
            raise RefusedTargetError(f"{host} is a name inside a private network: name a public host, or {ALLOW}.")


def _split(url: str) -> SplitResult:
    if len(url) > MAX_URL:
        raise RefusedTargetError(f"The address is longer than {MAX_URL} characters: use a shorter one.")
    if _UNREADABLE.search(url):
        raise RefusedTargetError("The address holds a space, backslash or control character: percent-encode it.")
    try:
        return urlsplit(url)
    except ValueError:
        raise RefusedTargetError(
            "The address cannot be read: write it as https://host/path, an IPv6 address in square brackets."
        ) from None


def _host(parts: SplitResult) -> str:
    """The host in lower case, without a last dot, as the ASCII that name servers know."""
    raw = (parts.hostname or "").removesuffix(".")
    if not raw:
        raise RefusedTargetError("The address has no host: write it as https://host/path.")
    if "[" in parts.netloc:
        if ":" not in raw:
            raise RefusedTargetError("What stands in square brackets is no IPv6 address: leave the brackets out.")
        return raw
    try:
        host = raw.encode("idna").decode().lower()  # maps full-width digits, circled ones and the like
    except UnicodeError:
        host = ""
    if not _NAME.fullmatch(host) or len(host) > MAX_HOST:
        raise RefusedTargetError("The host's name is not valid: use letters, digits, hyphens and dots.")
    return host


def _literal(host: str) -> Address | None:
    try:
        found = literal(host)
    except OddLiteralError:
        raise _odd(host) from None
    if found is None and _is_foreign_number(host.rpartition(".")[2]):
        raise _odd(host)
    return found


def _odd(host: str) -> RefusedTargetError:
    return RefusedTargetError(f"{host} is an IP address in an unusual form: write it in the usual one, or name a host.")


def _is_foreign_number(label: str) -> bool:
    """Whether the label is digits of another script, which some programs take for ours."""
    try:
        return label.startswith("xn--") and label.removeprefix("xn--").encode().decode("punycode").isdecimal()
    except UnicodeError:
        return False


def _check_scheme(scheme: str, plain_http: bool) -> None:
    if scheme == "http" and not plain_http:
        raise RefusedTargetError(_over_plain_http())
    if scheme not in {"http", "https"}:
        raise RefusedTargetError("The address does not begin with https://: only web addresses can be called.")


def _over_plain_http() -> str:
    return f"The address begins with http://, which anybody on the way can read: use https://, or {ALLOW}."


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise RefusedTargetError("The port is not a number from 1 to 65535: leave it out, or mend it.")
    return port


def _refuse_special(address: Address, host: str) -> None:
    what = special_purpose(address)
    if what is None:
        return
    is_literal = host.strip("[]").lower() == str(address)
    names = "is" if is_literal else "leads to"
    raise RefusedTargetError(f"{host} {names} {what} address: name a public host, or {ALLOW}.", str(address))
