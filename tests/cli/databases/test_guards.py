"""What changes data for good is meant: typed, or confirmed; production asks for its name and knows no samples."""

import sys

import pytest

from cidr import DeploymentName, FaultsError
from cli.databases import schema, tenants
from cli.databases.guards import Consent, require_consent
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from tests.cli.databases.pretend import Pretend, Seen, result

DEV, PROD = DeploymentName.parse("westeu-dev-1"), DeploymentName.parse("westeu-prod-1")


@pytest.mark.parametrize(
    ("name", "consent"),
    [
        (DEV, Consent(yes=True)),
        (DEV, Consent(confirm="westeu-dev-1")),
        (PROD, Consent(confirm="westeu-prod-1")),
        (PROD, Consent(confirm="westeu-prod-1", yes=True)),
    ],
)
def test_who_means_it_is_let_through(name: DeploymentName, consent: Consent) -> None:
    """Nobody is asked then."""
    seen = Seen()
    require_consent(seen.screen(), name, "erasing", consent)
    assert seen.words == ""


@pytest.mark.parametrize(
    ("name", "consent", "words"),
    [
        (DEV, Consent(), "nobody is at the terminal"),
        (PROD, Consent(), "the same command with --confirm westeu-prod-1"),
        (PROD, Consent(yes=True), "westeu-prod-1 is production: --yes is not enough"),
        (PROD, Consent(yes=True, confirm="westeu-dev-1"), "'westeu-dev-1' is not westeu-prod-1"),
        (DEV, Consent(yes=True, confirm="westeu-prod-1"), "'westeu-prod-1' is not westeu-dev-1"),
    ],
)
def test_who_does_not_is_refused_and_told_how(name: DeploymentName, consent: Consent, words: str) -> None:
    """A wrong name is a mistake even beside --yes."""
    with pytest.raises(RefusedError, match=words):
        require_consent(Seen().screen(), name, "erasing", consent)


@pytest.mark.parametrize(("typed", "passes"), [("westeu-prod-1\n", True), ("westeu-prod-2\n", False), ("\n", False)])
def test_at_a_terminal_the_name_is_typed(monkeypatch: pytest.MonkeyPatch, typed: str, passes: bool) -> None:
    """The whole name, and nothing else."""

    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return typed

    monkeypatch.setattr(sys, "stdin", Terminal())
    if passes:
        require_consent(Seen().screen(), PROD, "erasing", Consent())
    else:
        with pytest.raises(RefusedError, match="nothing was changed"):
            require_consent(Seen().screen(), PROD, "erasing", Consent())


def test_without_consent_no_job_is_started() -> None:
    """Erasing, importing and dropping rows; and the consent alone is what lets them go."""
    azure, screen = Pretend(told=[[result()]] * 3), Seen().screen()
    host = azure.host()
    for consent in (Consent(), Consent(yes=True)):
        started = len(azure.started)
        for command in (
            lambda: tenants.erase(screen, host, "acme", name="acme-1", reason="", consent=consent),  # noqa: B023
            lambda: tenants.import_(screen, host, "acme-1", "", consent),  # noqa: B023
            lambda: schema.migrate(screen, host, "0001", drop_data=True, consent=consent),  # noqa: B023
        ):
            if consent.yes:
                assert command() == ExitCode.OK
            else:
                with pytest.raises(RefusedError):
                    command()
        assert len(azure.started) - started == (3 if consent.yes else 0)


def test_samples_have_no_place_in_production() -> None:
    """Not with any option: there is none."""
    azure = Pretend()
    with pytest.raises(RefusedError, match="westeu-prod-1 is production: sample tenants have no place there"):
        schema.seed(Seen().screen(), azure.host("westeu-prod-1"))
    assert azure.started == []


def test_production_goes_to_the_reviewed_revision_alone() -> None:
    """Another one is a change of the stack file, which somebody reviews."""
    azure = Pretend(told=[[result()]] * 2, backups=["2126-01-01T00:00:00Z"])
    host, screen = azure.host("westeu-prod-1"), Seen().screen()
    reviewed = host.settings.schema_revision
    with pytest.raises(FaultsError, match="0001 is not the revision that was reviewed for westeu-prod-1"):
        schema.migrate(screen, host, "0001", drop_data=False, consent=Consent())
    assert azure.started == []
    assert schema.migrate(screen, host, str(reviewed), drop_data=False, consent=Consent()) == ExitCode.OK


def test_production_is_migrated_after_a_backup_that_is_fresh() -> None:
    """One of today is enough; where there is none, or an old one, it is made first; a refused one stops all."""
    fresh = Pretend(told=[[result()]], backups=["2126-01-01T00:00:00Z"])
    schema.migrate(Seen().screen(), fresh.host("westeu-prod-1"), "", drop_data=False, consent=Consent())
    assert not [it for it in fresh.asked if it.startswith("PUT")]
    for backups in ([], ["2020-01-01T00:00:00.123456Z"]):
        stale, seen = Pretend(told=[[result()]], backups=[*backups]), Seen()
        schema.migrate(seen.screen(), stale.host("westeu-prod-1"), "", drop_data=False, consent=Consent())
        (made,) = (at for at, it in enumerate(stale.asked) if it.startswith("PUT"))
        assert "psql-cf-westeu-prod-1/backups/before-migration-" in stale.asked[made]
        assert made < next(at for at, it in enumerate(stale.asked) if it.endswith("/start"))
        assert "is made first" in seen.words
    refused = Pretend(refuses="BackupNotAllowed")
    with pytest.raises(RefusedError, match="no fresh backup: BackupNotAllowed"):
        schema.migrate(Seen().screen(), refused.host("westeu-prod-1"), "", drop_data=False, consent=Consent())
    assert refused.started == []
    endless = Pretend(completes=False)
    with pytest.raises(RefusedError, match="is not completed after 3600 s"):
        schema.migrate(Seen().screen(), endless.host("westeu-prod-1"), "", drop_data=False, consent=Consent())
    assert endless.started == []
    dev = Pretend(told=[[result()]])
    schema.migrate(Seen().screen(), dev.host(), "", drop_data=False, consent=Consent())
    assert not [it for it in dev.asked if "backups" in it]
