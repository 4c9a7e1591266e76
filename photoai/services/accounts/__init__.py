"""Accounts: operators from the credentials file, sign-in, tokens."""

from .accounts import Accounts, Caller, IngestPassword
from .credentials import OPERATORS, Credentials, OperatorCredentials, load_credentials

__all__ = [
    "OPERATORS",
    "Accounts",
    "Caller",
    "Credentials",
    "IngestPassword",
    "OperatorCredentials",
    "load_credentials",
]
