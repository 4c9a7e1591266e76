"""Accounts: operators from the credentials file, members, sign-in, tokens and keys."""

from .accounts import Accounts, Profile
from .allowance import Allowance
from .callers import FOREVER, Bearer, Caller, caller_of
from .credentials import OPERATORS, Credentials, OperatorCredentials, load_credentials
from .guests import Guests
from .keys import LIVES_DAYS, Keys, NewKey
from .operators import IngestPassword, Operators
from .passwords import Passwords
from .plans import FREE, LIMITS, PLAN_NAMES, Plan, Plans
from .registrations import NewAccount, Registered, Registrations
from .rules import EMAIL, PASSWORD, USERNAME
from .sessions import REFRESH_LIVES, Refresh, Sessions
from .usage import Usage, unended

__all__ = [
    "EMAIL",
    "FOREVER",
    "FREE",
    "LIMITS",
    "LIVES_DAYS",
    "OPERATORS",
    "PASSWORD",
    "PLAN_NAMES",
    "REFRESH_LIVES",
    "USERNAME",
    "Accounts",
    "Allowance",
    "Bearer",
    "Caller",
    "Credentials",
    "Guests",
    "IngestPassword",
    "Keys",
    "NewAccount",
    "NewKey",
    "OperatorCredentials",
    "Operators",
    "Passwords",
    "Plan",
    "Plans",
    "Profile",
    "Refresh",
    "Registered",
    "Registrations",
    "Sessions",
    "Usage",
    "caller_of",
    "load_credentials",
    "unended",
]
