"""Who asks, and for which tenant: the one thing that every session is bound to."""

from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

Permission = Literal["read", "edit", "admin"]
# Each permission and those that come with it.
PERMISSIONS: Final[dict[Permission, frozenset[Permission]]] = {
    "read": frozenset({"read"}),
    "edit": frozenset({"read", "edit"}),
    "admin": frozenset({"read", "edit", "admin"}),
}
LONGEST: Final = 256  # characters of an actor's id or name


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The tenant that work is done for, and who does it.

    Made by `tokens.Verifier` from a verified token, or by `envelope.Envelope.caller` from an event of the platform's
    own hubs; never from a header, a path or a body. actor_id: the object id of a person or an application in Entra.
    actor_name: what the audit shows a reader, as the token had it at the time. context: the signed token of
    high-assurance mode (`tenancy.assurance`), empty in databases without it.

    Raises ValueError for what no token of ours can hold: the nil UUID, an actor that is empty, too long or has control
    characters in it (PostgreSQL refuses NUL, and a log is read line by line).
    """

    tenant_id: UUID
    actor_id: str
    actor_name: str = field(default="", repr=False)
    permissions: frozenset[Permission] = frozenset()
    context: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.tenant_id, UUID) or self.tenant_id.int == 0:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError("tenant_id is the UUID of a tenant, not a text and not the nil UUID")
        if not self.actor_id.strip():
            raise ValueError("actor_id is empty: everything is done by somebody")
        for name, text in (("actor_id", self.actor_id), ("actor_name", self.actor_name)):
            if len(text) > LONGEST or not text.isprintable():
                raise ValueError(f"{name} has more than {LONGEST} characters, or one that cannot be printed")

    def may(self, permission: Permission) -> bool:
        """Whether the caller has this permission."""
        return permission in self.permissions
