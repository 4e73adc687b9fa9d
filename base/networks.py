"""Whose address is whose: one IPv4 address, or an IPv6 /64, which a provider gives to one customer whole."""

import ipaddress

IPV6_PREFIX = 64


def range_of(address: str) -> tuple[str | None, str | None]:
    """The first and the last address of the network; twice None for no address, which equals no other."""
    if not address:
        return None, None
    whole = ipaddress.ip_address(address)
    prefix = IPV6_PREFIX if whole.version == 6 else whole.max_prefixlen
    network = ipaddress.ip_network(f"{whole}/{prefix}", strict=False)
    return str(network[0]), str(network[-1])
