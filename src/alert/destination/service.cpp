#include "alert/destination/service.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace taffrail::alert {

std::vector<std::string> Values::list(std::string_view key) const {
  namespace json = boost::json;
  std::vector<std::string> texts;
  const std::string_view kept = (*this)[key];
  boost::system::error_code failed;
  const json::value list = json::parse(json::string_view(kept.data(), kept.size()), failed);
  if (failed || !list.is_array()) return texts;
  for (const json::value& entry : list.get_array())
    if (entry.is_string()) texts.emplace_back(entry.get_string().data(), entry.get_string().size());
  return texts;
}

}  // namespace taffrail::alert
