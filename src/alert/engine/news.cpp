#include "alert/engine/news.hpp"

#include <algorithm>
#include <utility>

#include "alert/engine/listing.hpp"
#include "text/json_writer.hpp"
#include "text/utf8.hpp"

namespace taffrail::alert {

News news_of(const Changes& changes) {
  News news;
  news.alerts.reserve(changes.alerts.size());
  for (const auto& [id, alert] : changes.alerts) news.alerts.push_back(id);
  const std::size_t told = std::min(changes.out.size(), News::most_notifications);
  news.left_out = changes.out.size() - told;
  for (std::size_t i = news.left_out; i < changes.out.size(); ++i) {
    std::string object;
    text::JsonWriter json(object);
    json.begin_object();
    append_members(json, changes.out[i].id, changes.out[i].notification, News::longest_text);
    json.end_object();
    news.notifications.push_back(std::make_shared<const std::string>(std::move(object)));
  }
  return news;
}

}  // namespace taffrail::alert
