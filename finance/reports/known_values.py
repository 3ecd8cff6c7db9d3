"""What formulas come to, written into a workbook beside them.

openpyxl writes formulas without their values, and who shows a workbook without calculating it (previews of mail and
phones, pandas) would show nothing. Excel calculates them anew when it opens the file all the same.
Format: ECMA-376 part 1, 18.3.1.4 (c: a cell; f: its formula, v: its value).
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

_MODIFIED: Final = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_FORMULA: Final = re.compile(r'(<c r="([A-Z]+\d+)"[^>]*>)(<f>[^<]*</f>)<v\s*/?>(?:</v>)?')


def with_known_values(
    file: bytes, sheets: Sequence[str], known: Mapping[str, Mapping[str, Decimal]], written: datetime
) -> bytes:
    """The file with `known` (sheet -> cell -> value) in place. written: the time that its parts bear, so that the same
    report gives the same bytes.
    """
    paths = {f"xl/worksheets/sheet{number}.xml": name for number, name in enumerate(sheets, 1)}
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name in paths:
                values = known.get(paths[name], {})
                content = _FORMULA.sub(lambda found, at=values: _valued(found, at), content.decode()).encode()
            # openpyxl writes the time of day there, whatever it is told.
            content = _MODIFIED.sub(rb"\g<1>" + f"{written:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
            info = zipfile.ZipInfo(name, written.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return result.getvalue()


def _valued(found: re.Match[str], values: Mapping[str, Decimal]) -> str:
    cell, reference, formula = found[1], found[2], found[3]
    return f"{cell}{formula}<v>{values[reference]:f}</v>" if reference in values else found[0]
