"""Makes the generator's pages fit the server's policy: no script or style in the page itself.

Every page of the server is sent with `script-src 'self'; style-src 'self'`, and the handbook's are
no exception, so that nothing that ever slips into a page can run.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# Before every line of code stands a link without a word, at which tabbing stops.
LINE_LINK = re.compile(r'<a id="__codelineno-[^>]*></a>')
# The search shows itself in a shadow tree with a <style>; as a style sheet object it may.
SHADOW_STYLE = re.compile(r'(\w+)\.appendChild\(\w+\("style",\{\},(\w+)\.toString\(\)\)\)')
AS_OBJECT = (
    r"(\1.adoptedStyleSheets=[new CSSStyleSheet],"
    r"\1.adoptedStyleSheets[0].replaceSync(\2.toString()))"
)
# A wide table scrolls in a frame, which keys have to reach.
FRAME = 'class:"md-typeset__scrollwrap"'
SCRIPTS = "assets/javascripts"
# The server's own pages, from where it shows the handbook; a proxy may have put both below a path.
OF_THE_SERVER = re.compile(r' href="/(?!/)')
UP_TO_THE_SERVER = "../../"


def finish(site: Path) -> None:
    """Move inline scripts into files, and take links without words out. Raises ValueError for
    another generator's output.
    """
    for page in site.rglob("*.html"):
        up = "../" * (len(page.relative_to(site).parts) - 1) or "./"
        page.write_text(_moved(page.read_text(encoding="utf-8"), site, up), encoding="utf-8")
    (site / "404.html").unlink()  # its links hold at the root only; the server has a page for it
    _mend_scripts(site)


def _moved(html: str, site: Path, up: str) -> str:
    def move(found: re.Match[str]) -> str:
        name = f"{SCRIPTS}/inline.{hashlib.sha256(found[1].encode()).hexdigest()[:8]}.js"
        (site / name).write_text(found[1], encoding="utf-8")
        return f'<script src="{up}{name}"></script>'

    html = INLINE.sub(move, LINE_LINK.sub("", html))
    return OF_THE_SERVER.sub(f' href="{up}{UP_TO_THE_SERVER}', html)


def _mend_scripts(site: Path) -> None:
    [bundle] = (site / SCRIPTS).glob("bundle.*.js")
    text, styles = SHADOW_STYLE.subn(AS_OBJECT, bundle.read_text(encoding="utf-8"))
    frames = text.count(FRAME)
    if (styles, frames) != (1, 1):
        raise ValueError(
            f"{bundle.name} makes {styles} styles and {frames} frames, not one of each"
        )
    bundle.write_text(text.replace(FRAME, f"{FRAME},tabIndex:0"), encoding="utf-8")
