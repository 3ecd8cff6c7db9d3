"""A domain of one's own on Front Door: proof that it is ours, a certificate, and the record that leads there.

The proof is a TXT record `_dnsauth.{domain}` with the token that Front Door draws. The certificate is made and renewed
by Front Door once the proof is seen and the domain leads to it (minutes to hours after an up; served until then is the
endpoint's own name). https://learn.microsoft.com/azure/frontdoor/domain

Where the zone is Azure's, the account's, the records are made here: an alias at the zone's apex, where no CNAME may
stand, a CNAME elsewhere. https://learn.microsoft.com/azure/frontdoor/apex-domain
Where it is not, `wanted_records` tells what to write there.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import cdn, dns

from components.answers import answered
from components.place import Place

_TTL: Final = 3600  # seconds
_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(\.{_LABEL})+")


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A public DNS zone of Azure in the deployment's subscription: its name, and the group that it lies in."""

    name: str
    group: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Domain:
    """`host_name`: what people type, as "app.example.com". `zone`: where its records are made; None: by someone else.

    Raises ValueError for what is no host name and for one outside its zone.
    """

    host_name: str
    zone: Zone | None = None

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host_name):
            raise ValueError(f"{self.host_name!r} is no host name: write it in lower case, like app.example.com")
        if self.zone and not f".{self.host_name}".endswith(f".{self.zone.name}"):
            raise ValueError(f"{self.host_name} is not in the zone {self.zone.name}")

    @property
    def relative(self) -> str:
        """Its name in its zone, "" at the apex."""
        return self.host_name.removesuffix(self.zone.name).removesuffix(".") if self.zone else self.host_name


@dataclass(frozen=True, kw_only=True)
class CustomDomainArgs:
    """`profile_name`: of the Front Door."""

    place: Place
    profile_name: pulumi.Input[str]
    domain: Domain


class CustomDomain(pulumi.ComponentResource):
    """A domain of a Front Door; `id` for routes and firewall. `token`: what the proof holds."""

    id: pulumi.Output[str]
    token: pulumi.Output[str]

    def __init__(self, name: str, args: CustomDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("complianceflow:components:CustomDomain", name, None, opts)
        place, domain = args.place, args.domain
        made = cdn.AFDCustomDomain(
            f"{name}-domain",
            resource_group_name=place.group,
            profile_name=args.profile_name,
            # Another domain is another resource beside the first, so that a change leaves no time without any.
            custom_domain_name=place.names.of(
                "front_door_custom_domain", "host-" + re.sub(r"[.-]+", "-", domain.host_name)
            ),
            host_name=domain.host_name,
            tls_settings=cdn.AFDDomainHttpsParametersArgs(
                certificate_type=cdn.AfdCertificateType.MANAGED_CERTIFICATE,
                minimum_tls_version=cdn.AfdMinimumTlsVersion.TLS12,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = made.id
        self.token = made.validation_properties.apply(
            lambda found: answered(found.validation_token if found else None, "validation token of the domain")
        )
        if domain.zone is not None:
            dns.RecordSet(
                f"{name}-proof",
                resource_group_name=domain.zone.group,
                zone_name=domain.zone.name,
                record_type="TXT",
                relative_record_set_name=_proof(domain.relative),
                ttl=_TTL,
                txt_records=[dns.TxtRecordArgs(value=[self.token])],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"id": self.id})


def lead(
    name: str, domain: Domain, endpoint_id: pulumi.Input[str], host: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> list[dns.RecordSet]:
    """Make the records by which a domain leads to an endpoint of Front Door; none where the zone is not Azure's.

    `opts`: waits for the routes, so that nobody is led there before.
    """
    zone = domain.zone
    if zone is None:
        return []
    apex = not domain.relative
    return [
        dns.RecordSet(
            f"{name}-{kind.lower()}",
            resource_group_name=zone.group,
            zone_name=zone.name,
            record_type=kind,
            relative_record_set_name=domain.relative or "@",
            ttl=_TTL,
            cname_record=None if apex else dns.CnameRecordArgs(cname=host),
            target_resource=dns.SubResourceArgs(id=endpoint_id) if apex else None,
            opts=opts,
        )
        for kind in (("A", "AAAA") if apex else ("CNAME",))
    ]


def wanted_records(
    domain: Domain, token: pulumi.Output[str], host: pulumi.Output[str]
) -> pulumi.Output[Sequence[Mapping[str, str]]]:
    """What someone else writes into the DNS of a domain that is not in a zone of Azure; empty where it is.

    At an apex a DNS that follows names (ALIAS, ANAME, flattened CNAME) is needed.
    """
    if domain.zone is not None:
        return pulumi.Output.from_input([])
    return pulumi.Output.all(token, host).apply(
        lambda values: [
            {"name": _proof(domain.host_name), "type": "TXT", "value": str(values[0])},
            {"name": domain.host_name, "type": "CNAME", "value": str(values[1])},
        ]
    )


def _proof(relative: str) -> str:
    return f"_dnsauth.{relative}" if relative else "_dnsauth"
