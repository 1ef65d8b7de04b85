#include "alert/destination/curl_thread.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "alert/destination/curl_job.hpp"

namespace taffrail::alert {
namespace {

using JobPtr = std::shared_ptr<CurlJob>;

}  // namespace

/// The thread and its multi handle, which it makes when it has loaded libcurl. What it is to do comes under a lock;
/// everything else is its own.
class CurlThread::Loop {
 public:
  Loop() : thread_([this] { work(); }) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() {
    ask([this] { stop_ = true; });
    thread_.join();
  }

  void begin(const JobPtr& job) {
    ask([&] { begun_.push_back(job); });
  }
  void give_up(const JobPtr& job) {
    ask([&] { given_up_.push_back(job); });
  }

 private:
  template <class Change>
  void ask(Change change) {
    const std::scoped_lock lock(mutex_);
    change();
    asked_.notify_one();
    if (multi_) curl().multi_wakeup(multi_);
  }

  void work() {
    // OpenSSL writes to sockets that the other side may have closed.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    if (auto library = CurlLibrary::load(); !library)
      refuse_all(library.error().detail);
    else if (CURLM* const multi = curl().multi_init(); !multi)
      refuse_all("no memory for transfers");
    else
      transfer_all(multi);
  }

  void refuse_all(const std::string& why) {
    std::unique_lock lock(mutex_);
    for (;;) {
      asked_.wait(lock, [this] { return stop_ || !begun_.empty(); });
      if (stop_) return;
      for (JobPtr& job : std::exchange(begun_, {})) refuse(std::move(job), why);
    }
  }

  void transfer_all(CURLM* multi) {
    curl().multi_setopt(multi, CURLMOPT_MAXCONNECTS, kept_connections);
    {
      const std::scoped_lock lock(mutex_);
      multi_ = multi;
    }
    constexpr int long_ms = 3'600'000;
    while (take()) {
      int running = 0;
      curl().multi_perform(multi, &running);
      int left = 0;
      while (const CURLMsg* message = curl().multi_info_read(multi, &left))
        if (message->msg == CURLMSG_DONE) conclude(message->easy_handle, message->data.result);
      curl().multi_poll(multi, nullptr, 0, long_ms, nullptr);  // curl's own timers end it earlier
    }
    for (const auto& [handle, job] : running_) {
      curl().multi_remove_handle(multi, handle);
      job->drop();
    }
    {
      const std::scoped_lock lock(mutex_);
      multi_ = nullptr;
    }
    curl().multi_cleanup(multi);
  }

  /// Does what was asked for; false once that is to stop.
  bool take() {
    std::vector<JobPtr> begun;
    std::vector<JobPtr> given_up;
    {
      const std::scoped_lock lock(mutex_);
      if (stop_) return false;
      begun.swap(begun_);
      given_up.swap(given_up_);
    }
    for (JobPtr& job : begun) {
      CURL* const handle = job->begin();
      if (handle && curl().multi_add_handle(multi_, handle) == CURLM_OK) {
        running_.emplace_back(handle, std::move(job));
      } else {
        job->drop();
        refuse(std::move(job), "no memory for a transfer");
      }
    }
    for (const JobPtr& job : given_up) {
      const auto at = std::ranges::find(running_, job, &std::pair<CURL*, JobPtr>::second);
      if (at == running_.end()) continue;
      curl().multi_remove_handle(multi_, at->first);
      job->drop();
      running_.erase(at);
    }
    return true;
  }

  void conclude(CURL* handle, CURLcode code) {
    curl().multi_remove_handle(multi_, handle);
    const auto at = std::ranges::find(running_, handle, &std::pair<CURL*, JobPtr>::first);
    JobPtr job = std::move(at->second);
    running_.erase(at);
    job->conclude(code);
    tell(std::move(job));
  }

  static void refuse(JobPtr job, std::string why) {
    job->end.failure = TransferEnd::Failure::broken;
    job->end.error = std::move(why);
    tell(std::move(job));
  }

  static void tell(JobPtr job) {
    const Executor owner = job->owner();
    asio::post(owner, [job = std::move(job)] {
      job->finished = true;
      job->done.notify();
    });
  }

  std::vector<std::pair<CURL*, JobPtr>> running_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable asked_;
  CURLM* multi_ = nullptr;  // set by the thread, and only read by it without the lock
  std::vector<JobPtr> begun_;
  std::vector<JobPtr> given_up_;
  bool stop_ = false;
  std::thread thread_;
};

CurlThread::CurlThread(AddressGuard guard) : guard_(guard) {}

CurlThread::~CurlThread() = default;

Task<TransferEnd> CurlThread::run(Transfer transfer) {
  if (!loop_) loop_ = std::make_unique<Loop>();
  const auto job = std::make_shared<CurlJob>(std::move(transfer), guard_, co_await asio::this_coro::executor);
  /// Whoever waited has gone: so does the transfer.
  struct Abandon {
    Loop& loop;
    const JobPtr& job;
    ~Abandon() {
      if (!job->finished) loop.give_up(job);
    }
  };
  loop_->begin(job);
  const Abandon abandon{*loop_, job};
  while (!job->finished) {
    co_await job->done.wait();
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) break;
  }
  if (job->finished) co_return std::move(job->end);
  TransferEnd broken;
  broken.failure = TransferEnd::Failure::broken;
  broken.error = "broken off";
  co_return broken;
}

}  // namespace taffrail::alert
