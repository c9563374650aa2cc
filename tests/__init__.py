"""Tests; a package of its own, since a dependency installs a package of this name too."""
