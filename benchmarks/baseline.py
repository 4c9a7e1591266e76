"""The least a Flask view can do: hand the photo to the provider's server, hand its answer back."""

import os

import requests
from flask import Flask, Response, request
from requests.adapters import HTTPAdapter

app = Flask(__name__)
session = requests.Session()
session.trust_env = False
session.mount("http://", HTTPAdapter(pool_maxsize=1000))


@app.post("/ingest/<link>")
def ingest(link: str) -> Response:
    photo = request.files["fileToUpload"].read()
    answer = session.post(os.environ["EXAMPLE_URL"], data=photo, timeout=60)
    return Response(answer.content, mimetype="image/jpeg")


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "healthy"}
