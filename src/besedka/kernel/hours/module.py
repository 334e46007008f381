"""The manifest of hours."""

from besedka.core.module import Manifest

MANIFEST = Manifest(name="hours", package="besedka.kernel.hours")
