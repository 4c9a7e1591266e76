"""Accounts: operators from the credentials file, sign-in, tokens."""

from .accounts import Accounts, Bearer, Caller, IngestPassword
from .credentials import OPERATORS, Credentials, OperatorCredentials, load_credentials

__all__ = [
    "OPERATORS",
    "Accounts",
    "Bearer",
    "Caller",
    "Credentials",
    "IngestPassword",
    "OperatorCredentials",
    "load_credentials",
]
