"""The page as a real browser shows it: Chromium, headless, without a network."""

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any, Final

CHROMIUM: Final = shutil.which("chromium")
_DARK: Final = "--blink-settings=preferredColorScheme=0"
_MEASURE: Final = """
<script>
const root = document.documentElement;
const measured = {
  width: root.clientWidth, scrolled: root.scrollWidth,
  ink: getComputedStyle(document.body).color, page: getComputedStyle(document.body).backgroundColor,
  figures: Object.fromEntries([...document.querySelectorAll("data[data-figure]")].map(it => {
    const box = it.getBoundingClientRect();
    return [it.dataset.figure, {amount: it.dataset.amount, text: it.innerText, seen: box.width > 0 && box.height > 0,
      inside: box.left >= 0 && box.right <= root.clientWidth + 1}];
  })),
  drawn: Object.fromEntries([...document.querySelectorAll("g[data-figure]")].map(it => {
    const box = it.getBBox();
    return [it.dataset.figure, {amount: it.dataset.amount, width: box.width, height: box.height}];
  })),
};
parent.document.getElementById("measured").textContent = JSON.stringify(measured);
</script></body>"""
"""Put into a copy of the page, which has no script itself."""
_FRAME: Final = """<!doctype html><body style="margin: 0"><pre id="measured"></pre>
<iframe style="border: 0; width: {width}px; height: 1200px" srcdoc="{page}"></iframe></body>"""
"""The page in a frame: a window of Chromium is never narrower than 500 pixels."""


def measured(page: str, directory: Path, *, width: int, dark: bool = False) -> dict[str, Any]:
    """What the browser makes of a page at a width in pixels: its sizes, its colours, and each figure as it is seen."""
    path = directory / "page.html"
    framed = _FRAME.format(width=width, page=escape(page.replace("</body>", _MEASURE)))
    path.write_text(framed, encoding="utf-8")
    dumped = _run(directory, "--window-size=1600,1300", *([_DARK] if dark else []), "--dump-dom", path.as_uri())
    found = re.search(r'<pre id="measured">(.*?)</pre>', dumped, re.DOTALL)
    assert found, "the page was not shown"
    return json.loads(unescape(found[1]))


def printed(page: str, directory: Path) -> bytes:
    """The page on paper, as PDF."""
    path, paper = directory / "page.html", directory / "page.pdf"
    path.write_text(page, encoding="utf-8")
    _run(directory, "--no-pdf-header-footer", f"--print-to-pdf={paper}", path.as_uri())
    return paper.read_bytes()


def _run(directory: Path, *arguments: str) -> str:
    assert CHROMIUM
    # As root and in containers Chromium has no sandbox; /dev/shm is small there. It shows a file of ours.
    plain = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    profile = [f"--user-data-dir={directory / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND"]
    command = [CHROMIUM, *plain, *profile, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
