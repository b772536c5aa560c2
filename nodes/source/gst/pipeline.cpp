// SPDX-License-Identifier: Apache-2.0
#include "source/gst/pipeline.h"

#include <gst/pbutils/missing-plugins.h>

#include <tarsier/base/log.h>
#include <memory>
#include <utility>

namespace tarsier::gst {
namespace {

constexpr GstClockTime kSlice = 10 * GST_MSECOND;

/// Whether an element has stopped to read before it had anything to deliver.
/// decodebin swallows the error of a demuxer that fails while it is being added, and would wait for
/// ever.
bool has_given_up(const GValue* item) {
    auto* element = static_cast<GstElement*>(g_value_get_object(item));
    const PadPtr sink(gst_element_get_static_pad(element, "sink"));
    if (!sink || element->numsrcpads > 0) return false;
    GST_OBJECT_LOCK(sink.get());
    GstTask* task = GST_PAD_TASK(sink.get());
    const bool paused = task && gst_task_get_state(task) == GST_TASK_PAUSED;
    GST_OBJECT_UNLOCK(sink.get());
    return paused;
}

bool any_has_given_up(GstElement* pipeline) {
    GstIterator* elements = gst_bin_iterate_recurse(GST_BIN(pipeline));
    GValue found = G_VALUE_INIT;
    const bool any = gst_iterator_find_custom(
        elements,
        [](gconstpointer item, gconstpointer) {
            return has_given_up(static_cast<const GValue*>(item)) ? 0 : 1;
        },
        &found, nullptr);
    if (any) g_value_unset(&found);
    gst_iterator_free(elements);
    return any;
}

std::string seconds(Timestamp ns) { return std::to_string(ns / kSecond) + " s"; }

/// Where link_later keeps its message.
constexpr const char* kMissing = "tarsier-missing";

void on_pad(GstElement*, GstPad* pad, gpointer to) {
    const PadPtr sink(gst_element_get_static_pad(GST_ELEMENT(to), "sink"));
    if (!gst_pad_is_linked(sink.get())) gst_pad_link(pad, sink.get());
}

void on_no_more_pads(GstElement* decoder, gpointer to) {
    const PadPtr sink(gst_element_get_static_pad(GST_ELEMENT(to), "sink"));
    if (gst_pad_is_linked(sink.get())) return;
    const auto* missing = static_cast<const char*>(g_object_get_data(G_OBJECT(decoder), kMissing));
    GST_ELEMENT_ERROR(decoder, STREAM, WRONG_TYPE, ("%s", missing), (nullptr));
}

}  // namespace

Pipeline::Pipeline(std::string what)
    : what_(std::move(what)),
      pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))),
      bus_(gst_element_get_bus(pipeline_.get())) {}

Pipeline::~Pipeline() { close(); }

Result<GstElement*> Pipeline::add(const char* factory) {
    GstElement* element = gst_element_factory_make(factory, nullptr);
    if (!element) return missing_element(factory);
    gst_bin_add(GST_BIN(pipeline_.get()), element);
    return element;
}

Status Pipeline::link(std::initializer_list<GstElement*> chain) {
    GstElement* before = nullptr;
    for (GstElement* element : chain) {
        if (before && !gst_element_link(before, element)) {
            const GString a(gst_element_get_name(before));
            const GString b(gst_element_get_name(element));
            return {Code::Internal, what_ + ": cannot link " + a.get() + " to " + b.get()};
        }
        before = element;
    }
    return Ok{};
}

void Pipeline::link_later(GstElement* decoder, GstElement* to, const char* missing) {
    g_object_set_data(G_OBJECT(decoder), kMissing, const_cast<char*>(missing));
    g_signal_connect(decoder, "pad-added", G_CALLBACK(on_pad), to);
    g_signal_connect(decoder, "no-more-pads", G_CALLBACK(on_no_more_pads), to);
}

Status Pipeline::set_state(GstState state, Timestamp deadline, std::stop_token stop,
                           bool& reached) {
    // The task shares what it uses, because it may outlive this object when a driver hangs.
    const auto result = std::make_shared<GstStateChangeReturn>(GST_STATE_CHANGE_FAILURE);
    const std::shared_ptr<GstElement> pipeline(GST_ELEMENT(gst_object_ref(pipeline_.get())),
                                               ObjectUnref{});
    open_ = true;
    const bool done = run_bounded(
        [pipeline, result, state] { *result = gst_element_set_state(pipeline.get(), state); },
        deadline, stop);
    if (!done && stop.stop_requested()) return {Code::Cancelled, what_ + ": stopped while opening"};
    if (!done) return {Code::Unavailable, what_ + " does not answer within " + seconds(deadline)};
    if (*result == GST_STATE_CHANGE_FAILURE) return failure("cannot be opened");
    if (*result == GST_STATE_CHANGE_NO_PREROLL) live_ = true;
    reached = *result != GST_STATE_CHANGE_ASYNC;
    return Ok{};
}

