"""What every command shares: where it prints, and how it stops when something is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, ParamSpec, TypeVar

import typer
from rich.console import Console

from api.settings import SettingsError
from matcher.errors import InputError, SchakelError

P = ParamSpec("P")
R = TypeVar("R")

AsJson = Annotated[bool, typer.Option("--json", help="Geef JSON, voor een programma.")]


def stops_clearly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn our own errors into a message on stderr and exit code 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except InputError as error:
            typer.echo(f"Niet gelukt, er is niets bewaard:\n{error}", err=True)
        except SchakelError as error:
            typer.echo(f"Niet gelukt: {error}", err=True)
        except SettingsError as error:
            typer.echo(f"Niet gelukt: deze instelling klopt niet: {error}", err=True)
        raise typer.Exit(1)

    return run


def stdout() -> Console:
    return Console(highlight=False)


def stderr() -> Console:
    return Console(file=sys.stderr, highlight=False)
