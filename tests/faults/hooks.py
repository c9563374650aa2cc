"""What a forked bot does before it begins, where a fault can't be injected from outside."""

from __future__ import annotations

import ctypes
from typing import Final

_CAPABILITIES_3: Final = 0x20080522
_BEYOND_FILE_MODES: Final = 0b1110
"""CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER of Linux's capabilities."""


def obey_file_modes() -> None:
    """Root may write what is read-only; from now on this process may not."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    """Effective, permitted and inheritable, of the lower and then of the upper 32 capabilities."""
    if libc.capget(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    for place in range(3):
        sets[place] &= ~_BEYOND_FILE_MODES
    if libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")
