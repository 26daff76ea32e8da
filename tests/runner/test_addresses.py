"""Only public addresses are reached, however they are written; and those that the owner allows."""

from ipaddress import ip_address

import pytest

from runner.addresses import PrivateNetworks, parse_private_networks, special

NOTHING = PrivateNetworks()


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("127.0.0.1", "local"),
        ("127.8.8.8", "local"),
        ("0.0.0.0", "reserved"),  # noqa: S104 - nothing is bound to it
        ("10.1.2.3", "private"),
        ("172.31.255.255", "private"),
        ("192.168.0.1", "private"),
        ("100.64.0.1", "private"),
        ("100.100.100.200", "private"),
        ("169.254.169.254", "link-local"),
        ("168.63.129.16", "local"),
        ("192.0.0.192", "reserved"),
        ("198.18.0.1", "reserved"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::1", "local"),
        ("::", "reserved"),
        ("fe80::1", "link-local"),
        ("fd00:ec2::254", "private"),
        ("fec0::1", "reserved"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "reserved"),
        ("2001:0:7f00:1::", "reserved"),
        ("::ffff:127.0.0.1", "local"),
        ("::ffff:169.254.169.254", "link-local"),
        ("::127.0.0.1", "reserved"),
        ("64:ff9b::127.0.0.1", "local"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
        ("64:ff9b:1::1", "reserved"),
        ("2002:7f00:1::", "local"),
        ("2002:a9fe:a9fe::1", "link-local"),
        ("2606:4700::5efe:127.0.0.1", "local"),
        ("2606:4700::200:5efe:10.0.0.1", "private"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str, what: str) -> None:
    assert NOTHING.refused(ip_address(address), 80) == what


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8"],
)
def test_a_public_address_is_reached(address: str) -> None:
    assert NOTHING.refused(ip_address(address), 80) is None


def test_no_address_outside_of_the_internet_is_public() -> None:
    # As Python has it; where it says less, the registry of our own says more.
    for first in range(256):
        for second in range(0, 256, 3):
            address = ip_address(f"{first}.{second}.0.9")
            assert special(address) is not None or address.is_global, address


def test_what_the_owner_allows_is_reached_on_its_port_only() -> None:
    allowed = parse_private_networks("10.1.0.0/16, 192.168.1.5:8080, [fd00::/8]:443, ::1")
    assert allowed.refused(ip_address("10.1.9.9"), 5) is None
    assert allowed.refused(ip_address("::ffff:10.1.9.9"), 5) is None
    assert allowed.refused(ip_address("10.2.0.1"), 5) == "private"
    assert allowed.refused(ip_address("192.168.1.5"), 8080) is None
    assert allowed.refused(ip_address("192.168.1.5"), 8081) == "private"
    assert allowed.refused(ip_address("fd00::1"), 443) is None
    assert allowed.refused(ip_address("fd00::1"), 80) == "private"
    assert allowed.refused(ip_address("::1"), 80) is None


def test_a_host_is_allowed_by_its_name_and_port() -> None:
    allowed = parse_private_networks("Ollama.internal:11434,db:5432")
    assert allowed.allow_host("ollama.INTERNAL.", 11434)
    assert not allowed.allow_host("ollama.internal", 80)
    assert not allowed.allow_host("internal", 11434)
    assert allowed.allow_host("db", 5432)


@pytest.mark.parametrize(
    "written",
    ["10.0.0.1/8", "ollama.internal", "10.0.0.0/33", "db:0", "db:70000", "*", "[fd00::/8", "a b:1", "db:http"],
)
def test_what_is_neither_network_nor_host_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="Expected a network like"):
        parse_private_networks(written)
