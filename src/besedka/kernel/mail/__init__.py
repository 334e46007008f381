"""Mail: letters to people, written in the caller's transaction and carried away later.

A *letter* is a template in a module's `letters` folder: `<name>.<locale>.txt`, whose first line is the subject and whose
rest, after an empty line, is the text; and, where the text turned into paragraphs is not enough, `<name>.<locale>.html`, which
extends `base.html`. A module names its folder in its manifest, and every letter exists in every locale. The
*outbox* holds what cannot leave because no mail server is set: it is kept, readable by the host, and can be sent later.
The *mail server* is the installation's: from BESEDKA_SMTP_URL, or from the settings page of the host.
"""
