"""Each form of export becomes the same row of the ledger."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finance.ledger import NAMES
from tests.finance.actuals.exports import EA, FOCUS, FOCUS_12, MCA, SUBSCRIPTION, Imports, write_csv, write_parquet

COMMON = {
    "SubAccountId": SUBSCRIPTION,
    "BillingPeriodStart": date(2026, 11, 1),
    "ChargePeriodStart": date(2026, 11, 3),
    "ResourceName": "st1",
    "x_ResourceGroup": "rg-cf-westeu-dev-1",
    "RegionId": "westeurope",
    "ServiceCategory": "Storage",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "SkuMeter": "Hot LRS Data Stored",
    "PricingQuantity": Decimal(100),
    "ListUnitPrice": Decimal("0.02"),
    "BilledCost": Decimal("1.5"),
    "BillingCurrency": "USD",
    "CommitmentDiscountStatus": "",
    "x_Source": "charges",
}
COSTS = {"EffectiveCost": Decimal("1.25"), "ListCost": Decimal(2), "ContractedCost": Decimal("1.75")}


def only_row(imports: Imports) -> dict[str, object]:
    """The one row of the ledger."""
    (row,) = imports.rows("*")
    return dict(zip(NAMES, row, strict=True))


@pytest.mark.parametrize("version", FOCUS)
@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_every_version_of_focus_in_every_kind_of_file_is_the_same_row(
    version: str, ending: str, imports: Imports, tmp_path: Path
) -> None:
    """Versions differ in columns; Azure's 1.0 has the meter under a name of its own."""
    write = write_parquet if ending == "parquet" else write_csv
    ((imported,), _) = imports(write(tmp_path / f"charges.{ending}", [FOCUS[version]]))
    assert (imported.dialect, imported.dataset) == (version, "FocusCost")
    row = only_row(imports)
    assert {name: row[name] for name in COMMON} == COMMON
    assert {name: row[name] for name in COSTS} == COSTS
    assert imports.rows("Tags->>'Deployment'") == [("westeu-dev-1",)]


def test_parquet_may_have_types_of_its_own(imports: Imports, tmp_path: Path) -> None:
    """Azure writes costs as doubles, days as timestamps and, in FOCUS's own form, tags as a map."""
    days = {"ChargePeriodStart": "2026-11-03 00:00:00+00", "BillingPeriodStart": "2026-11-01 00:00:00"}
    costs = {"BilledCost": "0.1", "EffectiveCost": "1.6e-05"}
    row = {**FOCUS_12, **days, **costs, "Tags": "{Deployment=westeu-dev-1}"}
    kinds = {
        "BilledCost": "DOUBLE",
        "EffectiveCost": "DOUBLE",
        "ListCost": "DECIMAL(38,18)",
        "ChargePeriodStart": "TIMESTAMPTZ",
        "BillingPeriodStart": "TIMESTAMP",
        "Tags": "MAP(VARCHAR, VARCHAR)",
    }
    imports(write_parquet(tmp_path / "charges.parquet", [row], kinds))
    found = only_row(imports)
    assert found["BilledCost"] == Decimal("0.1")  # not 0.1000000000000000055
    assert found["EffectiveCost"] == Decimal("0.000016")
    assert found["ListCost"] == Decimal(2)
    assert found["ChargePeriodStart"] == date(2026, 11, 3)
    assert imports.rows("Tags->>'Deployment'") == [("westeu-dev-1",)]


@pytest.mark.parametrize(("form", "row"), [("Azure MCA", MCA), ("Azure EA", EA)])
def test_azures_own_forms_become_focus(form: str, row: dict[str, str], imports: Imports, tmp_path: Path) -> None:
    """Other names, months before days, subscriptions in capitals, tags without braces."""
    ((imported,), _) = imports(write_csv(tmp_path / "charges.csv", [row]))
    assert (imported.dialect, imported.dataset) == (form, "ActualCost")
    found = only_row(imports)
    assert {name: found[name] for name in COMMON} == COMMON
    assert found["EffectiveCost"] == Decimal("1.5")
    assert found["ListCost"] == Decimal(2 if form == "Azure MCA" else "1.5")
    assert imports.rows("Tags->>'Deployment'") == [("westeu-dev-1",)]
    assert any("contracted cost" in notice.what for notice in imported.notices)


