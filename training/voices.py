# SPDX-License-Identifier: Apache-2.0
"""Words spoken by the synthesisers that Debian has, espeak-ng and flite: what the recordings lack. They supply
calls before a keyword ("hey"), words that sound like one, and many more voices for digits and commands. Keywords are
spoken as well, so that an artificial voice alone means nothing."""
import shutil
import subprocess
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile

DIGITS = "zero one two three four five six seven eight nine".split()
COMMANDS = "yes no up down left right on off stop go".split()
WAKE = ["alexa", "computer", "jarvis", "smart mirror", "snowboy", "view glass"]
CALLS = ["hey", "hi", "okay", "hello", "oh", "please", "well", "so"]
LOOKALIKES = """athena alexis alexander election electra elixir lexus axel relax a lecture commuter compute
computation competitor confused comfortable company jealous service jar nervous harvest artist travis march
harvey start mirror smart error terror smart phone major snow boy snowball cowboy noble showboy toy soldier view
glass few class blue grass review gas viewpoint new glasses""".split()
SENTENCES = ["turn on the light", "what time is it", "play some music", "how is the weather today", "I will call you back",
             "the train is late again", "open the window please", "can you hear me", "where did you put the keys",
             "thank you very much", "good morning everybody", "this is not what I meant", "see you tomorrow",
             "athena, wake up", "hey mycroft", "okay google", "hey siri", "smart speaker", "personal computing",
             "a glass of water", "the boy in the snow", "look into the mirror", "a nice view", "jars of honey"]
ESPEAK = [f"{accent}+{voice}" for accent, voices in
          (("en-us", ["m1", "f1", "m7", "f4", "Andy", "Annie"]), ("en-gb", ["m3", "f2", "f5", "m5"]),
           ("en-gb-scotland", ["m2", "f3"]), ("en-029", ["m6", "linda"])) for voice in voices]
FLITE = ["slt", "awb", "rms", "kal16"]
HELD_OUT = {"en-us+f4", "en-gb+m5", "kal16"}  # voices of the validation


def phrases():
    """(label, text): the label is the spoken word where a recipe may look for it."""
    for word in DIGITS + COMMANDS:
        yield f"en:{word}", word
    for word in WAKE:
        yield f"wake:{word.replace(' ', '_')}", word
    for text in CALLS + LOOKALIKES + SENTENCES:
        yield f"said:{text}", text


def speak(voice, text, speed, path):
    if voice in FLITE:
        command = ["flite", "-voice", voice, "--setf", f"duration_stretch={150 / speed:.2f}", "-t", text, "-o", str(path)]
    else:
        command = ["espeak-ng", "-v", voice, "-s", str(speed), "-w", str(path), text]
    subprocess.run(command, check=True, capture_output=True)
    sound, rate = soundfile.read(path, dtype="float32")
    if rate != 16000:
        sound = scipy.signal.resample_poly(sound, 16000, rate)
    sound = np.concatenate([np.zeros(4000, np.float32), sound.astype(np.float32), np.zeros(4000, np.float32)])
    soundfile.write(path, sound / np.abs(sound).max() * 0.7, 16000, subtype="PCM_16")


def make(folder):
    """folder/{train,val}/LABEL/VOICE-SPEED.wav, each file once. False where the synthesisers are not installed."""
    if not (shutil.which("espeak-ng") and shutil.which("flite")):
        return False
    for voice in ESPEAK + FLITE:
        part = Path(folder) / ("val" if voice in HELD_OUT else "train")
        for speed in (130, 175):
            for label, text in phrases():
                path = part / label.replace(" ", "_") / f"{voice}-{speed}.wav"
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    partial = path.with_suffix(".part.wav")
                    speak(voice, text, speed, partial)
                    partial.rename(path)
    return True
