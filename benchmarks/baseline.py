"""The least a Flask view can do: hand the photo to the provider's server, hand its answer back."""

import os

import urllib3
from flask import Flask, Response, request

app = Flask(__name__)
pool = urllib3.PoolManager(maxsize=1000, retries=False)


@app.post("/ingest/<link>")
def ingest(link: str) -> Response:
    photo = request.files["fileToUpload"].read()
    answer = pool.request(
        "POST",
        os.environ["EXAMPLE_URL"],
        body=photo,
        headers={"X-Prompt": os.environ["EXAMPLE_PROMPT"]},
        timeout=60,
    )
    return Response(answer.data, mimetype="image/jpeg")


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "healthy"}
