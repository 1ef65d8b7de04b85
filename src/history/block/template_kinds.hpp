#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

#include "history/block/part.hpp"

namespace taffrail::history {

/// Templates that are alike but for the widths of their variables are one *kind*: a block has thousands of templates of
/// some hundred kinds, which the next block has as well. So what is asked of templates is asked of kinds first, once
/// for many blocks. Of one thread at a time.
class TemplateKinds {
 public:
  /// Kinds that are remembered, and those of one block more; of further ones all are to be forgotten.
  static constexpr std::size_t most_known = 16'384;

  /// The same templates with one code for all variables of a class: its least one.
  /// @param text templates with Bytes::padding readable bytes behind
  [[nodiscard]] static Bytes without_widths(std::string_view text);

  /// Seeded, so that nobody can write lines whose templates are taken for each other.
  [[nodiscard]] std::uint64_t hash(std::string_view bytes) const;
  struct Known {
    std::uint32_t kind;  ///< counted from 0
    bool is_new;
  };
  /// @param hash of a template without widths, or of whatever else makes a kind
  Known find(std::uint64_t hash) {
    const auto [known, is_new] = kinds_.try_emplace(hash, static_cast<std::uint32_t>(kinds_.size()));
    return {known->second, is_new};
  }
  [[nodiscard]] std::size_t size() const { return kinds_.size(); }
  void forget() { kinds_.clear(); }

 private:
  /// By hashes that are as good as random numbers already.
  struct AsItIs {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };
  std::uint64_t seed_ = std::random_device{}() | std::uint64_t{std::random_device{}()} << 32U;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t, AsItIs> kinds_;
};

}  // namespace taffrail::history
