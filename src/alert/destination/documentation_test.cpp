// docs/destinations.md beside the table of services: each section begins with what the table says.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fstream>

#include "alert/destination/destination.hpp"
#include "alert/destination/service.hpp"

namespace taffrail::alert {
namespace {

namespace json = boost::json;

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string_view kind_of(const Field& field) {
  switch (field.kind) {
    case FieldKind::line: return "text";
    case FieldKind::text: return "text of any kind";
    case FieldKind::pem: return "PEM";
    case FieldKind::url: return "address";
    case FieldKind::number: return "number";
    case FieldKind::flag: return "true or false";
    case FieldKind::choice: return "one of";
    case FieldKind::list: return "list";
    case FieldKind::length: return "length of time";
  }
  return "";
}

std::string row_of(const Field& field) {
  std::string what(kind_of(field));
  if (!field.range.empty()) what += fmt::format(" `{}`", field.range);
  if (field.secret) what += ", secret";
  if (field.required) what += ", required";
  if (!field.standard.empty()) what += fmt::format("; `{}`", field.standard);
  return fmt::format("| `{}` | {} | {} |\n", field.key, what, field.help);
}

std::string limit_of(std::string_view what, Limit limit) {
  constexpr std::string_view units[] = {"bytes", "characters", "UTF-16 units"};
  return fmt::format("{} up to {} {}", what, limit.most, units[static_cast<std::size_t>(limit.unit)]);
}

/// How a section begins.
std::string section_of(const Service& service) {
  std::string text = fmt::format("## {}\n`{}`", service.title, service.type);
  if (!service.reference.empty()) text += fmt::format(" · [its maker's description]({})", service.reference);
  if (service.title_limit.most > 0)
    text += fmt::format(" · {}, {}", limit_of("title", service.title_limit), limit_of("text", service.text_limit));
  text += "\n\n| key | value | |\n|---|---|---|\n";
  for (const Field& field : service.fields) text += row_of(field);
  if (service.takes_headers) text += "| `headers` | object of texts, each secret | further headers |\n";
  return text;
}

TEST(Destinations, AreDocumentedAsTheTableHasThem) {
  const std::string page = read(TAFFRAIL_DOCS "/destinations.md");
  const SecretBox box = SecretBox::with_key("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").value();
  for (const Service& service : services()) {
    const std::string section = section_of(service);
    const std::size_t at = page.find(section);
    EXPECT_NE(at, std::string::npos) << "docs/destinations.md lacks:\n" << section;
    if (at == std::string::npos) continue;
    const std::size_t begin = page.find("```json\n", at) + 8;
    const std::size_t end = page.find("\n```", begin);
    ASSERT_LT(end, page.find("\n## ", at)) << service.type << " has no example";
    const std::string example = page.substr(begin, end - begin);
    const auto made = destination_of_json(example, box);
    ASSERT_TRUE(made) << example << ": " << made.error().detail;
    EXPECT_EQ(made->type, service.type);
  }
  for (const Transport transport : {Transport::http, Transport::smtp}) {
    const Service none{.transport = transport};
    for (const Field& field : fields_of(none)) EXPECT_NE(page.find(row_of(field)), std::string::npos) << row_of(field);
  }
}

}  // namespace
}  // namespace taffrail::alert
