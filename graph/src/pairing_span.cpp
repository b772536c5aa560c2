// SPDX-License-Identifier: Apache-2.0
// `span`: the sound under each picture.
#include <tarsier/media/audio.h>
#include <algorithm>
#include <deque>

#include "pairing.h"
#include "unit.h"

namespace tarsier {
namespace {

// What one packet may ask for: a frame that says it lasts an hour does not fill the memory.
constexpr Timestamp kLongestSpan = 10 * kSecond;
// Live: how long after its end sound may come. Devices deliver in periods of tens of milliseconds.
constexpr Timestamp kPatience = 200 * kMillisecond;
// Holes up to this share of a second are bridged, longer ones are silence: stamps in nanoseconds
// and clocks that drift make holes of a sample.
constexpr int kBridge = 1000;

constexpr Key kLatest{std::numeric_limits<std::uint32_t>::max(),
                      std::numeric_limits<Timestamp>::max()};

/// The sample that is nearest to a time; samples of a stream are counted from time 0.
std::int64_t sample_at(Timestamp ts, int rate) {
    Timestamp seconds = ts / kSecond, rest = ts % kSecond;
    if (rest < 0) {
        --seconds;
        rest += kSecond;
    }
    return seconds * rate + (rest * rate + kSecond / 2) / kSecond;
}

Timestamp end_of(const Packet& packet) {
    const auto* const audio = packet.payload.as<Audio>();
    if (!audio || audio->sample_rate <= 0) return packet.key.ts;
    return packet.key.ts + audio->frames() * kSecond / audio->sample_rate;
}

/// Sound of one form that is put together from pieces.
class Collage {
  public:
    Collage(const Audio& form, std::int64_t first, std::int64_t last)
        : first_(first), last_(last), covered_(first) {
        audio_.sample_rate = form.sample_rate;
        audio_.channels = form.channels;
        audio_.samples.resize(static_cast<std::size_t>((last - first) * form.channels));
    }

    /// Copies the part of a piece that lies inside; pieces come in order.
    void add(const Audio& piece, std::int64_t start) {
        if (piece.sample_rate != audio_.sample_rate || piece.channels != audio_.channels) return;
        const std::int64_t from = std::max(start, first_);
        const std::int64_t to = std::min(start + piece.frames(), last_);
        if (from >= to) return;
        const auto channels = static_cast<std::int64_t>(audio_.channels);
        std::copy(piece.samples.begin() + (from - start) * channels,
                  piece.samples.begin() + (to - start) * channels,
                  audio_.samples.begin() + (from - first_) * channels);
        bridge(covered_, from, from);
        covered_ = std::max(covered_, to);
        any_ = true;
    }

    /// The whole; nothing when no piece lay inside.
    std::optional<Audio> finish() {
        if (!any_) return std::nullopt;
        bridge(covered_, last_, covered_ - 1);
        return std::move(audio_);
    }

  private:
    /// Fills a short hole with the sample beside it.
    void bridge(std::int64_t from, std::int64_t to, std::int64_t sample) {
        if (to - from > audio_.sample_rate / kBridge) return;
        for (; from < to; ++from)
            for (int c = 0; c < audio_.channels; ++c) at(from, c) = at(sample, c);
    }
    float& at(std::int64_t frame, int channel) {
        return audio_
            .samples[static_cast<std::size_t>((frame - first_) * audio_.channels + channel)];
    }

    Audio audio_;
    const std::int64_t first_, last_;
    std::int64_t covered_;
    bool any_ = false;
};

/// The samples in [ts, ts + duration) of the leading packet, or since the packet before it when it
/// does not say how long it lasts. Consecutive packets get consecutive samples: none twice, none
/// left out.
class SpanPairing final : public LedPairing {
  public:
    explicit SpanPairing(Unit& unit) : LedPairing(unit), sounds_(unit.inputs.size()) {}

    void clear(Trash& trash) override {
        LedPairing::clear(trash);
        for (Sound& sound : sounds_)
            while (!sound.pieces.empty()) drop_first(sound, trash);
    }

