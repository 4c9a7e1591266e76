"""What is being made: the queue, how long it takes, how it ends, who helps."""

from .board import KIND, Board, Row
from .panels import (
    BAD,
    CALM,
    FAIR,
    GOOD,
    Query,
    bars,
    heat,
    lines,
    pie,
    quantiles,
    stat,
    states,
    table,
)

OF_KIND = 'kind=~"$kind"'
ENDED = f"photoai_jobs_ended_total{{{OF_KIND}}}"
SUCCEEDED = f'photoai_jobs_ended_total{{state="succeeded",{OF_KIND}}}'
FAILED = f'photoai_jobs_ended_total{{state="failed",{OF_KIND}}}'
# Who cancels a job has changed their mind: nothing went wrong.
DECIDED = f'photoai_jobs_ended_total{{state!="cancelled",{OF_KIND}}}'
RAN = f"photoai_job_run_seconds_bucket{{{OF_KIND}}}"
WAITED = f"photoai_queue_wait_seconds_bucket{{{OF_KIND}}}"
ONE_IS_BAD = ((None, GOOD), (1, BAD))
GOING_WELL = ((None, BAD), (0.9, FAIR), (0.98, GOOD))

NOW = Row(
    "Now",
    (
        stat(
            "Waiting",
            "Jobs in the queue; more than QUEUE_MAX_SIZE (200) are refused.",
            "sum(max by (pool) (photoai_queue_depth))",
            steps=((None, GOOD), (50, FAIR), (150, BAD)),
        ),
        stat(
            "Running",
            "Jobs at work, over all processes.",
            "sum(max by (pool) (photoai_queue_running))",
        ),
        stat(
            "Oldest waits",
            "In any pool.",
            "max(photoai_queue_oldest_wait_seconds)",
            "s",
            ((None, GOOD), (20, FAIR), (60, BAD)),
        ),
        stat(
            "Workers",
            "Worker processes that answer Prometheus. None where the web process runs the jobs.",
            'count(up{job="photoai-worker"} == 1) or vector(0)',
        ),
        stat(
            "Somebody works",
            "Whether anybody lives who runs jobs: a worker, or the web process itself.",
            "max(photoai_queue_ready)",
            "bool_yes_no",
            ((None, BAD), (1, GOOD)),
        ),
        stat(
            "Succeeded",
            "Of the jobs that ended in the last hour, cancelled ones apart.",
            f"sum(increase({SUCCEEDED}[1h])) / (sum(increase({DECIDED}[1h])) > 0)",
            "percentunit",
            GOING_WELL,
            decimals=1,
        ),
        stat(
            "Failed",
            "Jobs, in the last hour.",
            f"round(sum(increase({FAILED}[1h])))",
            steps=((None, GOOD), (1, FAIR), (10, BAD)),
        ),
        stat(
            "Providers left alone",
            "After failures, or because their quota is used up.",
            "count(min by (provider) (photoai_provider_healthy) == 0) or vector(0)",
            steps=ONE_IS_BAD,
        ),
    ),
)
QUEUE = Row(
    "Queue",
    (
        lines(
            "Waiting by pool",
            "Each provider has a pool of its own, work on videos one, analyses of videos another.",
            Query("max by (pool) (photoai_queue_depth)", "{{pool}}"),
            stacked=True,
        ),
        bars(
            "Places in use",
            "Running jobs, of those the pool may run at once. All places taken and jobs waiting: "
            "the limit of the provider, or MAX_CONCURRENT_JOBS for videos.",
            Query(
                "max by (pool) (photoai_queue_running) "
                "/ (max by (pool) (photoai_queue_places) > 0)",
                "{{pool}}",
            ),
            "percentunit",
            ((None, GOOD), (0.7, FAIR), (1, BAD)),
        ),
        lines(
            "Oldest waits",
            "Photos that wait for 40 s are printed as they were.",
            Query("max by (pool) (photoai_queue_oldest_wait_seconds)", "{{pool}}"),
            unit="s",
            steps=((None, GOOD), (40, BAD)),
        ),
        lines(
            "Queued and running by kind",
            "Jobs that have not ended.",
            Query(f"max by (kind, state) (photoai_jobs{{{OF_KIND}}})", "{{kind}} {{state}}"),
        ),
        lines(
            "From accepted to started",
            "95 % of the jobs that began within this.",
            Query(
                f"histogram_quantile(0.95, sum by (le, kind) (rate({WAITED}[$__rate_interval])))",
                "{{kind}}",
            ),
            unit="s",
        ),
        lines(
            "Failed by kind",
            "A minute.",
            Query(f"60 * sum by (kind) (rate({FAILED}[$__rate_interval]))", "{{kind}}"),
        ),
    ),
)
DURATION = Row(
    "Duration",
    (
        quantiles("One attempt", "At a job of the kinds that are chosen above.", RAN),
        lines(
            "One attempt by kind",
            "95 % end within this.",
            Query(
                f"histogram_quantile(0.95, sum by (le, kind) (rate({RAN}[$__rate_interval])))",
                "{{kind}}",
            ),
            unit="s",
        ),
        heat("How long attempts take", "Attempts by their length.", RAN),
    ),
)
OUTCOME = Row(
    "Outcome",
    (
        lines(
            "Ended a minute",
            "By how they ended.",
            Query(f"60 * sum by (state) (rate({ENDED}[$__rate_interval]))", "{{state}}"),
            width=6,
            stacked=True,
        ),
        lines(
            "Success by kind",
            "Part of the jobs of the last 15 minutes that succeeded, cancelled ones apart.",
            Query(
                f"sum by (kind) (increase({SUCCEEDED}[15m])) "
                f"/ (sum by (kind) (increase({DECIDED}[15m])) > 0)",
                "{{kind}}",
            ),
            unit="percentunit",
            width=6,
            top=1,
            steps=((None, BAD), (0.9, GOOD)),
        ),
        pie(
            "By end",
            "Jobs that ended in the time that is shown.",
            Query(f"sum by (state) (increase({ENDED}[$__range]))", "{{state}}", now=True),
        ),
        pie(
            "By kind",
            "Jobs that ended in the time that is shown.",
            Query(f"sum by (kind) (increase({ENDED}[$__range]))", "{{kind}}", now=True),
        ),
        table(
            "Why jobs failed",
            "In the time that is shown, by the code their owners are told.",
            (
                (
                    "jobs",
                    "short",
                    Query(
                        "round(sum by (kind, code) "
                        f"(increase(photoai_job_failures_total{{{OF_KIND}}}[$__range])))",
                        now=True,
                        form="table",
                    ),
                ),
            ),
            sort_by="jobs",
        ),
        lines(
            "Results stored",
            "Bytes a second of finished photos and videos.",
            Query(
                "sum by (folder) (rate("
                'photoai_storage_written_bytes_total{folder="results"}[$__rate_interval]))',
                "{{folder}}",
            ),
            unit="Bps",
            width=12,
        ),
    ),
)
HELP = Row(
    "Providers and workers",
    (
        states(
            "Providers",
            "What the processes that call them have met. After five failures one is left alone "
            "for 10 s, then tried again.",
            Query("min by (provider) (photoai_provider_healthy)", "{{provider}}"),
            width=5,
        ),
        states(
            "Internet",
            "Without it only local providers are called.",
            Query("min(photoai_venue_online)", "internet"),
            width=3,
        ),
        lines(
            "Tries by their end",
            "A minute: answered, an error code, or left_alone while the provider rests.",
            Query(
                "60 * sum by (provider, result) "
                "(rate(photoai_provider_calls_total[$__rate_interval]))",
                "{{provider}} {{result}}",
            ),
            stacked=True,
        ),
        lines(
            "What a call takes",
            "95 % of the calls end within this.",
            Query(
                "histogram_quantile(0.95, sum by (le, provider) "
                "(rate(photoai_provider_call_seconds_bucket[$__rate_interval])))",
                "{{provider}}",
            ),
            unit="s",
        ),
        lines(
            "Workers alive",
            "That answer Prometheus.",
            Query('sum(up{job="photoai-worker"})', "workers"),
            steps=((None, BAD), (1, CALM)),
        ),
        lines(
            "Processor of workers",
            "Processors in use; ffmpeg is counted on the board of the system.",
            Query(
                'rate(process_cpu_seconds_total{job="photoai-worker"}[$__rate_interval])',
                "{{instance}}",
            ),
            unit="none",
        ),
        lines(
            "Memory of workers",
            "In real memory.",
            Query('process_resident_memory_bytes{job="photoai-worker"}', "{{instance}}"),
            unit="bytes",
        ),
    ),
)
JOBS = Board(
    uid="photoai-jobs",
    title="photoai · Jobs",
    description="Is everything made that was accepted, and how long does it take?",
    rows=(NOW, QUEUE, DURATION, OUTCOME, HELP),
    variables=(KIND,),
)
