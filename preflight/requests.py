"""What a check asks, as data: one HTTP request that changes nothing, and how it is signed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

ARM: Final = "https://management.azure.com"
# https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services
_BLOBS_VERSION: Final = "2023-11-03"
_KEYS_VERSION: Final = "7.4"
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_MANIFESTS: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


class Signature(StrEnum):
    """Who a request says it is from: a scope of Entra, or a container registry's own way."""

    ARM = "https://management.azure.com/.default"
    BLOBS = "https://storage.azure.com/.default"
    KEYS = "https://vault.azure.net/.default"
    REGISTRY = "registry"
    REGISTRY_LOGIN = "registry login"
    """As `docker login` has signed this machine in."""

    @property
    def of_entra(self) -> bool:
        """Whether it is a token of Entra."""
        return self not in {Signature.REGISTRY, Signature.REGISTRY_LOGIN}


@dataclass(frozen=True, kw_only=True)
class Request:
    """`body`: JSON, or empty. Two that are alike are asked once."""

    url: str
    signature: Signature
    method: Literal["GET", "POST", "HEAD"] = "GET"
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def arm(path: str, api_version: str, **query: str) -> Request:
    """GET of Resource Manager; `query` without the dollar that `filter` has there."""
    parameters = {"api-version": api_version, **{f"${name}": value for name, value in query.items()}}
    return Request(url=f"{ARM}{path}?{_query(parameters)}", signature=Signature.ARM)


def arm_post(path: str, api_version: str, body: Mapping[str, Any]) -> Request:
    """POST of Resource Manager that asks and changes nothing."""
    url = f"{ARM}{path}?{_query({'api-version': api_version})}"
    return Request(url=url, signature=Signature.ARM, method="POST", body=json.dumps(body))


def blobs(account: str, container: str, prefix: str) -> Request:
    """The list of the blobs of a container: https://learn.microsoft.com/rest/api/storageservices/list-blobs."""
    query = _query({"restype": "container", "comp": "list", "prefix": prefix})
    url = f"https://{account}.blob.core.windows.net/{container}?{query}"
    return Request(url=url, signature=Signature.BLOBS, headers=(("x-ms-version", _BLOBS_VERSION),))


def key(vault: str, name: str) -> Request:
    """A key's public half and state: https://learn.microsoft.com/rest/api/keyvault/keys/get-key/get-key."""
    url = f"https://{vault}.vault.azure.net/keys/{name}?{_query({'api-version': _KEYS_VERSION})}"
    return Request(url=url, signature=Signature.KEYS)


def manifest(reference: str, *, signed: bool) -> Request:
    """Whether a registry has an image: `host/repository@sha256:...`, or `host/repository:tag`."""
    host, _, rest = reference.partition("/")
    repository, mark, version = rest.partition("@") if "@" in rest else rest.rpartition(":")
    if not mark:
        repository, version = rest, "latest"
    return Request(
        url=f"https://{host}/v2/{repository}/manifests/{version}",
        signature=Signature.REGISTRY_LOGIN if signed else Signature.REGISTRY,
        method="HEAD",
        headers=(("Accept", ", ".join(_MANIFESTS)),),
    )


def _query(parameters: Mapping[str, str]) -> str:
    return urlencode(parameters, quote_via=quote, safe="$'()/")