  private:
    struct Sound {
        std::deque<Packet> pieces;  // what overlaps the span or may overlap the next
        Key known = kNever;         // up to where everything has come
        Key next = kNever;          // the span before ended here
        std::int64_t next_sample = 0;
    };

    bool gather(std::size_t i, const Packet& leading, Turn& turn) override {
        std::optional<Packet>& chosen = followers_[i].chosen;
        if (chosen && chosen->key == leading.key) return true;
        drop(chosen, turn.trash);
        const bool lasts = leading.duration > 0;
        Timestamp begin = leading.key.ts, end = begin + std::min(leading.duration, kLongestSpan);
        const Key& before = sounds_[i].next;
        if (!lasts && before.epoch == leading.key.epoch && before != kNever)
            begin = std::max(before.ts, end - kLongestSpan);
        Sound& sound = sounds_[i];
        const Key stop{leading.key.epoch, end};
        forget(sound, {leading.key.epoch, begin}, turn.trash);
        collect(i, stop, turn);
        if (sound.known < stop && !unit_.inputs[i]->ended() && !too_late(end + kPatience, turn))
            return false;
        choose(i, leading, begin, end);
        return true;
    }

    void absorb(std::size_t i, Turn& turn) override {
        Sound& sound = sounds_[i];
        collect(i, kLatest, turn);
        if (!sound.pieces.empty())
            forget(sound, {sound.known.epoch, sound.known.ts - kLongestSpan}, turn.trash);
    }

    /// Drops the pieces that end before `begin`.
    static void forget(Sound& sound, const Key& begin, Trash& trash) {
        while (!sound.pieces.empty()) {
            const Packet& piece = sound.pieces.front();
            if (Key{piece.key.epoch, end_of(piece)} > begin) return;
            drop_first(sound, trash);
        }
    }

    /// Takes the pieces that begin before `end` off the input.
    void collect(std::size_t i, const Key& end, Turn& turn) {
        Sound& sound = sounds_[i];
        for (const Item* head; (head = unit_.inputs[i]->head());) {
            const Key key = Connection::key_of(*head);
            if (key >= end) {
                sound.known = std::max(sound.known, end);
                return;
            }
            Item item = pop(i, turn);
            auto* const packet = std::get_if<Packet>(&item);
            sound.known = packet ? Key{key.epoch, end_of(*packet)} : key;
            if (packet) sound.pieces.push_back(without_place(std::move(*packet), turn.trash));
        }
    }

    void choose(std::size_t i, const Packet& leading, Timestamp begin, Timestamp end) {
        Sound& sound = sounds_[i];
        const bool follows = sound.next.epoch == leading.key.epoch && sound.next != kNever;
        sound.next = {leading.key.epoch, end};
        const Audio* const form =
            sound.pieces.empty() ? nullptr : sound.pieces.front().payload.as<Audio>();
        if (!form || form->sample_rate <= 0) return;
        std::int64_t first = sample_at(begin, form->sample_rate);
        // Rounding of times must neither repeat nor lose a sample.
        if (follows && std::abs(first - sound.next_sample) <= 1) first = sound.next_sample;
        const std::int64_t last = std::max(first, sample_at(end, form->sample_rate));
        sound.next_sample = last;
        Collage collage(*form, first, last);
        for (const Packet& piece : sound.pieces)
            if (const auto* const audio = piece.payload.as<Audio>();
                audio && piece.key.epoch == leading.key.epoch)
                collage.add(*audio, sample_at(piece.key.ts, form->sample_rate));
        std::optional<Audio> audio = collage.finish();
        if (!audio) return;
        followers_[i].chosen =
            Packet{leading.key, end - begin, sound.pieces.back().origin,
                   Payload::of<Audio>(std::make_shared<const Audio>(std::move(*audio)))};
    }

    static void drop_first(Sound& sound, Trash& trash) {
        Pairing::discard(std::move(sound.pieces.front()), trash);
        sound.pieces.pop_front();
    }

    std::vector<Sound> sounds_;  // per input
};

}  // namespace

std::unique_ptr<Pairing> make_span_pairing(Unit& unit) {
    return std::make_unique<SpanPairing>(unit);
}

}  // namespace tarsier