def test_older_names_of_azures_columns_are_known(imports: Imports, tmp_path: Path) -> None:
    """Files of 2019 say Cost, BillingCurrency and Product; some accounts write other capitals, and spaces."""
    renamed = {"CostInBillingCurrency": "Cost", "BillingCurrencyCode": "Billing Currency", "ProductName": "Product"}
    row = {renamed.get(name, name.upper()): value for name, value in EA.items() if name != "PricingModel"}
    ((imported,), _) = imports(write_csv(tmp_path / "charges.csv", [row]))
    assert imported.dialect == "Azure EA"
    assert only_row(imports)["BilledCost"] == Decimal("1.5")


def test_a_list_price_in_another_currency_than_the_bill_is_left_out(imports: Imports, tmp_path: Path) -> None:
    """Nothing here converts: a price in USD beside a bill in EUR would be taken for euros."""
    imports(write_csv(tmp_path / "charges.csv", [{**MCA, "billingCurrency": "EUR"}]))
    assert only_row(imports)["ListUnitPrice"] == 0


@pytest.mark.parametrize("group", ["", "Others", "Not applicable"])
def test_a_resource_group_is_read_from_the_id_where_none_is_said(group: str, imports: Imports, tmp_path: Path) -> None:
    """A charge must not fall out of its deployment because one of two columns is empty."""
    imports(write_csv(tmp_path / "charges.csv", [{**EA, "ResourceGroup": group}]))
    assert only_row(imports)["x_ResourceGroup"] == "rg-cf-westeu-dev-1"


def test_actual_and_amortized_exports_count_each_charge_once(imports: Imports, tmp_path: Path) -> None:
    """The reservation is billed once (120), its use amortised (4 a day, 1 of them unused); plain use is in both."""
    plain = {**EA, "CostInBillingCurrency": "10"}
    reserved = {**EA, "PricingModel": "Reservation", "ReservationId": "r1"}
    bought = {**reserved, "ChargeType": "Purchase", "CostInBillingCurrency": "120"}
    used = {**reserved, "CostInBillingCurrency": "3"}
    unused = {**reserved, "ChargeType": "UnusedReservation", "CostInBillingCurrency": "1"}
    actual = write_csv(tmp_path / "ea-actual.csv", [plain, bought, {**used, "CostInBillingCurrency": "0"}])
    ((imported,), _) = imports(actual)
    assert any("amortised cost is in AmortizedCost" in it.what for it in imported.notices)
    assert imports.rows("sum(BilledCost), sum(EffectiveCost)") == [(130, 10)]
    amortized = write_csv(tmp_path / "ea-amortized.csv", [plain, used, unused])
    ((imported,), _) = imports(amortized)
    assert imported.dataset == "AmortizedCost"
    assert imports.rows("sum(BilledCost), sum(EffectiveCost), count(*)") == [(130, 14, 4)]
    statuses = imports.rows(
        "CommitmentDiscountStatus, EffectiveCost", "WHERE CommitmentDiscountStatus <> '' ORDER BY 1"
    )
    assert statuses == [("Unused", 1), ("Used", 3)]


def test_azures_own_file_that_does_not_say_which_it_is_tells_by_its_rows(imports: Imports, tmp_path: Path) -> None:
    """What a reservation covers has a cost only where it is amortised."""
    used = {**EA, "PricingModel": "Reservation", "CostInBillingCurrency": "3"}
    ((imported,), _) = imports(write_csv(tmp_path / "charges.csv", [used]))
    assert imported.dataset == "AmortizedCost"


def test_a_refund_is_a_correction_and_a_rounding_an_adjustment(imports: Imports, tmp_path: Path) -> None:
    """As Microsoft converts its own exports to FOCUS."""
    refund = {**EA, "ChargeType": "Refund", "CostInBillingCurrency": "-5"}
    rounding = {**EA, "ChargeType": "RoundingAdjustment", "CostInBillingCurrency": "0.01"}
    imports(write_csv(tmp_path / "charges.csv", [refund, rounding]))
    found = imports.rows("ChargeCategory, ChargeClass, BilledCost", "ORDER BY BilledCost")
    assert found == [("Purchase", "Correction", Decimal(-5)), ("Adjustment", "", Decimal("0.01"))]
