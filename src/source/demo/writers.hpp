#pragma once

#include "source/demo/incident.hpp"
#include "source/demo/pen.hpp"

namespace taffrail::demo {

// What the made-up services write: one function for each kind of event, each in the manner of some common software.

void gateway_event(Pen& pen);  ///< a web server's access log, its error log on stderr
void gateway_start(Pen& pen);
void api_event(Pen& pen);  ///< JSON
void api_start(Pen& pen);
void checkout_event(Pen& pen);  ///< Java with stack traces
void checkout_start(Pen& pen);
void payments_event(Pen& pen);  ///< logfmt of a Go program
void payments_start(Pen& pen);
void payments_end(Pen& pen);
void database_event(Pen& pen);  ///< a relational database
void database_start(Pen& pen);
void cache_event(Pen& pen);  ///< a key-value store
void cache_start(Pen& pen);

// The shop's orders, and what others say of requests for them while an incident is on.
void orders_event(Pen& pen);  ///< JSON
void orders_start(Pen& pen);
void orders_request(Pen& pen, const Request& request);
void orders_news(Pen& pen, const Incident& incident);  ///< of the version that stands by
void new_orders_event(Pen& pen);
void new_orders_start(Pen& pen);
void new_orders_end(Pen& pen);
void gateway_request(Pen& pen, const Request& request);
void gateway_news(Pen& pen, const Incident& incident);
void api_request(Pen& pen, const Request& request);
void checkout_request(Pen& pen, const Request& request);
void database_request(Pen& pen, const Request& request);

void web_event(Pen& pen);  ///< a JavaScript server with coloured lines
void web_start(Pen& pen);
void transcoder_event(Pen& pen);   ///< chatty, coloured
void recommender_event(Pen& pen);  ///< Python with tracebacks
void recommender_start(Pen& pen);
void thumbnails_event(Pen& pen);  ///< Rust's tracing

void backup_event(Pen& pen);  ///< a shell script
void backup_start(Pen& pen);
void backup_end(Pen& pen);
void collector_event(Pen& pen);  ///< logfmt, regular
void mailer_event(Pen& pen);     ///< bracketed levels
void importer_event(Pen& pen);   ///< klog

}  // namespace taffrail::demo
