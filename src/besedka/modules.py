"""The one list of modules, from the bottom of the kernel's ladder to the products."""

from besedka.core.module import Manifest

MODULES: tuple[Manifest, ...] = ()
