"""What options add beside rows of the tables: search and queues behind private ways, the record of flows, and the key
of signed tenant contexts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.data.signing_key import SigningKey, SigningKeyArgs
from components.network.flow_logs import FlowLogs, FlowLogsArgs
from components.options.ai_search import AiSearch, AiSearchArgs
from components.options.media_queue import MediaQueue, MediaQueueArgs
from deployments.blueprint import Blueprint
from deployments.catalogue.options import SEARCH, on_queue
from deployments.catalogue.workloads import SIGNING_KEY
from deployments.data import Data
from deployments.foundations import Foundations

_FLOWS_KEPT: Final = 30  # days of the records themselves; the workspace keeps what was read of them


@dataclass(frozen=True, kw_only=True)
class Additions:
    """What the settings add. `scopes`: of roles, by the words of the catalogue."""

    search: AiSearch | None = None
    queue: MediaQueue | None = None
    signing_key: SigningKey | None = None
    scopes: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])


def add(blueprint: Blueprint, base: Foundations, data: Data, opts: pulumi.ResourceOptions) -> Additions:
    """Declare what holds data, with the private way to each."""
    wanted, queues = blueprint.settings.options.ai_search, blueprint.runs.queues
    search, queue, signing_key = None, None, None
    scopes: dict[str, pulumi.Input[str]] = {}
    if wanted is not None and blueprint.runs.kind == "regional":
        args = AiSearchArgs(place=base.place, workspace_id=base.logs.id, sku=wanted.sku, replicas=wanted.replicas)
        search = AiSearch("search", args, opts)
        base.ways.to("search", search.id)
        scopes[SEARCH] = search.id
    if queues:
        queue = MediaQueue(
            "media",
            MediaQueueArgs(place=base.place, workspace_id=base.logs.id, account_name=data.storage.name, queues=queues),
            opts,
        )
        base.ways.to("queue", data.storage.id)
        scopes |= {on_queue(name): queue_id for name, queue_id in queue.queue_ids.items()}
    if blueprint.settings.options.flow_logs:
        FlowLogs(
            "flows",
            FlowLogsArgs(
                place=base.place,
                subscription_id=blueprint.settings.subscription_id,
                network_id=base.network.id,
                storage_id=data.storage.id,
                workspace_id=base.logs.id,
                kept_days=_FLOWS_KEPT,
            ),
            opts,
        )
    if blueprint.runs.signed_context:
        key = SigningKeyArgs(place=base.place, vault_name=base.vault.name, secret_name=SIGNING_KEY)
        signing_key = SigningKey("signing-key", key, opts)
        scopes[f"secret:{SIGNING_KEY}"] = signing_key.secret_id
    return Additions(search=search, queue=queue, signing_key=signing_key, scopes=scopes)
