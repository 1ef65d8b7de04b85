#include "store/store.hpp"

#include <variant>

#include "store/store_limits.hpp"

namespace taffrail::store {

Store::Store(const Executor& owner, const std::filesystem::path& path, OpenReport report)
    : path_(path),
      report_(std::move(report)),
      readers_(std::make_shared<Readers>(owner, path)),
      queue_(std::make_shared<WriteQueue>(owner)) {}

Result<std::unique_ptr<Store>> Store::open(const Executor& owner, StoreOptions options) {
  auto opened = open_database(options.file);
  if (!opened) return forward(opened);
  std::unique_ptr<Store> store(new Store(owner, options.file.path, std::move(opened->report)));
  store->writer_.emplace(std::move(opened->connection), store->queue_, options.log_reserve,
                         std::move(options.on_group));
  return store;
}

Store::~Store() {
  readers_->close();
  const Error gone{ErrorCode::cancelled, "the store was closed before this could be written"};
  for (const auto& job : queue_->close(true)) job->finish(&gone);
}

Task<Result<>> Store::backup(std::filesystem::path target) {
  auto initiate = [&](auto handler) {
    if (queue_->closed()) {
      completion_of<void>(std::move(handler), std::monostate())(nullptr, std::unexpected(closed()));
      return;
    }
    writer_->start_backup(std::move(target), completion_of<void>(std::move(handler), std::monostate()));
  };
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(std::exception_ptr, Result<>)>(
      initiate, asio::use_awaitable);
}

Task<> Store::close() {
  readers_->close();
  co_await readers_->all_back();
  (void)queue_->close(false);
  co_await queue_->ended();
}

void Store::add_levels(QueueLevels& levels) const {
  levels.add("store_transactions", queue_->depth(), limits::queued_transactions);
  levels.add("store_bytes", queue_->bytes(), limits::queued_bytes);
}

}  // namespace taffrail::store
