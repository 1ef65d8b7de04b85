#include "pipeline/inspections.hpp"

#include <algorithm>

#include "base/timeout.hpp"
#include "pipeline/container_bounds.hpp"

namespace taffrail {

Task<Result<ContainerPtr>> Inspections::inspect(ContainerId id) {
  const ContainerPtr container = registry_.find_shared(id);
  if (!container) co_return fail(ErrorCode::not_found, "no container has the id '" + id.full() + "'");
  Source* const source = sources_.of(*container);
  if (!source) co_return container;
  const std::shared_ptr<Answer> answer = answer_of(container);
  const auto ask = [this, source, &answer, &container]() -> Task<Result<ContainerPtr>> {
    auto inspected = co_await with_timeout(limit, "inspect " + container->name, source->inspect(container->id));
    if (!inspected) co_return forward(inspected);
    bound(*inspected);
    // Inspecting may have taught the registry something.
    answer->known = registry_.find_shared(container->id);
    co_return std::make_shared<const Container>(std::move(*inspected));
  };
  const Result<ContainerPtr>* inspected = co_await answer->inspected.get(ask);
  // A failure is for those who asked meanwhile, and for nobody later.
  if (const auto at = answers_.find(id); !*inspected && at != answers_.end() && at->second == answer)
    answers_.erase(at);
  co_return *inspected;
}

std::shared_ptr<Inspections::Answer> Inspections::answer_of(const ContainerPtr& container) {
  const SteadyTime now = clock_.steady_now();
  auto at = answers_.find(container->id);
  if (at != answers_.end() && at->second->known == container && now - at->second->asked < fresh) return at->second;
  if (at == answers_.end() && answers_.size() >= most) {
    std::erase_if(answers_, [&](const auto& answer) { return now - answer.second->asked >= fresh; });
    if (answers_.size() >= most)
      answers_.erase(std::ranges::min_element(answers_, {}, [](const auto& answer) { return answer.second->asked; }));
  }
  auto answer = std::make_shared<Answer>(executor_);
  answer->known = container;
  answer->asked = now;
  answers_.insert_or_assign(container->id, answer);
  return answer;
}

}  // namespace taffrail
