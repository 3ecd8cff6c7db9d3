"""Places of state as they are typed: a sandbox home, or a backend that the Pulumi CLI logs in to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from cidr import Fault, FaultsError
from sandbox.home import SandboxHome

PASSPHRASE: Final = "passphrase"  # noqa: S105 - the name of a provider
_KEY_VAULT: Final = "azurekeyvault://"
_ALLOWED: Final = "sandbox:DIR, file:///DIR, azblob://CONTAINER?storage_account=ACCOUNT"


@dataclass(frozen=True)
class Where:
    """A place. text: as typed, made absolute; same: equal for two texts of one place; root: of a directory's files."""

    kind: Literal["sandbox", "file", "azblob"]
    text: str
    same: str
    root: Path | None = None

    @property
    def home(self) -> SandboxHome:
        """The sandbox home that it is."""
        if self.root is None:
            raise AssertionError("only a sandbox has a home")
        return SandboxHome(self.root)


def sandbox(home: SandboxHome) -> Where:
    """A sandbox home as a place."""
    return Where("sandbox", f"sandbox:{home.root}", f"file:{home.state.resolve()}", home.root)


def where(text: str, option: str, environment: Mapping[str, str]) -> Where:
    """The place that an option names. Raises FaultsError for what is none, or cannot be reached from anywhere.

    environment: has AZURE_STORAGE_ACCOUNT, as the CLI takes it where the URL has no account
    (https://www.pulumi.com/docs/iac/concepts/state-and-backends/#azure-blob-storage).
    """
    scheme, _, rest = text.partition(":")
    if scheme == "sandbox" and rest:
        return sandbox(SandboxHome(Path(rest).expanduser().resolve()))
    parts = urlsplit(text)
    if scheme == "file":
        path = Path(unquote(parts.path))
        if parts.netloc or not path.is_absolute():
            raise _fault(option, f"{text} is no absolute path", "file:// and a path that begins with /", _ALLOWED)
        if not path.is_dir():
            raise _fault(option, f"there is no directory {path}", "a directory that is there", f"mkdir -p '{path}'")
        return Where("file", text, f"file:{path.resolve()}", path)
    if scheme == "azblob":
        account = next(iter(parse_qs(parts.query).get("storage_account", ())), environment.get("AZURE_STORAGE_ACCOUNT"))
        if not parts.netloc or not account:
            raise _fault(option, f"{text} lacks its container or its storage account", _ALLOWED, _BACKENDS)
        return Where("azblob", text, f"azblob:{account}/{parts.netloc}{parts.path.rstrip('/')}")
    raise _fault(option, f"{text!r} is no place of state", _ALLOWED, f"{option} with one of these")


def secrets_provider(target: Where, given: str | None, known: str | None) -> str:
    """What is to encrypt the secrets in the target: as given, else as the account says; empty for a sandbox.

    known: the account's own provider for this stack, where the target is the account's backend. Raises FaultsError.
    """
    option = "--secrets-provider"
    if target.kind == "sandbox":
        if given:
            what = f"{given}: a sandbox home has a passphrase of its own"
            raise _fault(option, what, f"no {option}", f"leave {option} out")
        return ""
    chosen = given or known
    allowed = f"{PASSPHRASE}, or {_KEY_VAULT}VAULT.vault.azure.net/keys/KEY"
    if not chosen:
        what = f"nothing says what is to encrypt the secrets in {target.text}"
        raise _fault(option, what, allowed, f"{option} {PASSPHRASE}, with PULUMI_CONFIG_PASSPHRASE_FILE set")
    if chosen != PASSPHRASE and not (chosen.startswith(_KEY_VAULT) and "/keys/" in chosen):
        raise _fault(option, f"{chosen!r} is no secrets provider of this platform", allowed, f"{option} {PASSPHRASE}")
    return chosen


_BACKENDS: Final = "pulumi stack output backends --stack account has the URL of each environment"


def _fault(option: str, what: str, allowed: str, step: str) -> FaultsError:
    return FaultsError([Fault(where=option, what=what, allowed=allowed, next_step=step)])
