"""The codes of the samples are real ones: their check digits are right, and they name each other."""

from tenancy.data.seed.countries import COUNTRIES, REGIONS
from tenancy.data.seed.master_data import SHARED


def _digits(code: str) -> str:
    return "".join(str(int(character, 36)) for character in code)


def _isin_is_sound(isin: str) -> bool:
    """ISO 6166: letters as numbers from 10, every second digit from the right doubled (Luhn)."""
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(_digits(isin))))
    return len(isin) == 12 and sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _lei_is_sound(lei: str) -> bool:
    """ISO 17442: the remainder by 97 is 1, as in ISO 7064."""
    return len(lei) == 20 and int(_digits(lei)) % 97 == 1


def test_isins_and_leis_have_right_check_digits() -> None:
    assert all(_isin_is_sound(isin) for isin in SHARED["securities"])
    leis = [str(row["lei"]) for row in SHARED["issuers"].values() if row["lei"]]
    assert len(leis) == 4
    assert all(map(_lei_is_sound, leis))


def test_a_wrong_digit_is_seen() -> None:
    assert not _isin_is_sound("US0378331004")
    assert not _lei_is_sound("HWUPKR0MPOU8FGXBT395")


def test_countries_stand_once_and_name_a_region() -> None:
    assert len({country.code for country in COUNTRIES}) == len({country.alpha_3 for country in COUNTRIES}) == 46
    assert {country.region for country in COUNTRIES} == REGIONS.keys()
    assert all(len(country.currency) == 3 and country.name for country in COUNTRIES)


def test_an_isin_begins_with_the_country_of_its_issuer() -> None:
    issuers = SHARED["issuers"]
    for isin, row in SHARED["securities"].items():
        assert isin[:2] == issuers[row["issuer_id"].key]["country_code"]
