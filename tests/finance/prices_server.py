"""A Retail Prices API on 127.0.0.1: answers in the recorded form, filters as case-sensitively as the real one."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CONDITION = re.compile(r"(\w+) eq '((?:[^']|'')*)'")
FIELDS = {"priceType": "type"}


def row(**changed: Any) -> dict[str, Any]:
    """A row in the form of the API's documentation: Managed Redis B0 in West Europe."""
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": 0.019,
        "unitPrice": 0.019,
        "armRegionName": "westeurope",
        "location": "EU West",
        "effectiveStartDate": "2026-01-01T00:00:00Z",
        "meterId": "5421867a-b973-5b51-bb38-c2cfc9129a92",
        "meterName": "B0 Cache Instance",
        "productId": "DZH318Z08MJT",
        "skuId": "DZH318Z08MJT/003W",
        "productName": "Azure Managed Redis - Balanced",
        "skuName": "B0",
        "serviceName": "Redis Cache",
        "serviceId": "DZH317WPQGVQ",
        "serviceFamily": "Databases",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": "Azure_Managed_Redis_Balanced_B0",
        **changed,
    }


@dataclass
class Prices:
    """The server's rows and manners. page: rows a page; first: (status, headers, body) of the first answers."""

    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    page: int = 100
    first: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list[tuple[int, dict[str, str], bytes]])
    next_link: str | None = None
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    url: str = ""

    def answer(self, query: dict[str, str]) -> dict[str, Any]:
        """One page of the rows that the filter means."""
        equal = CONDITION.findall(query["$filter"])
        wanted = [(FIELDS.get(name, name), value.replace("''", "'")) for name, value in equal]
        found = [it for it in self.rows if all(it.get(name) == value for name, value in wanted)]
        skip = int(query.get("$skip", "0"))
        following = f"{self.url}?$filter={query['$filter'].replace(' ', '%20')}&$skip={skip + self.page}"
        link = (self.next_link or following) if skip + self.page < len(found) else None
        items = found[skip : skip + self.page]
        return {
            "BillingCurrency": "USD",
            "CustomerEntityId": "Default",
            "CustomerEntityType": "Retail",
            "Items": items,
            "NextPageLink": link,
            "Count": len(items),
        }


@contextmanager
def serving(prices: Prices) -> Iterator[Prices]:
    """Serve while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            prices.asked.append(query)
            status, headers, body = prices.first.pop(0) if prices.first else (200, {}, b"")
            text = body or json.dumps(prices.answer(query)).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    prices.url = f"http://127.0.0.1:{server.server_address[1]}/api/retail/prices"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield prices
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
