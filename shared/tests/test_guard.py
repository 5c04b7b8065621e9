from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, strategies as st

from shared.outgoing.guard import Guard, RefusedTargetError

PRIVATE_HOSTS = [
    # IPv4 in the usual form
    "127.0.0.1",
    "127.0.0.1.",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.254",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "0.1.2.3",
    "192.0.0.192",
    "192.0.2.7",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.9",
    "203.0.113.200",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    # IPv4 as C libraries read it: short, decimal, octal, hexadecimal, and mixed
    "127.1",
    "127.0.1",
    "10.1",
    "0",
    "2130706433",
    "2852039166",
    "0177.0.0.1",
    "0177.0.0.01",
    "00000177.1",
    "017700000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0x7F000001",
    "0x7f000001",
    "0xa9fea9fe",
    "0x7f.0x0.0x0.0x1",
    "0300.0250.1.1",
    "127.0.0.0x1",
    "127.0.0.01",
    "0127.0.0.1",
    "0x",
    "4294967297",
    "256.0.0.1",
    "127.0.0.1.1",
    # IPv4 in other characters
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "①②⑦.⓪.⓪.①",
    "١٢٧.٠.٠.١",
    "१२७.०.०.१",
    "%31%32%37.0.0.1",
    "127%2e0.0.1",
    # IPv6
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[::1%25lo]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[2001::1]",
    "[2001:2::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[4000::1]",
    # IPv4 inside IPv6
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:10.0.0.1]",
    "[::FFFF:169.254.169.254]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2606:4700::5efe:10.0.0.1]",
    "[2606:4700::200:5efe:127.0.0.1]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:7f00:1::]",
    # names
    "localhost",
    "LOCALHOST",
    "localhost.",
    "LocalHost.localdomain",
    "app.localhost",
    "ｌｏｃａｌｈｏｓｔ",
    "ip6-localhost",
    "redis",
    "gateway",
    "printer.local",
    "metadata.google.internal",
    "router.lan",
    "nas.home.arpa",
]


@pytest.mark.parametrize("host", PRIVATE_HOSTS)
@pytest.mark.parametrize("plain_http", [True, False])
def test_a_private_address_is_refused_however_it_is_written(host: str, plain_http: bool) -> None:
    for url in (f"https://{host}/", f"https://{host}:8443/path?q=1#f", f"HTTPS://{host}"):
        with pytest.raises(RefusedTargetError) as refused:
            Guard().check_url(url, plain_http=plain_http)
        assert_one_sentence(str(refused.value))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "https://sub.example.org:8443/hook?x=1",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
        "https://[::ffff:1.1.1.1]/",
        "https://[64:ff9b::1.1.1.1]/",
        "https://[2002:101:101::1]/",
        "https://172.32.0.1/",
        "https://100.128.0.1/",
        "https://münchen.example/",
        "https://xn--mnchen-3ya.example/",
        "https://a_b.example.org/",
        "https://3com.com/",
        "https://example.org./",
        "https://example.org/a b".replace(" ", "%20"),
        "https://fd00.example/",
    ],
)
def test_a_public_address_passes(url: str) -> None:
    Guard().check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///path",
        "https://?q",
        "//example.org/",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "unix:///run/docker.sock",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://:@example.org/",
        "https://example.org@127.0.0.1/",
        "https://example.org\\@127.0.0.1/",
        "https://example.org:80\\@127.0.0.1/",
        "https://127.0.0.1\\.example.org/",
        "https://exam ple.org/",
        "https://example.org/\n",
        " https://example.org/",
        "https://example.org/\x00",
        "https://example.org/\ud800",
        "https://ex\tample.org/",
        "https://example.org:0/",
        "https://example.org:65536/",
        "https://example.org:port/",
        "https://example.org:-1/",
        "https://example.org:25/",
        "https://example.org:6667/",
        "https://[::1/",
        "https://::1/",
        "https://[example.org]/",
        "https://[v1.fe]/",
        "https://[2606:4700:4700::1111%25eth0]/",
        "https://[2606:4700:4700::1111%eth0]/",
        "https://exa$mple.org/",
        "https://example..org/",
        "https://-example.org/",
        "https://" + "a" * 64 + ".org/",
        "https://" + "a." * 127 + "org/",
        "https://example.org/" + "a" * 2048,
    ],
)
def test_an_address_that_cannot_be_called_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(RefusedTargetError) as refused:
        Guard().check_url(url, plain_http=True)
    assert_one_sentence(str(refused.value))


def test_a_secret_in_the_address_is_not_repeated() -> None:
    with pytest.raises(RefusedTargetError) as refused:
        Guard().check_url("https://user:s3cret@127.0.0.1/token")
    assert "s3cret" not in str(refused.value)
    assert "token" not in str(refused.value)


