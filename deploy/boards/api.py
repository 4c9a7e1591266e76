"""What callers get: requests, answers, booths."""

from .board import BY_PEOPLE, INSTANCE, Board, Row
from .panels import BAD, FAIR, GOOD, Query, heat, lines, pie, quantiles, stat, table

MINE = 'instance=~"$instance"'
ASKED = f"{BY_PEOPLE},{MINE}"
REQUESTS = f"photoai_http_requests_total{{{ASKED}}}"
TOOK = f"photoai_http_request_seconds_bucket{{{ASKED}}}"
BOOTHS = f"photoai_photo_response_seconds_bucket{{{MINE}}}"
INGEST = f'photoai_http_requests_total{{route="/ingest/<link>",{MINE}}}'
SECONDS = ((None, GOOD), (0.5, FAIR), (2, BAD))
SHARE = ((None, GOOD), (0.01, FAIR), (0.05, BAD))
WAITED = ((None, GOOD), (30, FAIR), (45, BAD))
ONE_IS_BAD = ((None, GOOD), (1, BAD))


def of_status(status: str) -> str:
    return f'photoai_http_requests_total{{status="{status}",{ASKED}}}'


def share(status: str) -> str:
    part = f"sum(rate({of_status(status)}[$__rate_interval]))"
    return f"({part} or vector(0)) / (sum(rate({REQUESTS}[$__rate_interval])) > 0)"


def p95(buckets: str) -> str:
    return f"histogram_quantile(0.95, sum by (le) (rate({buckets}[$__rate_interval])))"


