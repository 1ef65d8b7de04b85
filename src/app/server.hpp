#pragma once

#include <functional>
#include <memory>
#include <prometheus/registry.h>
#include <string>
#include <vector>

#include "alert/engine/alerts.hpp"
#include "api/api.hpp"
#include "app/config.hpp"
#include "app/rule_folder.hpp"
#include "app/sources.hpp"
#include "base/clock.hpp"
#include "base/owner_watch.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/task_group.hpp"
#include "base/worker_pool.hpp"
#include "history/history.hpp"
#include "history/search/history_finder.hpp"
#include "net/http_server.hpp"
#include "pipeline/pipeline.hpp"
#include "views/saved_views.hpp"

namespace taffrail {

/// The parts of a running server, put together: sources, pipeline, interface, listener.
class Server {
 public:
  /// Binds the address and opens what is kept in `config.data`; nothing runs yet. Errors: those of Listener::bind,
  /// Alerts::open_store, History::open_store and SavedViews::open_store.
  /// @param secret_key for the secrets of destinations, where it was given
  [[nodiscard]] static Result<std::unique_ptr<Server>> make(const Config& config, Sources sources,
                                                            const Executor& executor, WorkerPool& workers,
                                                            const Clock& clock, const TaskGroup::Report& report,
                                                            const std::optional<std::string>& secret_key);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();
  /// Applies the options that may change while the server runs (Option::live), but for those of the log.
  Task<> reconfigure(const Config& config);
  /// Says goodbye to the pages, ends answers under way, then the sources. Awaited before this dies.
  /// @param turns_to called with the name of each part (a literal) before it is waited for
  [[nodiscard]] Task<> stop(void (*turns_to)(const char* part) = [](const char*) {});

  /// Where it is to be found, for people: "http://127.0.0.1:8080/logs/".
  [[nodiscard]] std::string url() const;

 private:
  /// What takes a try to get.
  struct Opened {
    std::unique_ptr<net::Listener> listener;
    std::unique_ptr<store::Store> alerts;
    std::unique_ptr<store::Store> history;  // null: there is none
    std::unique_ptr<store::Store> metrics;  // likewise
    std::unique_ptr<store::Store> views;
    alert::SecretBox box;
  };
  Server(const Config& config, Sources sources, Opened opened, const Executor& executor, WorkerPool& workers,
         const Clock& clock, const TaskGroup::Report& report);

  std::string base_path_;
  std::shared_ptr<prometheus::Registry> metrics_;
  std::vector<std::unique_ptr<WorkerPool>> file_workers_;  // of the sources
  std::unique_ptr<cgroup::DescriptorBudget> descriptors_;  // of the sources
  Pipeline pipeline_;
  OwnerWatch owner_watch_;
  std::unique_ptr<history::History> history_;       // null: it is off
  std::unique_ptr<history::HistoryFinder> finder_;  // null likewise
  alert::Alerts alerts_;
  views::SavedViews views_;
  RuleFolder rule_folder_;
  api::Api api_;
  net::HttpServer http_;
  TaskGroup tasks_;
};

}  // namespace taffrail
