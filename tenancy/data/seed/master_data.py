"""Master data: countries, regions, industries, regulatory bodies, and some securities that everybody knows.

Codes are those of the standards: ISO 3166-1, UN M49, ISO 4217, GICS, NACE, ISO 17442 (LEI), ISO 6166 (ISIN), ISO 10383.
https://unstats.un.org/unsd/methodology/m49/
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from tenancy.data.seed.countries import COUNTRIES, REGIONS
from tenancy.data.seed.rows import Id, Row, Tables

_AS_OF: Final = datetime(2026, 1, 2, tzinfo=UTC)
# (scheme, code) → name; a GICS industry group lies in the sector of its first two digits, a NACE division in a section.
_INDUSTRIES: Final[Mapping[tuple[str, str], tuple[str, str | None]]] = {
    ("gics", "10"): ("Energy", None),
    ("gics", "15"): ("Materials", None),
    ("gics", "20"): ("Industrials", None),
    ("gics", "25"): ("Consumer Discretionary", None),
    ("gics", "30"): ("Consumer Staples", None),
    ("gics", "35"): ("Health Care", None),
    ("gics", "40"): ("Financials", None),
    ("gics", "45"): ("Information Technology", None),
    ("gics", "50"): ("Communication Services", None),
    ("gics", "55"): ("Utilities", None),
    ("gics", "60"): ("Real Estate", None),
    ("gics", "1010"): ("Energy", "10"),
    ("gics", "1510"): ("Materials", "15"),
    ("gics", "2010"): ("Capital Goods", "20"),
    ("gics", "2510"): ("Automobiles & Components", "25"),
    ("gics", "2520"): ("Consumer Durables & Apparel", "25"),
    ("gics", "3020"): ("Food, Beverage & Tobacco", "30"),
    ("gics", "3520"): ("Pharmaceuticals, Biotechnology & Life Sciences", "35"),
    ("gics", "4010"): ("Banks", "40"),
    ("gics", "4020"): ("Financial Services", "40"),
    ("gics", "4510"): ("Software & Services", "45"),
    ("gics", "4520"): ("Technology Hardware & Equipment", "45"),
    ("gics", "4530"): ("Semiconductors & Semiconductor Equipment", "45"),
    ("nace", "K"): ("Financial and insurance activities", None),
    ("nace", "64"): ("Financial service activities, except insurance and pension funding", "K"),
    ("nace", "66"): ("Activities auxiliary to financial services and insurance activities", "K"),
}
# code → name, country (None: of the European Union), website.
_BODIES: Final[Mapping[str, tuple[str, str | None, str]]] = {
    "esma": ("European Securities and Markets Authority", None, "https://www.esma.europa.eu"),
    "afm": ("Autoriteit Financiële Markten", "NL", "https://www.afm.nl"),
    "amf": ("Autorité des marchés financiers", "FR", "https://www.amf-france.org"),
    "asic": ("Australian Securities and Investments Commission", "AU", "https://asic.gov.au"),
    "bafin": ("Bundesanstalt für Finanzdienstleistungsaufsicht", "DE", "https://www.bafin.de"),
    "cbi": ("Central Bank of Ireland", "IE", "https://www.centralbank.ie"),
    "cssf": ("Commission de Surveillance du Secteur Financier", "LU", "https://www.cssf.lu"),
    "fca": ("Financial Conduct Authority", "GB", "https://www.fca.org.uk"),
    "finma": ("Swiss Financial Market Supervisory Authority", "CH", "https://www.finma.ch"),
    "finra": ("Financial Industry Regulatory Authority", "US", "https://www.finra.org"),
    "mas": ("Monetary Authority of Singapore", "SG", "https://www.mas.gov.sg"),
    "sec": ("Securities and Exchange Commission", "US", "https://www.sec.gov"),
}
# issuer → name, country, LEI where it is on hand, GICS industry group.
_ISSUERS: Final[Mapping[str, tuple[str, str, str | None, str]]] = {
    "apple": ("Apple Inc.", "US", "HWUPKR0MPOU8FGXBT394", "4520"),
    "microsoft": ("Microsoft Corporation", "US", "INR2EJN1ERAN0W5ZP974", "4510"),
    "asml": ("ASML Holding N.V.", "NL", "724500Y6DUVHQD6OXN27", "4530"),
    "sap": ("SAP SE", "DE", "529900D6BF99LW9R2E68", "4510"),
    "siemens": ("Siemens Aktiengesellschaft", "DE", None, "2010"),
    "nestle": ("Nestlé S.A.", "CH", None, "3020"),
    "astrazeneca": ("AstraZeneca PLC", "GB", None, "3520"),
    "shell": ("Shell plc", "GB", None, "1010"),
    "lvmh": ("LVMH Moët Hennessy Louis Vuitton SE", "FR", None, "2520"),
    "totalenergies": ("TotalEnergies SE", "FR", None, "1010"),
    "toyota": ("Toyota Motor Corporation", "JP", None, "2510"),
    "bhp": ("BHP Group Limited", "AU", None, "1510"),
}
# ISIN → issuer, name, currency, exchange (market identifier code), ticker.
_SECURITIES: Final[Mapping[str, tuple[str, str, str, str, str]]] = {
    "US0378331005": ("apple", "Apple Inc. common stock", "USD", "XNAS", "AAPL"),
    "US5949181045": ("microsoft", "Microsoft Corp. common stock", "USD", "XNAS", "MSFT"),
    "NL0010273215": ("asml", "ASML Holding ordinary share", "EUR", "XAMS", "ASML"),
    "DE0007164600": ("sap", "SAP ordinary share", "EUR", "XETR", "SAP"),
    "DE0007236101": ("siemens", "Siemens ordinary share", "EUR", "XETR", "SIE"),
    "CH0038863350": ("nestle", "Nestlé registered share", "CHF", "XSWX", "NESN"),
    "GB0009895292": ("astrazeneca", "AstraZeneca ordinary share", "GBP", "XLON", "AZN"),
    "GB00BP6MXD84": ("shell", "Shell ordinary share", "GBP", "XLON", "SHEL"),
    "FR0000121014": ("lvmh", "LVMH ordinary share", "EUR", "XPAR", "MC"),
    "FR0000120271": ("totalenergies", "TotalEnergies ordinary share", "EUR", "XPAR", "TTE"),
    "JP3633400001": ("toyota", "Toyota Motor common stock", "JPY", "XTKS", "7203"),
    "AU000000BHP4": ("bhp", "BHP Group ordinary share", "AUD", "XASX", "BHP"),
}


def _industry(scheme: str, code: str) -> Row:
    name, parent = _INDUSTRIES[scheme, code]
    return {"scheme": scheme, "code": code, "name": name, "parent_code": parent}


SHARED: Final[Tables] = {
    "regions": {code: {"code": code, "name": name} for code, name in REGIONS.items()},
    "countries": {
        country.code: {
            "code": country.code,
            "alpha_3": country.alpha_3,
            "name": country.name,
            "region_code": country.region,
            "currency": country.currency,
        }
        for country in COUNTRIES
    },
    "industry_codes": {f"{scheme}/{code}": _industry(scheme, code) for scheme, code in _INDUSTRIES},
    "regulatory_bodies": {
        code: {"code": code, "name": name, "country_code": country, "website": website}
        for code, (name, country, website) in _BODIES.items()
    },
    "issuers": {
        issuer: {
            "lei": lei,
            "name": name,
            "country_code": country,
            "industry_scheme": "gics",
            "industry_code": industry,
        }
        for issuer, (name, country, lei, industry) in _ISSUERS.items()
    },
    "securities": {
        isin: {
            "isin": isin,
            "issuer_id": Id("issuers", issuer),
            "name": name,
            "kind": "equity",
            "currency": currency,
            "exchange": exchange,
            "ticker": ticker,
            "source": "sample",
            "as_of": _AS_OF,
        }
        for isin, (issuer, name, currency, exchange, ticker) in _SECURITIES.items()
    },
}