NOW = Row(
    "Now",
    (
        stat(
            "Requests",
            "Answered a second, by all web processes.",
            f"sum(rate({REQUESTS}[$__rate_interval]))",
            "reqps",
        ),
        stat(
            "Errors",
            "Part of the answers that say that something is wrong here (5xx).",
            share("5xx"),
            "percentunit",
            SHARE,
            decimals=1,
        ),
        stat(
            "Answers begin after",
            "95 % of all requests, booths that wait for a photo among them.",
            p95(TOOK),
            "s",
            SECONDS,
        ),
        stat(
            "Photos a minute",
            "Finished photos that booths were given.",
            f"60 * sum(rate(photoai_photo_response_seconds_count{{{MINE}}}[$__rate_interval]))",
        ),
        stat(
            "Booths wait",
            "95 % of the photos that came back finished; booths give up after 50 s.",
            p95(BOOTHS),
            "s",
            WAITED,
        ),
        stat(
            "Late photos",
            "In the last hour: the booth's time was over, and it printed the original.",
            f"sum(increase(photoai_photos_late_total{{{MINE}}}[1h]))",
            steps=ONE_IS_BAD,
            decimals=0,
        ),
        stat(
            "Listeners",
            "Clients that listen to live events.",
            f"sum(photoai_listeners{{{MINE}}})",
        ),
        stat(
            "Alarms",
            "That fire now; the runbook is in docs/operations.md.",
            'count(ALERTS{alertstate="firing"}) or vector(0)',
            steps=ONE_IS_BAD,
        ),
    ),
)
REQUESTED = Row(
    "Requests",
    (
        lines(
            "Requests a second by route",
            "The twelve that are asked for most.",
            Query(
                f"topk(12, sum by (method, route) (rate({REQUESTS}[$__rate_interval])))",
                "{{method}} {{route}}",
            ),
            unit="reqps",
        ),
        quantiles(
            "Until the answer begins",
            "Of all requests. Streams count until their first byte.",
            TOOK,
            steps=((None, GOOD), (2, FAIR)),
        ),
        lines(
            "Slowest routes",
            "Where 95 % of the answers begin within; the eight slowest.",
            Query(
                "topk(8, histogram_quantile(0.95, "
                f"sum by (le, method, route) (rate({TOOK}[$__rate_interval]))))",
                "{{method}} {{route}}",
            ),
            unit="s",
        ),
        heat("How long answers take", "Requests by the time until the answer began.", TOOK),
        table(
            "Routes",
            "Over the time that is shown.",
            (
                (
                    "calls",
                    "short",
                    Query(
                        f"round(sum by (method, route) (increase({REQUESTS}[$__range])))",
                        now=True,
                        form="table",
                    ),
                ),
                (
                    "5xx",
                    "short",
                    Query(
                        f"round(sum by (method, route) (increase({of_status('5xx')}[$__range])))",
                        now=True,
                        form="table",
                    ),
                ),
                (
                    "p95",
                    "s",
                    Query(
                        "histogram_quantile(0.95, "
                        f"sum by (le, method, route) (rate({TOOK}[$__range])))",
                        now=True,
                        form="table",
                    ),
                ),
            ),
            width=16,
            sort_by="calls",
        ),
    ),
)
ANSWERED = Row(
    "Answers",
    (
        lines(
            "Answers a second by status",
            "2xx went well, 4xx was refused, 5xx went wrong here.",
            Query(f"sum by (status) (rate({REQUESTS}[$__rate_interval]))", "{{status}}"),
            unit="reqps",
            width=7,
            stacked=True,
        ),
        lines(
            "Error rate",
            "Part of all answers.",
            Query(share("4xx"), "4xx"),
            Query(share("5xx"), "5xx"),
            unit="percentunit",
            width=6,
            steps=((None, GOOD), (0.05, BAD)),
        ),
        pie(
            "All answers by status",
            "Over the time that is shown.",
            Query(f"sum by (status) (increase({REQUESTS}[$__range]))", "{{status}}", now=True),
            width=5,
        ),
        lines(
            "Refusals a minute by code",
            "The codes are those of the answers' bodies.",
            Query(
                f"60 * sum by (code) (rate(photoai_refusals_total{{{MINE}}}[$__rate_interval]))",
                "{{code}}",
            ),
            width=6,
            stacked=True,
        ),
    ),
)
GUESTS = Row(
    "Booths",
    (
        quantiles(
            "How long booths wait",
            "For photos that came back finished.",
            BOOTHS,
            steps=((None, GOOD), (45, BAD)),
        ),
        lines(
            "Answers to booths",
            "A minute, by class of status.",
            Query(f"60 * sum by (status) (rate({INGEST}[$__rate_interval]))", "{{status}}"),
            stacked=True,
        ),
        lines(
            "Which rung finished the photo",
            "A minute, late ones too; the number counts down the slot's ladder.",
            Query("60 * sum by (rung) (rate(photoai_rungs_total[$__rate_interval]))", "{{rung}}"),
            stacked=True,
        ),
        lines(
            "Late photos",
            "In ten minutes: the booth printed the original, the photo is finished all the same.",
            Query(f"sum(increase(photoai_photos_late_total{{{MINE}}}[10m]))", "late"),
            steps=((None, GOOD), (2, BAD)),
        ),
        lines(
            "Stored",
            "Bytes a second by folder: originals from booths, files of accounts, media, results.",
            Query(
                "sum by (folder) (rate(photoai_storage_written_bytes_total[$__rate_interval]))",
                "{{folder}}",
            ),
            unit="Bps",
            stacked=True,
        ),
        lines(
            "Listeners and viewers by process",
            "Clients that listen to live events, and those that watch a video as ASCII.",
            Query(f"sum by (instance) (photoai_listeners{{{MINE}}})", "{{instance}}: listeners"),
            Query(f"sum by (instance) (photoai_viewers{{{MINE}}})", "{{instance}}: viewers"),
        ),
    ),
)
API = Board(
    uid="photoai-api",
    title="photoai · API performance",
    description="Do callers and booths get good answers, and soon?",
    rows=(NOW, REQUESTED, ANSWERED, GUESTS),
    variables=(INSTANCE,),
)
