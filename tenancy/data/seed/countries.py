"""Countries with ISO 3166-1 codes, their UN M49 region and ISO 4217 currency: the European Economic Area, and markets
that its firms trade in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Country:
    """A country. code: alpha-2; region: UN M49; currency: ISO 4217."""

    code: str
    alpha_3: str
    region: str
    currency: str
    name: str


REGIONS: Final[Mapping[str, str]] = {
    "005": "South America",
    "013": "Central America",
    "018": "Southern Africa",
    "021": "Northern America",
    "030": "Eastern Asia",
    "034": "Southern Asia",
    "035": "South-eastern Asia",
    "039": "Southern Europe",
    "053": "Australia and New Zealand",
    "145": "Western Asia",
    "151": "Eastern Europe",
    "154": "Northern Europe",
    "155": "Western Europe",
}
_TABLE: Final = """
AE ARE 145 AED United Arab Emirates
AT AUT 155 EUR Austria
AU AUS 053 AUD Australia
BE BEL 155 EUR Belgium
BG BGR 151 EUR Bulgaria
BR BRA 005 BRL Brazil
CA CAN 021 CAD Canada
CH CHE 155 CHF Switzerland
CN CHN 030 CNY China
CY CYP 145 EUR Cyprus
CZ CZE 151 CZK Czechia
DE DEU 155 EUR Germany
DK DNK 154 DKK Denmark
EE EST 154 EUR Estonia
ES ESP 039 EUR Spain
FI FIN 154 EUR Finland
FR FRA 155 EUR France
GB GBR 154 GBP United Kingdom
GR GRC 039 EUR Greece
HK HKG 030 HKD Hong Kong
HR HRV 039 EUR Croatia
HU HUN 151 HUF Hungary
IE IRL 154 EUR Ireland
IN IND 034 INR India
IS ISL 154 ISK Iceland
IT ITA 039 EUR Italy
JP JPN 030 JPY Japan
KR KOR 030 KRW Korea, Republic of
LI LIE 155 CHF Liechtenstein
LT LTU 154 EUR Lithuania
LU LUX 155 EUR Luxembourg
LV LVA 154 EUR Latvia
MT MLT 039 EUR Malta
MX MEX 013 MXN Mexico
NL NLD 155 EUR Netherlands
NO NOR 154 NOK Norway
NZ NZL 053 NZD New Zealand
PL POL 151 PLN Poland
PT PRT 039 EUR Portugal
RO ROU 151 RON Romania
SE SWE 154 SEK Sweden
SG SGP 035 SGD Singapore
SI SVN 039 EUR Slovenia
SK SVK 151 EUR Slovakia
US USA 021 USD United States of America
ZA ZAF 018 ZAR South Africa
"""
COUNTRIES: Final[tuple[Country, ...]] = tuple(Country(*line.split(" ", 4)) for line in _TABLE.strip().splitlines())
