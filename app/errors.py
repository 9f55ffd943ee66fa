"""Every error that Squall raises on purpose, and the exit code a process ends with.

    SquallError
    ├── UsageError            64  the command line is off
    ├── InputError            65  a file or record given by the caller can't be read
    ├── UnavailableError      69  Kafka or another peer does not answer
    ├── InternalError         70  a bug: an exception nobody expected
    ├── TransactionError      74  a transaction failed, was fenced or took too long
    ├── StalledError          75  the watchdog saw a worker that no longer works
    ├── StateError            76  state can't be loaded or trusted
    ├── ModelError            77  the sentiment model is missing or corrupt
    └── ConfigError           78  a setting, watch list or topic is not as declared

Each message names the thing and ends with what to do next.
"""

from __future__ import annotations


class SquallError(Exception):
    """Raised when Squall can't go on; ``main()`` prints the message and exits with
    ``exit_code``.
    """

    exit_code = 70


class UsageError(SquallError):
    """Raised when the command line asks for something that can't be done."""

    exit_code = 64


class InputError(SquallError):
    """Raised when a file or record that the caller named can't be read as what it should be."""

    exit_code = 65


class UnavailableError(SquallError):
    """Raised when Kafka, or another peer, does not answer in the time given."""

    exit_code = 69


class InternalError(SquallError):
    """Raised when an exception reaches a place where none was expected."""

    exit_code = 70


class TransactionError(SquallError):
    """Raised when a transaction fails, is fenced, or passes its deadline."""

    exit_code = 74


class StalledError(SquallError):
    """Raised when the watchdog sees a worker that holds no partitions or no longer moves its
    offset.
    """

    exit_code = 75


class StateError(SquallError):
    """Raised when stored state can't be read to a stable end, or a record of it is corrupt."""

    exit_code = 76


class ModelError(SquallError):
    """Raised when the sentiment model is missing, corrupt, or answers with something that is no
    score.
    """

    exit_code = 77


class ConfigError(SquallError):
    """Raised when a setting, the watch list, a topic or an installed version is not as declared."""

    exit_code = 78
