"""What schemathesis cannot know of this API: what expressions, times and cursors look like, which containers there are, how to read
NDJSON, and which parameters exclude each other (their descriptions say so in words)."""

import json
import os

import schemathesis
from hypothesis import strategies as st

# The longest log read.
LINES = 50
IDS = os.environ["TAFFRAIL_IDS"].split(",")

OF_CONTAINERS = [
    "true",
    "false",
    'state == "running" and name startsWith "s"',
    'len(name) > 3 or labels["x"] == "y"',
    "1 + 1 == 2",
    "not (name in ['web', \"db\"])",
]
OF_LINES = [
    "true",
    "false",
    'level == "error"',
    'message contains "a"',
    'message matches "[0-9]+ ms"',
    'container.name startsWith "s" or stream == "stderr"',
    "1 + 1 == 2",
]
# What people type into a search box.
OF_BOXES = ["", "a", "error timeout", '"GET /"', "4711", "/[0-9]+ ms/", "level:error", *OF_LINES]
QUERIES = [
    "count()",
    'level == "error" | count() by container.service, level | sort desc | limit 5',
    "error | count_distinct(text), avg(len(text)), quantile(fields?.ms, 0.9) as p by kind | where p > 3",
]
SERIES = ['count(), rate() by bucket(time, "1h"), container.name']
TIMES = ["0", "15m", "1h30m", "1795252205123456789", "2026-11-21T09:10:05Z", "2026-11-21T09:10:05.5+01:30", "1970-01-01T00:00:00Z"]
CURSORS = ["1@2026-11-21T09:10:05.000000001Z", "14362017640987654@2026-11-21T09:10:05.123456789Z"]

DURATIONS = ["1s", "10s", "1m30s", "1.5h", "7d"]
LEVELS = ["warn", "error,fatal", "trace,debug,info,warn,error,fatal,unknown"]
STREAMS = ["stdout", "stderr", "stdout,stderr"]
# Real ones, prefixes of them, and some that nothing is called.
CONTAINERS = IDS * 4 + [identifier[:12] for identifier in IDS] + ["no-such-container", "0000"]

# Bodies whose form a JSON schema cannot tell whole: which keys go together, and what expressions and lengths of time look like.
RULES = [
    {"name": "errors", "log": 'level == "error"'},
    {"name": "many", "containers": 'project == "shop"', "log": "true", "count": {"over": 1000000, "in": "5m"}, "by": ["container.service"], "cooldown": "0s"},
    {"name": "silent", "log": "true", "absent": "10m", "severity": "critical", "labels": {"team": "shop"}},
    {"name": "spike", "log": 'level == "error"', "spike": {"factor": 3, "in": "5m", "min": 20}, "resolve": "10m"},
    {"name": "busy", "metric": "cpu > 90", "for": "1m", "share": 0.8, "window": {"avg": "5m"}},
    {"name": "exit", "event": 'name == "die"', "schedule": {"days": ["mon", "tue"], "from": "08:00", "to": "18:00", "zone": "Europe/Paris"}},
]
# To a port where nobody listens: what is tried is refused at once.
DESTINATIONS = [
    {"name": "hook", "type": "webhook", "url": "http://127.0.0.1:9/hook"},
    {"name": "slow", "type": "webhook", "url": "http://127.0.0.1:9/slow", "rate": "30/1m", "concurrency": 2, "deadline": "1h"},
]
VIEWS = [
    {"name": "shop", "containers": 'project == "shop"'},
    {"name": "errors", "containers": "true", "filter": 'level == "error"', "range": "1h", "levels": ["error"], "streams": ["stderr"], "columns": ["status:8"]},
]
BODIES = {
    ("/api/v1/views", "post"): VIEWS,
    ("/api/v1/views/{id}", "put"): [{**view, "version": version} for view in VIEWS for version in (1, 2, 7)],
    ("/api/v1/rules", "post"): RULES,
    ("/api/v1/rules/{id}", "put"): RULES,
    ("/api/v1/rules/{id}", "patch"): [{"enabled": False}, {"severity": "info"}, {"labels": {"a": None}}],
    ("/api/v1/rules/preview", "post"): [{**rule, "since": "10m"} for rule in RULES],
    ("/api/v1/destinations", "post"): DESTINATIONS,
    ("/api/v1/destinations/test", "post"): DESTINATIONS,
    ("/api/v1/destinations/{id}", "put"): DESTINATIONS,
    ("/api/v1/destinations/{id}", "patch"): [{"name": "other"}, {"concurrency": 3}],
    ("/api/v1/silences", "post"): [{"filter": 'container.service == "api"', "until": "1h"}, {"filter": "true", "until": "5m", "comment": "known"}],
}

