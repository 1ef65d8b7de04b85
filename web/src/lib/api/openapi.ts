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
    "/api/v1/containers/{id}/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How one container was set up
         * @description What its engine tells now, for people to look at. Nothing of it is kept, and values of the environment are given only to who asks for them.
         */
        get: operations["getContainerSetup"];
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
        /**
         * The log of one container
         * @description A read without `follow` of a plain file whose last line has no newline yet waits until nobody has written for two seconds, for that line to be
         *     known to be whole; a read of several logs leaves such a line out.
         */
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
    "/api/v1/containers/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget the stored lines of a container
         * @description What it writes from now on is stored again. A removed container is then no longer listed.
         */
        delete: operations["forgetHistory"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is stored of logs */
        get: operations["getHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stored lines of all containers that fulfil a condition
         * @description Newest first, in the order of (place, container). It ends at `limit`, or when it has taken too long, with a cursor to go on from. Gaps, for
         *     blocks that cannot be read, come as they are met. Of a server that stores no logs: 404. At most 16 searches run at a time; a further one
         *     gets 503.
         */
        get: operations["searchLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The next stored line that fulfils a condition */
        get: operations["findLine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/histogram": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counts of stored lines by level and time */
        get: operations["countLines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/patterns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stored lines by what they have in common
         * @description Lines that differ in numbers, ids, times and the like only are of one pattern (docs/patterns.md). Those with most lines first; counts are
         *     exact. Of a server that stores no logs: 404. At most 4 questions about patterns are answered at a time; a further one gets 503.
         */
        get: operations["findPatterns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/patterns/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is different between two times, or two sets of containers
         * @description The patterns of both, those first whose numbers of lines are the most surprising if nothing had changed (the G-test of Dunning, 1993).
         *     Without bounds for the base it is the time before, as long as the one asked about; with `base_containers`, the same time.
         */
        get: operations["comparePatterns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What stored lines come to, by groups
         * @description `level == "error" | count() by container.service, bucket(time, "5m") | sort desc | limit 20`; docs/query-language.md describes the language.
         *     It ends when it has taken 10 s or looked through 16 GiB of lines, and tells of what was read until then (`complete` is false). At most 4
         *     queries run at a time, and at most 16 with searches; a further one gets 503. One whose groups need more than 32 MiB gets 413. Of a server
         *     that stores no logs: 404.
         */
        get: operations["queryLogs"];
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
         * Metric series, of now and of any range
         * @description Without `since`: the samples that are held in memory (five minutes of watched containers), as they were taken, or put together in steps.
         *     With `since`: from metric history what is behind these, also of containers that are gone, always in steps, which are chosen where
         *     `step` does not say them so that there are some hundred. Metrics are kept in steps of 10 s, behind 6 to 12 hours of 1 min, behind 2 to 3
         *     days of 10 min; a shorter step gives a point for each of those. Of a server that stores no history: what is held in memory.
         *
         *     A sample of a step has the means, and in `min` and `max` the least and the greatest of those metrics that did not stand still. An answer is made of at
         *     most 500,000 samples; a question about more gets 413 and should name the containers, or a longer step.
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
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened to containers
         * @description Stored events in order of time, of containers that are gone too, as long as their logs are kept: at most the newest 5,000 of a container and 100,000
         *     of all. Of a server that stores no history: 404.
         */
        get: operations["readEvents"];
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
    "/api/v1/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All alert rules
         * @description Without `limit` all of them, unless they have more than a mebibyte together; `next` then says where to go on.
         */
        get: operations["listRules"];
        put?: never;
        /**
         * Add a rule
         * @description docs/alert-rules.md tells of every key. A rule that does not compile is refused, with the place of the fault.
         */
        post: operations["createRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a rule would have said
         * @description Plays a rule over the lines, the samples or the events since a time, without sending anything. What is stored of removed containers counts, too.
         *     Lines that are stored are found newest first without reading the others; 20,000 matches, as many events, 300,000 samples (60,000 that match) and 5 s at most. Of what is
         *     not stored 100 containers and 64 MiB of lines are read. Two at a time; others get 503. Stored samples are means of ten seconds, of a minute after six
         *     hours and of ten after two days; of mounts there is only the last look, which each sample is played with. Events of engines, disks and destinations
         *     are not stored, so a condition on them matches nothing here. A continuation line counts with the matching line before it where that was written
         *     within a second.
         */
        post: operations["previewRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One rule */
        get: operations["getRule"];
        /**
         * Replace a rule
         * @description What its groups remember stays where only words, destinations or cooldown have changed.
         */
        put: operations["replaceRule"];
        post?: never;
        /**
         * Remove a rule
         * @description Its alerts end without a notification.
         */
        delete: operations["deleteRule"];
        options?: never;
        head?: never;
        /**
         * Change some keys of a rule
         * @description A JSON merge patch (RFC 7386); null takes a key away.
         */
        patch: operations["patchRule"];
        trace?: never;
    };
    "/api/v1/rules/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a rule was, newest first */
        get: operations["listRuleVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/destinations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All destinations of notifications */
        get: operations["listDestinations"];
        put?: never;
        /** Add a destination */
        post: operations["createDestination"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/destinations/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a destination before it is kept
         * @description Sends a notification of each type, at once.
         */
        post: operations["testDestination"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/destinations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One destination */
        get: operations["getDestination"];
        /** Replace a destination */
        put: operations["replaceDestination"];
        post?: never;
        /**
         * Remove a destination
         * @description What waits for it is given up. 409 while a rule sends to it.
         */
        delete: operations["deleteDestination"];
        options?: never;
        head?: never;
        /**
         * Change some keys of a destination
         * @description A JSON merge patch (RFC 7386); null takes a key away.
         */
        patch: operations["patchDestination"];
        trace?: never;
    };
    "/api/v1/destinations/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a destination
         * @description Sends a notification of each type, at once.
         */
        post: operations["testStoredDestination"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/destination-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The kinds of destinations, with their keys */
        get: operations["listDestinationTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was sent, or is to be */
        get: operations["listNotifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try deliveries again that wait or were given up */
        post: operations["retryNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/{id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The attempts at a notification, newest first */
        get: operations["listAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What fires, and what did */
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One alert with its lines
         * @description With the lines that stood around the one with which it began, ten on each side, as far as they have been read: those after it come as the
         *     container writes them. The newest 10,000 alerts keep them.
         */
        get: operations["showAlert"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that somebody looks after it
         * @description It is not escalated any more.
         */
        post: operations["acknowledgeAlert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What nobody is told of */
        get: operations["listSilences"];
        put?: never;
        /** Silence alerts for a while */
        post: operations["createSilence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/silence/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The page behind the link of a notification
         * @description A form that silences the group that the notification tells of. To look at it changes nothing. The link holds for seven days.
         */
        get: operations["showSilenceForm"];
        put?: never;
        /** Silence the group of a notification */
        post: operations["silenceByLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/silences/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One silence */
        get: operations["getSilence"];
        put?: never;
        post?: never;
        /** End a silence */
        delete: operations["deleteSilence"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Saved views */
        get: operations["listViews"];
        put?: never;
        /** Save a view */
        post: operations["createView"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One saved view */
        get: operations["getView"];
        /**
         * Replace a saved view
         * @description With the version that was read. Where somebody else has changed the view meanwhile the answer is 409, and nothing is changed.
         */
        put: operations["replaceView"];
        post?: never;
        /** Remove a saved view */
        delete: operations["deleteView"];
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
        /** @enum {string} */
        AlertState: "firing" | "acknowledged" | "silenced" | "resolved";
        /** @enum {string} */
        Severity: "info" | "warning" | "critical";
        /** @enum {string} */
        Outcome: "delivered" | "again" | "refused";
        /** @description `before` of the next page; null where there is none */
        NextPage: number | null;
        /** @description What people write; docs/alert-rules.md. Other keys are refused. */
        RuleKeys: {
            name: string;
            /** @default true */
            enabled: boolean;
            severity?: components["schemas"]["Severity"];
            labels?: {
                [key: string]: string;
            };
            runbook?: string;
            /** @description A template */
            message?: string;
            /**
             * @description An expression over containers
             * @default true
             */
            containers: string;
            /** @description An expression over lines */
            log?: string;
            /** @description An expression over a sample */
            metric?: string;
            /** @description An expression over an event */
            event?: string;
            count?: {
                over: number;
                in: string;
            };
            /** @description A duration, or `{"for": "10m", "always": true}` */
            absent?: string | Record<string, never>;
            spike?: {
                factor: number;
                in: string;
                min?: number;
            };
            for?: string;
            share?: number;
            window?: Record<string, never>;
            by?: string[];
            cooldown?: string;
            resolve?: string;
            schedule?: Record<string, never>;
            destinations?: number[];
            escalate?: Record<string, never>;
        };
        /** @description The rule as people write it, and how it fares */
        Rule: components["schemas"]["RuleKeys"] & {
            id: number;
            version: number;
            /** @description The file that it comes from; such a rule is changed there */
            origin: string | null;
            created: components["schemas"]["Time"];
            changed: components["schemas"]["Time"];
            matches: number;
            last_match: components["schemas"]["NullableTime"];
            /** @description How many it is about now */
            watched_containers: number;
            /** @description Why it is not looked at */
            error: string | null;
            failures: {
                /** @description Lines that it could not deal with */
                count: number;
                error: string | null;
                line: string | null;
            };
            costs: {
                /** @description About what it took of a processor beyond 5 µs a line, sample or event, which is free */
                cpu_seconds: number;
                /** @description Lines, samples or events that it was not asked about because it was too dear */
                unlooked_lines: number;
            };
            /** @description It is too dear, and not asked for a while */
            throttled: {
                since: components["schemas"]["Time"];
                until: components["schemas"]["Time"];
                /** @description Since then */
                unlooked_lines: number;
            } | null;
        };
        /** @description What people write; docs/destinations.md, and `/destination-types` has the keys of each type. Other keys are refused. */
        DestinationKeys: {
            name: string;
            type: string;
            /** @description `30/1m` */
            rate?: string;
            concurrency?: number;
            deadline?: string;
        };
        /** @description The destination as people write it, secrets as `***`, and how it stands */
        Destination: components["schemas"]["DestinationKeys"] & {
            id: number;
            /** @description The file that it comes from */
            origin: string | null;
            health: {
                /** @description Deliveries that wait */
                pending: number;
                /** @description Since the start */
                delivered: number;
                /** @description Attempts that are made again */
                failed: number;
                /** @description Attempts */
                refused: number;
                /** @description Deliveries that were given up */
                dead: number;
                /** @description Failed attempts in a row */
                failures: number;
                error: string | null;
                last_delivered: components["schemas"]["NullableTime"];
            };
        };
        DestinationType: {
            type: string;
            title: string;
            reference: string;
            takes_headers: boolean;
            fields: {
                key: string;
                /** @enum {string} */
                kind: "line" | "text" | "pem" | "url" | "number" | "flag" | "choice" | "list" | "length";
                required: boolean;
                secret: boolean;
                standard: string;
                range: string;
                help: string;
            }[];
        };
        Delivery: {
            destination: number;
            /** @enum {string} */
            state: "pending" | "delivered" | "dead";
            attempts: number;
            next: components["schemas"]["NullableTime"];
            status: number | null;
            error: string | null;
            changed: components["schemas"]["NullableTime"];
        };
        Notification: {
            /** @description The Idempotency-Key */
            id?: string;
            number: number;
            /** @enum {string} */
            kind?: "fired" | "repeated" | "resolved" | "escalated";
            time?: components["schemas"]["Time"];
            rule?: number;
            rule_name?: string;
            severity?: components["schemas"]["Severity"];
            alert?: number;
            group?: {
                [key: string]: string;
            };
            count?: number;
            late?: boolean;
            /** @description `HOST/ID` */
            container?: string | null;
            container_name?: string;
            state?: components["schemas"]["AlertState"];
            detail?: string;
            message?: string | null;
            unreadable?: string;
            deliveries: components["schemas"]["Delivery"][];
        };
        Alert: {
            id: number;
            rule: number;
            state: components["schemas"]["AlertState"];
            severity: components["schemas"]["Severity"];
            /** @description `HOST/ID`; empty: no container's */
            container: string;
            started: components["schemas"]["Time"];
            changed: components["schemas"]["Time"];
            ended: components["schemas"]["NullableTime"];
            /** @description Matches */
            count: number;
            escalates: components["schemas"]["NullableTime"];
            /** @description Who acknowledged it */
            author: string | null;
            comment: string | null;
            /** @description What began it: rule, container, line, sample or event */
            notification: Record<string, never> | null;
        };
        AlertDetails: {
            id: number;
            rule: number;
            state: components["schemas"]["AlertState"];
            severity: components["schemas"]["Severity"];
            /** @description `HOST/ID`; empty: no container's */
            container: string;
            started: components["schemas"]["Time"];
            changed: components["schemas"]["Time"];
            ended: components["schemas"]["NullableTime"];
            /** @description Matches */
            count: number;
            escalates: components["schemas"]["NullableTime"];
            /** @description Who acknowledged it last */
            author: string | null;
            comment: string | null;
            /** @description What began it: rule, container, line, sample or event */
            notification: Record<string, never> | null;
            /** @description In the order of the log. Each is kept without escape sequences, with at most 2 KiB, its own with 8 KiB. */
            lines: components["schemas"]["AlertLine"][];
            /** @description The last hundred, oldest first */
            acknowledgements: {
                time: components["schemas"]["Time"];
                author: string | null;
                comment: string | null;
            }[];
            /** @description The newest hundred, newest first; `GET /api/v1/notifications?alert=` has all */
            notifications: components["schemas"]["Notification"][];
        };
        AlertLine: {
            /** @description Its place: `cursor` of a log read, and `at` of the page /logs/HOST/ID */
            cursor: string;
            /** @description Whether the rule is about this line */
            match: boolean;
            seq: number;
            time: components["schemas"]["Time"];
            place: components["schemas"]["Time"];
            level: string;
            stream: string;
            kind: string;
            text: string;
            truncated: boolean;
        };
        Silence: {
            id: number;
            filter: string;
            until: components["schemas"]["Time"];
            comment: string;
            created: components["schemas"]["Time"];
            active: boolean;
        };
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
        /** @description A log view, or a search, to be found again. It names its containers by an expression, so that it shows those that take their place. */
        ViewKeys: {
            name: string;
            /** @description An expression over containers */
            containers: string;
            /** @description An expression over lines; empty for all */
            filter?: string;
            /** @description As in the address of a log page: a length such as 1h, or SINCE..UNTIL; empty for all */
            range?: string;
            levels?: string[];
            streams?: string[];
            /** @description Fields that have a column */
            columns?: string[];
            search?: components["schemas"]["ViewSearch"];
        };
        /** @description What a saved view is to be from now on. */
        ViewChange: {
            /** @description That the change was made from */
            version: number;
            name: string;
            /** @description An expression over containers */
            containers: string;
            /** @description An expression over lines; empty for all */
            filter?: string;
            /** @description As in the address of a log page: a length such as 1h, or SINCE..UNTIL; empty for all */
            range?: string;
            levels?: string[];
            streams?: string[];
            /** @description Fields that have a column */
            columns?: string[];
            search?: components["schemas"]["ViewSearch"];
        };
        View: {
            id: number;
            /** @description Rises with every change */
            version: number;
            name: string;
            containers: string;
            filter: string;
            range: string;
            levels: string[];
            streams: string[];
            columns: string[];
            search?: components["schemas"]["ViewSearch"];
            created: components["schemas"]["Time"];
            changed: components["schemas"]["Time"];
        };
        /** @description That the view is a search over stored lines, and how what is found is shown. Without it a view is a log. */
        ViewSearch: {
            /**
             * @default time
             * @enum {string}
             */
            by: "time" | "container" | "pattern";
            /** @description Of patterns only those that are new since then (`1h`, RFC 3339); empty for all */
            new?: string;
            /** @description Patterns are compared with the time before the range */
            compared?: boolean;
        };
        ContainerSetup: {
            entrypoint: string[];
            command: string[];
            image_id: string | null;
            /** @description Null where it is the image's */
            user: string | null;
            working_dir: string | null;
            hostname: string | null;
            /** @example unless-stopped */
            restart_policy: string | null;
            pids_limit: number | null;
            privileged: boolean;
            read_only_root: boolean;
            mounts: {
                /**
                 * @example bind
                 * @example volume
                 * @example tmpfs
                 */
                type: string;
                /** @description A folder of the host or the name of a volume */
                source: string | null;
                destination: string;
                read_only: boolean;
            }[];
            networks: {
                name: string;
                address: string | null;
                aliases: string[];
            }[];
            environment: {
                name: string;
                /** @description Null where values are hidden */
                value: string | null;
            }[];
            /** @description Parts that were too many or too long */
            left_out: number;
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
            mounts?: components["schemas"]["Mounts"];
        };
        /** @description A sample as it was taken, or what the samples of a step come to */
        StatPoint: {
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
            mounts?: components["schemas"]["Mounts"];
            min?: components["schemas"]["Extremes"];
            max?: components["schemas"]["Extremes"];
        };
        /** @description Of each metric that did not stand still within the step, its extreme */
        Extremes: {
            [key: string]: number;
        };
        Event: {
            /** @description Its id */
            container: string;
            /** @description The id of its host */
            host: string;
            time: components["schemas"]["Time"];
            /** @description As the engine says it: `start`, `die`, `oom`, `health_status: unhealthy`, `rename`, `destroy`, … */
            action: string;
            /** @description What the engine says beside it, such as `exitCode`; without the container's labels */
            attributes: {
                [key: string]: string;
            };
        };
        /** @description How full the disks behind a container's mounts are, in the newest sample alone: looked at every half minute. Absent where none could be looked at; a mount that could not is left out. */
        Mounts: {
            /** @description Where the container has it */
            destination: string;
            /** @description Bytes */
            total: number;
            free: number;
            /** @description To those who are not root */
            available: number;
            used: number;
            /** @description Used of total, 0 to 100 */
            percent: number;
        }[];
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
        LogLine: components["schemas"]["Record"] | components["schemas"]["EventLine"] | components["schemas"]["Gap"] | components["schemas"]["Unreadable"] | components["schemas"]["End"];
        /** @description What happened to a container; only with `events=true` */
        EventLine: {
            container: string;
            time: components["schemas"]["Time"];
            /** @constant */
            kind: "event";
            /** @description start, die, oom, health_status, rename, destroy, … */
            action: string;
            attributes: {
                [key: string]: string;
            };
            /** @description The action and its attributes for a person */
            text: string;
        };
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
                /**
                 * @description disk: history could not be written; damaged: a stored block cannot be read
                 * @enum {string}
                 */
                reason: "slow_consumer" | "rotated" | "engine" | "disk" | "damaged";
            };
        };
        History: {
            /** @enum {string} */
            state: "starting" | "writing" | "failing";
            /**
             * Format: date-time
             * @description Since when nothing could be written
             */
            failing_since: string | null;
            /** @description Why */
            failure: string | null;
            /** @description Since the server started */
            lost_lines: number;
            /** @description Bytes that blocks may have */
            limit: number;
            lines: number;
            /** @description Of blocks on disk */
            bytes: number;
            /** @description Of lines */
            raw_bytes: number;
            /**
             * Format: date-time
             * @description The earliest time that a line states
             */
            from: string | null;
            /** Format: date-time */
            until: string | null;
            containers: components["schemas"]["StoredLog"][];
            /** @description The newest */
            gaps: components["schemas"]["Gap"][];
        };
        StoredLog: {
            container: string;
            host: string;
            name: string;
            lines: number;
            bytes: number;
            raw_bytes: number;
            /** Format: date-time */
            from: string | null;
            /** Format: date-time */
            until: string | null;
            /**
             * Format: date-time
             * @description When it was found to be gone
             */
            removed: string | null;
        };
        SearchLine: components["schemas"]["Record"] | components["schemas"]["Gap"] | components["schemas"]["SearchEnd"];
        SearchEnd: {
            end: {
                /** @description Lines delivered */
                matched: number;
                /** @description Of the blocks that were read */
                scanned_lines: number;
                /** @description Of their lines */
                scanned_bytes: number;
                /** @description Whose filters say that they have no such line */
                skipped_blocks: number;
                /** @description Without the time that the client took */
                elapsed_ms: number;
                /** @description There may be more */
                truncated: boolean;
                /** @description Where it is truncated */
                cursor: string | null;
            };
        };
        /** @description Lines by level; levels without a line are left out */
        LevelCounts: {
            unknown?: number;
            trace?: number;
            debug?: number;
            info?: number;
            warn?: number;
            error?: number;
            fatal?: number;
        };
        Pattern: {
            /** @description Its name: the same wherever and whenever there are lines of this pattern */
            id: string;
            /** @description What its lines have in common, with `<*>` for the rest and `…` where it goes on */
            template: string;
            /** @description An expression that lets its lines through */
            filter: string;
            lines: number;
            levels: components["schemas"]["LevelCounts"];
            /**
             * Format: date-time
             * @description The earliest time that one of its lines states. Null where there are none but in the base
             */
            first: string | null;
            /** @description Of that line */
            first_cursor: string | null;
            /** Format: date-time */
            last: string | null;
            last_cursor: string | null;
            /** @description One of its lines, cut at 2,048 bytes; null where it could not be read */
            example: string | null;
            /** @description How many containers have such lines */
            container_count: number;
            /** @description Of these the twenty with most */
            containers: {
                container: string;
                host: string;
                name: string;
                lines: number;
            }[];
            /** @description The twenty services with most */
            services: {
                service: string;
                lines: number;
            }[];
        };
        ComparedPattern: {
            /** @description Its name: the same wherever and whenever there are lines of this pattern */
            id: string;
            /** @description What its lines have in common, with `<*>` for the rest and `…` where it goes on */
            template: string;
            /** @description An expression that lets its lines through */
            filter: string;
            lines: number;
            levels: components["schemas"]["LevelCounts"];
            /**
             * Format: date-time
             * @description The earliest time that one of its lines states. Null where there are none but in the base
             */
            first: string | null;
            /** @description Of that line */
            first_cursor: string | null;
            /** Format: date-time */
            last: string | null;
            last_cursor: string | null;
            /** @description One of its lines, cut at 2,048 bytes; null where it could not be read */
            example: string | null;
            /** @description How many containers have such lines */
            container_count: number;
            /** @description Of these the twenty with most */
            containers: {
                container: string;
                host: string;
                name: string;
                lines: number;
            }[];
            /** @description The twenty services with most */
            services: {
                service: string;
                lines: number;
            }[];
            /** @description Lines in the base */
            base_lines: number;
            /** @description The G statistic, negative where there are fewer lines than the base lets expect. Of chance alone it is beyond 10.83 once in a thousand times. */
            surprise: number;
        };
        Patterns: {
            patterns: components["schemas"]["Pattern"][];
            /** @description How many patterns there are */
            found: number;
            /** @description All lines that were counted */
            lines: number;
            /** @description Of these */
            other_lines: number;
            /** @description False where time was up before all was counted; the newest lines were counted first */
            complete: boolean;
            /** @description Whether there are patterns, or may be, that are not told of */
            truncated: boolean;
            /** @description Of blocks that cannot be read */
            damaged_lines: number;
            scanned_lines: number;
            scanned_bytes: number;
            elapsed_ms: number;
        };
        ComparedPatterns: {
            patterns: components["schemas"]["ComparedPattern"][];
            /** @description Lines in the base that were counted */
            base_lines: number;
            /** @enum {string} */
            by: "time" | "share";
            /** Format: date-time */
            since: string | null;
            /** Format: date-time */
            until: string | null;
            /** Format: date-time */
            base_since: string | null;
            /** Format: date-time */
            base_until: string | null;
            /** @description Fields of JSON and logfmt lines, what stands in the variable places of lines of text, and `level` and `stream`, whose values are others than in the base, by a sample of lines; at most ten */
            fields: {
                /** @description With a dot for a field of a field; of a line of text the template around the place, which is `<#>` */
                name: string;
                /** @description How many standard deviations the G statistic of its values is above what chance gives */
                surprise: number;
                /** @description Of the sample that have it */
                lines: number;
                base_lines: number;
                /** @description The five that moved most; none of a field of many numbers */
                values: {
                    value: string;
                    lines: number;
                    base_lines: number;
                }[];
                /** @description Of a field of many numbers */
                median: number | null;
                base_median: number | null;
            }[];
            sampled_lines: number;
            base_sampled_lines: number;
            /**
             * @description Metrics whose means differ by a fifth at least and by more than noise, at most ten, the most surprising first. Of times those of each container by
             *     itself, of sets of containers those of all together; of 100 containers at most, those with most lines. Null where a time has no bounds, or no
             *     metrics are kept.
             */
            metrics: {
                /** @description As in `/api/v1/stats` */
                metric: string;
                unit: string;
                /** @description Null where sets of containers are compared */
                container: string | null;
                host: string | null;
                name: string | null;
                /** @description How many standard errors its mean lies above that of the base (Welch); negative where below */
                surprise: number;
                mean: number;
                base_mean: number;
            }[] | null;
            /** @description What happened more or less often, at most ten kinds, the most surprising first. Null as with `metrics`. */
            events: {
                action: string;
                container: string | null;
                host: string | null;
                name: string | null;
                /** @description The G statistic, with a minus where there were fewer */
                surprise: number;
                count: number;
                base_count: number;
            }[] | null;
            /** @description How many patterns there are */
            found: number;
            /** @description All lines that were counted */
            lines: number;
            /** @description Of these */
            other_lines: number;
            /** @description False where time was up before all was counted; the newest lines were counted first */
            complete: boolean;
            /** @description Whether there are patterns, or may be, that are not told of */
            truncated: boolean;
            /** @description Of blocks that cannot be read */
            damaged_lines: number;
            scanned_lines: number;
            scanned_bytes: number;
            elapsed_ms: number;
        };
        Histogram: {
            /**
             * Format: date-time
             * @description Where the first bucket begins; lines before `since` are not counted in it. Null where there is none
             */
            from: string | null;
            /** Format: date-time */
            until: string | null;
            /** @description How long a bucket is, such as `1m` */
            step: string;
            buckets: {
                /** Format: date-time */
                time: string;
                counts: components["schemas"]["LevelCounts"];
            }[];
            total: components["schemas"]["LevelCounts"];
            /** @description False where time was up before all was counted */
            complete: boolean;
            /** @description Of blocks that cannot be read */
            damaged_lines: number;
        };
        /** @description A number, a text, a time as text, true, false, or null where there is no value */
        QueryValue: number | string | boolean | null;
        QueryAnswer: {
            /** @description First those of the groups, then those of the aggregates */
            columns: {
                name: string;
                /** @description As it was written */
                text: string;
                /** @enum {string} */
                kind: "group" | "aggregate";
                /** @description Of a bucket of times */
                step?: string;
                /** @description Of an aggregate; false where a value of it is an estimate */
                exact?: boolean;
                /** @description Of estimates: the standard error of a count of different values, the greatest error of a quantile, as a share of the value */
                error?: number;
            }[];
            /** @description A value for each column. At most 10,000 */
            rows?: components["schemas"]["QueryValue"][][];
            /** @description With `series`: from point to point; buckets without lines have no point */
            step?: string;
            series?: {
                /** @description The groups beside the time */
                group: {
                    [key: string]: components["schemas"]["QueryValue"];
                };
                /** @description When the bucket begins, then a value for each aggregate */
                points: components["schemas"]["QueryValue"][][];
            }[];
            /** @description How many there are before `where` and `limit` */
            groups: number;
            /** @description That were counted */
            lines: number;
            /** @description Of these, those of groups beyond the first 50,000, which are not told */
            other_lines: number;
            /** @description There are groups that are not told, and not by the query's own `limit` */
            truncated: boolean;
            /** @description False where time was up before all was read */
            complete: boolean;
            /**
             * Format: date-time
             * @description Of the range: what was asked for, else the first line's
             */
            from: string | null;
            /** Format: date-time */
            until: string | null;
            /** @description Of the blocks that were read */
            scanned_lines: number;
            scanned_bytes: number;
            /** @description That did not have to be read */
            skipped_blocks: number;
            /** @description Of blocks that cannot be read */
            damaged_lines: number;
            elapsed_ms: number;
        } & (unknown | unknown);
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
        /** @description The rule */
        Rule: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Rule"];
            };
        };
        /** @description The rule, which is looked at from now on */
        RuleMade: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Rule"];
            };
        };
        /** @description The destination */
        Destination: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Destination"];
            };
        };
        /** @description The destination */
        DestinationMade: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Destination"];
            };
        };
        /** @description What became of each */
        Attempts: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    attempts: {
                        /** @enum {string} */
                        type: "log" | "metric" | "event";
                        outcome: components["schemas"]["Outcome"];
                        status: number | null;
                        error: string | null;
                        answer: string | null;
                        took_ms: number;
                    }[];
                };
            };
        };
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
         *     So does one of more than eight containers where reads of many have begun already and the lines that were written before do not fit in memory.
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
        Number: number;
        /** @description Not earlier than this */
        SinceWhen: string;
        /** @description Only older ones; `next` of the page before */
        Before: number;
        /** @description As the link has it */
        SilenceToken: string;
        PageLimit: number;
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
        /** @description At most so many patterns */
        PatternLimit: number;
        /** @description The other bound; the line that it names is not part of the answer */
        UntilCursor: string;
        /** @description Only lines of these levels, separated by commas; a continuation (a stack frame) goes by the level of its head */
        Levels: string;
        /** @description stdout, stderr or both, separated by a comma */
        Streams: string;
        /** @description Only lines for which this expression holds, such as `level == "error" and message contains "timeout"` */
        Filter: string;
        /** @description The text of a search box, in its shorthand (docs/expressions.md) or an expression; without it, or where it is empty, all lines */
        Query: string;
        /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
        Containers: string;
        /** @description Go on with new lines; not with `order=desc`, `until` or `until_cursor` */
        Follow: "true" | "false" | "1" | "0";
        /** @description What happened to the containers stands among their lines, as far as it is stored: each event before the first line of a later time (`order=desc`: the reverse of that). Pages have each event once; a read with `tail` gives those from its first line on. While following, an event stands before the lines of its time and later ones that come within a quarter of a second; without any it comes then */
        WithEvents: "true" | "false" | "1" | "0";
    };
    requestBodies: {
        Rule: {
            content: {
                "application/json": components["schemas"]["RuleKeys"];
            };
        };
        Destination: {
            content: {
                "application/json": components["schemas"]["DestinationKeys"];
            };
        };
    };
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
    getContainerSetup: {
        parameters: {
            query?: {
                /** @description Whether values of the environment, which often are secrets, are told */
                values?: "hidden" | "shown";
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
            /** @description The setup */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContainerSetup"];
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
                /** @description What happened to the containers stands among their lines, as far as it is stored: each event before the first line of a later time (`order=desc`: the reverse of that). Pages have each event once; a read with `tail` gives those from its first line on. While following, an event stands before the lines of its time and later ones that come within a quarter of a second; without any it comes then */
                events?: components["parameters"]["WithEvents"];
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
                /** @description What happened to the containers stands among their lines, as far as it is stored: each event before the first line of a later time (`order=desc`: the reverse of that). Pages have each event once; a read with `tail` gives those from its first line on. While following, an event stands before the lines of its time and later ones that come within a quarter of a second; without any it comes then */
                events?: components["parameters"]["WithEvents"];
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
    forgetHistory: {
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
            /** @description They are gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    getHistory: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of it, and of each container */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["History"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    searchLogs: {
        parameters: {
            query?: {
                /** @description The text of a search box, in its shorthand (docs/expressions.md) or an expression; without it, or where it is empty, all lines */
                q?: components["parameters"]["Query"];
                /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
                containers?: components["parameters"]["Containers"];
                /** @description From this time on */
                since?: components["parameters"]["Since"];
                /** @description Before this time */
                until?: components["parameters"]["Until"];
                /** @description Only lines of these levels, separated by commas; a continuation (a stack frame) goes by the level of its head */
                levels?: components["parameters"]["Levels"];
                /** @description stdout, stderr or both, separated by a comma */
                streams?: components["parameters"]["Streams"];
                /** @description End after so many lines */
                limit?: number;
                order?: "asc" | "desc";
                /** @description A place in the log (`SEQ@TIME`, `SEQ@TIME~CONTAINER` in merged logs). Ascending, the lines after it; descending, those before it. */
                cursor?: components["parameters"]["Cursor"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One object per line. The last one is `end`; an answer without it was cut off. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["SearchLine"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    findLine: {
        parameters: {
            query?: {
                /** @description The text of a search box, in its shorthand (docs/expressions.md) or an expression; without it, or where it is empty, all lines */
                q?: components["parameters"]["Query"];
                /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
                containers?: components["parameters"]["Containers"];
                /** @description From this time on */
                since?: components["parameters"]["Since"];
                /** @description Before this time */
                until?: components["parameters"]["Until"];
                /** @description Only lines of these levels, separated by commas; a continuation (a stack frame) goes by the level of its head */
                levels?: components["parameters"]["Levels"];
                /** @description stdout, stderr or both, separated by a comma */
                streams?: components["parameters"]["Streams"];
                /** @description Where to begin, that line excepted; without it at the end that the direction comes from */
                cursor?: string;
                direction?: "forward" | "backward";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The line */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Null where there is none, or none was found in the time that one request may take */
                        found: components["schemas"]["Record"] | null;
                        /** @description To go on from. Null where nothing is left to look through */
                        cursor: string | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    countLines: {
        parameters: {
            query?: {
                /** @description Only lines for which this expression holds, such as `level == "error" and message contains "timeout"` */
                filter?: components["parameters"]["Filter"];
                /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
                containers?: components["parameters"]["Containers"];
                /** @description From this time on */
                since?: components["parameters"]["Since"];
                /** @description Before this time */
                until?: components["parameters"]["Until"];
                /** @description Only lines of these levels, separated by commas; a continuation (a stack frame) goes by the level of its head */
                levels?: components["parameters"]["Levels"];
                /** @description stdout, stderr or both, separated by a comma */
                streams?: components["parameters"]["Streams"];
                /** @description At most so many; their length is the shortest round one that does */
                buckets?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts, exact */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Histogram"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    findPatterns: {
        parameters: {
            query?: {
                /** @description The text of a search box, in its shorthand (docs/expressions.md) or an expression; without it, or where it is empty, all lines */
                q?: components["parameters"]["Query"];
                /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
                containers?: components["parameters"]["Containers"];
                /** @description From this time on */
                since?: components["parameters"]["Since"];
                /** @description Before this time */
                until?: components["parameters"]["Until"];
                /** @description Only patterns that have a line from this time on, and none between `since` and it */
                new_since?: string;
                /** @description Only lines of these levels, separated by commas; a continuation (a stack frame) goes by the level of its head */
                levels?: components["parameters"]["Levels"];
                /** @description stdout, stderr or both, separated by a comma */
                streams?: components["parameters"]["Streams"];
                /** @description At most so many patterns */
                limit?: components["parameters"]["PatternLimit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The patterns */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Patterns"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    comparePatterns: {
        parameters: {
            query?: {
                /** @description The text of a search box, in its shorthand (docs/expressions.md) or an expression; without it, or where it is empty, all lines */
                q?: components["parameters"]["Query"];
                /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
                containers?: components["parameters"]["Containers"];
                /** @description From this time on; the last hour where nothing is said and no other containers are compared */
                since?: string;
                /** @description Before this time */
                until?: components["parameters"]["Until"];
                /** @description An expression; only with it the base is of other containers than `containers` */
                base_containers?: string;
                base_since?: string;
                base_until?: string;
                /** @description Whether lines for the same length of time are compared, or shares of all lines. The answer says which; without both bounds of both times it is shares. */
                by?: "time" | "share";
                /** @description Only lines of these levels, separated by commas; a continuation (a stack frame) goes by the level of its head */
                levels?: components["parameters"]["Levels"];
                /** @description stdout, stderr or both, separated by a comma */
                streams?: components["parameters"]["Streams"];
                /** @description At most so many patterns */
                limit?: components["parameters"]["PatternLimit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The patterns */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ComparedPatterns"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    queryLogs: {
        parameters: {
            query: {
                /**
                 * @description The query
                 * @example level == "error" | count() by container.service
                 */
                q: string;
                /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
                containers?: components["parameters"]["Containers"];
                /** @description From this time on */
                since?: components["parameters"]["Since"];
                /** @description Before this time */
                until?: components["parameters"]["Until"];
                /** @description Only lines of these levels, separated by commas; a continuation (a stack frame) goes by the level of its head */
                levels?: components["parameters"]["Levels"];
                /** @description stdout, stderr or both, separated by a comma */
                streams?: components["parameters"]["Streams"];
                /** @description `series` needs one bucket of times among the groups */
                format?: "table" | "series";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Rows, or series of points */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueryAnswer"];
                };
            };
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
                /** @description Puts the samples of each such stretch of time (`10s`, `5m`; at least `1s`) together. Steps lie on multiples of it since 1970 */
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
                            mounts?: components["schemas"]["Mounts"];
                            /** @description The length of a step (`5m`); absent where samples are as they were taken */
                            step?: string;
                            samples: components["schemas"]["StatPoint"][];
                        }[];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    readEvents: {
        parameters: {
            query?: {
                /** @description Only containers for which this expression holds; without it all. One that takes too long gets 422 */
                containers?: components["parameters"]["Containers"];
                /** @description From this time on */
                since?: components["parameters"]["Since"];
                /** @description Before this time */
                until?: components["parameters"]["Until"];
                /** @description End after so many events */
                limit?: number;
                order?: "asc" | "desc";
                /** @description Go on behind this place, of an earlier answer's `end` */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One object per line. The last one is `end`; an answer without it was cut off. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["Event"] | {
                        end: {
                            matched: number;
                            /** @description There are more */
                            truncated: boolean;
                            /** @description Of the last event */
                            cursor: string | null;
                        };
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
    listRules: {
        parameters: {
            query?: {
                /** @description Only those with a greater id; `next` of the page before */
                after?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In order of id */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        rules: components["schemas"]["Rule"][];
                        /** @description `after` of the next page; null where there is none */
                        next: number | null;
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createRule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Rule"];
        responses: {
            201: components["responses"]["RuleMade"];
            default: components["responses"]["Problem"];
        };
    };
    previewRule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A time
                     * @default 1h
                     */
                    since?: string;
                };
            };
        };
        responses: {
            /** @description What it would have said */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        since: components["schemas"]["Time"];
                        /** @description Of stored lines, and of events: from when on all were looked at. Null where there are none, and of samples */
                        from: components["schemas"]["Time"] | null;
                        /** @description That it is about */
                        containers: number;
                        /** @description That were looked at, or of which it is known without that they do not match */
                        lines: number;
                        /** @description That were looked at */
                        samples: number;
                        /** @description That were looked at */
                        events: number;
                        matches: number;
                        /** @description Something was not looked at */
                        truncated: boolean;
                        /** @description That it would have sent */
                        notifications: number;
                        first: {
                            time: components["schemas"]["Time"];
                            /** @enum {string} */
                            kind: "fired" | "repeated" | "resolved";
                            group: string;
                            container_name: string;
                            count: number;
                            detail: string;
                            message: string | null;
                        }[];
                        groups: {
                            group: string;
                            matches: number;
                        }[];
                        group_count: number;
                        failures: {
                            count: number;
                            error: string | null;
                        };
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Rule"];
            default: components["responses"]["Problem"];
        };
    };
    replaceRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Rule"];
        responses: {
            200: components["responses"]["Rule"];
            default: components["responses"]["Problem"];
        };
    };
    deleteRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    patchRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            200: components["responses"]["Rule"];
            default: components["responses"]["Problem"];
        };
    };
    listRuleVersions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description At most 200 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        versions: {
                            version: number;
                            time: components["schemas"]["Time"];
                            author: string | null;
                            rule: components["schemas"]["RuleKeys"];
                        }[];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listDestinations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In order of id */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        destinations: components["schemas"]["Destination"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createDestination: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Destination"];
        responses: {
            201: components["responses"]["DestinationMade"];
            default: components["responses"]["Problem"];
        };
    };
    testDestination: {
        parameters: {
            query?: {
                /** @description Whose secrets `***` stands for */
                stored?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Destination"];
        responses: {
            200: components["responses"]["Attempts"];
            default: components["responses"]["Problem"];
        };
    };
    getDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Destination"];
            default: components["responses"]["Problem"];
        };
    };
    replaceDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Destination"];
        responses: {
            200: components["responses"]["Destination"];
            default: components["responses"]["Problem"];
        };
    };
    deleteDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    patchDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            200: components["responses"]["Destination"];
            default: components["responses"]["Problem"];
        };
    };
    testStoredDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Attempts"];
            default: components["responses"]["Problem"];
        };
    };
    listDestinationTypes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the order in which people are shown them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        types: components["schemas"]["DestinationType"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listNotifications: {
        parameters: {
            query?: {
                rule?: number;
                alert?: number;
                destination?: number;
                /** @description With a delivery in this state */
                state?: "pending" | "delivered" | "dead";
                /** @description Not earlier than this */
                since?: components["parameters"]["SinceWhen"];
                /** @description Only older ones; `next` of the page before */
                before?: components["parameters"]["Before"];
                limit?: components["parameters"]["PageLimit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        notifications: components["schemas"]["Notification"][];
                        next: components["schemas"]["NextPage"];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    retryNotification: {
        parameters: {
            query?: {
                destination?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are tried */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listAttempts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The last 20 for each destination */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        attempts: {
                            destination: number;
                            time: components["schemas"]["Time"];
                            outcome: components["schemas"]["Outcome"];
                            status: number | null;
                            error: string | null;
                            /** @description The first bytes of what the other side said */
                            answer: string | null;
                            took_ms: number;
                        }[];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listAlerts: {
        parameters: {
            query?: {
                state?: components["schemas"]["AlertState"];
                rule?: number;
                /** @description Not earlier than this */
                since?: components["parameters"]["SinceWhen"];
                /** @description Only older ones; `next` of the page before */
                before?: components["parameters"]["Before"];
                limit?: components["parameters"]["PageLimit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alerts: components["schemas"]["Alert"][];
                        next: components["schemas"]["NextPage"];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    showAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The alert */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertDetails"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    acknowledgeAlert: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    author?: string;
                    comment?: string;
                };
            };
        };
        responses: {
            /** @description It is acknowledged */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listSilences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In order of id */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        silences: components["schemas"]["Silence"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createSilence: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description An expression over a notification, such as `container.service == "api"` */
                    filter: string;
                    /** @description A time */
                    until: string;
                    comment?: string;
                };
            };
        };
        responses: {
            /** @description It is in force */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Silence"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    showSilenceForm: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As the link has it */
                token: components["parameters"]["SilenceToken"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The form */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    silenceByLink: {
        parameters: {
            query: {
                for: "1h" | "4h" | "24h";
            };
            header?: never;
            path: {
                /** @description As the link has it */
                token: components["parameters"]["SilenceToken"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is silenced */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getSilence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The silence */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Silence"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteSilence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listViews: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the order of their names */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        views: components["schemas"]["View"][];
                    };
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createView: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ViewKeys"];
            };
        };
        responses: {
            /** @description It is saved */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["View"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getView: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The view */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["View"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    replaceView: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ViewChange"];
            };
        };
        responses: {
            /** @description The view as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["View"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteView: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: components["parameters"]["Number"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
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
