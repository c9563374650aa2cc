"""What stops Nabij from starting, as one plain Dutch sentence for the person who starts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.store.crypt import KeyMissing
from bot.store.errors import AlreadyRunning, DatabaseUnavailable, NotMigrated, UnknownDatabase


class Unusable(Exception):
    """A setting, folder or database that can't work here. The caller prints the sentence and exits."""


@contextmanager
def said_plainly() -> Iterator[None]:
    """Turns the store's own errors into Unusable, with what to do about them."""
    try:
        yield
    except AlreadyRunning as error:
        raise Unusable(
            "Nabij draait al op deze map met gegevens. Stop die eerst, of kies een andere map met NABIJ_DATA_DIR."
        ) from error
    except UnknownDatabase as error:
        raise Unusable(
            "Deze database kent Nabij niet. Zet in NABIJ_DATABASE_URL een adres met sqlite:// of postgresql://."
        ) from error
    except NotMigrated as error:
        raise Unusable(
            "De database heeft nog niet de tabellen van deze versie: draai eerst `nabij migrate`."
        ) from error
    except DatabaseUnavailable as error:
        raise Unusable(f"De database is niet te gebruiken ({error}) Kijk of hij draait en bereikbaar is.") from error
    except KeyMissing as error:
        raise Unusable(
            "De sleutel van de database ontbreekt, is beschadigd of hoort bij een andere database. Zet secret.key "
            "terug in de map met gegevens, of geef de sleutel in NABIJ_SECRET_KEY; op PostgreSQL moet dat altijd. Een "
            "nieuwe sleutel komt er alleen bij de eerste `nabij serve`, zolang er nog niemand in de database staat."
        ) from error
