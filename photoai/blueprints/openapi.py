"""flask-smorest with our error body, and a description of the API that is made when asked for."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask, Response, current_app
from flask.json.provider import JSONProvider
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import HTTPException

from photoai import __version__
from photoai.schemas.shared import ErrorSchema

from . import errors
from .context import services

SETTINGS = {
    "API_TITLE": "photoai",
    "API_VERSION": __version__,
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "access_token_cookie",
                    "description": "Unsafe methods also need the header X-CSRF-TOKEN.",
                },
            },
        },
        # What nobody guards is open to anybody.
        "security": [],
    },
}


class Described(Api):
    """The addresses of the application, which can say what they take and answer.

    Most processes are never asked: describing every address would be half the work of their start.
    """

    ERROR_SCHEMA = ErrorSchema()  # made once: a class would be made anew for every status

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[Blueprint] = []
        self._document: bytes | None = None
        self._describing = threading.Lock()
        super().__init__(app)

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp, **options)
        self._undescribed.append(blp)

    def handle_http_exception(self, error: HTTPException) -> Any:
        return errors.answer_http(error)

    def _register_responses(self) -> None:
        """Not before `_describe`."""

    def _openapi_json(self) -> Response:
        """This API's description by the OpenAPI specification."""
        with self._describing:
            if self._document is None:
                self._document = services().offload(self._describe, current_app.json)
        return current_app.response_class(self._document, mimetype="application/json")

    def _describe(self, form: JSONProvider) -> bytes:
        super()._register_responses()
        for blp in self._undescribed:
            blp.register_views_in_doc(self, self._app, self.spec, name=blp.name, parameters=None)
            self.spec.tag({"name": blp.name, "description": blp.description})
        document = self.spec.to_dict()
        from .examples import add_examples  # most processes never need them

        add_examples(document)
        return form.dumps(document, indent=2, sort_keys=False).encode()
