"""What an event is wrapped in between services, so that whoever works on it works for the right tenant.

Written by the outbox publisher from the columns of `outbox.events`, whose tenant row-level security has held; read by
workers from the platform's own hubs, to which only publishers may send (`Azure Event Hubs Data Sender`): not signed.
It carries ids and no personal data of its own. https://cloudevents.io has the same parts under other names.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from tenancy.sessions.caller import Caller

# Event Hubs takes at most 1 MB a message, headers and key included:
# https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas
LARGEST: Final = 1_000_000
_ACTOR, _DATA = "actor_id", "data"


class EnvelopeError(Exception):
    """The message is no event of ours: it goes to the dead letters. The words name places and no values."""


class Envelope(BaseModel):
    """An event. type: `declaration.submitted`. actor_id: who did what the event tells of."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: UUID
    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_-]+)+$", max_length=100)]
    tenant_id: UUID
    actor_id: Annotated[str, Field(min_length=1, max_length=256)]
    occurred_at: AwareDatetime
    payload: dict[str, JsonValue]

    @field_validator("tenant_id")
    @classmethod
    def _someones(cls, value: UUID) -> UUID:
        if value.int == 0:
            raise ValueError("the nil UUID is no tenant")
        return value

    @field_validator("actor_id")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.strip() or not value.isprintable():
            raise ValueError("not printable")
        return value

    @property
    def caller(self) -> Caller:
        """Whom the worker's session is bound to: `TenantSession(engine, caller=envelope.caller)`."""
        return Caller(tenant_id=self.tenant_id, actor_id=self.actor_id)

    def message(self) -> bytes:
        """The event as it is sent."""
        return self.model_dump_json().encode()

    @classmethod
    def read(cls, message: bytes) -> Self:
        """The event of a message. Raises EnvelopeError."""
        if len(message) > LARGEST:
            raise EnvelopeError(f"{len(message)} bytes: at most {LARGEST}")
        try:
            return cls.model_validate_json(message)
        except ValidationError as error:
            raise EnvelopeError(_told(error)) from None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The event of a row of `outbox.events`, by its columns; its payload is `wrapped`. Raises EnvelopeError."""
        stored = row["payload"]
        try:
            return cls.model_validate(
                {
                    **{name: row[name] for name in ("id", "type", "tenant_id", "occurred_at")},
                    "actor_id": stored.get(_ACTOR),
                    "payload": stored.get(_DATA),
                }
            )
        except ValidationError as error:
            raise EnvelopeError(_told(error)) from None


def wrapped(caller: Caller, event_type: str, data: Mapping[str, JsonValue]) -> dict[str, Any]:
    """What column `payload` of the outbox holds. Raises EnvelopeError for what no envelope could carry."""
    payload = {_ACTOR: caller.actor_id, _DATA: dict(data)}
    row = {"id": UUID(int=1), "tenant_id": caller.tenant_id, "occurred_at": datetime.now(UTC)}
    if (size := len(Envelope.of_row({**row, "type": event_type, "payload": payload}).message())) > LARGEST:
        raise EnvelopeError(f"an event of {size} bytes: at most {LARGEST}; send an id and keep the rest in a table")
    return payload


def _told(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'message'}: {fault['type']}" for fault in faults)
