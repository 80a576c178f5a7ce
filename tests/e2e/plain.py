"""Pipelines without our init, for the tests of them."""

from witness import AGAIN

PLAIN = "init: false\n"


class Plain:
    """Mixed into what gives daemons: their pipelines have no init."""

    def begin(self, script, extra=AGAIN, **options):
        return super().begin(script, extra=extra + PLAIN, **options)
