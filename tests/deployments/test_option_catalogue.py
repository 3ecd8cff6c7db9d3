"""The rows of the options: each names what there is, adds what is not there, and keeps the platform's rules."""

import pytest

from cidr import DeploymentName
from components.conventions import Names
from components.conventions.roles import Role
from components.options.queue_names import poison
from deployments.catalogue.containers import CONTAINERS
from deployments.catalogue.databases import databases_of
from deployments.catalogue.grants import Grant
from deployments.catalogue.hubs import hubs_of
from deployments.catalogue.options import OPTIONS, SEARCH, Option, on_queue, options_of
from deployments.catalogue.services import services_of

NAMES = Names(DeploymentName.parse("westeu-prod-1"), "cf")
MEDIA = OPTIONS["media_processor"]
every_option = pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)


def hubs_with(option: Option) -> set[str]:
    """The hubs that a workload of the option may use."""
    reach = ("global", "regional") if option.kind == "regional" else ("global",)
    return {row.name for row in (*hubs_of(*reach), *option.hubs)}


def containers_with(option: Option) -> set[str]:
    """The containers of the deployment and those of the option."""
    return {row.name for row in (*CONTAINERS[option.kind], *option.containers)}


def targets_with(option: Option) -> set[str]:
    """Every word that a grant of the option may name."""
    queues = {name for queue in option.queues for name in (queue, poison(queue))}
    dead = {row.dead_letters for row in option.hubs}
    return {
        "registry",
        "insights",
        SEARCH,
        *map(on_queue, queues),
        *(f"hub:{name}" for name in hubs_with(option) | dead),
        *(f"container:{name}" for name in containers_with(option)),
    }


def granted(option: Option) -> list[Grant]:
    """Every grant that the option's rows write down."""
    rows = [*option.services, *option.jobs]
    return [*(each for row in rows for each in row.grants), *(each for its in option.grants.values() for each in its)]


@every_option
def test_an_option_adds_what_is_not_there(option: Option) -> None:
    """A name that a table has already would be made twice."""
    assert not set(option.databases) & set(databases_of(option.kind))
    assert not {row.name for row in option.hubs} & {row.name for row in hubs_of("global", "regional")}
    assert not {row.name for row in option.containers} & {row.name for row in CONTAINERS[option.kind]}
    added = [row.name for row in (*option.services, *option.jobs)]
    assert not set(added) & {row.name for row in services_of(option.kind)}
    assert len(added) == len(set(added))


@every_option
def test_an_option_names_what_there_is(option: Option) -> None:
    """Databases, hubs, containers, queues, services, and every target of a role."""
    for service in option.services:
        assert service.kind == option.kind
        assert set(service.databases) <= {*databases_of(option.kind), *option.databases}
        assert {*service.sends, *service.receives} <= hubs_with(option)
        assert set(service.containers) <= containers_with(option)
    for job in option.jobs:
        assert job.queue in option.queues
        assert set(job.sends) <= hubs_with(option)
        assert {*job.reads, *job.writes} <= containers_with(option)
    assert option.grants.keys() <= {row.name for row in services_of(option.kind)}
    assert {grant.on for grant in granted(option)} <= targets_with(option)
    assert all(row.kind == option.kind for row in option.hubs)


@every_option
def test_what_an_option_adds_can_be_named(option: Option) -> None:
    """Names that Azure would refuse are refused here."""
    for row in (*option.services, *option.jobs):
        NAMES.of("user_assigned_identity", row.name)
    for kind, names in (
        ("container_app", [row.name for row in option.services]),
        ("container_app_job", [row.name for row in option.jobs]),
        ("storage_container", [row.name for row in option.containers]),
        ("storage_queue", [name for queue in option.queues for name in (queue, poison(queue))]),
        ("postgres_database", option.databases),
        ("event_hub", [row.dead_letters for row in option.hubs]),
    ):
        assert [NAMES.of(kind, name) for name in names] == list(names)


def test_only_the_scheduler_opens_the_database_of_media() -> None:
    """platform.md, section 5: stages write blobs. A job of an option has no place where a database could be named."""
    (scheduler,) = MEDIA.services
    assert scheduler.databases == MEDIA.databases == ("media_service",)
    assert not any(hasattr(job, "databases") for job in MEDIA.jobs)
    assert not any("media_service" in row.databases for row in services_of("regional"))


def test_a_stage_reads_the_original_and_writes_beside_it() -> None:
    """It can neither change nor delete what a customer gave."""
    (job,) = MEDIA.jobs
    held = {(grant.role, grant.on) for grant in job.grants}
    assert (Role.STORAGE_BLOB_DATA_READER, "container:media") in held
    assert (Role.STORAGE_BLOB_DATA_CONTRIBUTOR, "container:media") not in held
    assert {on for role, on in held if role is Role.STORAGE_BLOB_DATA_CONTRIBUTOR} == {"container:media-stages"}


def test_messages_go_one_way() -> None:
    """The scheduler only puts them in; the job counts, takes and deletes them, and puts aside what it cannot do."""
    (scheduler,), (job,) = MEDIA.services, MEDIA.jobs
    on = {
        name: {grant.role for grant in row.grants if grant.on == on_queue(queue)}
        for name, row, queue in (
            ("scheduler", scheduler, "media"),
            ("job", job, "media"),
            ("aside", job, "media-poison"),
        )
    }
    assert on == {
        "scheduler": {Role.STORAGE_QUEUE_DATA_MESSAGE_SENDER},
        "job": {Role.STORAGE_QUEUE_DATA_READER, Role.STORAGE_QUEUE_DATA_MESSAGE_PROCESSOR},
        "aside": {Role.STORAGE_QUEUE_DATA_MESSAGE_SENDER},
    }


def test_one_service_writes_the_index_and_the_others_read_it() -> None:
    option = OPTIONS["ai_search"]
    writers = {
        name for name, its in option.grants.items() if any(it.role is Role.SEARCH_INDEX_DATA_CONTRIBUTOR for it in its)
    }
    readers = {
        name for name, its in option.grants.items() if any(it.role is Role.SEARCH_INDEX_DATA_READER for it in its)
    }
    assert (writers, readers) == ({"declaration"}, {"review", "case"})


def test_a_deployment_gets_the_options_that_it_asks_for_and_that_are_its_kinds() -> None:
    assert options_of("regional", ()) == ()
    assert options_of("regional", ["media_processor", "ai_search"]) == tuple(OPTIONS.values())
    assert options_of("regional", ["ai_search"]) == (OPTIONS["ai_search"],)
    assert options_of("global", OPTIONS) == ()
