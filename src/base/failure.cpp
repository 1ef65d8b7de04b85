#include "base/failure.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/system/system_error.hpp>

namespace taffrail {

std::exception_ptr first_cause(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::asio::multiple_exceptions& several) {
    return first_cause(several.first_exception());
  } catch (...) {
    return failure;
  }
}

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(first_cause(failure));
  } catch (const boost::system::system_error& error) {
    return error.code() == boost::asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace taffrail
