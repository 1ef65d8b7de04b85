#pragma once

#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/container_judge.hpp"
#include "api/container_list.hpp"
#include "api/router.hpp"
#include "api/services.hpp"
#include "api/static_files.hpp"
#include "api/stats_frames.hpp"
#include "pipeline/inspections.hpp"

namespace taffrail::views {
class SavedViews;
}  // namespace taffrail::views

namespace taffrail::api {

class LiveSession;

/// Everything that is answered over HTTP: the routes, the live WebSocket and the page. Lives on the owner thread.
class Api {
 public:
  /// @param pipeline, alerts, history, prometheus must outlive this; alerts and history may be null
  Api(Pipeline& pipeline, alert::Alerts* alerts, history::History* history, prometheus::Registry& prometheus,
      ApiOptions options, TaskGroup::Report report);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;
  ~Api();

  /// Answers one request; the handler of an HttpServer.
  [[nodiscard]] Task<> handle(const net::HttpRequest& request, net::ResponseWriter& writer);

  /// Tells every live connection that the server goes, so that its page connects anew, and ends it. Returns at once.
  void stop();

  /// From where the server may be asked from now on; connections that are open stay.
  void set_access(AccessRules rules) { access_.set_rules(std::move(rules)); }

  /// Serves the views that are saved; before anything is handled. They outlive this.
  void add_views(views::SavedViews& views);

  /// Shows further metrics at /metrics.
  void add_metrics(std::shared_ptr<prometheus::Collectable> metrics) {
    services_.collectables.push_back(std::move(metrics));
  }

  /// The table of routes, for the test that holds it beside docs/openapi.yaml.
  [[nodiscard]] const Router& router() const { return router_; }

 private:
  [[nodiscard]] Task<Answer<>> answer(const net::HttpRequest& request, net::ResponseWriter& writer, std::string& allow);
  [[nodiscard]] Task<Answer<>> live(Exchange& exchange);
  void add_queues(QueueLevels& levels) const;

  ApiOptions options_;
  Access access_;
  ApiMetrics metrics_;
  ContainerJudge judge_;
  ContainerLists lists_;
  StatsFrames frames_;
  Inspections inspections_;
  Services services_;
  Router router_;
  StaticFiles files_;
  std::vector<std::string> base_segments_;
  std::list<LiveSession*> sessions_;
  bool stopping_ = false;
};

}  // namespace taffrail::api
