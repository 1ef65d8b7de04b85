#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/made_once.hpp"
#include "base/task.hpp"
#include "pipeline/pipeline.hpp"

namespace taffrail::api {

/// All containers as they are at one moment, with their newest samples, as JSON: made once, on a worker, for everybody
/// who asks while nothing has changed. The list of 10,000 containers is some 10 MB and takes 50 ms to write.
class ContainerList {
 public:
  struct Rendered {
    std::string objects;            ///< each followed by a comma
    std::vector<std::size_t> ends;  ///< of the object of the container at the same index, behind its comma

    [[nodiscard]] std::string_view object(std::size_t index) const {
      const std::size_t begin = index == 0 ? 0 : ends[index - 1];
      return std::string_view(objects).substr(begin, ends[index] - begin - 1);
    }
  };

  explicit ContainerList(Pipeline& pipeline);

  [[nodiscard]] const std::shared_ptr<const Registry::Containers>& containers() const { return containers_; }
  [[nodiscard]] Task<const Rendered*> rendered();
  /// `{"containers":[…]}` and a newline, compressed.
  [[nodiscard]] Task<const std::string*> gzipped();

 private:
  Task<Rendered> render();
  Task<std::string> compress();

  Pipeline& pipeline_;
  std::shared_ptr<const Registry::Containers> containers_;
  MadeOnce<Rendered> rendered_;
  MadeOnce<std::string> gzipped_;
};

/// `{"containers":[…]}` and a newline with the objects of these containers only; a pure function, for workers.
[[nodiscard]] std::string cut_list(const ContainerList::Rendered& list, const std::vector<std::uint32_t>& chosen);

/// Gives the list of the present moment. The last one is kept for as long as nothing changes and no round of samples
/// ends, so for a second or so.
class ContainerLists {
 public:
  explicit ContainerLists(Pipeline& pipeline);
  [[nodiscard]] std::shared_ptr<ContainerList> now();

 private:
  Pipeline& pipeline_;
  std::uint64_t version_ = 0;
  std::shared_ptr<ContainerList> last_;  // of that version; null: none was asked for, or it is out of date
  Subscription rounds_;
};

}  // namespace taffrail::api
