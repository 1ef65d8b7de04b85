#include "alert/engine/destination_row.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <cstdint>
#include <map>

#include "text/json_writer.hpp"

namespace taffrail::alert {

std::string row_of(const Destination& destination) {
  std::string row;
  text::JsonWriter json(row);
  json.begin_object().member("name", destination.name).member("type", destination.type);
  json.member("settings", destination.settings).member("headers", destination.headers);
  json.member("rate", destination.rate).member("per", destination.per.count());
  json.member("concurrency", destination.concurrency).member("deadline", destination.deadline.count()).end_object();
  return row;
}

Result<Destination> destination_of_row(DestinationId id, std::string_view row) {
  using Texts = std::map<std::string, std::string>;
  try {
    const boost::json::value read = boost::json::parse(row);
    const boost::json::object& object = read.as_object();
    Destination destination;
    destination.id = id;
    destination.name = boost::json::value_to<std::string>(object.at("name"));
    destination.type = boost::json::value_to<std::string>(object.at("type"));
    destination.settings = boost::json::value_to<Texts>(object.at("settings"));
    destination.headers = boost::json::value_to<Texts>(object.at("headers"));
    destination.rate = object.at("rate").to_number<std::uint32_t>();
    destination.per = Duration(object.at("per").to_number<std::int64_t>());
    destination.concurrency = object.at("concurrency").to_number<std::uint32_t>();
    destination.deadline = Duration(object.at("deadline").to_number<std::int64_t>());
    return destination;
  } catch (const std::exception& what) {  // of Boost.JSON
    return fail(ErrorCode::damaged, "destination " + std::to_string(id) + " cannot be read: " + what.what());
  }
}

}  // namespace taffrail::alert
