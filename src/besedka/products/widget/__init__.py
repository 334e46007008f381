"""Widget: an assistant on a company's website.

A *widget* is a public key that stands for an assistant on some sites. A *visitor* is a browser that opened it, known by
a secret token; behind it stand a contact and, once something was written, a dialog.
"""
