"""Accounts: operators from the credentials file, sign-in, tokens."""

from .accounts import Accounts, Caller
from .credentials import OPERATORS, Credentials, OperatorCredentials, load_credentials

__all__ = [
    "OPERATORS",
    "Accounts",
    "Caller",
    "Credentials",
    "OperatorCredentials",
    "load_credentials",
]
