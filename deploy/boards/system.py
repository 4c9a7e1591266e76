"""What it runs on: the machine, the programs, the database, the disks."""

from .board import BY_PEOPLE, INSTANCE, Board, Row
from .panels import BAD, FAIR, GOOD, Query, bars, gauge, lines, pie, stat

MINE = 'job=~"photoai.*",instance=~"$instance"'
REQUESTS = f'photoai_http_requests_total{{{BY_PEOPLE},instance=~"$instance"}}'
# Neither what is only memory nor what Docker shows again for each container.
DISKS = 'fstype!~"tmpfs|ramfs|overlay|squashfs|nsfs|fuse.*",mountpoint!~"/(run|boot)(/.*)?"'
ROOM_USED = f"1 - node_filesystem_avail_bytes{{{DISKS}}} / node_filesystem_size_bytes{{{DISKS}}}"
WIRES = 'device!~"lo|veth.*|br-.*|docker.*"'
PLATES = 'device!~"(loop|ram|zram|dm-).*"'
OURS = 'datname="photoai"'
USED = ((None, GOOD), (0.75, FAIR), (0.9, BAD))
DAY = 24 * 3600

NOW = Row(
    "Now",
    (
        gauge(
            "Processor",
            "Part of all processors that is busy.",
            '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
            "percentunit",
            ((None, GOOD), (0.8, FAIR), (0.95, BAD)),
            1,
        ),
        gauge(
            "Memory",
            "Part that could not be given to somebody else.",
            "1 - sum(node_memory_MemAvailable_bytes) / sum(node_memory_MemTotal_bytes)",
            "percentunit",
            USED,
            1,
        ),
        gauge(
            "Fullest disk",
            "Of all file systems of the machine.",
            f"max({ROOM_USED})",
            "percentunit",
            USED,
            1,
        ),
        gauge(
            "Requests",
            "Answered a second, by all web processes.",
            f"sum(rate({REQUESTS}[$__rate_interval]))",
            "reqps",
            ((None, GOOD), (150, FAIR), (250, BAD)),
            300,
        ),
        stat(
            "Connections",
            "To PostgreSQL, of those it allows.",
            "sum(pg_stat_activity_count) / max(pg_settings_max_connections)",
            "percentunit",
            ((None, GOOD), (0.6, FAIR), (0.8, BAD)),
            decimals=0,
        ),
        stat(
            "Newest backup",
            "Age of the last daily copy of the database.",
            'time() - max(photoai_backup_newest_timestamp_seconds{reason="daily"})',
            "s",
            ((None, GOOD), (1.1 * DAY, FAIR), (1.5 * DAY, BAD)),
            empty="none known",
        ),
        stat(
            "Nobody answers",
            "Programs that Prometheus asks in vain.",
            "count(up == 0) or vector(0)",
            steps=((None, GOOD), (1, BAD)),
        ),
        stat(
            "Running for",
            "The youngest photoai process.",
            f"time() - max(process_start_time_seconds{{{MINE}}})",
            "s",
        ),
    ),
)
MACHINE = Row(
    "Machine",
    (
        lines(
            "Processor",
            "Processors in use, by what for.",
            Query(
                'sum by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[$__rate_interval]))',
                "{{mode}}",
            ),
            Query('count(node_cpu_seconds_total{mode="idle"})', "there are"),
            unit="none",
            stacked=False,
        ),
        lines(
            "Memory",
            "What is taken, what only caches files, what is free.",
            Query("sum(node_memory_MemTotal_bytes) - sum(node_memory_MemAvailable_bytes)", "taken"),
            Query("sum(node_memory_MemAvailable_bytes) - sum(node_memory_MemFree_bytes)", "caches"),
            Query("sum(node_memory_MemFree_bytes)", "free"),
            unit="bytes",
            stacked=True,
        ),
        lines(
            "Load",
            "Programs that want a processor or wait for a disk; the line is how many there are.",
            Query("max(node_load1)", "1 min"),
            Query("max(node_load15)", "15 min"),
            Query('count(node_cpu_seconds_total{mode="idle"})', "processors"),
            unit="none",
        ),
        lines(
            "Network",
            "In above, out below the line.",
            Query(
                "sum by (device) "
                f"(rate(node_network_receive_bytes_total{{{WIRES}}}[$__rate_interval]))",
                "{{device}} in",
            ),
            Query(
                "sum by (device) "
                f"(rate(node_network_transmit_bytes_total{{{WIRES}}}[$__rate_interval]))",
                "{{device}} out",
            ),
            unit="Bps",
            low=None,
            below="/ out$/",
        ),
        lines(
            "Disks",
            "Read above, written below the line.",
            Query(
                f"sum by (device) (rate(node_disk_read_bytes_total{{{PLATES}}}[$__rate_interval]))",
                "{{device}} read",
            ),
            Query(
                "sum by (device) "
                f"(rate(node_disk_written_bytes_total{{{PLATES}}}[$__rate_interval]))",
                "{{device}} written",
            ),
            unit="Bps",
            low=None,
            below="/ written$/",
        ),
        bars(
            "Room used",
            "Of each file system.",
            Query(f"max by (mountpoint) ({ROOM_USED})", "{{mountpoint}}"),
            "percentunit",
            USED,
        ),
    ),
)
PROGRAMS = Row(
    "Programs",
    (
        lines(
            "Processor by program",
            "Processors in use; ffmpeg and the jobs' children are programs of their own.",
            Query(
                "sum by (groupname) "
                "(rate(namedprocess_namegroup_cpu_seconds_total[$__rate_interval]))",
                "{{groupname}}",
            ),
            unit="none",
            stacked=True,
        ),
        lines(
            "Memory by program",
            "In real memory; what several share is counted for each.",
            Query(
                'sum by (groupname) (namedprocess_namegroup_memory_bytes{memtype="resident"})',
                "{{groupname}}",
            ),
            unit="bytes",
            stacked=True,
        ),
        lines(
            "Disks by program",
            "Read above, written below the line.",
            Query(
                "sum by (groupname) "
                "(rate(namedprocess_namegroup_read_bytes_total[$__rate_interval]))",
                "{{groupname}} read",
            ),
            Query(
                "sum by (groupname) "
                "(rate(namedprocess_namegroup_write_bytes_total[$__rate_interval]))",
                "{{groupname}} written",
            ),
            unit="Bps",
            low=None,
            below="/ written$/",
        ),
        lines(
            "How many run",
            "Processes of each program.",
            Query("sum by (groupname) (namedprocess_namegroup_num_procs)", "{{groupname}}"),
            width=6,
        ),
        lines(
            "Memory of photoai",
            "The processes themselves, without their children.",
            Query(f"process_resident_memory_bytes{{{MINE}}}", "{{job}} {{instance}}"),
            unit="bytes",
            width=6,
        ),
        lines(
            "Processor of photoai",
            "A web process has one event loop: near 1 it is the bottleneck.",
            Query(
                f"rate(process_cpu_seconds_total{{{MINE}}}[$__rate_interval])",
                "{{job}} {{instance}}",
            ),
            unit="none",
            width=6,
            steps=((None, GOOD), (0.9, BAD)),
        ),
        lines(
            "Open files of photoai",
            "Of those each may open; a connection is a file.",
            Query(
                f"process_open_fds{{{MINE}}} / process_max_fds{{{MINE}}}", "{{job}} {{instance}}"
            ),
            unit="percentunit",
            width=6,
        ),
    ),
)
DATABASE = Row(
    "PostgreSQL",
    (
        lines(
            "Connections",
            "By what they do; the line is how many there may be.",
            Query(f"sum by (state) (pg_stat_activity_count{{{OURS}}})", "{{state}}"),
            Query("max(pg_settings_max_connections)", "at most"),
        ),
        lines(
            "Transactions",
            "A second. Many that are taken back mean conflicts or errors.",
            Query(f"sum(rate(pg_stat_database_xact_commit{{{OURS}}}[$__rate_interval]))", "kept"),
            Query(
                f"sum(rate(pg_stat_database_xact_rollback{{{OURS}}}[$__rate_interval]))",
                "taken back",
            ),
            unit="ops",
        ),
        lines(
            "Longest transaction",
            "photoai keeps its own short: a long one is somebody's forgotten session.",
            Query(f"max(pg_stat_activity_max_tx_duration{{{OURS}}})", "longest"),
            unit="s",
            steps=((None, GOOD), (30, FAIR)),
        ),
        lines(
            "Found in memory",
            "Part of the blocks that needed no disk.",
            Query(
                f"sum(rate(pg_stat_database_blks_hit{{{OURS}}}[$__rate_interval])) / ("
                f"sum(rate(pg_stat_database_blks_hit{{{OURS}}}[$__rate_interval])) + "
                f"sum(rate(pg_stat_database_blks_read{{{OURS}}}[$__rate_interval])) > 0)",
                "in memory",
            ),
            unit="percentunit",
            top=1,
        ),
        lines(
            "Size",
            "Of photoai's database.",
            Query(f"max(pg_database_size_bytes{{{OURS}}})", "size"),
            unit="bytes",
        ),
        lines(
            "Deadlocks and files for sorting",
            "In five minutes; both should be nothing.",
            Query(f"sum(increase(pg_stat_database_deadlocks{{{OURS}}}[5m]))", "deadlocks"),
            Query(f"sum(increase(pg_stat_database_temp_files{{{OURS}}}[5m]))", "files"),
        ),
    ),
)
STORE = Row(
    "Photos, videos and copies",
    (
        lines(
            "Room of the store",
            "Where a folder is the store; a bucket has none to show.",
            Query("min(photoai_storage_free_bytes)", "free"),
            Query("min(photoai_storage_size_bytes)", "all"),
            unit="bytes",
            width=6,
        ),
        lines(
            "Store and copies that failed",
            "In five minutes; should be nothing.",
            Query(
                "sum by (operation) (increase(photoai_storage_errors_total[5m]))",
                "store: {{operation}}",
            ),
            Query("sum(increase(photoai_backups_failed_total[5m]))", "daily copy"),
            width=6,
            steps=((None, GOOD), (1, BAD)),
        ),
        bars(
            "Age of the newest copy",
            "Of the database, by what it was made for.",
            Query(
                "time() - max by (reason) (photoai_backup_newest_timestamp_seconds)", "{{reason}}"
            ),
            "s",
            ((None, GOOD), (1.1 * DAY, FAIR), (1.5 * DAY, BAD)),
            width=6,
        ),
        pie(
            "Requests by status",
            "Over the time that is shown.",
            Query(f"sum by (status) (increase({REQUESTS}[$__range]))", "{{status}}", now=True),
        ),
    ),
)
SYSTEM = Board(
    uid="photoai-system",
    title="photoai · System resources",
    description="Does the machine have room for what it is asked to do?",
    rows=(NOW, MACHINE, PROGRAMS, DATABASE, STORE),
    variables=(INSTANCE,),
)
