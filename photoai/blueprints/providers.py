"""Providers: what a slot can choose from."""

from __future__ import annotations

from typing import Any

from photoai.schemas.providers import ProviderListSchema
from photoai.services.catalogue import OperationEntry, ProviderEntry

from .bodies import Blueprint
from .context import services
from .guard import operator_only

blp = Blueprint("providers", __name__, url_prefix="/api", description="The providers.")


@blp.get("/providers")
@operator_only
@blp.response(200, ProviderListSchema)
def providers() -> dict[str, Any]:
    """Every provider with its operations, their settings' schemas, its models and limits."""
    return {"providers": [_view(entry) for entry in services().catalogue.providers.values()]}


def _view(entry: ProviderEntry) -> dict[str, Any]:
    known, catalogue = services().providers, services().catalogue
    return {
        "id": entry.id,
        "name": entry.title,
        "configured": known.configured(entry.id),
        "healthy": known.healthy(entry.id),
        "limits": entry,
        "models": services().settings.models(entry.id),
        "operations": [_operation(entry, catalogue.operations[id_]) for id_ in entry.operations],
    }


def _operation(entry: ProviderEntry, operation: OperationEntry) -> dict[str, Any]:
    return {
        "id": operation.id,
        "name": operation.title,
        "description": operation.description,
        "needs": list(operation.needs),
        "settings_schema": services().catalogue.schema(entry.id, operation.id),
    }