# Parameters whose values a JSON schema cannot tell apart from other text.
FORMATS = {
    "filter": OF_LINES,
    "q": OF_BOXES,
    "containers": OF_CONTAINERS,
    "base_containers": OF_CONTAINERS,
    "since": TIMES,
    "until": TIMES,
    "new_since": TIMES,
    "base_since": TIMES,
    "base_until": TIMES,
    "step": DURATIONS,
    "cursor": CURSORS,
    "until_cursor": CURSORS,
    "levels": LEVELS,
    "streams": STREAMS,
    "id": CONTAINERS,
}
for name, values in FORMATS.items():
    schemathesis.openapi.format(f"taffrail-{name}", st.sampled_from(values))


def parameters_of(schema):
    yield from schema["components"]["parameters"].values()
    for path in schema["paths"].values():
        for operation in path.values():
            yield from (p for p in operation.get("parameters", []) if "$ref" not in p)


@schemathesis.hook
def before_load_schema(ctx, schema):
    for parameter in parameters_of(schema):
        if parameter["name"] in FORMATS and parameter["schema"].get("type") == "string":
            parameter["schema"]["format"] = f"taffrail-{parameter['name']}"
    schema["components"]["parameters"]["Number"]["schema"] = {"enum": [0, 1, 2, 3, 4711]}
    for (path, method), bodies in BODIES.items():
        schema["paths"][path][method]["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"enum": bodies}}}}
    schema["paths"]["/api/v1/query"]["get"]["parameters"][0]["schema"] = {"enum": QUERIES + SERIES}
    (container_filter,) = schema["paths"]["/api/v1/containers"]["get"]["parameters"]
    container_filter["schema"]["format"] = "taffrail-containers"
    # OpenAPI 3.1 describes one line of NDJSON; what is read below is the list of all.
    lists = [schema["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"] for path in ("search", "events")]
    for response in (schema["components"]["responses"]["Logs"], *lists):
        lines = response["content"]["application/x-ndjson"]
        lines["schema"] = {"type": "array", "items": lines["schema"]}


@schemathesis.deserializer("application/x-ndjson")
def read_ndjson(ctx, response):
    return [json.loads(line) for line in response.content.decode().splitlines()]


@schemathesis.check
def reads_end_with_their_end(ctx, response, case):
    """A log read that was not cut off says so in its last line."""
    if response.status_code == 200 and "application/x-ndjson" in response.headers.get("content-type", [""])[0]:
        lines = response.content.splitlines()
        assert lines and "end" in json.loads(lines[-1]), "a log read without its end"
        assert response.content.endswith(b"\n"), "a last line without its newline"


@schemathesis.hook
def before_call(ctx, case, kwargs):
    query = case.query
    if not isinstance(query, dict):
        return
    # A read that follows has no end; src/api/ and e2e/ test it.
    if query.get("follow") in ("true", "1"):
        query["follow"] = "false"
    # What the descriptions of these exclude.
    if query.get("format") == "series" and query.get("q") in QUERIES:
        query["q"] = SERIES[0]
    if query.get("order") == "desc":
        query.pop("tail", None)
    # More samples than an answer has: seconds of days and years.
    if case.operation.path.endswith("/stats") and not str(query.get("since", "0")).endswith(("0", "m")):
        query.pop("step", None)
    # The demo has hours of lines: an answer of all of them takes seconds, and shows what a short one does.
    if case.operation.path.endswith(("/logs", "/search")):
        limit = query.get("limit", "")
        if limit == "" or (str(limit).isascii() and str(limit).isdigit() and int(limit) > LINES):
            query["limit"] = LINES
