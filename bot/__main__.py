"""The command `nabij`, also as `python -m bot`."""

import gc

# Nothing that is imported becomes garbage; looking for it all the same takes a fifth of the start.
gc.disable()

from bot.cli import main as run  # noqa: E402 -- after the line above, that is the point


def main() -> None:
    gc.enable()
    run()


if __name__ == "__main__":
    main()
