"""An example of everything the API takes and answers, put together from an example of each field.

What a field's own `metadata` holds comes first, then its default and its choices, then the words
below: by `Schema.field`, or by the field's name where it means the same everywhere. Only whoever
asks for the API's description has this loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
NOW, LATER, BEFORE = "2026-11-21T18:30:05Z", "2026-11-22T18:30:05Z", "2026-11-21T18:30:00Z"
BASE = "https://photoai.example.com"
JOB = "5f0c7a52-2f0e-4f57-9d3c-6a1f8e4b7c10"
TASK = f"{BASE}/api/tasks/{JOB}"
TASK_V1 = f"{BASE}/api/v1/tasks/{JOB}"
MERGE = "merge_7b1d4c0e9f2a"
ASCII = "abc123def456"
CONVERTED = f"/api/v1/download/{ASCII}"
GALLERY = f"{BASE}/g/1c4f0b9a7d2e5f8036b9a1c4d7e0f3a6b9c2d5e8f10"
REEL = f"/api/reels/{JOB}"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
KEY = "pk_3Jk9fX0s7QmZ2LwT8uVb1Yc4Rd6Ne5Ha"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PHOTO = {"mime": "image/jpeg", "size_bytes": 482113, "width": 1800, "height": 1200,
         "rung": "0:gemini", "model": "gemini-2.5-flash-image", "cost": 0.039}  # fmt: skip
PROMPT = {"prompt": "Make it look like a film poster of the fifties"}
CLIPS = ["https://media.example.com/one.mp4", "https://media.example.com/two.mp4"]

WORDS: Json = {
    "access_token": JWT, "action": "copy", "active_jobs": 2, "aspect_ratio": "16:9",
    "allowed_mime": ["image/jpeg", "image/png"], "api_key": KEY, "at": NOW, "attempt": 1,
    "attempts": 1, "avg_response_ms": 8120, "background": "#000000", "cache_hit": False,
    "clip_max_mb": 500, "client_profile": "image", "code": None, "configured": True,
    "cost": 14.82, "created_at": BEFORE, "default": True, "deleted": 42, "delivery_id": "d-1",
    "description": "Changes the photo as the prompt says.", "docs": f"{BASE}/docs",
    "download_url": f"{BASE}/server2/videoapi/download/{MERGE}", "duration_ms": 120,
    "duration_sec": 12.5, "email": "maria@example.com", "email_or_username": "maria@example.com",
    "ended_at": NOW, "error": None, "error_percent": 1.5, "errors": 6, "estimated_sec": 9.0,
    "eta_sec": None, "event": "job.succeeded", "expires_at": LATER, "expires_in": 3600,
    "expires_in_sec": 3600, "file_id": JOB, "files": 12, "finished_at": NOW, "fps": 30.0,
    "from": "2026-11-15", "healthy": True, "height": 1200, "id": JOB, "index": 0,
    "ingest_url": f"{BASE}/ingest/slot-001", "is_configured": True, "key_id": JOB,
    "ladder": None, "late": False, "last4": "x7Qa", "last_changed": BEFORE, "last_price": 0.039,
    "last_reset_at": BEFORE, "last_used_at": NOW, "limit_bytes": 5_000_000_000,
    "link": "slot-001", "max_file_size_mb": 20.0, "max_parallel_jobs": 8, "max_side_px": 2048,
    "media_id": JOB, "merges_at_once": 2, "merges_per_day": 20, "merges_running": 1,
    "merges_today": 3, "light": "green", "is_default": False, "guests_per_hour": 60,
    "cost_usd": 0.0336, "said": [], "message": "Everything works.", "metadata": {"order": "A-17"},
    "mime": "image/jpeg", "mode": "copy", "ms": 35, "name": "Wedding hall", "needed": True,
    "needs": ["prompt"], "next_try_at": None, "number": 1, "ok": True,
    "openapi": f"{BASE}/openapi.json", "operation_id": "change_image", "p95_response_ms": 14200,
    "page": 1, "page_size": 20, "password": "Correct-Horse-1", "per_day_usd": 50.0,
    "per_slot_per_day_usd": 10.0, "period_end": "2026-11-21", "period_start": "2026-11-15",
    "plan": "free", "poster_url": f"{BASE}/server2/videoapi/poster/{MERGE}", "prefix": "pk_3Jk9",
    "price_per_image": {"1K": 0.039}, "price_per_million_tokens": {"output": 30.0},
    "prices": {"gemini-2.5-flash-image": {"1K": 0.039}}, "progress": 1.0, "provider_id": "gemini",
    "public_url": f"{BASE}/public/media/{JOB}", "quality": "medium", "reason": None,
    "refresh_token": JWT, "requests": 400, "result": PHOTO, "retired_on": None, "revoked": 3,
    "revoked_at": None, "role": "operator", "search": "wedding", "secret": "whsec_MfKQ9r8GKYqrTwjU",
    "set": True, "settings_json": PROMPT, "sha256": SHA256, "signature": "eyJ0IjoxfQ.c2ln",
    "size_bytes": 482113, "slot_id": "slot-001", "stage": None, "started_at": BEFORE,
    "state": "succeeded", "status": "healthy", "storage_mb": 5000, "success": 394,
    "success_flag": 1, "sync_response_timeout_sec": 48, "task_id": JOB, "test": False,
    "timeout_sec": 48.0, "timeouts": 2, "title": "Nano Banana", "to": "2026-11-21",
    "token": JWT, "token_type": "bearer", "total": 1, "transition_sec": 0.5, "ttl_sec": 3600,
    "type": "photo", "updated_at": NOW, "uptime_seconds": 86400,
    "url": "https://hooks.example.com/photoai", "username": "maria", "valid": True, "version": 3,
    "video_urls": CLIPS, "webhook_url": "https://hooks.example.com/photoai", "width": 1800,
    "Prefer": "wait=20", "Idempotency-Key": "order-A-17", "Last-Event-ID": "1042",
    "expires_days": 365, "redirect": False, "fonts": ["Noto Sans"], "audio": "copy",
    "combines": True, "completed_at": NOW,
    "config": {"start_sec": 1.5, "end_sec": 4.0}, "error_details": None, "error_message": None,
    "input_files": [JOB], "kinds": ["video"], "least": 1, "most": 1, "operation_type": "render",
    "outcome": "succeeded", "p50": 12.5, "p95": 48.0, "passes": 1,
    "retry_count": 0, "success_rate": 0.98, "tasks_at_once": 5, "tasks_per_day": 100,
    "tasks_running": 1, "tasks_today": 3, "timestamp": NOW, "unless": None, "video": "encode",
    "words": "frame= 75 fps=0.0 q=-1.0 Lsize= 471KiB time=00:00:02.96", "queue_position": None,
    "upload_id": JOB, "received_bytes": 8_388_608,
    "uploads": 1, "uploading_bytes": 20_000_000, "left_bytes": 4_979_517_887,
    "file_max_bytes": 500_000_000, "Content-Range": "bytes 8388608-16777215/20000000",
    "Repr-Digest": "sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:", "Upload-Id": JOB,
    "X-File-Name": "first-dance.mp4",
    "active": True, "actor": "root", "address": "203.0.113.7", "after": {"plan": "pro"},
    "before": {"plan": "free"}, "by_state": {"succeeded": 12, "failed": 1},
    "cancel_requested": False, "jobs": 13, "jobs_open": 1, "jobs_today": 13, "keys": False,
    "keys_revoked": 2, "kind": "merge", "last_sign_in_at": NOW, "provider": None,
    "request_id": "4f1d9c2ab7e84e5e9d0b6a3c5f7e8d90", "sort": "username", "target": "user:7",
    "target_name": "maria", "job_id": ASCII, "batch_id": "batch_5d3f9a0c7e21", "columns": 120,
    "rows": 32, "has_sound": True, "frames_count": 150, "duration_seconds": 5.0, "completed": 1,
    "eta_seconds": None, "processing_time_seconds": 2.5, "job_ids": [ASCII], "failed": 0,
    "rejected": [], "left_out": [], "truncated": False, "gif": None,
    "mp4": f"{CONVERTED}/video.mp4",
    "mp4_path": f"{CONVERTED}/video.mp4", "frames_zip": f"{CONVERTED}/frames",
    "poster": f"{CONVERTED}/poster.jpg", "png_files": [f"{CONVERTED}/frame_000000.png"],
    "png_pattern": f"{CONVERTED}/frame_%06d.png", "txt_files": [], "txt_pattern": None,
    "user": 7, "user_id": 7, "worked_sec": 310.5,
    "reels_cents_per_day": 100, "target_language": "ru", "picture": "shot_000",
    "start_sec": 0.0, "end_sec": 2.4, "text": "Two eggs, one pan.", "style": "classic",
    "translation": "Два яйца, одна сковорода.", "missing": [], "first_frame": f"{REEL}/first.jpg",
    "warnings": [], "model": "gemini-3.8-flash", "model_version": "gemini-3.8-flash-001",
    "prompt_version": "1", "repairs": 0, "usage": {"input": 18400, "text": 2100, "total": 20500},
    "timings": {"measuring": 1.9, "sending": 1.4, "watching": 21.5, "total": 24.3},
    "file_name": "eggs.mp4", "cuts": [2.4, 5.1],
    "closes_at": LATER, "has_original": False, "hours": 12, "limit": 10,
    "link_id": "9c1e4b7a2d5f40838b6a1c3e5d7f9b0c",
    "minutes": 15, "next": None, "opened_at": BEFORE, "photos": 42, "qr_url": f"{GALLERY}/qr.svg",
    "rung": "0:gemini", "since": BEFORE, "slot_ids": ["slot-001"], "tests": True,
    "counted": False, "handed_over": 3, "put_back": 3, "ids": [JOB], "originals_kept_min": 0,
    "receipt": "2026-11-21T18:30:05.041500+00:00",
    "path": "settings_json.prompt", "present": True, "restored_from": None, "saved_at": NOW,
    "saved_by": "serg", "notes": [], "settings_version": 3, "replay_of": None,
    "overdue_in_sec": None, "value": 34.0, "subject": "", "raised_at": BEFORE,
    "acknowledged_at": None, "hour": 6, "alert_id": "wait",
    "level": "fine", "limit_usd": 20.0, "spent_usd": 3.2, "under_way_usd": 0.1,
    "scope": "all", "budget_usd": 50.0, "charges": 212,
    "used_percent": 16.5, "photos_left": 2, "began_at": NOW, "ends_at": LATER,
    "pickup_url": f"{BASE}/p/FPaanEK7LCLjjra0RnjS7vqvqGvjI1EwOeOiDHSWvno9",
}  # fmt: skip
IN_SCHEMA: Json = {
    "ApiHealth.version": "0.1.0",
    "Failure.advice": "Make the prompt milder.",
    "Failure.code": "provider_refused",
    "Failure.count": 7,
    "Failure.message": "The AI's safety filter stopped this photo or its prompt.",
    "Actor.id": 1,
    "Alert.id": "wait",
    "Alert.kind": "wait",
    "Alert.message": "The oldest photo in the queue has waited for 34 s.",
    "Alert.most": 30.0,
    "Actor.role": "admin",
    "Actor.username": "root",
    "AnybodysTask.type": "merge",
    "AuditEntry.action": "user.changed",
    "AuditEntry.id": 42,
    "Check.id": "provider:gemini",
    "Batch.status": "completed",
    "Budget.event": None,
    "Event.name": "Anna and Peter",
    "EventWish.name": "Anna and Peter",
    "PastEvent.name": "Anna and Peter",
    "Conversion.message": "150 of 150 frames done.",
    "Conversion.status": "completed",
    "ErrorBody.code": "provider_refused",
    "ErrorBody.details": {},
    "ErrorBody.message": "The AI provider refused to work on this photo.",
    "File.mime": "video/mp4",
    "File.name": "first-dance.mp4",
    "File.probe": {"duration_sec": 12.5},
    "FileLink.url": f"{BASE}/api/v1/files/{JOB}/content?token=eyJ0IjoxfQ.c2ln",
    "FileLinks.content": f"{BASE}/api/v1/files/{JOB}/content",
    "FileLinks.self": f"{BASE}/api/v1/files/{JOB}",
    "GalleryLink.id": "9c1e4b7a2d5f40838b6a1c3e5d7f9b0c",
    "GalleryLink.url": GALLERY,
    "GalleryPhotoLinks.preview": f"{BASE}/live/{JOB}/preview",
    "GalleryPhotoLinks.result": f"{TASK}/result",
    "JobLinks.cancel": TASK,
    "JobLinks.events": f"{TASK}/events",
    "JobLinks.result": f"{TASK}/result",
    "JobLinks.self": TASK,
    "Key.name": "merging script",
    "KeyWish.name": "merging script",
    "MergeFacts.clips": [{"index": 0, "action": "copy"}, {"index": 1, "action": "copy"}],
    "MergeTask.message": "The video is ready.",
    "MergeTask.status": "completed",
    "MergeTask.task_id": MERGE,
    "Model.id": "gemini-2.5-flash-image",
    "ModelChange.default": "gemini-2.5-flash-image",
    "ModelsInUse.default": "gemini-2.5-flash-image",
    "NewKey.name": "merging script",
    "Operation.id": "change_image",
    "Operation.name": "Change the photo",
    "Operation.settings_schema": {"type": "object", "properties": {"prompt": {"type": "string"}}},
    "Owner.id": 7,
    "PricedModel.id": "gemini-2.5-flash-image",
    "Profile.id": 7,
    "Provider.id": "gemini",
    "Provider.name": "Google Gemini",
    "Readiness.database": True,
    "Readiness.providers": True,
    "Readiness.queue": True,
    "Readiness.storage": True,
    "RegisteredAccount.id": 7,
    "RehearsalRow.id": "provider:gemini",
    "RehearsalRow.light": "green",
    "Rehearsal.running": False,
    "RehearsalRow.running": False,
    "RehearsalRow.said": ("It takes its key and answers in 212 ms.",),
    "RehearsalTrial.model": "gemini-nano-banana-2.1",
    "RehearsalWish.parts": ["disk", "provider:gemini"],
    "RehearsalWish.slots": ["slot-001"],
    "RetiringModel.model": "gpt-image-1.5",
    "RetiringModel.retired_on": "2026-12-01",
    "RetiringModel.successor": "gpt-image-2",
    "SuccessionWish.model": "gpt-image-1.5",
    "Settings.keys": {"gemini": {"set": True, "last4": "x7Qa", "source": "settings"}},
    "Settings.models": {"gemini": {"default": "gemini-2.5-flash-image", "available": []}},
    "SettingsChange.ingest_password": "a word for the booth",
    "SettingsChange.keys": {"gemini": "AIzaSyExampleExampleExampleExamplex7Qa"},
    "OutputFile.mime": "video/mp4",
    "OutputFile.name": "trim.mp4",
    "OutputFile.poster_url": f"{TASK_V1}/poster?token=eyJ0IjoxfQ.c2ln",
    "OutputFile.url": f"{TASK_V1}/result?token=eyJ0IjoxfQ.c2ln",
    "Advice.category": "Sound",
    "Advice.text": "Keep the sizzle: it is louder than the voice only in the first second.",
    "Hook.text": "An egg falls into a glowing pan.",
    "Hook.why": "Something happens before anybody says what it is.",
    "Loudness.curve_lufs": [-21.4, -18.9, None],
    "Loudness.every_sec": 0.5,
    "Loudness.integrated_lufs": -16.2,
    "Loudness.range_lu": 4.1,
    "Loudness.true_peak_dbtp": -1.2,
    "Pace.first_cut_sec": 2.4,
    "Pace.longest_shot_sec": 7.4,
    "Pace.mean_shot_sec": 4.2,
    "Pace.median_shot_sec": 2.7,
    "Pace.shots_per_minute": 14.4,
    "Reel.error": None,
    "Reel.eta_sec": None,
    "Reel.progress": 100,
    "Reel.state": "SUCCESS",
    "Reel.status": "The analysis is ready.",
    "ReelExports.json": f"{REEL}.json",
    "ReelExports.md": f"{REEL}.md",
    "ReelExports.srt": f"{REEL}.srt",
    "ReelExports.srt_translation": f"{REEL}.srt?lang=translation",
    "ReelResult.cost": 0.0112,
    "ReelResult.video": f"{REEL}/video",
    "ReelStarted.message": "The video has been uploaded and is being analysed",
    "ReelStarted.success": True,
    "ScriptLine.note": "From above, in one go.",
    "ScriptLine.time": "0:00-0:02",
    "ScriptLine.visual": "An egg falls into the pan.",
    "ScriptVariant.title": "Without words",
    "Shot.description": "A pan from above, an egg falls into it.",
    "Shot.thumbnail": f"{REEL}/shot_000.jpg",
    "Spoken.language": "en",
    "Spoken.transcription": "Two eggs, one pan.",
    "SuccessKey.description": "The first picture moves before the first word.",
    "SuccessKey.title": "It begins in the middle",
    "Change.after": "A film poster of the fifties",
    "Change.before": "A comic",
    "Slot.id": "slot-001",
    "SlotRestored.id": "slot-001",
    "SlotSaved.id": "slot-001",
    "SlotTotals.id": "slot-001",
    "Rung.from_sec": 40.0,
    "Rung.provider_id": "local",
    "Rung.settings_json": {"prompt": "vivid"},
    "DeliveryTry.status": 204,
    "TaskStep.success": True,
    "Task.result": {"mime": "video/mp4", "size_bytes": 482113, "duration_sec": 2.5},
    "Task.status": "completed",
    "Task.type": "trim",
    "TaskFigures.by_status": {"completed": 40, "failed": 1},
    "TaskInput.title": "Video",
    "TaskLinks.cancel": TASK_V1,
    "TaskLinks.events": f"{TASK_V1}/events",
    "TaskLinks.log": f"{TASK_V1}/log",
    "TaskLinks.result": f"{TASK_V1}/result",
    "TaskLinks.retry": f"{TASK_V1}/retry",
    "TaskLinks.self": TASK_V1,
    "TaskOrder.config": {"start_sec": 1.5, "end_sec": 4.0},
    "TaskOrder.input_files": [JOB],
    "TaskOrder.type": "trim",
    "TaskStatistics.by_status": {"completed": 40, "failed": 1},
    "TaskStatistics.by_type": {},
    "TaskType.config": {"type": "object", "properties": {"start_sec": {"type": "number"}}},
    "TaskType.description": "Cuts a part out of a video.",
    "TaskType.title": "Trim",
    "TaskType.type": "trim",
    "Upload.file_id": None,
    "Upload.name": "first-dance.mp4",
    "Upload.size_bytes": 20_000_000,
    "UploadLinks.file": None,
    "UploadLinks.self": f"{BASE}/api/v1/files/uploads/{JOB}",
    "VideoApi.links": {"health": f"{BASE}/server2/videoapi/health"},
    "VideoApi.name": "Склейка видео",
    "VideoApi.version": "4.0",
    "VideoHealth.version": "4.0",
    "User.id": 7,
    "User.role": "member",
    "Welcome.message": "photoai API is running",
    "Welcome.version": "0.1.0",
}
# What a job that has ended does not have.
LEFT_OUT = {"Job.queue_position", "MergeTask.queue_position"}
METHODS = {"get", "put", "post", "patch", "delete"}


def add_examples(document: dict[str, Any]) -> None:
    """Write an example beside every parameter, JSON body and JSON answer of an OpenAPI document.

    Raises:
        KeyError: a field has none, named `Schema.field`.
    """
    schemas = document["components"]["schemas"]
    for path in document["paths"].values():
        for parameter in path.get("parameters", []):
            _add_to_parameter(parameter, schemas)
        for operation in (path[method] for method in METHODS & path.keys()):
            for parameter in operation.get("parameters", []):
                _add_to_parameter(parameter, schemas)
            for content in _json_of(operation):
                if "example" not in content:
                    content["example"] = _example("", "", content["schema"], schemas)


def _json_of(operation: Json) -> Iterator[dict[str, Any]]:
    """What the operation takes and answers, where that is JSON and no refusal."""
    answers = [answer for status, answer in operation["responses"].items() if status[0] == "2"]
    for holder in [operation.get("requestBody", {}), *answers]:
        for mime, content in holder.get("content", {}).items():
            if mime == "application/json":
                yield content


def _add_to_parameter(parameter: dict[str, Any], schemas: Json) -> None:
    if "schema" in parameter:
        found = _example("", parameter["name"], parameter["schema"], schemas)
        parameter.setdefault("example", found)


def _example(owner: str, name: str, schema: Json, schemas: Json) -> Any:
    """Of a field `name` of the schema `owner`; both are empty for a whole body."""
    if (own := f"{owner}.{name}") in IN_SCHEMA:
        return IN_SCHEMA[own]
    if "example" in schema:
        return schema["example"]
    if "anyOf" in schema:
        return None if name in WORDS and WORDS[name] is None else _inner(schema, schemas)
    if "$ref" in schema:
        inner = schema["$ref"].rpartition("/")[2]
        fields = schemas[inner].get("properties", {})
        return {
            each: _example(inner, each, fields[each], schemas)
            for each in fields
            if f"{inner}.{each}" not in LEFT_OUT
        }
    if isinstance(schema.get("items"), dict) and "$ref" in schema["items"]:
        return [_example(owner, name, schema["items"], schemas)]
    if "$ref" in (more := schema.get("additionalProperties") or {}):
        return {"gemini": _example(owner, name, more, schemas)}
    return _leaf(own, name, schema)


def _inner(schema: Json, schemas: Json) -> Any:
    return _example("", "", schema["anyOf"][0], schemas)


def _leaf(own: str, name: str, schema: Json) -> Any:
    if "default" in schema:  # viewers fill in what stands here, and not everybody has a token
        return schema["default"]
    if "enum" in schema:
        return WORDS[name] if WORDS.get(name) in schema["enum"] else schema["enum"][0]
    if name not in WORDS:
        raise KeyError(own)
    return WORDS[name]
