// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <tarsier/base/thread_pool.h>
#include <latch>

namespace tarsier {

ThreadPool::ThreadPool(int threads, const char* name) {
    threads_.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, name] { work(name); });
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::submit(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
}

void ThreadPool::parallel_for(std::size_t count,
                              const std::function<void(std::size_t, std::size_t)>& body) {
    const std::size_t parts = std::min(count, static_cast<std::size_t>(size()) + 1);
    if (parts <= 1) {
        if (count > 0) body(0, count);
        return;
    }
    std::latch done(static_cast<std::ptrdiff_t>(parts - 1));
    const auto bound = [&](std::size_t part) { return count * part / parts; };
    for (std::size_t part = 1; part < parts; ++part) {
        submit([&, part] {
            body(bound(part), bound(part + 1));
            done.count_down();
        });
    }
    body(0, bound(1));
    done.wait();
}

void ThreadPool::work(const char* name) {
    pthread_setname_np(pthread_self(), name);
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        const std::function<void()> task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        task();
        lock.lock();
    }
}

}  // namespace tarsier
