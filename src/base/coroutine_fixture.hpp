#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <utility>

#include "base/task.hpp"

namespace taffrail {

/// An event loop that a test's tasks run on.
class Coroutines : public testing::Test {
 protected:
  /// Runs until nothing is left to do; throws what left `task`.
  void run(Task<> task) {
    std::exception_ptr failure;
    asio::co_spawn(context_, std::move(task), [&](std::exception_ptr error) { failure = error; });
    context_.run();
    context_.restart();
    if (failure) std::rethrow_exception(failure);
  }
  asio::io_context context_;
};

}  // namespace taffrail
