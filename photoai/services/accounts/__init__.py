"""Accounts: operators from the credentials file, members, sign-in, tokens and keys."""

from .accounts import Accounts, Profile
from .callers import Bearer, Caller
from .credentials import OPERATORS, Credentials, OperatorCredentials, load_credentials
from .operators import IngestPassword, Operators
from .passwords import Passwords
from .plans import PLAN_NAMES, Plan, Plans
from .usage import Usage

__all__ = [
    "OPERATORS",
    "PLAN_NAMES",
    "Accounts",
    "Bearer",
    "Caller",
    "Credentials",
    "IngestPassword",
    "OperatorCredentials",
    "Operators",
    "Passwords",
    "Plan",
    "Plans",
    "Profile",
    "Usage",
    "load_credentials",
]
