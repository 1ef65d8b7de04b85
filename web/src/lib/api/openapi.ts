// Generated from docs/openapi.yaml by `npm run types`.
export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process is alive */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every source has listed its containers once, or cannot be reached */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prometheus metrics */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This description */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this server is, and the hosts that it watches */
        get: operations["info"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/containers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All containers */
        get: operations["listContainers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/containers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One container, with all that an inspection tells */
        get: operations["getContainer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/containers/{id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The log of one container */
        get: operations["readContainerLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The logs of several containers, merged in order of time
         * @description A read with `follow` is joined by containers that come to fulfil `containers` while it is open: by all their lines within the bounds; with
         *     `tail`, a container that existed before the read began gives its lines from then on. One that has joined stays until it is removed. Lines of
         *     several containers are in order of time in what was there when the read began, and from then on as they arrive.
         */
        get: operations["readLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The metric series that are held (five minutes of watched containers)
         * @description An answer is made of at most 500,000 samples; a question about more gets 413 and should name the containers.
         */
        get: operations["readStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/expr/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Whether an expression is a condition over log lines, containers, metrics or events */
        post: operations["checkExpression"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The live WebSocket
         * @description Its messages are described in docs/live-protocol.md. A page of another origin is refused unless `--allowed-origin` names it.
         */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            title: string;
            status: number;
            detail: string;
            /** @description In an expression */
            line?: number;
            /** @description In an expression */
            column?: number;
        };
        Info: {
            /** @constant */
            name: "taffrail";
            version: string;
            started: components["schemas"]["Time"];
            server_time: components["schemas"]["Time"];
            /** @description A sentence to show at the top */
            notice: string | null;
            features: ("logs" | "stats" | "live")[];
            limits: {
                /** @description Most containers of one log read */
                log_containers: number;
                tail: number;
                /** @description Most subscriptions of one live connection */
                live_subscriptions: number;
                /** @description Most containers whose logs one live connection follows, in all its subscriptions together */
                live_followed: number;
                /** @description Longest message that a client may send */
                live_message_bytes: number;
                /** @description Samples held per container */
                stats_samples: number;
            };
            hosts: components["schemas"]["Host"][];
        };
        /** @example 2026-11-21T09:10:05.123456789Z */
        Time: string;
        NullableTime: string | null;
        Cursor: string | null;
        Host: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "docker" | "podman" | "files" | "stdin" | "demo";
            /** @enum {string} */
            state: "connecting" | "connected" | "unreachable";
            /** @description Why it is not connected, or what there is to know of it */
            detail: string | null;
            /** @description Version of the engine */
            engine: string | null;
            api_version: string | null;
            os: string | null;
            arch: string | null;
            cpus: number | null;
            /** @description Bytes */
            memory: number | null;
        };
        Container: {
            id: string;
            name: string;
            /** @description Id of its host */
            host: string;
            image: string;
            command: string;
            /** @enum {string} */
            state: "created" | "running" | "paused" | "restarting" | "exited" | "dead" | "removed";
            /** @enum {string} */
            health: "none" | "starting" | "healthy" | "unhealthy";
            exit_code: number | null;
            oom_killed: boolean;
            restarts: number | null;
            created: components["schemas"]["NullableTime"];
            started: components["schemas"]["NullableTime"];
            finished: components["schemas"]["NullableTime"];
            labels: {
                [key: string]: string;
            };
            /** @description Of a compose project or a swarm stack */
            service: string | null;
            project: string | null;
            /** @description The label taffrail.group */
            group: string | null;
            ports: string[];
            tty: boolean | null;
            log_driver: string | null;
            /** @description Cores */
            cpu_limit: number | null;
            /** @description Bytes */
            memory_limit: number | null;
            stats?: components["schemas"]["StatSample"];
        };
        /** @description Rates are per second. What the platform does not give is null, never 0. */
        StatSample: {
            time: components["schemas"]["Time"];
            /** @description Cores */
            cpu: number | null;
            /** @description Share of the time held back by the quota */
            cpu_throttled: number | null;
            /** @description Without inactive file cache */
            memory: number | null;
            memory_limit: number | null;
            swap: number | null;
            pids: number | null;
            net_rx: number | null;
            net_tx: number | null;
            block_read: number | null;
            block_write: number | null;
            oom_kills: number | null;
            cpu_pressure: number | null;
            memory_pressure: number | null;
            io_pressure: number | null;
        };
        ExprCheck: {
            valid: boolean;
            error: {
                /** @enum {string} */
                stage: "parse" | "check" | "run";
                message: string;
                /** @description From 1 */
                line: number;
                /** @description From 1, in code points */
                column: number;
                /** @description Code points before the fault */
                offset: number;
                /** @description Code points that the fault covers; 0 for a point */
                length: number;
            } | null;
            /** @description With `search`, when valid: false for what was an expression already */
            shorthand?: boolean;
            /** @description With `search`, when valid: the condition that it means; `true` for an empty box */
            expression?: string;
            /**
             * @description With `search`, when valid: what the text was taken for
             * @enum {string}
             */
            taken?: "everything" | "expression" | "text" | "number" | "pattern" | "field" | "field or text" | "several";
            /** @description With `caret`: the type of the result; empty for an invalid expression */
            type?: string;
            /** @description With `caret`: what is wrong where */
            diagnostics?: {
                message: string;
                /** @description In code points */
                from: number;
                /** @description One past the last */
                to: number;
                line: number;
                column: number;
            }[];
            /** @description With `caret`: a completion replaces the code points from here to the caret */
            replace_from?: number;
            /** @description With `caret`: at most 100, the likeliest first */
            completions?: {
                label: string;
                /** @enum {string} */
                kind: "variable" | "field" | "function" | "keyword" | "value";
                /** @description A type or a signature */
                detail: string;
                help: string;
            }[];
        };
        LogLine: components["schemas"]["Record"] | components["schemas"]["Gap"] | components["schemas"]["Unreadable"] | components["schemas"]["End"];
        Record: {
            container: string;
            time: components["schemas"]["Time"];
            /** @description Where it differs from `time`: the latest time that the log has stated so far, by which lines are merged */
            place?: components["schemas"]["Time"];
            /** @description Rises strictly within a container; below 2^53 */
            seq: number;
            /** @enum {string} */
            stream: "stdout" | "stderr";
            /** @enum {string} */
            level: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "unknown";
            /** @enum {string} */
            kind: "text" | "json" | "logfmt";
            /** @description Belongs to the line before it */
            continues: boolean;
            /** @description The line was longer than 256 KiB; the rest is left out */
            truncated?: boolean;
            /** @description The line as it was; bytes that are no UTF-8 are U+FFFD */
            text: string;
        };
        /** @description Lines that exist and were not delivered */
        Gap: {
            gap: {
                container: string;
                /** @description The last line delivered before it */
                after_seq: number | null;
                /** @description The first line delivered after it */
                before_seq: number | null;
                after_cursor: components["schemas"]["Cursor"];
                before_cursor: components["schemas"]["Cursor"];
                /** @description Null where nobody can know */
                lines: number | null;
                /** @enum {string} */
                reason: "slow_consumer" | "rotated" | "engine";
            };
        };
        /** @description In merged logs, a container whose log cannot be read; the others go on */
        Unreadable: {
            unreadable: {
                container: string;
                reason: string;
            };
        };
        End: {
            end: {
                /** @description Lines delivered */
                matched: number;
                /** @description There may be more; `limit` ended it */
                truncated: boolean;
                cursor: components["schemas"]["Cursor"];
            };
        };
    };
    responses: {
        /** @description Plain text */
        Text: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "text/plain": string;
            };
        };
        /** @description Why not */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description One object per line. The last one is `end`; an answer without it was cut off. A reader who is slower than the log loses nothing: what left
         *     memory meanwhile is read again from the source. At most 256 such reads are open at a time; a further one gets 503 with `Retry-After`.
         */
        Logs: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/x-ndjson": components["schemas"]["LogLine"];
            };
        };
    };
    parameters: {
        /** @description An id, a unique prefix of one, a name, or HOST/ID */
        ContainerId: string;
        /** @description From this time on */
        Since: string;
        /** @description Before this time */
        Until: string;
        /** @description Only the last so many lines of the range; not with `order=desc` */
        Tail: number;
        /** @description End after so many lines; the `end` then says `truncated` */
        Limit: number;
        Order: "asc" | "desc";
        /** @description A place in the log (`SEQ@TIME`, `SEQ@TIME~CONTAINER` in merged logs). Ascending, the lines after it; descending, those before it. */
        Cursor: string;
        /** @description The other bound; the line that it names is not part of the answer */
        UntilCursor: string;
        /** @description Only lines of these levels, separated by commas; a continuation (a stack frame) goes by the level of its head */
        Levels: string;
        /** @description stdout, stderr or both, separated by a comma */
        Streams: string;
        /** @description Only lines for which this expression holds, such as `level == "error" and message contains "timeout"` */
        Filter: string;
        /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
        Containers: string;
        /** @description Go on with new lines; not with `order=desc`, `until` or `until_cursor` */
        Follow: "true" | "false" | "1" | "0";
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Text"];
            default: components["responses"]["Problem"];
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Text"];
            /** @description A source has not listed yet; `detail` names it */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Text"];
            default: components["responses"]["Problem"];
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": Record<string, never>;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    info: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The server */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Info"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listContainers: {
        parameters: {
            query?: {
                /**
                 * @description Only containers for which this expression holds, such as `state == "running" and project == "shop"`. One that takes too long, for a
                 *     container or for all of them, gets 422.
                 */
                filter?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In order of host and id */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        containers: components["schemas"]["Container"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getContainer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An id, a unique prefix of one, a name, or HOST/ID */
                id: components["parameters"]["ContainerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The container */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Container"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    readContainerLogs: {
        parameters: {
            query?: {
                /** @description From this time on */
                since?: components["parameters"]["Since"];
                /** @description Before this time */
                until?: components["parameters"]["Until"];
                /** @description Only the last so many lines of the range; not with `order=desc` */
                tail?: components["parameters"]["Tail"];
                /** @description End after so many lines; the `end` then says `truncated` */
                limit?: components["parameters"]["Limit"];
                order?: components["parameters"]["Order"];
                /** @description A place in the log (`SEQ@TIME`, `SEQ@TIME~CONTAINER` in merged logs). Ascending, the lines after it; descending, those before it. */
                cursor?: components["parameters"]["Cursor"];
                /** @description The other bound; the line that it names is not part of the answer */
                until_cursor?: components["parameters"]["UntilCursor"];
                /** @description Only lines of these levels, separated by commas; a continuation (a stack frame) goes by the level of its head */
                levels?: components["parameters"]["Levels"];
                /** @description stdout, stderr or both, separated by a comma */
                streams?: components["parameters"]["Streams"];
                /** @description Only lines for which this expression holds, such as `level == "error" and message contains "timeout"` */
                filter?: components["parameters"]["Filter"];
                /** @description Go on with new lines; not with `order=desc`, `until` or `until_cursor` */
                follow?: components["parameters"]["Follow"];
            };
            header?: never;
            path: {
                /** @description An id, a unique prefix of one, a name, or HOST/ID */
                id: components["parameters"]["ContainerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Logs"];
            default: components["responses"]["Problem"];
        };
    };
    readLogs: {
        parameters: {
            query?: {
                /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
                containers?: components["parameters"]["Containers"];
                /** @description From this time on */
                since?: components["parameters"]["Since"];
                /** @description Before this time */
                until?: components["parameters"]["Until"];
                /** @description Only the last so many lines of the range; not with `order=desc` */
                tail?: components["parameters"]["Tail"];
                /** @description End after so many lines; the `end` then says `truncated` */
                limit?: components["parameters"]["Limit"];
                order?: components["parameters"]["Order"];
                /** @description A place in the log (`SEQ@TIME`, `SEQ@TIME~CONTAINER` in merged logs). Ascending, the lines after it; descending, those before it. */
                cursor?: components["parameters"]["Cursor"];
                /** @description The other bound; the line that it names is not part of the answer */
                until_cursor?: components["parameters"]["UntilCursor"];
                /** @description Only lines of these levels, separated by commas; a continuation (a stack frame) goes by the level of its head */
                levels?: components["parameters"]["Levels"];
                /** @description stdout, stderr or both, separated by a comma */
                streams?: components["parameters"]["Streams"];
                /** @description Only lines for which this expression holds, such as `level == "error" and message contains "timeout"` */
                filter?: components["parameters"]["Filter"];
                /** @description Go on with new lines; not with `order=desc`, `until` or `until_cursor` */
                follow?: components["parameters"]["Follow"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Logs"];
            default: components["responses"]["Problem"];
        };
    };
    readStats: {
        parameters: {
            query?: {
                /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
                containers?: components["parameters"]["Containers"];
                /** @description From this time on */
                since?: components["parameters"]["Since"];
                /** @description Before this time */
                until?: components["parameters"]["Until"];
                /** @description Puts the samples of each such stretch of time (`10s`) together; means of rates, ratios and gauges */
                step?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One series for each container that has samples */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        series: {
                            /** @description Its id */
                            container: string;
                            /** @description The id of its host */
                            host: string;
                            samples: components["schemas"]["StatSample"][];
                        }[];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    checkExpression: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    expr: string;
                    /** @enum {string} */
                    check: "log" | "container" | "metric" | "event";
                    /**
                     * @description `expr` is the text of a search box over log lines or containers: the shorthand or an expression. The answer then has the expression
                     *     that it means, for `filter=`. Not with `caret`.
                     */
                    search?: boolean;
                    /** @description Code points before the caret; the answer then says what an editor shows there */
                    caret?: number;
                    /** @description Fields and values that occurred, to complete with */
                    seen?: {
                        path: string;
                        values: string[];
                    }[];
                };
            };
        };
        responses: {
            /** @description Valid, or what is wrong with it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExprCheck"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connection is a WebSocket now */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request asks for no WebSocket */
            426: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
}
