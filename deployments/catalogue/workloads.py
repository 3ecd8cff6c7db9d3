"""Names that more than one table uses: what runs in a deployment beside its services, and secrets of its vault."""

from typing import Final

GATEWAY: Final = "gateway"
TENANCY: Final = "tenancy"
SIGNING_KEY: Final = "tenancy-signing-key"
"""The secret in a deployment's vault by which its databases know who issues signed tenant contexts."""


def listener_secret(hub_name: str) -> str:
    """The secret in a deployment's vault by which its consumers of a hub are scaled."""
    return f"listen-{hub_name}"
