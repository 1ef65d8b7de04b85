#include "api/container_list.hpp"

#include <optional>
#include <utility>

#include "api/gzip.hpp"
#include "base/turn.hpp"
#include "model/json.hpp"

namespace taffrail::api {
namespace {

constexpr std::string_view list_head = R"({"containers":[)";
constexpr std::string_view list_tail = "]}\n";

}  // namespace

ContainerList::ContainerList(Pipeline& pipeline)
    : pipeline_(pipeline),
      containers_(pipeline.registry().with_removed()),
      rendered_(pipeline.executor()),
      gzipped_(pipeline.executor()) {}

Task<const ContainerList::Rendered*> ContainerList::rendered() {
  co_return co_await rendered_.get([this] { return render(); });
}

Task<const std::string*> ContainerList::gzipped() {
  co_return co_await gzipped_.get([this] { return compress(); });
}

Task<ContainerList::Rendered> ContainerList::render() {
  std::vector<std::optional<LatestSample>> newest;
  newest.reserve(containers_->size());
  Turn turn;
  for (const ContainerPtr& container : *containers_) {
    co_await yield_if_due(turn);
    newest.push_back(pipeline_.sampler().latest(container->id));
  }
  co_return co_await pipeline_.workers().run([&] {
    Rendered list;
    list.ends.reserve(containers_->size());
    for (std::size_t i = 0; i < containers_->size(); ++i) {
      append_json(list.objects, *(*containers_)[i], newest[i] ? &*newest[i] : nullptr);
      list.objects += ',';
      list.ends.push_back(list.objects.size());
    }
    return list;
  });
}

Task<std::string> ContainerList::compress() {
  const Rendered* list = co_await rendered();
  co_return co_await pipeline_.workers().run([list] {
    std::string whole(list_head);
    whole.append(list->objects, 0, list->objects.empty() ? 0 : list->objects.size() - 1);
    whole += list_tail;
    return gzip(whole);
  });
}

std::string cut_list(const ContainerList::Rendered& list, const std::vector<std::uint32_t>& chosen) {
  std::string body(list_head);
  for (const std::uint32_t index : chosen) {
    if (body.size() > list_head.size()) body += ',';
    body += list.object(index);
  }
  body += list_tail;
  return body;
}

ContainerLists::ContainerLists(Pipeline& pipeline)
    : pipeline_(pipeline), rounds_(pipeline.sampler().on_round([this] { last_.reset(); })) {}

std::shared_ptr<ContainerList> ContainerLists::now() {
  const std::uint64_t version = pipeline_.registry().version();
  if (!last_ || version_ != version) {
    last_ = std::make_shared<ContainerList>(pipeline_);
    version_ = version;
  }
  return last_;
}

}  // namespace taffrail::api
