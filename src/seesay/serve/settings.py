"""How a service listens and what it lets in."""

from __future__ import annotations

from ipaddress import ip_address

from pydantic import Field

from seesay.core.settings import Section

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class ServeSettings(Section):
    """How a service listens and what it lets in.

    Attributes:
        host: the address to listen on; anything but loopback asks for an API key.
        port: where to listen there; 0 for any that is free.
        hosts: further names under which the service may be asked for, such as the one that a
            reverse proxy passes on; who uses them needs an API key.
        cors_origins: other sites whose pages may ask the API, such as `https://example.org`.
        rate: requests a second of one client, on average.
        burst: how many requests of one client may come at once.
        posts_a_minute: new videos of one client.
        max_body: bytes of a request that carries no video.
        max_video: bytes of a request that carries a video.
        max_video_seconds: a longer video is not taken.
        max_memory: bytes that the process which decodes a new video may take.
        items: whether new videos are taken at all.
        poll_seconds: how often to look for a new bundle.
    """

    host: str = "127.0.0.1"
    port: int = Field(8765, ge=0, le=65535)
    hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    rate: float = Field(500.0, gt=0)
    burst: int = Field(1000, ge=1)
    posts_a_minute: float = Field(30.0, gt=0)
    max_body: int = Field(1_000_000, ge=1)
    max_video: int = Field(500_000_000, ge=1)
    max_video_seconds: float = Field(3600.0, gt=0)
    max_memory: int = Field(3_000_000_000, ge=100_000_000)
    items: bool = True
    poll_seconds: float = Field(1.0, gt=0)

    @property
    def loopback(self) -> bool:
        """Whether nobody but this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Say whether an address or name leads to this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