def test_plain_http_is_for_pages_and_allowed_targets_only() -> None:
    Guard().check_url("http://example.org/", plain_http=True)
    Guard(["example.org"]).check_url("http://example.org/")
    Guard(["127.0.0.0/8"]).check_url("http://127.0.0.1:9000/hook")
    Guard(["127.0.0.0/8"]).check_url("http://localhost:9000/hook")
    with pytest.raises(RefusedTargetError, match="http://"):
        Guard().check_url("http://example.org/")
    with pytest.raises(RefusedTargetError, match="http://"):
        Guard(["other.example"]).check_url("http://example.org/")


def test_plain_http_to_a_name_is_decided_by_the_address_where_networks_are_allowed() -> None:
    guard = Guard(["172.18.0.0/16"])
    guard.check_url("http://receiver:9000/hook")
    guard.check_address("172.18.0.5", "receiver", only_allowed=True)
    with pytest.raises(RefusedTargetError, match="http://"):
        guard.check_address("1.1.1.1", "example.org", only_allowed=True)
    guard.check_address("1.1.1.1", "example.org")


@pytest.mark.parametrize(
    ("allow", "url"),
    [
        ("10.0.0.0/8", "https://10.1.2.3/"),
        ("10.1.2.3", "https://10.1.2.3:25/"),
        ("10.1.2.3/8", "https://10.200.0.1/"),
        ("::1", "https://[::1]/"),
        ("fd00::/8", "https://[fd12::1]/"),
        ("10.0.0.0/8", "https://[::ffff:10.0.0.1]/"),
        ("10.0.0.0/8", "https://[64:ff9b::10.0.0.1]/"),
        ("127.0.0.0/8", "https://localhost/"),
        ("redis", "https://redis/"),
        ("Hooks.Internal.", "https://hooks.internal/"),
        ("*.internal", "https://hooks.internal/"),
        ("*.internal", "https://a.b.internal/"),
        ("10.0.0.0/8", "https://hooks.internal/"),
    ],
)
def test_what_the_operator_allows_passes(allow: str, url: str) -> None:
    Guard([allow]).check_url(url)


@pytest.mark.parametrize(
    ("allow", "url"),
    [
        ("10.0.0.0/8", "https://11.0.0.1:25/"),
        ("10.0.0.0/8", "https://127.0.0.1/"),
        ("10.0.0.0/8", "https://localhost/"),
        ("10.0.0.0/8", "https://0x0a000001/"),
        ("*.internal", "https://internal/"),
        ("*.internal", "https://notinternal/"),
        ("hooks.internal", "https://x.hooks.internal/"),
        ("localhost", "https://127.0.0.1/"),
        ("redis", "https://user@redis/"),
        ("redis", "ftp://redis/"),
    ],
)
def test_what_the_operator_allows_opens_nothing_else(allow: str, url: str) -> None:
    with pytest.raises(RefusedTargetError):
        Guard([allow]).check_url(url)


@pytest.mark.parametrize("target", ["", "10.0.0.0/33", "http://hooks.example", "a b", "10.0.0.0/8,::1", "*", "*.*.org"])
def test_an_allowance_that_means_nothing_is_an_error(target: str) -> None:
    with pytest.raises(ValueError, match="no network, address or host name"):
        Guard([target])


@pytest.mark.parametrize(
    "ip",
    ["127.0.0.1", "10.0.0.1", "::1", "fe80::1%2", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "0.0.0.0"],
)
def test_the_address_decides_whatever_the_name(ip: str) -> None:
    with pytest.raises(RefusedTargetError) as refused:
        Guard(["other.example"]).check_address(ip, "rebinding.example")
    assert_one_sentence(str(refused.value))
    assert "rebinding.example leads to" in str(refused.value)
    assert refused.value.address is not None
    assert ip.partition("%")[0] not in str(refused.value)


def test_a_host_that_is_allowed_by_name_may_lead_anywhere() -> None:
    Guard(["receiver", "*.hooks.example"]).check_address("10.0.0.1", "receiver")
    Guard(["receiver", "*.hooks.example"]).check_address("10.0.0.1", "A.Hooks.Example.")


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_judged_alike_in_each_of_its_ipv6_forms(number: int) -> None:
    plain = IPv4Address(number)
    forms = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0x64_FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80 | 1),
    ]
    assert {refuses(str(address)) for address in forms} == {refuses(str(plain))}


@given(st.ip_addresses())
def test_nothing_passes_that_python_knows_as_not_global(address: IPv4Address | IPv6Address) -> None:
    carries = isinstance(address, IPv6Address) and (address.ipv4_mapped or address.sixtofour or address.teredo)
    if not refuses(str(address)) and not carries:
        assert address.is_global
        assert not address.is_multicast


@given(st.text(max_size=60))
def test_any_text_either_passes_or_is_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}.example/", f"https://example.org{text}"):
        try:
            Guard(["10.0.0.0/8", "*.example"]).check_url(url, plain_http=True)
        except RefusedTargetError as refused:
            assert_one_sentence(str(refused))


def refuses(ip: str) -> bool:
    try:
        Guard().check_address(ip, "some.example")
    except RefusedTargetError:
        return True
    return False


def assert_one_sentence(text: str) -> None:
    assert text.endswith(".")
    assert ": " in text, "says what is wrong, then how to mend it"
    assert "\n" not in text
