#include "alert/destination/secret_value.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.hpp"

namespace taffrail::alert {
namespace {

constexpr std::size_t longest_file = 64UZ * 1024;

struct Reference {
  std::string_view before;  ///< the word and its blank
  std::string_view variable;
  std::string_view file;  ///< its path; one of both is empty
};

bool is_name(std::string_view text) {
  if (text.empty() || ascii::is_digit(text.front())) return false;
  for (const char c : text)
    if (!ascii::is_alphanumeric(c) && c != '_') return false;
  return true;
}

std::optional<Reference> reference_of(std::string_view text) {
  Reference reference;
  std::size_t word = 0;
  while (word < text.size() && ascii::is_letter(text[word])) ++word;
  if (word > 0 && word < text.size() && text[word] == ' ') {
    reference.before = text.substr(0, word + 1);
    text.remove_prefix(word + 1);
  }
  if (text.starts_with("${") && text.ends_with('}')) {
    reference.variable = text.substr(2, text.size() - 3);
    if (is_name(reference.variable)) return reference;
  } else if (text.starts_with("file:/")) {
    reference.file = text.substr(5);
    return reference;
  }
  return std::nullopt;
}

Result<std::string> read_file(const std::string& path) {
  // Not blocking: a pipe without a writer would hold the thread for ever.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return std::unexpected(system_error("open " + path, errno));
  struct stat status{};
  std::string text(longest_file + 1, '\0');
  ssize_t size = -1;
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode)) size = ::read(file, text.data(), text.size());
  const int error_number = errno;
  ::close(file);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid_argument, path + " is no file");
  if (size < 0) return std::unexpected(system_error("read " + path, error_number));
  if (static_cast<std::size_t>(size) > longest_file)
    return fail(ErrorCode::too_large, path + " is longer than 64 KiB, so it is no secret");
  text.resize(static_cast<std::size_t>(size));
  if (text.starts_with("-----BEGIN ")) return text;
  text.resize(std::min(text.size(), text.find_first_of("\r\n")));
  for (const char c : text)
    if (static_cast<unsigned char>(c) < ' ')
      return fail(ErrorCode::invalid_argument, path + " has control characters in its first line, so it is no secret");
  return text;
}

}  // namespace

bool is_reference(std::string_view text) { return reference_of(text).has_value(); }

Result<std::string> SecretReader::read(std::string_view stored) const {
  if (stored.starts_with(SecretBox::sealed_prefix)) return box_.unseal(stored);
  const auto reference = reference_of(stored);
  if (!reference) return std::string(stored);
  std::string secret(reference->before);
  if (!reference->variable.empty()) {
    const std::string name(reference->variable);
    if (name == SecretBox::variable_name) return fail(ErrorCode::permission_denied, name + " is given to nobody");
    const auto value = variable_(name);
    if (!value) return fail(ErrorCode::not_found, "the variable " + name + " is not set where Taffrail runs");
    return secret + *value;
  }
  auto text = read_file(std::string(reference->file));
  if (!text) return forward(text);
  if (box_.is_key(*text)) return fail(ErrorCode::permission_denied, "the key of the secrets is given to nobody");
  return secret + *text;
}

}  // namespace taffrail::alert
