// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "source/gst/gst.h"

namespace tarsier::gst {

/// A GStreamer pipeline whose state changes run on a thread of their own, so that a driver or a
/// server that hangs never holds a node for longer than a deadline. Thread-bound.
class Pipeline {
  public:
    /// `what` names the pipeline in errors: "camera '/dev/video0'". GStreamer must be initialised.
    explicit Pipeline(std::string what);
    ~Pipeline();  ///< closes
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    GstElement* get() const { return pipeline_.get(); }
    const std::string& what() const { return what_; }

    /// Makes an element and adds it; it belongs to the pipeline. Unavailable, with the package to
    /// install, when GStreamer has no such element.
    Result<GstElement*> add(const char* factory);
    /// Adds and links a chain of elements.
    Status link(std::initializer_list<GstElement*> chain);
    /// Links a decoder to the element that takes its stream, once it knows what the medium holds.
    /// Where that is nothing of the kind, `missing` (a literal) is the error.
    static void link_later(GstElement* decoder, GstElement* to, const char* missing);

    /// Goes to `state` and waits until it is there. Fails with what an element reported, with
    /// Unavailable after `deadline` ns, with Cancelled on `stop`.
    Status change(GstState state, Timestamp deadline, std::stop_token stop);
    /// Starts to play without waiting for the first picture: for pipelines that are fed by us.
    Status play(Timestamp deadline, std::stop_token stop);
    /// Plays again from the beginning. Unsupported when the medium cannot.
    Status rewind(Timestamp deadline, std::stop_token stop);
    /// Whether the source's time does not wait for us; known after change().
    bool live() const { return live_; }

    /// The first error reported so far. Reads the bus: call it for every item.
    std::optional<Error> error();
    /// Waits for the end of the stream: Ok, the reported error, or Unavailable after `deadline` ns.
    Status wait_end(Timestamp deadline);
    /// Waits a little for an error.
    std::optional<Error> wait_error(Timestamp deadline);

    /// Stops the pipeline, for at most `deadline` ns: one that does not stop is left to itself.
    void close(Timestamp deadline = 5 * kSecond);

  private:
    Status set_state(GstState state, Timestamp deadline, std::stop_token stop, bool& reached);
    void handle(GstMessage* message);
    Error failure(const std::string& fallback);

    std::string what_;
    ElementPtr pipeline_;
    BusPtr bus_;
    std::optional<Error> error_;
    std::string missing_;  ///< what GStreamer says it lacks
    bool ended_ = false;
    bool live_ = false;
    bool open_ = false;
};

}  // namespace tarsier::gst
