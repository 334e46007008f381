"""The QR code of two-step log-in says what it was given."""

import re

import segno

from besedka.products.account.qr import QUIET, picture

WORDS = "otpauth://totp/Besedka:olga%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Besedka"


def test_picture_paints_the_modules_of_the_code_and_nothing_else() -> None:
    svg = picture(WORDS, "a <label>")
    rows = segno.make(WORDS, micro=False).matrix
    painted = {
        (int(x) + step, int(y))
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg)
        for step in range(int(width))
    }
    dark = {
        (x + QUIET, y + QUIET) for y, row in enumerate(rows) for x, module in enumerate(row) if module
    }  # fmt: skip
    assert painted == dark
    assert f'viewBox="0 0 {len(rows) + 8} {len(rows) + 8}"' in svg
    assert 'aria-label="a &lt;label&gt;"' in svg
    assert "style" not in svg
