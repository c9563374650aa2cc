"""New keys for what is encrypted, for the person who runs Nabij; said in Dutch.

With SQLite Nabij stands still meanwhile and the key file is kept here. With `NABIJ_SECRET_KEY` (PostgreSQL) everything
runs on: first every process gets both keys, the new one before the old, then this, then the old one may go.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Final

from bot.data_folder import refuse_without_database
from bot.refusals import Unusable, said_plainly
from bot.settings import Settings
from bot.store.crypt import KEY_FILE, Keys, keep_newest_key, put_new_key
from bot.store.database import lock_file
from bot.store.rotation import rotate, still_old
from bot.upkeep import keys_of, opened_database

_BACKUPS: Final = (
    "Back-ups van voor vandaag hebben de oude sleutel nog nodig. Bewaar hem apart, en gooi hem met de laatste "
    "daarvan weg."
)


async def rotate_keys(settings: Settings) -> list[str]:
    """Writes everything under a new key, or goes on where it was cut off, and returns what to say. Raises Unusable."""
    refuse_without_database(settings)
    with said_plainly(), lock_file(settings.data_dir) if _keeps_key_file(settings) else nullcontext():
        keys = await keys_of(settings)
        if keys.count == 1:
            if not _keeps_key_file(settings):
                raise Unusable(
                    "Zet eerst een nieuwe sleutel voor de oude in NABIJ_SECRET_KEY, met een komma ertussen, en start "
                    "alle processen opnieuw. Draai daarna dit nog eens."
                )
            # On the disk before anything is written with it.
            put_new_key(settings.data_dir)
            keys = await keys_of(settings)
        async with opened_database(settings) as database:
            done = await rotate(database, keys)
            left = await still_old(database, keys)
    lines = [f"Onder de nieuwe sleutel gezet: {done.renewed} teksten."]
    if done.unreadable:
        lines.append(f"{done.unreadable} teksten zijn met geen van de sleutels te lezen en bleven zoals ze waren.")
    if left:
        return [*lines, f"{left} kwamen er intussen bij met de oude sleutel. Draai dit nog eens."]
    return [*lines, "De oude sleutel is hier niet meer nodig: `nabij keys drop` haalt hem weg.", _BACKUPS]


async def drop_old_keys(settings: Settings) -> list[str]:
    """Takes the older keys out of the key file once nothing needs them, and returns what to say. Raises Unusable."""
    refuse_without_database(settings)
    with said_plainly(), lock_file(settings.data_dir) if _keeps_key_file(settings) else nullcontext():
        keys = await keys_of(settings)
        if keys.count == 1:
            return ["Er is maar een sleutel. Er is niets veranderd."]
        await _refuse_while_needed(settings, keys)
        if not _keeps_key_file(settings):
            return ["Niets heeft de oude sleutel nog nodig. Haal hem uit NABIJ_SECRET_KEY.", _BACKUPS]
        keep_newest_key(settings.data_dir)
    return [f"De oude sleutel is uit {settings.data_dir / KEY_FILE}.", _BACKUPS]


async def tell_keys(settings: Settings) -> list[str]:
    """How many keys there are and what still needs an older one. Raises Unusable."""
    refuse_without_database(settings)
    with said_plainly():
        keys = await keys_of(settings)
        async with opened_database(settings) as database:
            left = await still_old(database, keys) if keys.count > 1 else 0
    if keys.count == 1:
        return ["Er is een sleutel. `nabij keys rotate` vervangt hem."]
    if left:
        return [f"Er zijn {keys.count} sleutels; {left} teksten staan nog onder een oude. Draai `nabij keys rotate`."]
    return [f"Er zijn {keys.count} sleutels; alleen de nieuwste is nog nodig. Draai `nabij keys drop`."]


async def _refuse_while_needed(settings: Settings, keys: Keys) -> None:
    async with opened_database(settings) as database:
        left = await still_old(database, keys)
    if left:
        raise Unusable(f"{left} teksten staan nog onder een oude sleutel. Draai eerst `nabij keys rotate`.")


def _keeps_key_file(settings: Settings) -> bool:
    return settings.secret_key is None