Status Pipeline::change(GstState state, Timestamp deadline, std::stop_token stop) {
    const Timestamp until = monotonic_now() + deadline;
    // An error that is on its way to the bus is better than our guess.
    constexpr int kSilentSlices = 30;
    int silent = 0;
    bool reached = false;
    TARSIER_CHECK(set_state(state, deadline, stop, reached));
    while (!reached) {
        if (auto found = error()) return *std::move(found);
        if (stop.stop_requested()) return {Code::Cancelled, what_ + ": stopped while opening"};
        if (monotonic_now() > until)
            return {Code::Unavailable, what_ + " does not answer within " + seconds(deadline)};
        const auto now = gst_element_get_state(pipeline_.get(), nullptr, nullptr, kSlice);
        if (now == GST_STATE_CHANGE_FAILURE) return failure("cannot be opened");
        if (now == GST_STATE_CHANGE_NO_PREROLL) live_ = true;
        reached = now != GST_STATE_CHANGE_ASYNC;
        silent = any_has_given_up(pipeline_.get()) ? silent + 1 : 0;
        if (silent > kSilentSlices)
            return {Code::BadData, what_ + ": there are no playable streams in it",
                    "check that the file is complete and not damaged"};
    }
    return Ok{};
}

Status Pipeline::play(Timestamp deadline, std::stop_token stop) {
    bool ignored = false;
    return set_state(GST_STATE_PLAYING, deadline, stop, ignored);
}

Status Pipeline::rewind(Timestamp deadline, std::stop_token stop) {
    const auto result = std::make_shared<gboolean>(FALSE);
    const std::shared_ptr<GstElement> pipeline(GST_ELEMENT(gst_object_ref(pipeline_.get())),
                                               ObjectUnref{});
    constexpr auto kFlags = GstSeekFlags(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT);
    const bool done = run_bounded(
        [pipeline, result] {
            *result = gst_element_seek_simple(pipeline.get(), GST_FORMAT_TIME, kFlags, 0);
        },
        deadline, stop);
    if (stop.stop_requested()) return {Code::Cancelled, what_ + ": stopped while rewinding"};
    if (!done) return {Code::Unavailable, what_ + " does not answer within " + seconds(deadline)};
    if (!*result) return {Code::Unsupported, what_ + ": cannot be played again from the start"};
    ended_ = false;
    return Ok{};
}

std::optional<Error> Pipeline::error() {
    while (GstMessage* message = gst_bus_pop(bus_.get())) handle(MessagePtr(message).get());
    return error_;
}

Status Pipeline::wait_end(Timestamp deadline) {
    const Timestamp until = monotonic_now() + deadline;
    while (!error_ && !ended_) {
        const Timestamp left = until - monotonic_now();
        if (left <= 0)
            return {Code::Unavailable, what_ + ": not finished after " + seconds(deadline)};
        if (GstMessage* message = gst_bus_timed_pop(bus_.get(), static_cast<GstClockTime>(left)))
            handle(MessagePtr(message).get());
    }
    if (error_) return *error_;
    return Ok{};
}

std::optional<Error> Pipeline::wait_error(Timestamp deadline) {
    if (GstMessage* message = gst_bus_timed_pop(bus_.get(), static_cast<GstClockTime>(deadline)))
        handle(MessagePtr(message).get());
    return error();
}

void Pipeline::handle(GstMessage* message) {
    if (gst_is_missing_plugin_message(message)) {
        const GString words(gst_missing_plugin_message_get_description(message));
        missing_ = words ? words.get() : "a plugin";
        return;
    }
    switch (GST_MESSAGE_TYPE(message)) {
        case GST_MESSAGE_ERROR: {
            if (error_) return;  // the first one names the cause, what follows are its effects
            GError* reported = nullptr;
            char* debug = nullptr;
            gst_message_parse_error(message, &reported, &debug);
            error_ = missing_.empty() ? translate(*reported, debug, what_)
                                      : missing_decoder(missing_, what_);
            g_error_free(reported);
            g_free(debug);
            return;
        }
        case GST_MESSAGE_WARNING: {
            GError* reported = nullptr;
            char* debug = nullptr;
            gst_message_parse_warning(message, &reported, &debug);
            log::info("gst", "{}", translate(*reported, debug, what_).message);
            g_error_free(reported);
            g_free(debug);
            return;
        }
        case GST_MESSAGE_EOS:
            ended_ = true;
            return;
        case GST_MESSAGE_LATENCY:
            gst_bin_recalculate_latency(GST_BIN(pipeline_.get()));
            return;
        default:
            return;
    }
}

Error Pipeline::failure(const std::string& fallback) {
    // The state may fail a moment before the reason for it is on the bus.
    constexpr Timestamp kPatience = 500 * kMillisecond;
    const Timestamp until = monotonic_now() + kPatience;
    while (!error_ && monotonic_now() < until) (void)wait_error(static_cast<Timestamp>(kSlice));
    if (error_) return *error_;
    return make_error(Code::Unavailable, what_ + " " + fallback);
}

void Pipeline::close(Timestamp deadline) {
    if (!std::exchange(open_, false)) return;
    const std::shared_ptr<GstElement> pipeline(GST_ELEMENT(gst_object_ref(pipeline_.get())),
                                               ObjectUnref{});
    const bool done = run_bounded(
        [pipeline] { gst_element_set_state(pipeline.get(), GST_STATE_NULL); }, deadline);
    if (!done) {
        log::warn("gst", "{} does not stop within {}; it is left to itself", what_,
                  seconds(deadline));
        (void)pipeline_.release();  // a pipeline that is not at rest must not be freed
    }
}

}  // namespace tarsier::gst
