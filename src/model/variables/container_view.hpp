#pragma once

#include <map>
#include <string>
#include <string_view>

#include "expr/container_variables.hpp"
#include "expr/value.hpp"
#include "model/container.hpp"

namespace taffrail {

/// What expressions see of one container, with everything that the views in its fields point to. It may be looked at
/// after the container has changed, and from workers.
class ContainerView {
 public:
  ContainerView(ContainerPtr container, std::string host_name);
  /// Copies the container. @param host may be null: unknown
  ContainerView(Container container, const Host* host)
      : ContainerView(std::make_shared<const Container>(std::move(container)), host ? host->name : "") {}
  ContainerView(const ContainerView&) = delete;
  ContainerView& operator=(const ContainerView&) = delete;

  [[nodiscard]] const expr::ContainerFields& fields() const { return fields_; }
  [[nodiscard]] const ContainerPtr& container() const { return container_; }
  [[nodiscard]] const std::string& host_name() const { return host_name_; }

 private:
  ContainerPtr container_;
  std::string host_name_;
  expr::StringMapSource<std::map<std::string, std::string>> labels_;
  expr::ContainerFields fields_;
};

/// The fields of a container whose labels somebody wrapped; all of them live as long as the result.
[[nodiscard]] expr::ContainerFields fields_of(const Container& container, std::string_view host_name,
                                              const expr::MapSource& labels);

}  // namespace taffrail
