"""The report in a real browser: it says nothing on the console and asks the network for nothing."""

import re
import shutil
import socket
import subprocess
from pathlib import Path
from threading import Thread

import pytest

from catlearn.report.graph.formats import FORMATS
from catlearn.report.graph.selection import select
from catlearn.report.html import page
from catlearn.report.material import gather
from catlearn.store.store import Store
from tests.report.test_graph import CUBE, JOINT, QUICKSTART, theory, thirty

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium is installed")

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--allow-browser-signin=false",
    "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,MediaRouter,Translate",
    "--enable-logging=stderr",
)

OWN = re.compile(r"\w+ (https?://)?[\w.-]+\.(google|googleapis|gstatic|gvt1)\.com[:/]")
"""What a browser asks its maker on its own account, whatever page is open."""


class Listener:
    """A proxy that answers nothing and remembers who asked for what; who closes the connection asked for nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.asked.append(connection.recv(4096).decode("latin-1").partition("\r\n")[0])


def opened(path: Path, profile: Path) -> tuple[str, list[str], list[str]]:
    """The page as the browser understood it, what it said on the console, and which hosts it asked for."""
    listener = Listener()
    command = [
        str(BROWSER),
        *QUIET,
        f"--proxy-server=http://127.0.0.1:{listener.port}",
        f"--user-data-dir={profile}",
        "--dump-dom",
        path.as_uri(),
    ]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    listener.socket.close()
    console = [line for line in finished.stderr.splitlines() if re.search(r":CONSOLE[:(]", line)]
    asked = [line for line in listener.asked if line and not OWN.match(line)]
    return finished.stdout, console, asked


def test_the_report_opens_without_a_word_and_without_the_network(quickstart: Store, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(gather(quickstart)), encoding="utf-8")
    dom, console, asked = opened(path, tmp_path / "profile")
    assert "quickstart.cat" in dom
    assert dom.count("<svg") == page(gather(quickstart)).count("<svg") > 10
    assert console == []
    assert asked == []


def test_the_browser_would_have_told(quickstart: Store, tmp_path: Path) -> None:
    """The same page with its policy taken away and an image and a script put in."""
    injected = '<img src="http://picture.invalid/x.png"><script>console.error("heard")</script></main>'
    text = re.sub(r"<meta http-equiv.*/>", "", page(gather(quickstart))).replace("</main>", injected)
    path = tmp_path / "report.html"
    path.write_text(text, encoding="utf-8")
    _, console, asked = opened(path, tmp_path / "profile")
    assert any("heard" in line for line in console)
    assert any("picture.invalid" in line for line in asked)


OVERLAPS = """<script>
const boxes = [...document.querySelectorAll("text")].map(node => [node.textContent, node.getBoundingClientRect()]);
const found = [];
boxes.forEach(([one, a], i) => boxes.slice(i + 1).forEach(([other, b]) => {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (one && other && across > 1 && down > 3.5) found.push(`${one}/${other}`);
}));
document.title = `${boxes.length} names, ${found.length} overlaps ${found.join(" ")}`;
</script>"""
"""A box of the browser is as high as its line, some 3 pixels more than its letters."""


def test_names_in_diagrams_do_not_overlap_in_real_letters(tmp_path: Path) -> None:
    drawings = [FORMATS["svg"](select(theory(text), None)) for text in (QUICKSTART, CUBE, thirty(0), JOINT)]
    path = tmp_path / "diagrams.html"
    style = "<meta charset=utf-8><style>svg { display: block; margin: 40px }</style>"
    path.write_text(style + "".join(drawings) + OVERLAPS, encoding="utf-8")
    dom, console, asked = opened(path, tmp_path / "profile")
    title = re.search(r"<title>(\d+ names, .*?)</title>", dom)
    assert title is not None
    assert re.fullmatch(r"\d{3} names, 0 overlaps ", title[1]), title[1]
    assert (console, asked) == ([], [])
