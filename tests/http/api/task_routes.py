"""What each of the cast gets at the addresses of tasks. Serg has had one video trimmed."""

from __future__ import annotations

from .merge_routes import everybody, owner

V1 = "/api/v1"
TASKS = f"{V1}/tasks"
TASK = f"{TASKS}/task-of-serg"

# What counts of an order is who gets as far as its body.
ROUTES = [
    ("POST", TASKS, everybody(422)),
    ("POST", f"{TASKS}/plan", everybody(422)),
    ("GET", TASKS, everybody(200)),
    ("GET", f"{TASKS}/types", everybody(200)),
    ("GET", f"{TASKS}/statistics", everybody(200)),
    ("GET", TASK, owner(200)),
    ("GET", f"{TASK}/events", owner(200)),
    ("GET", f"{TASK}/log", owner(200)),
    ("GET", f"{TASK}/result", owner(200)),
    ("GET", f"{TASK}/poster", owner(200)),
    ("POST", f"{TASK}/retry", owner(409)),
    ("DELETE", TASK, owner(409)),
]
OPEN = {f"{V1}/health"}
